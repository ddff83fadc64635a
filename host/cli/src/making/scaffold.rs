use std::{fs, io, path::Path};

use crate::{arguments::Template, trouble::Trouble};

/// A file of a template: its path, and its text.
type File = (&'static str, &'static str);

macro_rules! template {
    ($($path:literal from $source:literal),+ $(,)?) => {
        &[$(($path, include_str!(concat!("../../templates/", $source)))),+]
    };
}

macro_rules! in_rust {
    ($kind:literal, $package:literal, $wit:literal) => {
        &[
            (
                "cm.toml",
                include_str!(concat!("../../templates/", $kind, "/cm.toml")),
            ),
            (
                "Cargo.toml",
                include_str!(concat!("../../templates/", $kind, "/Cargo.toml.in")),
            ),
            (
                "README.md",
                include_str!(concat!("../../templates/", $kind, "/README.md")),
            ),
            (
                "src/lib.rs",
                include_str!(concat!("../../templates/", $kind, "/src/lib.rs")),
            ),
            (".gitignore", include_str!("../../templates/gitignore")),
            // The contract: the same text as the host's.
            (
                "wit/types/base.wit",
                include_str!("../../../../wit/types/base.wit"),
            ),
            (
                "wit/types/events.wit",
                include_str!("../../../../wit/types/events.wit"),
            ),
            (
                concat!("wit/", $package),
                include_str!(concat!("../../../../wit/", $wit)),
            ),
        ]
    };
}

const WORKFLOW: &[File] = template![
    "cm.toml" from "workflow/cm.toml",
    "workflow.yaml" from "workflow/workflow.yaml",
    "README.md" from "workflow/README.md",
    "agents/planner.md" from "workflow/agents/planner.md",
    "agents/builder.md" from "workflow/agents/builder.md",
    "agents/reviewer.md" from "workflow/agents/reviewer.md",
];
const ENGINE: &[File] = in_rust!("engine", "engine/engine.wit", "engine/engine.wit");
const STEP: &[File] = in_rust!("step", "flow/flow.wit", "flow/flow.wit");
const CONTROLLER: &[File] = in_rust!("controller", "flow/flow.wit", "flow/flow.wit");

/// Makes the directory of a package from a template. One that is there is left alone.
pub(crate) fn scaffold(template: Template, name: &str, directory: &Path) -> Result<(), Trouble> {
    let failed = |path: &Path, error: io::Error| {
        Trouble::new("disk", format!("cannot write {}: {error}", path.display()))
    };
    if let Some(above) = directory.parent() {
        fs::create_dir_all(above).map_err(|error| failed(above, error))?;
    }
    fs::create_dir(directory).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            let message = format!("`{}` is there already", directory.display());
            Trouble::usage("already-there", message)
                .help("choose another name, or another directory with --dir")
        }
        _ => failed(directory, error),
    })?;
    let files = match template {
        Template::Workflow => WORKFLOW,
        Template::Engine => ENGINE,
        Template::Step => STEP,
        Template::Controller => CONTROLLER,
    };
    for (path, text) in files {
        let path = directory.join(path);
        let written = match path.parent() {
            Some(folder) => fs::create_dir_all(folder),
            None => Ok(()),
        };
        written
            .and_then(|()| fs::write(&path, filled(text, name)))
            .map_err(|error| failed(&path, error))?;
    }
    Ok(())
}

fn filled(text: &str, name: &str) -> String {
    let mut title = name.replace('-', " ");
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text.replace("{{name}}", name)
        .replace("{{crate}}", &name.replace('-', "_"))
        .replace("{{title}}", &title)
}

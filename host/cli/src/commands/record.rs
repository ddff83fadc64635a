use std::{fs, path::Path, process::Command};

use cm_conform::{Cases, Past, Veil, keep};
use cm_journal::{Found, Journal};
use tempfile::TempDir;

use super::adapters::{Adapters, CASES};
use crate::{
    arguments::Record,
    exit::Exit,
    place::{self, STATE},
    trouble::Trouble,
};

/// Variables with such a word in their name hold secrets.
const SECRET: [&str; 5] = ["KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL"];

pub(crate) fn run(arguments: &Record) -> Result<Exit, Trouble> {
    let project = place::directory(arguments.place.dir.as_deref())?;
    let adapters = Adapters::find(&arguments.engine)?;
    let package = package(arguments)?;
    let program = std::env::current_exe().map_err(|error| broken(&error))?;
    let mut command = Command::new(program);
    command
        .arg("run")
        .arg(package.path())
        .arg("--dir")
        .arg(&project)
        .args(["--engine", &arguments.engine]);
    // What went wrong is worth a case too: the run has said what it was.
    command.status().map_err(|error| broken(&error))?;
    let journal = Journal::open_existing(&project.join(STATE))?;
    let nothing = || {
        Trouble::new(
            "not-recorded",
            "the engine's program was not started, so nothing was recorded",
        )
        .help(format!(
            "look whether it can be: cm engines {}",
            arguments.engine
        ))
    };
    let journal = journal.ok_or_else(nothing)?;
    let Found::One(id) = journal.find("last")? else {
        return Err(nothing());
    };
    let mut past = Past::default();
    let blob =
        |digest: &cm_types::Digest| journal.blobs().get(digest).map_err(std::io::Error::other);
    for record in journal.events(&id, 0)? {
        past.add(&record, blob).map_err(|error| broken(&error))?;
    }
    let turn = past.turns().pop().ok_or_else(nothing)?;
    let file = arguments.into.join(CASES);
    let wrong = |error: cm_conform::CaseError| Trouble::usage("bad-cases", error.to_string());
    let written = keep(&file, &arguments.name, &turn, &veil(&project)).map_err(wrong)?;
    if let Some((_, adapter)) = adapters.named(&arguments.engine) {
        let case = Cases::read(&file).map_err(wrong)?.only(&arguments.name);
        cm_conform::bless(adapter, &case).map_err(wrong)?;
    }
    for path in written {
        eprintln!("written: {}", path.display());
    }
    eprintln!(
        "Read them before you publish them: what is secret in your project is known to nobody here."
    );
    Ok(Exit::Done)
}

/// A workflow of one turn. The prompt is a file of it, so that nothing in it is expanded.
fn package(arguments: &Record) -> Result<TempDir, Trouble> {
    let directory = tempfile::tempdir().map_err(|error| broken(&error))?;
    let mut step = serde_json::json!({ "agent": "recorded", "interactive": false });
    for (key, value) in [
        ("model", &arguments.model),
        ("effort", &arguments.effort),
        ("permissions", &arguments.permissions),
    ] {
        if let Some(value) = value {
            step[key] = value.as_str().into();
        }
    }
    // JSON is YAML.
    let workflow = serde_json::json!({
        "name": format!("Record {}", arguments.name),
        "mode": "continuous",
        "files": { "prompt": "prompt.txt" },
        "steps": [step],
    });
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        let parent = path.parent().map_or(Ok(()), fs::create_dir_all);
        parent.and_then(|()| fs::write(path, text))
    };
    write("workflow.yaml", &workflow.to_string())
        .and_then(|()| write("agents/recorded.md", "{prompt}"))
        .and_then(|()| write("prompt.txt", &arguments.prompt))
        .map_err(|error| broken(&error))?;
    Ok(directory)
}

/// What is of this machine and of this person.
fn veil(project: &Path) -> Veil {
    let mut veil = Veil::default();
    for (name, value) in std::env::vars() {
        if SECRET.iter().any(|word| name.to_uppercase().contains(word)) {
            veil.hide(&value);
        }
    }
    veil.instead(&project.display().to_string(), "/srv/project");
    if let Ok(home) = std::env::var("HOME") {
        veil.instead(&home, "/home/you");
    }
    veil
}

fn broken(error: &std::io::Error) -> Trouble {
    Trouble::new("not-recorded", error.to_string())
}

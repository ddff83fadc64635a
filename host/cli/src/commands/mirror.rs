use std::collections::BTreeMap;

use cm_distribution::{Layout, Options, Published, Spec};

use crate::{
    arguments::Mirror,
    exit::Exit,
    packaging,
    trouble::Trouble,
    view::{out, text},
};

pub(crate) fn run(arguments: &Mirror) -> Result<Exit, Trouble> {
    let options = Options {
        registry: arguments.registry.clone(),
        ..Options::default()
    };
    let mut wanted = BTreeMap::new();
    for package in &arguments.packages {
        let Ok(Spec::Registry { name, requirement }) = package.parse() else {
            let message = format!("`{}` is not the name of a package", text::clean(package));
            return Err(Trouble::usage("package-name", message)
                .help("expected NAME, NAMESPACE/NAME, or one of them with @REQUIREMENT"));
        };
        if wanted
            .insert(name.clone(), requirement.unwrap_or_default())
            .is_some()
        {
            let message = format!("{name} is asked for twice");
            return Err(Trouble::usage("package-name", message));
        }
    }
    let to = std::path::absolute(&arguments.to)
        .map_err(|error| Trouble::usage("no-directory", error.to_string()))?;
    packaging::with(None, &options, |packages| {
        let built_in = packages.registry.first_party()?;
        let layout = Layout::at(&to);
        let mirrored = packages
            .workspace
            .mirror(&wanted, built_in, &layout, &options)?;
        for (name, version, published) in &mirrored.versions {
            let how = match published {
                Published::New => "",
                Published::Already => " (was there)",
            };
            out::line(format!("{name} {version}{how}"));
        }
        eprintln!(
            "Copied to {}, with {} signatures and statements",
            to.display(),
            mirrored.attached
        );
        eprintln!(
            "To use it elsewhere: cm registry add mirror {} --cooldown-days 0 --default",
            to.display()
        );
        Ok(Exit::Done)
    })
}

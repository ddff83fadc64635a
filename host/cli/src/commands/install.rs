use cm_distribution::{Error, Options, Spec};
use cm_registry::Manifest;

use crate::{arguments::Install, exit::Exit, packaging, place, trouble::Trouble};

pub(crate) fn run(arguments: &Install) -> Result<Exit, Trouble> {
    let options = Options {
        locked: arguments.locked,
        force: arguments.force,
        ..arguments.changing.options()
    };
    if arguments.packages.is_empty() {
        return sync(arguments, &options);
    }
    for spec in &arguments.packages {
        there(spec)?;
    }
    let (yes, dry_run) = (arguments.changing.yes, arguments.changing.dry_run);
    packaging::with(None, &options, |packages| {
        let plan = packages
            .workspace
            .install(&packages.registry, &arguments.packages, &options)
            .map_err(nearer)?;
        let asked: Vec<String> = plan
            .steps
            .iter()
            .filter(|step| !step.dependency)
            .map(|step| step.name.to_string())
            .collect();
        packages.change(plan, yes, dry_run)?;
        for name in asked.iter().filter(|_| !dry_run) {
            let package = packages.registry.find(name)?;
            if !package.workflows()?.is_empty() {
                eprintln!("Run it: cm run {name}");
            }
        }
        Ok(Exit::Done)
    })
}

/// Brings what is installed in line with the project's `cm.toml`.
fn sync(arguments: &Install, options: &Options) -> Result<Exit, Trouble> {
    let project = place::directory(arguments.dir.as_deref())?;
    if !project.join(Manifest::FILE).is_file() {
        let message = format!("there is no cm.toml in {}", project.display());
        return Err(Trouble::usage("nothing-to-install", message)
            .help("name a package: cm install NAME; for one in this directory: cm install ./"));
    }
    let (yes, dry_run) = (arguments.changing.yes, arguments.changing.dry_run);
    packaging::with(Some(&project), options, |packages| {
        let plan = packages.workspace.sync(&packages.registry, options)?;
        if plan.is_idle() {
            eprintln!("Everything that cm.toml asks for is installed");
        }
        packages.change(plan, yes, dry_run)?;
        Ok(Exit::Done)
    })
}

/// A directory of that name is what was meant, if there is one.
fn nearer(error: Error) -> Trouble {
    let here = match &error {
        Error::NoPackage { name, .. } => Some(format!("./{name}")),
        _ => None,
    };
    let here = here.filter(|path| std::path::Path::new(path).is_dir());
    let help = here.map(|path| format!("for the one in this directory: cm install {path}"));
    Trouble::from(error).maybe_help(help)
}

/// Says it plainly when what somebody named as a path is not there.
fn there(spec: &Spec) -> Result<(), Trouble> {
    let (kind, path) = match spec {
        Spec::Directory(path) if !path.is_dir() => ("directory", path),
        Spec::Archive(path) if !path.is_file() => ("file", path),
        _ => return Ok(()),
    };
    let message = format!("there is no {kind} `{}`", path.display());
    Err(Trouble::usage("no-package", message)
        .help("packages in a registry are named NAME or NAMESPACE/NAME; `cm search` finds them"))
}

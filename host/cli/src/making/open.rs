use std::path::Path;

use cm_distribution::{Artifact, Error, MakeOptions};
use cm_registry::{Manifest, Package, nearest_name};

use crate::trouble::Trouble;

/// Opens a directory that is to be handed on: it has a name and a version of its own.
pub(crate) fn open(path: &Path) -> Result<Package, Trouble> {
    if !path.is_dir() {
        let message = format!("there is no directory `{}`", path.display());
        return Err(Trouble::usage("no-directory", message)
            .help("name the directory of a package, or make one: cm new NAME"));
    }
    let package = Package::open(path)?;
    if package.is_loose() {
        let message = format!(
            "{} has no {}, so nobody could say which version of it they have",
            path.display(),
            Manifest::FILE
        );
        let name = nearest_name(package.name());
        return Err(Trouble::usage("no-manifest", message).help(format!(
            "write one with at least:\n[package]\nname = \"{name}\"\nversion = \"0.1.0\""
        )));
    }
    Ok(package)
}

/// Whether a file, which need not be there yet, lies in a package's directory. It would
/// become a part of it the next time.
pub(crate) fn is_inside(package: &Package, file: &Path) -> bool {
    let above = match file.parent() {
        Some(above) if !above.as_os_str().is_empty() => above,
        _ => Path::new("."),
    };
    let above = above.canonicalize();
    let directory = package.directory();
    matches!((above, directory), (Ok(above), Some(directory)) if above.starts_with(directory))
}

/// Refuses to write there.
pub(crate) fn outside(package: &Package, file: &Path) -> Result<(), Trouble> {
    if !is_inside(package, file) {
        return Ok(());
    }
    let message = format!(
        "`{}` is in the package, and would become a part of it",
        file.display()
    );
    Err(Trouble::usage("file-name", message).help("name one in another directory, like `../FILE`"))
}

/// Makes what is published of a package.
pub(crate) fn artifact(package: &Package) -> Result<Artifact, Trouble> {
    if let Some(trouble) = not_built(package) {
        return Err(trouble);
    }
    Ok(make(package)?)
}

/// The same, with the cause of a failure.
pub(super) fn make(package: &Package) -> Result<Artifact, Error> {
    // Says it plainly of what is no component at all.
    for entry in &package.manifest().components {
        package.component(entry.kind, &entry.name)?;
    }
    Artifact::make(package, &MakeOptions::default())
}

/// Says that a component's file is not there.
pub(super) fn not_built(package: &Package) -> Option<Trouble> {
    let manifest = package.manifest();
    let directory = package.directory()?;
    let entry = manifest
        .components
        .iter()
        .find(|entry| !directory.join(&entry.path).is_file())?;
    let message = format!(
        "the {} `{}` is not built: there is no `{}`",
        entry.kind, entry.name, entry.path
    );
    let help = match &manifest.build {
        Some(_) => "build it: cm build",
        None => {
            "put it there, or say in cm.toml how it is made, for `cm build`: \
             a table [build] with `command`"
        }
    };
    Some(Trouble::new("not-built", message).help(help))
}

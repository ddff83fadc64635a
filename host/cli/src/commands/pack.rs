use std::path::{Path, PathBuf};

use cm_distribution::Options;
use cm_registry::Package;

use crate::{arguments::Pack, exit::Exit, making, packaging, trouble::Trouble, view::figures};

pub(crate) fn run(arguments: &Pack) -> Result<Exit, Trouble> {
    let package = making::open(&arguments.path)?;
    let file = match &arguments.output {
        Some(file) => file.clone(),
        None => beside(&package),
    };
    if file.extension().is_none_or(|ending| ending != "tar") {
        let message = format!("`{}` does not end in `.tar`", file.display());
        return Err(Trouble::usage("file-name", message)
            .help("name it so: `cm install` knows such a file by that"));
    }
    making::outside(&package, &file)?;
    // Says what is wrong in the words for this, before a half of it is written.
    making::artifact(&package)?;
    packaging::with(None, &Options::default(), |packages| {
        let namespace = arguments.namespace.as_deref();
        let packed = packages.workspace.pack(&arguments.path, namespace, &file)?;
        eprintln!(
            "Packed {} {} ({}) into {}, {}",
            packed.name,
            packed.version,
            packed.digest.short(),
            file.display(),
            figures::bytes(packed.bytes)
        );
        let plain = file.is_absolute() || file.starts_with("..");
        let path = if plain { "" } else { "./" };
        eprintln!("Install it anywhere: cm install {path}{}", file.display());
        Ok(Exit::Done)
    })
}

/// In the current directory, or above the package if that is it.
fn beside(package: &Package) -> PathBuf {
    let name = PathBuf::from(format!("{}-{}.tar", package.name(), package.version()));
    match package.directory().and_then(Path::parent) {
        Some(above) if making::is_inside(package, &name) => above.join(name),
        _ => name,
    }
}

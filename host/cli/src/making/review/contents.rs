//! The files of a package.

use std::fs;

use cm_registry::Package;
use cm_types::Problem;

use crate::{
    making::open::{make, not_built},
    trouble::Trouble,
};

/// Why it could not be published or installed as it is.
pub(super) fn problem(package: &Package) -> Option<Problem> {
    // That a component is missing is said of that component.
    if not_built(package).is_some() {
        return None;
    }
    let error = make(package).err()?;
    Some(super::problem(true, error.to_string(), error.help()))
}

/// How many files it has, and their bytes.
pub(super) fn size(package: &Package) -> Result<(u64, u64), Trouble> {
    let (mut files, mut bytes) = (0, 0);
    if let Some(directory) = package.directory() {
        for path in package.paths("")? {
            if let Ok(file) = fs::metadata(directory.join(path)) {
                files += 1;
                bytes += file.len();
            }
        }
    }
    Ok((files, bytes))
}

/// What people miss who find it in a registry.
pub(super) fn hints(package: &Package) -> Result<Vec<String>, Trouble> {
    let about = &package.manifest().package;
    let mut hints = Vec::new();
    if about.description.trim().is_empty() {
        hints.push("cm.toml has no `description`: one sentence, which lists and searches show");
    }
    if about.license.is_none() {
        hints.push("cm.toml has no `license`: without one nobody may use it; for example `MIT`");
    }
    if !package
        .paths("README.md")?
        .iter()
        .any(|it| it == "README.md")
    {
        hints.push("there is no README.md: what it is for, and how it is used");
    }
    Ok(hints.into_iter().map(str::to_owned).collect())
}

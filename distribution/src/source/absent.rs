use super::Source;
use crate::{Error, Name};

/// No such package, with the nearest name there is.
pub(crate) fn no_package(source: &dyn Source, name: &Name) -> Error {
    let names = source.names().ok().flatten().unwrap_or_default();
    let names: Vec<String> = names.iter().map(Name::to_string).collect();
    let wanted = name.to_string();
    // The same name elsewhere is nearer than a similar one here.
    let elsewhere = names
        .iter()
        .find(|known| known.rsplit('/').next() == Some(name.package()));
    let near = match elsewhere {
        Some(near) => Some(near.as_str()),
        None => cm_registry::did_you_mean(&wanted, names.iter().map(String::as_str)),
    };
    Error::NoPackage {
        name: name.clone(),
        source_name: source.title(),
        near: near.map(str::to_owned),
    }
}

/// No such version, with those there are.
pub(crate) fn no_version(source: &dyn Source, name: &Name, wanted: String) -> Error {
    match source.versions(name) {
        Ok(have) => Error::NoVersion {
            name: name.clone(),
            wanted,
            source_name: source.title(),
            have,
        },
        Err(error) => error,
    }
}

use cm_registry::Package;
use cm_runtime::Bundle;
use cm_types::{Error, Failure};

/// The files of a package, for its own guests.
#[derive(Debug)]
pub struct PackageBundle(Package);

impl PackageBundle {
    /// The files of this package.
    pub fn new(package: Package) -> Self {
        Self(package)
    }

    /// The package.
    pub fn package(&self) -> &Package {
        &self.0
    }
}

impl Bundle for PackageBundle {
    fn paths(&self, prefix: &str) -> Vec<String> {
        // A directory that cannot be listed shows itself when a file in it is read.
        self.0.paths(prefix).unwrap_or_default()
    }

    fn read(&self, path: &str) -> Result<String, Error> {
        let bytes = self.0.read(path).map_err(|error| {
            let failure = Failure::new(error.code(), error.to_string());
            match error {
                cm_registry::Error::NoFile { .. } => Error::Missing(failure),
                cm_registry::Error::TooLarge { .. } => Error::Exhausted(failure),
                _ => Error::Invalid(failure),
            }
        })?;
        String::from_utf8(bytes.into_owned()).map_err(|_| {
            let message = format!("`{path}` is not a text file: it is not UTF-8");
            Error::Invalid(Failure::new("not-utf-8", message))
        })
    }
}

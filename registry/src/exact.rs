//! One version, to the byte.

use cm_types::Digest;

use crate::{Error, Package, Registry, index::Import};

impl Registry {
    /// The version of a package that has this digest, whatever its name alone means; none
    /// when it is not here.
    ///
    /// # Errors
    /// When it should be here and cannot be read.
    pub fn exactly(
        &self,
        name: &str,
        version: &str,
        digest: Digest,
    ) -> Result<Option<Package>, Error> {
        let records = self
            .index
            .import(name)
            .into_iter()
            .flat_map(Import::records);
        for record in records {
            if record.digest == digest && record.version.to_string() == version {
                return self.open_record(record).map(Some);
            }
        }
        for package in self.first_party()? {
            let named = package.name() == name && package.version().to_string() == version;
            if named && package.digest()? == digest {
                return Ok(Some(self.governed(package.clone())));
            }
        }
        Ok(None)
    }

    /// The versions of a package that are here.
    pub fn versions(&self, name: &str) -> Vec<String> {
        let records = self
            .index
            .import(name)
            .into_iter()
            .flat_map(Import::records);
        let mut versions: Vec<_> = records.map(|it| it.version.to_string()).collect();
        let own = self.first_party_version(name).ok().flatten();
        versions.extend(own.map(|version| version.to_string()));
        versions
    }

    /// Whether a package of this name is part of cm.
    pub fn is_first_party(&self, name: &str) -> bool {
        self.first_party_version(name).is_ok_and(|it| it.is_some())
    }
}

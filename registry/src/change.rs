//! Changing what is said of an installed package, not the package.

use semver::Version;

use crate::{
    Error, Grants, Registry,
    index::{Entry, Import},
    load,
    lock::{Lock, PATIENCE},
    record::Record,
};

impl Registry {
    /// Changes what the person gives an installed package: all versions of `NAME`
    /// that fit, or the one of `NAME@VERSION`. Gives back the versions.
    ///
    /// # Errors
    /// When there is none, or the disk says no.
    pub fn regrant(
        &mut self,
        text: &str,
        change: impl Fn(&mut Grants),
    ) -> Result<Vec<Version>, Error> {
        self.amend(text, |import, wanted| {
            let mut changed = Vec::new();
            let records = std::iter::once(&mut import.active).chain(import.others.values_mut());
            for record in records {
                if wanted.is_none_or(|wanted| record.version == *wanted) {
                    change(&mut record.grants);
                    changed.push(record.clone());
                }
            }
            changed
        })
    }

    /// Makes an installed version, `NAME@VERSION`, the one that its name alone means.
    ///
    /// # Errors
    /// When it is not installed, or the disk says no.
    pub fn activate(&mut self, text: &str) -> Result<(), Error> {
        self.amend(text, |import, wanted| {
            let wanted = wanted.unwrap_or(&import.active.version).clone();
            if let Some(record) = import.others.remove(&wanted) {
                import.activate(record);
            }
            let meant = Some(&import.active).filter(|it| it.version == wanted);
            meant.cloned().into_iter().collect()
        })?;
        Ok(())
    }

    fn amend(
        &mut self,
        text: &str,
        change: impl FnOnce(&mut Import, Option<&Version>) -> Vec<Record>,
    ) -> Result<Vec<Version>, Error> {
        let (name, wanted) = match text.split_once('@') {
            None => (text, None),
            Some((name, version)) => match Version::parse(version) {
                Ok(version) => (name, Some(version)),
                Err(error) => {
                    let why = format!("`{version}` is not a version: {error}");
                    return Err(Error::BadName {
                        text: text.to_owned(),
                        why,
                    });
                }
            },
        };
        // Asked of what was read at first: what is not there needs no lock.
        if self.index.import(name).is_none() {
            return Err(self.not_installed(name));
        }
        let _lock = Lock::acquire(&self.home, PATIENCE)?;
        let (mut index, _) = load::load_to_change(&self.home)?;
        let Some(Entry::Ours(import)) = index.imports.get_mut(name) else {
            return Err(self.not_installed(name));
        };
        let before: Vec<Record> = import.records().cloned().collect();
        let changed = change(import, wanted.as_ref());
        if changed.is_empty() {
            let have: Vec<_> = before.iter().map(|it| it.version.to_string()).collect();
            return Err(Error::NoVersion {
                name: name.to_owned(),
                wanted: wanted.map_or_else(|| "*".into(), |it| it.to_string()),
                have: have.join(", "),
            });
        }
        // The copies' own records first: registry.json decides.
        for record in changed.iter().filter(|it| !before.contains(it)) {
            if let Some(copy) = record.directory(&self.home) {
                record.keep(&copy)?;
            }
        }
        load::save(&self.home, &index)?;
        self.index = index;
        Ok(changed.into_iter().map(|record| record.version).collect())
    }

    fn not_installed(&self, name: &str) -> Error {
        match self.index.imports.get(name) {
            Some(Entry::Foreign(_)) => Error::Foreign {
                name: name.to_owned(),
                file: self.home.registry_file(),
            },
            _ => self.no_package(name),
        }
    }
}

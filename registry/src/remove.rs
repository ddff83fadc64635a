use semver::Version;

use crate::{
    Error, Notice, Registry,
    index::Entry,
    load,
    lock::{Lock, PATIENCE},
    record::Record,
    sweep::{self, Sweep},
};

/// What was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removed {
    /// The package's name.
    pub name: String,
    /// Which of its versions.
    pub versions: Vec<Version>,
    /// The version that its name means now, if one is left, also when that is
    /// part of cm.
    pub active: Option<Version>,
    /// What was noticed on the way.
    pub notices: Vec<Notice>,
}

impl Registry {
    /// Removes all versions of `NAME`, or the one of `NAME@VERSION`.
    pub fn remove(&mut self, text: &str) -> Result<Removed, Error> {
        let (name, version) = match text.split_once('@') {
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
        let first_party = self
            .first_party()?
            .iter()
            .find(|package| package.name() == name);
        let first_party = first_party.map(|package| package.version().clone());
        // Asked of what was read at first: removing what is not there needs no
        // lock, and no home.
        self.removable(name, first_party.is_some())?;
        let _lock = Lock::acquire(&self.home, PATIENCE)?;
        let (index, notices) = load::load_to_change(&self.home)?;
        sweep::clear(&self.home, &index)?;
        self.index = index;
        self.removable(name, first_party.is_some())?;

        let mut index = self.index.clone();
        let Some(Entry::Ours(mut import)) = index.imports.remove(name) else {
            return Err(self.no_package(name));
        };
        let mut gone: Vec<Record> = Vec::new();
        let mut active = first_party;
        if let Some(version) = version {
            if import.active.version == version {
                gone.push(import.active.clone());
                if let Some((_, next)) = import.others.pop_last() {
                    import.active = next;
                    active = Some(import.active.version.clone());
                    index.imports.insert(name.to_owned(), Entry::Ours(import));
                }
            } else if let Some(record) = import.others.remove(&version) {
                gone.push(record);
                active = Some(import.active.version.clone());
                index.imports.insert(name.to_owned(), Entry::Ours(import));
            } else {
                let have: Vec<_> = import.records().map(|it| it.version.to_string()).collect();
                return Err(Error::NoVersion {
                    name: name.to_owned(),
                    wanted: version.to_string(),
                    have: have.join(", "),
                });
            }
        } else {
            gone.extend(import.records().cloned());
        }
        let drop = gone.iter().filter_map(Record::place).collect();
        Sweep {
            add: Vec::new(),
            drop,
        }
        .announce(&self.home)?;
        // From here on it is removed.
        load::save(&self.home, &index)?;
        let _ = sweep::clear(&self.home, &index);
        self.index = index;
        let versions = gone.into_iter().map(|record| record.version).collect();
        Ok(Removed {
            name: name.to_owned(),
            versions,
            active,
            notices,
        })
    }

    fn removable(&self, name: &str, first_party: bool) -> Result<(), Error> {
        match self.index.imports.get(name) {
            Some(Entry::Ours(_)) => Ok(()),
            Some(Entry::Foreign(_)) => Err(Error::Foreign {
                name: name.to_owned(),
                file: self.home.registry_file(),
            }),
            None if first_party => Err(Error::FirstParty {
                name: name.to_owned(),
                remove: true,
            }),
            None => Err(self.no_package(name)),
        }
    }
}

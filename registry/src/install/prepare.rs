//! Making a package ready to be put in its place.

use std::path::PathBuf;

use super::{
    Arrival, Outcome,
    stage::{complete, copy, describe},
};
use crate::{Error, Registry, Source, index::Index, record::Record};

/// A package on its way.
pub(super) struct Prepared {
    pub(super) record: Record,
    /// Where it is going to be.
    pub(super) path: PathBuf,
    /// Where it is now, unless it is in its place already.
    pub(super) staged: Option<PathBuf>,
    /// The copy that it stands in for.
    pub(super) replaces: Option<String>,
    /// Whether the record is another than before.
    pub(super) changed: bool,
    pub(super) outcome: Outcome,
}

impl Registry {
    /// Makes the copy of a package, unless it is there, in a place that nobody
    /// looks at.
    pub(super) fn prepare(
        &self,
        arrival: &Arrival<'_>,
        staged: PathBuf,
        index: &Index,
    ) -> Result<Prepared, Error> {
        let name = &arrival.name;
        if let Some(kept) = self.in_place(arrival, index)? {
            return Ok(kept);
        }
        // A damaged copy must not become the whole of a package.
        arrival.package.verify()?;
        let files = copy(arrival.package, &staged)?;
        let mut record = describe(arrival, &files);
        let import = index.import(name);
        let before =
            import.and_then(|import| import.records().find(|it| it.version == record.version));
        let mut outcome = match import {
            Some(_) => Outcome::Beside,
            None => Outcome::New,
        };
        if let Some(before) = before {
            let same = before.digest == record.digest;
            if !same && !arrival.force {
                return Err(Error::Differs {
                    name: name.to_owned(),
                    version: record.version,
                });
            }
            let intact = || {
                self.open_record(before)
                    .is_ok_and(|copy| copy.verify().is_ok())
            };
            if same && !arrival.force && intact() {
                return Ok(self.kept(arrival, before));
            }
            outcome = Outcome::Replaced;
        }
        let path = self.home.imports().join(self.free_place(&record));
        complete(&mut record, &path, &files);
        record.keep(&staged)?;
        Ok(Prepared {
            replaces: before.and_then(Record::place),
            staged: Some(staged),
            changed: true,
            record,
            path,
            outcome,
        })
    }

    /// A copy that is installed already and only has to be activated, or given
    /// something else. Nothing is copied for that.
    fn in_place(&self, arrival: &Arrival<'_>, index: &Index) -> Result<Option<Prepared>, Error> {
        let package = arrival.package;
        let Source::Installed(directory) = package.source() else {
            return Ok(None);
        };
        let import = index.import(&arrival.name);
        let before = import.and_then(|import| {
            let mut records = import.records();
            records.find(|it| it.version == *package.version())
        });
        let same = |record: &&Record| {
            let copy = record.directory(&self.home);
            copy.and_then(|copy| copy.canonicalize().ok()).as_ref() == Some(directory)
        };
        let Some(before) = before.filter(same).filter(|_| !arrival.force) else {
            return Ok(None);
        };
        self.open_record(before)?.verify()?;
        Ok(Some(self.kept(arrival, before)))
    }

    fn kept(&self, arrival: &Arrival<'_>, before: &Record) -> Prepared {
        let mut record = before.clone();
        if let Some(grants) = &arrival.grants {
            record.grants = grants.clone();
            record.arrive(&arrival.provenance);
        }
        Prepared {
            path: record.directory(&self.home).unwrap_or_default(),
            changed: record != *before,
            record,
            staged: None,
            replaces: None,
            outcome: Outcome::Unchanged,
        }
    }

    /// A directory below imports/ that does not exist yet.
    fn free_place(&self, record: &Record) -> String {
        let plain = format!("{}/{}", record.name, record.version);
        let digest = record.digest.short();
        let more = (2..).map(|number| format!("{plain}+{digest}.{number}"));
        let mut all = [plain.clone(), format!("{plain}+{digest}")]
            .into_iter()
            .chain(more);
        let imports = self.home.imports();
        all.find(|place| !imports.join(place).exists())
            .unwrap_or(plain)
    }
}

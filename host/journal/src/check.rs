use cm_orchestrator::Event;

use crate::{JournalError, database, payload, reader::Reader};

/// Something in the journal that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The run that it is in; none: the whole file.
    pub run: Option<String>,
    /// The first event that it touches, if that is known.
    pub seq: Option<u64>,
    /// What is wrong, for a person.
    pub what: String,
}

/// Reads everything: the file's pages, every run's chain, every blob.
pub(crate) fn check(reader: Reader<'_>) -> Vec<Damage> {
    let mut damage = Vec::new();
    let whole = |what: String| Damage {
        run: None,
        seq: None,
        what,
    };
    match database::quick_check(reader.connection) {
        Ok(found) => damage.extend(found.into_iter().map(whole)),
        Err(error) => damage.push(whole(reader.failed(&error).to_string())),
    }
    let runs = reader.ids("").unwrap_or_else(|error| {
        damage.push(whole(reader.failed(&error).to_string()));
        Vec::new()
    });
    for run in runs {
        let mut found = Vec::new();
        let end = reader.walk(&run, 0, |stored| {
            let mut digests = match stored.blobs {
                Some(json) => payload::references(json).unwrap_or_default(),
                None => Vec::new(),
            };
            match reader.decode(&run, &stored) {
                // It is checked as a blob like any other.
                Ok(Event::Recorded { blob, .. }) => digests.extend(blob),
                Ok(_) => digests.clear(),
                Err(JournalError::BlobMissing { .. } | JournalError::BlobDamaged { .. }) => {}
                Err(error) => {
                    found.push((stored.seq, error));
                    return Ok(());
                }
            }
            let bad = digests
                .iter()
                .filter_map(|digest| reader.blobs.check(digest).err());
            found.extend(bad.map(|error| (stored.seq, error)));
            Ok(())
        });
        damage.extend(found.into_iter().map(|(seq, error)| Damage {
            run: Some(run.clone()),
            seq: Some(seq),
            what: error.to_string(),
        }));
        if let Err(error) = end {
            let seq = match &error {
                JournalError::Damaged { seq, .. } => Some(*seq),
                _ => None,
            };
            damage.push(Damage {
                run: Some(run),
                seq,
                what: error.to_string(),
            });
        }
    }
    damage
}

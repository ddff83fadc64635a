//! The versions that runs use which can still go on.

use std::collections::BTreeMap;

use cm_orchestrator::{Event, Pin};
use rusqlite::params;

use crate::{Journal, JournalError, payload, reader::Reader};

/// The failed ones are over, as everywhere: going on with them is beginning again.
const QUERY: &str = "SELECT event.run_id, event.payload, event.blobs
     FROM run JOIN event ON event.run_id = run.id
     WHERE run.status NOT IN ('done', 'failed', 'cancelled')
     AND event.kind IN ('started', 'pinned', 'unpinned')
     ORDER BY event.run_id, event.seq";

impl Journal {
    /// What the runs use that are not over, by their ids.
    pub fn pins(&self) -> Result<BTreeMap<String, Vec<Pin>>, JournalError> {
        self.read(|reader| reader.pins())
    }
}

impl Reader<'_> {
    fn pins(&self) -> Result<BTreeMap<String, Vec<Pin>>, JournalError> {
        let failed = |error: rusqlite::Error| self.failed(&error);
        let mut statement = self.connection.prepare_cached(QUERY).map_err(failed)?;
        let mut rows = statement.query(params![]).map_err(failed)?;
        let mut runs: BTreeMap<String, Vec<Pin>> = BTreeMap::new();
        while let Some(row) = rows.next().map_err(failed)? {
            let read = || {
                let run: String = row.get(0)?;
                let references = row.get_ref(2)?.as_bytes_or_null()?;
                let event = payload::decode(row.get_ref(1)?.as_bytes()?, references, self.blobs);
                Ok((run, event))
            };
            let (run, event) = read().map_err(failed)?;
            let pins = runs.entry(run).or_default();
            // What is unreadable is reported to whoever reads the events.
            match event {
                Ok(Event::Started(start)) => pins.extend(start.pins),
                Ok(Event::Pinned { pin }) => {
                    pins.retain(|known| (&known.role, &known.name) != (&pin.role, &pin.name));
                    pins.push(pin);
                }
                Ok(Event::Unpinned { .. }) => pins.clear(),
                Ok(_) | Err(_) => {}
            }
        }
        Ok(runs)
    }
}

#[cfg(test)]
mod tests {
    use cm_orchestrator::{RunEnd, RunStart};
    use cm_types::Digest;

    use super::*;

    fn pin(name: &str, version: &str) -> Pin {
        Pin {
            role: "engine".into(),
            name: name.into(),
            package: format!("acme/{name}"),
            version: version.into(),
            digest: Digest::of(version.as_bytes()),
            component: None,
        }
    }

    #[test]
    fn only_of_runs_that_can_go_on_and_only_the_last_ones() {
        let directory = tempfile::tempdir().unwrap();
        let journal = Journal::open(directory.path()).unwrap();
        let begin = |id: &str, pins: Vec<Pin>, events: Vec<Event>| {
            let start = RunStart {
                pins,
                ..RunStart::default()
            };
            let mut all = vec![Event::Started(Box::new(start))];
            all.extend(events);
            drop(journal.create_run(id, 1, all).unwrap());
        };
        let pinned = |name, version| Event::Pinned {
            pin: pin(name, version),
        };
        let moved = vec![pinned("b", "1.0.0"), pinned("b", "2.0.0")];
        begin("moved", vec![pin("a", "1.0.0")], moved);
        let by = "ada".to_owned();
        let renewed = vec![pinned("a", "1.0.0"), Event::Unpinned { by }];
        begin("renewed", Vec::new(), renewed);
        let end = RunEnd::Done {
            output: String::new(),
        };
        begin("over", vec![pin("c", "1.0.0")], vec![Event::Ended { end }]);
        let pins = journal.pins().unwrap();
        assert_eq!(pins["moved"], [pin("a", "1.0.0"), pin("b", "2.0.0")]);
        assert_eq!(pins["renewed"], []);
        assert_eq!(pins.len(), 2);
    }
}

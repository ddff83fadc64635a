//! Events and journals for the tests.

use std::path::Path;

use cm_journal::{Journal, Lease};
use cm_orchestrator::{Event, RunStart};
use cm_types::{Extension, Outline};

pub(crate) fn start(workflow: &str) -> Event {
    Event::Started(Box::new(RunStart {
        host: "0.1.0".into(),
        workflow: workflow.into(),
        package: "demo 1.0.0".into(),
        directory: "/project".into(),
        outline: Some(Outline {
            name: format!("The {workflow}"),
            ..Outline::default()
        }),
        ..RunStart::default()
    }))
}

pub(crate) fn note(body: impl Into<String>) -> Event {
    Event::Noted {
        task: None,
        item: Extension {
            kind: "test".into(),
            body: body.into(),
        },
    }
}

pub(crate) fn body(event: &Event) -> &str {
    match event {
        Event::Noted { item, .. } => &item.body,
        other => panic!("a {} where a note should be", other.kind()),
    }
}

/// A journal with a run `r` of so many notes after its start, closed.
pub(crate) fn written(directory: &Path, notes: u32) {
    let (journal, lease) = fresh(directory, "r");
    for number in 0..notes {
        let event = note(format!("note {number} {}", "x".repeat(200)));
        drop(journal.append("r", 1000 + u64::from(number), vec![event]));
    }
    journal.flush().unwrap();
    drop(lease);
}

pub(crate) fn fresh(directory: &Path, run: &str) -> (Journal, Lease) {
    let journal = Journal::open(directory).unwrap();
    let lease = journal.create_run(run, 1000, vec![start("demo")]).unwrap();
    (journal, lease)
}

/// Runs SQL behind the journal's back.
pub(crate) fn sql(directory: &Path, text: &str) {
    let connection = rusqlite::Connection::open(directory.join("journal.db")).unwrap();
    connection.execute_batch(text).unwrap();
}

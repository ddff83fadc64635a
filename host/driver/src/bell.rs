//! Somebody outside who is told that a person is waited for.

use std::{collections::HashSet, future::Future, pin::Pin, time::Duration};

use cm_journal::Ask;
use cm_orchestrator::{Answerer, Event, Input, Record, Run};
use cm_types::Extension;
use tokio::task::JoinSet;

use crate::ledger::Ledger;

/// How long telling may take. The end of a run waits for it.
pub const RING: Duration = Duration::from_secs(10);

/// Tells somebody outside that a person is waited for.
pub trait Bell: Send + 'static {
    /// Begins to tell; the error says why that did not work, without secrets. Dropped
    /// after [`RING`].
    fn ring(&mut self, news: News) -> Ringing;
}

/// What comes of telling somebody.
pub type Ringing = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// Something that has begun to wait for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// The run's id.
    pub run: String,
    /// What the person named: a package or a path.
    pub workflow: String,
    /// The workflow's name for people.
    pub name: String,
    /// The directory that it works in.
    pub directory: String,
    /// What waits.
    pub ask: Ask,
}

/// What was told, and what is being told. What waited when the run was taken up was told
/// by whoever drove it then.
pub(crate) struct Belfry {
    bell: Option<Box<dyn Bell>>,
    told: HashSet<Option<u32>>,
    under_way: JoinSet<Result<(), String>>,
}

impl Belfry {
    pub(crate) fn new(bell: Option<Box<dyn Bell>>, taken_up: &[Ask]) -> Self {
        Self {
            bell,
            told: taken_up.iter().map(|ask| ask.task).collect(),
            under_way: JoinSet::new(),
        }
    }

    /// Something happened, and is on disk: tells what has begun to wait by it, and still
    /// does.
    pub(crate) fn see(&mut self, ledger: &Ledger, record: &Record) {
        let Some(bell) = &mut self.bell else { return };
        let waits = match &record.event {
            Event::Attempted { task, .. }
            | Event::Assigned {
                task,
                to: Answerer::Person,
                ..
            } => Some(*task),
            Event::Paused { .. } => None,
            Event::Finished { task, .. }
            | Event::Reused { task, .. }
            | Event::Assigned { task, .. } => {
                self.told.remove(&Some(*task));
                return;
            }
            Event::Continued { .. } | Event::Resumed { .. } => {
                self.told.remove(&None);
                return;
            }
            _ => return,
        };
        let news = ledger.look(|run| news(ledger.run(), run, waits));
        if let Some(news) = news.filter(|_| self.told.insert(waits)) {
            let ringing = bell.ring(news);
            self.under_way.spawn(async {
                match tokio::time::timeout(RING, ringing).await {
                    Ok(told) => told,
                    Err(_) => Err(format!("it took longer than {} s", RING.as_secs())),
                }
            });
        }
    }

    /// Whether nobody is being told anything.
    pub(crate) fn is_idle(&self) -> bool {
        self.under_way.is_empty()
    }

    /// The next that has been told. May be dropped and called again.
    pub(crate) async fn told(&mut self) -> Result<(), String> {
        match self.under_way.join_next().await {
            Some(Ok(told)) => told,
            Some(Err(broken)) => Err(broken.to_string()),
            None => Ok(()),
        }
    }

    /// Whoever is being told something need not hear the rest.
    pub(crate) fn hush(&mut self) {
        self.under_way.abort_all();
    }
}

fn news(id: &str, run: &Run, waits: Option<u32>) -> Option<News> {
    let ask = Ask::all(run).into_iter().find(|ask| ask.task == waits)?;
    let start = run.start.as_ref()?;
    Some(News {
        run: id.to_owned(),
        workflow: start.workflow.clone(),
        name: run.outline.name.clone(),
        directory: start.directory.clone(),
        ask,
    })
}

impl Ledger {
    /// Writes down that somebody could not be told. The end stays the last event.
    pub(crate) fn untold(&self, why: &str) {
        if self.look(|run| run.end.is_some()) {
            return;
        }
        let item = Extension {
            kind: "inbox".into(),
            body: format!("nobody was told that the run waits: {why}"),
        };
        self.input(Input::Note { task: None, item });
    }
}

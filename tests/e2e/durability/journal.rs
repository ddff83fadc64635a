//! What the journal of a run must look like, whatever happened to it.

use std::collections::BTreeMap;

use cm_orchestrator::TaskKey;
use serde_json::Value;

use crate::support::Cm;

/// The events of one run, as `cm logs --json` prints them.
pub(crate) struct Events(pub(crate) Vec<Value>);

/// A piece of work, as the journal tells of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Task {
    pub(crate) step: String,
    /// What its programs were told by `CM_IDEMPOTENCY_KEY`.
    pub(crate) key: String,
    pub(crate) attempts: u32,
    pub(crate) finished: bool,
    /// Whether it is a question, for which no program is started.
    pub(crate) question: bool,
}

impl Events {
    pub(crate) fn of(cm: &Cm, run: &str) -> Self {
        Self(cm.events(run))
    }

    pub(crate) fn kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.0.iter().filter(move |event| event["kind"] == kind)
    }

    /// The tasks by their number.
    pub(crate) fn tasks(&self) -> BTreeMap<u64, Task> {
        let mut tasks = BTreeMap::<u64, Task>::new();
        for event in &self.0 {
            let Some(id) = event["task"].as_u64() else {
                continue;
            };
            let task = tasks.entry(id).or_default();
            match event["kind"].as_str() {
                Some("requested") => {
                    let key: TaskKey = serde_json::from_value(event["key"].clone()).expect("a key");
                    task.key = key.idempotency(event["run"].as_str().expect("a run"));
                    task.question = event["work"]["kind"] == "question";
                    task.step = event["place"]["step"].as_str().expect("a step").to_owned();
                }
                Some("attempted") => task.attempts += 1,
                Some("finished") => task.finished = true,
                Some("reopened") => task.finished = false,
                _ => {}
            }
        }
        tasks
    }

    /// The programs that were started: number and tick.
    pub(crate) fn programs(&self) -> Vec<(u64, u64)> {
        let number = |event: &Value, name: &str| event["process"][name].as_u64().expect("a number");
        self.kind("spawned")
            .map(|event| (number(event, "pid"), number(event, "started")))
            .collect()
    }

    /// How the run ended: the whole `end`.
    pub(crate) fn end(&self) -> &Value {
        let last = self.0.last().expect("a run has events");
        assert_eq!(last["kind"], "ended", "the end is the last event");
        &last["end"]
    }

    /// No gaps; nothing finished is sent out again; nothing is sent out twice by one
    /// process, and each time under the next number.
    #[track_caller]
    pub(crate) fn assert_sound(&self) {
        let mut tasks = BTreeMap::<u64, (u64, bool, bool)>::new();
        for (place, event) in (1..).zip(&self.0) {
            assert_eq!(event["seq"].as_u64(), Some(place), "a gap in the journal");
            let id = event["task"].as_u64().unwrap_or(u64::MAX);
            let (attempts, finished, at_work) = tasks.entry(id).or_default();
            match event["kind"].as_str() {
                Some("attempted") => {
                    assert!(
                        !*finished,
                        "task {id} is finished and sent out again: {event}"
                    );
                    assert!(
                        !*at_work,
                        "task {id} is sent out twice by one process: {event}"
                    );
                    *attempts += 1;
                    assert_eq!(event["attempt"].as_u64(), Some(*attempts), "{event}");
                    *at_work = true;
                }
                Some("finished") => {
                    assert!(!*finished, "task {id} is finished twice: {event}");
                    (*finished, *at_work) = (true, false);
                }
                Some("reopened") => *finished = false,
                // It is stopped, or has failed, and goes on later.
                Some("held" | "retrying") => *at_work = false,
                Some("resumed") => tasks.values_mut().for_each(|task| task.2 = false),
                _ => {}
            }
        }
    }
}

//! Who decides how a run goes on, said from other terminals while it is at work, and kept
//! whatever happens to `cm` in between.

mod approving;
mod controller;
mod directing;
mod keys;
mod leaving;
mod mixed;
mod pausing;
mod steering;
mod switching;

use std::{
    collections::BTreeMap,
    process::{Child, Stdio},
};

use serde_json::Value;

use crate::{
    durability::{
        journal::Events,
        living::{assert_gone, eventually},
    },
    support::{Cm, PATIENCE, Ran, end},
};

/// A step of a script that says by the file NAME that it is at work, and goes on when there
/// is `go-NAME`.
fn busy(name: &str) -> String {
    format!(
        r#"{{ "run": "echo $$ > .{name}; mv .{name} {name}; while test -e {name} && ! test -e go-{name}; do sleep 0.02; done" }}"#
    )
}

/// A step of a script that never ends the first time, and does nothing after that. Its
/// process is in the file NAME.
fn stuck(name: &str) -> String {
    format!(
        r#"{{ "run": "test -e {name} || {{ echo $$ > .{name}; mv .{name} {name}; exec sleep 300; }}" }}"#
    )
}

/// A rule of a script: what an agent does, when it is told something with these words.
fn rule(agent: &str, contains: &str, steps: &[&str]) -> String {
    let steps = steps.join(", ");
    format!(r#"{{ "agent": "{agent}", "contains": {contains:?}, "do": [{steps}] }}"#)
}

/// Words of an agent.
fn say(words: &str) -> String {
    serde_json::json!({ "say": words }).to_string()
}

fn script(rules: &[String]) -> String {
    format!(r#"{{ "rules": [{}] }}"#, rules.join(",\n"))
}

/// A run that goes on.
struct Driven<'cm> {
    cm: &'cm Cm,
    child: Option<Child>,
}

impl Drop for Driven<'_> {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            end(child.id());
            let _ = child.wait();
        }
    }
}

impl Driven<'_> {
    /// Ends `cm` as a crash does, and says what was finished by then.
    #[track_caller]
    fn kill(mut self) -> Past {
        let mut child = self.child.take().expect("it goes on");
        assert_eq!(
            child.try_wait().expect("a status"),
            None,
            "it still goes on"
        );
        end(child.id());
        child.wait().expect("a status");
        Past::of(self.cm)
    }

    #[track_caller]
    fn finished(mut self) -> Ran {
        self.cm.finished(self.child.take().expect("it goes on"))
    }
}

/// What a run had finished: it must stay as it is.
struct Past(BTreeMap<u64, (u64, Value)>);

impl Past {
    fn of(cm: &Cm) -> Self {
        if cm.json(["runs", "--json"]) == serde_json::json!([]) {
            // It had written down nothing yet.
            return Self(BTreeMap::new());
        }
        let events = Events::of(cm, "last");
        events.assert_sound();
        let mut attempts = BTreeMap::<u64, u64>::new();
        let mut finished = BTreeMap::new();
        for event in &events.0 {
            let Some(task) = event["task"].as_u64() else {
                continue;
            };
            match event["kind"].as_str() {
                Some("attempted") => *attempts.entry(task).or_default() += 1,
                Some("finished") => {
                    finished.insert(task, event["result"].clone());
                }
                Some("reopened") => {
                    finished.remove(&task);
                }
                _ => {}
            }
        }
        let count = |task: u64| attempts.get(&task).copied().unwrap_or_default();
        Self(
            finished
                .into_iter()
                .map(|(task, result)| (task, (count(task), result)))
                .collect(),
        )
    }

    /// Nothing of it was done again or is otherwise now.
    #[track_caller]
    fn stays(&self, cm: &Cm) {
        let now = Self::of(cm);
        for (task, before) in &self.0 {
            assert_eq!(now.0.get(task), Some(before), "task {task} was finished");
        }
    }
}

fn start<'cm>(cm: &'cm Cm, more: &[&str]) -> Driven<'cm> {
    driven(cm, cm.flow_command(more))
}

fn resume(cm: &Cm) -> Driven<'_> {
    driven(cm, cm.command(["resume", "last"]))
}

fn driven(cm: &Cm, mut command: std::process::Command) -> Driven<'_> {
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cm starts");
    Driven {
        cm,
        child: Some(child),
    }
}

/// `cm ARGUMENTS`, which must be done.
#[track_caller]
fn word<const N: usize>(cm: &Cm, arguments: [&str; N]) -> Ran {
    cm.run(arguments).code(0).calm()
}

/// `cm ARGUMENTS`, which must be refused.
#[track_caller]
fn refused<const N: usize>(cm: &Cm, arguments: [&str; N]) -> Ran {
    cm.run(arguments).code(2).calm()
}

/// Lets go on what waits as [`busy`] of this name.
fn go(cm: &Cm, name: &str) {
    cm.write(&format!("go-{name}"), "");
}

/// How far a step is.
fn state(cm: &Cm, step: &str) -> String {
    let shown = cm.json(["show", "last", "--json"]);
    let steps = shown["steps"].as_array().expect("steps");
    let found = steps.iter().find(|it| it["id"] == step);
    found
        .and_then(|step| step["state"].as_str())
        .unwrap_or("not there")
        .to_owned()
}

#[track_caller]
fn wait_for_state(cm: &Cm, step: &str, wanted: &str) {
    assert!(
        eventually(PATIENCE, || state(cm, step) == wanted),
        "{step} is {}, not {wanted}: {}",
        state(cm, step),
        cm.run(["logs", "last"])
    );
}

/// How far the run is, as `cm runs` has it.
fn status(cm: &Cm) -> String {
    let runs = cm.json(["runs", "--json"]);
    runs[0]["status"].as_str().expect("a status").to_owned()
}

/// Who decided what at which step, in order: `STEP WORD BY`.
fn decisions(cm: &Cm) -> Vec<String> {
    let mut steps = BTreeMap::new();
    let mut decided = Vec::new();
    for event in cm.events("last") {
        let task = event["task"].as_u64();
        if event["kind"] == "requested" {
            steps.insert(task, event["place"]["step"].clone());
        }
        if let Some(word) = event["result"]["ok"]["decision"]["decision"].as_str() {
            let step = steps.get(&task).and_then(Value::as_str).unwrap_or("?");
            let by = event["by"].as_str().unwrap_or("?");
            decided.push(format!("{step} {word} {by}"));
        }
    }
    decided
}

/// What an agent was told, by turn.
fn prompts(cm: &Cm, agent: &str) -> Vec<String> {
    let events = cm.events("last");
    let turns = events
        .iter()
        .filter(|event| event["kind"] == "requested" && event["work"]["agent"] == agent);
    turns
        .map(|event| {
            event["work"]["prompt"]
                .as_str()
                .expect("a prompt")
                .to_owned()
        })
        .collect()
}

/// All that was said in turns at this step, by agents and the controller.
fn texts(cm: &Cm, step: &str) -> Vec<String> {
    let mut tasks = Vec::new();
    let mut texts = Vec::new();
    for event in cm.events("last") {
        if event["kind"] == "requested" && event["place"]["step"] == step {
            tasks.push(event["task"].clone());
        }
        if event["kind"] == "turn" && tasks.contains(&event["task"]) {
            let event = &event["event"];
            if event["type"] == "text" {
                texts.extend(event["value"].as_str().map(str::to_owned));
            }
        }
    }
    texts
}

/// The process whose number is in this file is gone.
#[track_caller]
fn assert_ended(cm: &Cm, file: &str) {
    let pid = cm.read(file).trim().to_owned();
    let gone = || {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.is_empty() || stat.contains(") Z ")
    };
    assert!(eventually(PATIENCE, gone), "{pid} of {file} is alive");
}

/// Nothing of the run is left, and its journal is in order.
#[track_caller]
fn assert_well(cm: &Cm) {
    assert_gone(&cm.last());
    Events::of(cm, "last").assert_sound();
}

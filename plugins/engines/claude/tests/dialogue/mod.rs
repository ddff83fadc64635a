//! Plays the program's side of a recorded conversation against the adapter, which has to
//! say what it said then.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use cm_engine_claude::Claude;
use cm_sdk::engine::testing::Recording;
use cm_sdk::engine::{Action, Event, Input, Machine, Permission, Request};
use serde_json::Value;

/// What came of a conversation.
#[derive(Default)]
pub(crate) struct Played {
    pub(crate) events: Vec<Event>,
    /// What the adapter said.
    pub(crate) written: Vec<Value>,
    /// It left the program alone.
    pub(crate) left: bool,
    /// It spoke to the program after that.
    pub(crate) late: bool,
}

impl Played {
    pub(crate) fn asks(&self) -> Vec<&Permission> {
        let asks = self.events.iter().filter_map(|event| match event {
            Event::Ask(ask) => Some(ask),
            _ => None,
        });
        asks.collect()
    }

    /// Whether the tools that were used did their work, in order.
    pub(crate) fn outcomes(&self) -> Vec<bool> {
        let outcomes = self.events.iter().filter_map(|event| match event {
            Event::Outcome(outcome) => Some(outcome.ok),
            _ => None,
        });
        outcomes.collect()
    }

    pub(crate) fn session(&self) -> Option<&str> {
        self.events.iter().find_map(|event| match event {
            Event::Session(id) => Some(id.as_str()),
            _ => None,
        })
    }
}

/// A turn that is going on.
pub(crate) struct Dialogue {
    machine: Machine<Claude>,
    pub(crate) played: Played,
    /// What the adapter said and was not looked at yet.
    pub(crate) said: VecDeque<Value>,
}

impl Dialogue {
    pub(crate) fn new(request: Request) -> Self {
        let mut dialogue = Self {
            machine: Machine::new(request),
            played: Played::default(),
            said: VecDeque::new(),
        };
        dialogue.put(Input::Begin);
        dialogue
    }

    pub(crate) fn put(&mut self, input: Input) {
        for action in self.machine.next(input).expect("no error") {
            match action {
                Action::Write(bytes) => {
                    self.played.late |= self.played.left;
                    let line: Value = serde_json::from_slice(&bytes).expect("a line of JSON");
                    self.played.written.push(line.clone());
                    self.said.push_back(line);
                }
                Action::Emit(event) => self.played.events.push(event),
                Action::CloseStdin => self.played.left = true,
                _ => {}
            }
        }
    }

    /// The program says a line.
    pub(crate) fn hear(&mut self, line: &str) {
        self.put(Input::Stdout(format!("{line}\n").into_bytes()));
    }
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// The lines of a recording: whether they were said to the program (`>> `) or by it
/// (`<< `).
pub(crate) fn lines(name: &str) -> Vec<(bool, String)> {
    let path = folder().join(format!("dialogues/{name}.jsonl"));
    let text = std::fs::read_to_string(&path).expect("a recording");
    let lines = text.lines().map(|line| {
        let (mark, line) = line.split_at(3);
        (mark == ">> ", line.to_owned())
    });
    lines.collect()
}

/// The prompt with which it began.
pub(crate) fn prompt(name: &str) -> String {
    let first: Value = serde_json::from_str(&lines(name)[0].1).expect("JSON");
    let prompt = first["message"]["content"].as_str();
    prompt.expect("a prompt").to_owned()
}

/// What the program said.
pub(crate) fn received(name: &str) -> String {
    let lines = lines(name).into_iter().filter(|(sent, _)| !sent);
    lines.map(|(_, line)| line + "\n").collect()
}

pub(crate) fn recording(name: &str, request: Request, code: Option<i32>) -> Recording {
    let stderr = folder().join(format!("dialogues/{name}.stderr"));
    Recording {
        name: name.to_owned(),
        request,
        stdout: received(name).into_bytes(),
        stderr: std::fs::read(stderr).unwrap_or_default(),
        files: Vec::new(),
        code,
    }
}

/// Plays a recording: permissions are answered and the turn is stopped where they were.
pub(crate) fn replay(name: &str, request: Request, code: Option<i32>) -> Played {
    let mut dialogue = Dialogue::new(request.clone());
    for (sent, line) in lines(name) {
        if !sent {
            dialogue.hear(&line);
            continue;
        }
        let line: Value = serde_json::from_str(&line).expect("JSON");
        if dialogue.said.is_empty() {
            let id = line["response"]["request_id"].as_str().map(str::to_owned);
            let granted = line["response"]["response"]["behavior"] == "allow";
            dialogue.put(match id {
                Some(id) if granted => Input::Granted(id),
                Some(id) => Input::Denied(id),
                None => Input::Cancelled,
            });
        }
        assert_eq!(dialogue.said.pop_front(), Some(line), "{name}");
    }
    assert!(dialogue.said.is_empty(), "{name}: it says more");
    dialogue.put(Input::Stderr(recording(name, request, code).stderr));
    dialogue.put(Input::Exited(code));
    assert!(!dialogue.played.late, "{name}: it speaks to a closed door");
    dialogue.played
}

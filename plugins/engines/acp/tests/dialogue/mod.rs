//! Plays one side of a recorded conversation, the agent's, against the adapter.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use cm_engine_acp::Acp;
use cm_sdk::engine::{Action, Event, Input, Machine, PermissionLevel, Request};
use serde_json::{Value, json};

/// What came of a dialogue.
pub(crate) struct Played {
    /// What the agent said: the recorded lines, with the ids that the adapter chose.
    pub(crate) received: Vec<Value>,
    /// What the adapter said.
    pub(crate) written: Vec<Value>,
    pub(crate) events: Vec<Event>,
}

impl Played {
    /// What the agent said, as bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let lines = self.received.iter().map(|line| format!("{line}\n"));
        lines.collect::<String>().into_bytes()
    }

    /// The requests and notices that the adapter sent, by their methods.
    pub(crate) fn methods(&self) -> Vec<&str> {
        let methods = self.written.iter().filter_map(|line| line.get("method"));
        methods.filter_map(Value::as_str).collect()
    }

    /// The answers that the adapter gave.
    pub(crate) fn answers(&self) -> Vec<&Value> {
        let answers = self
            .written
            .iter()
            .filter(|line| line.get("method").is_none());
        answers.collect()
    }
}

/// One conversation with the adapter.
pub(crate) struct Dialogue {
    machine: Machine<Acp>,
    played: Played,
    ids: HashMap<String, Value>,
    /// What is said to each permission that is asked for.
    grant: bool,
    done: bool,
}

impl Dialogue {
    pub(crate) fn new(request: Request, grant: bool) -> Self {
        let mut dialogue = Self {
            machine: Machine::new(request),
            played: Played {
                received: Vec::new(),
                written: Vec::new(),
                events: Vec::new(),
            },
            ids: HashMap::new(),
            grant,
            done: false,
        };
        dialogue.put(Input::Begin);
        dialogue
    }

    pub(crate) fn put(&mut self, input: Input) {
        for action in self.machine.next(input).expect("no error") {
            match action {
                Action::Write(bytes) => {
                    let line: Value = serde_json::from_slice(&bytes).expect("a line of JSON");
                    self.written(line);
                }
                Action::Emit(Event::Ask(ask)) => {
                    let id = ask.id.clone();
                    self.played.events.push(Event::Ask(ask));
                    self.put(if self.grant {
                        Input::Granted(id)
                    } else {
                        Input::Denied(id)
                    });
                }
                Action::Emit(event) => self.played.events.push(event),
                Action::Done => self.done = true,
                _ => {}
            }
        }
    }

    fn written(&mut self, line: Value) {
        self.played.written.push(line.clone());
        let (Some(method), Some(id)) = (line["method"].as_str(), line.get("id")) else {
            return;
        };
        self.ids.insert(method.to_owned(), id.clone());
        // Nothing of these is in the recordings.
        if method.starts_with("session/set_") || method == "authenticate" {
            self.say(json!({ "jsonrpc": "2.0", "id": id, "result": {} }));
        }
    }

    /// The agent says a line.
    pub(crate) fn say(&mut self, line: Value) {
        self.played.received.push(line.clone());
        self.put(Input::Stdout(format!("{line}\n").into_bytes()));
    }

    /// The agent answers the adapter's last request with this method.
    pub(crate) fn answer(&mut self, method: &str, mut line: Value) {
        let id = self.ids.get(method);
        line["id"] = id.unwrap_or_else(|| panic!("{method} was asked")).clone();
        self.say(line);
    }

    /// The agent leaves.
    pub(crate) fn end(mut self, stderr: &[u8], code: Option<i32>) -> Played {
        if !stderr.is_empty() {
            self.put(Input::Stderr(stderr.to_vec()));
        }
        self.put(Input::Exited(code));
        self.played
    }

    pub(crate) fn is_done(&self) -> bool {
        self.done
    }
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// A recording: `>> ` before what was sent to the agent, `<< ` before what it said.
pub(crate) fn lines(agent: &str, case: &str) -> Vec<(bool, Value)> {
    let path = folder().join(format!("transcripts/acp-{agent}/{case}.jsonl"));
    let text = std::fs::read_to_string(&path).expect("a recording");
    text.lines()
        .map(|line| {
            let (mark, line) = line.split_at(3);
            (mark == ">> ", serde_json::from_str(line).expect("JSON"))
        })
        .collect()
}

pub(crate) fn stderr(agent: &str, case: &str) -> Vec<u8> {
    std::fs::read(folder().join(format!("transcripts/acp-{agent}/{case}.stderr")))
        .unwrap_or_default()
}

pub(crate) fn request(agent: &str, level: PermissionLevel) -> Request {
    Request {
        permissions: level,
        options: vec![("engine".to_owned(), format!("acp-{agent}"))],
        ..Request::new("please")
    }
}

/// Plays the first turn of a recording.
pub(crate) fn first(agent: &str, case: &str, request: Request, grant: bool) -> Played {
    let mut dialogue = Dialogue::new(request, grant);
    let mut asked = HashMap::new();
    for (sent, line) in lines(agent, case) {
        match (sent, line["method"].as_str(), line.get("id")) {
            (true, Some(method), Some(id)) => {
                asked.insert(id.to_string(), method.to_owned());
            }
            (true, ..) => {}
            (false, None, Some(id)) => {
                let method = asked[&id.to_string()].clone();
                dialogue.answer(&method, line);
                if method == "session/prompt" {
                    break;
                }
            }
            (false, ..) => dialogue.say(line),
        }
    }
    dialogue.end(&stderr(agent, case), None)
}

/// Plays the second turn of a recording as if it came in a program of its own.
pub(crate) fn second(agent: &str, case: &str, mut request: Request) -> Played {
    let lines = lines(agent, case);
    let made = lines
        .iter()
        .find_map(|(_, line)| line.pointer("/result/sessionId"));
    request.session = made.and_then(Value::as_str).map(str::to_owned);
    let mut dialogue = Dialogue::new(request, true);
    dialogue.answer("initialize", lines[1].1.clone());
    let opening = ["session/resume", "session/load"];
    let opening = opening
        .iter()
        .find(|method| dialogue.ids.contains_key(**method))
        .expect("a way to go on");
    dialogue.answer(opening, json!({ "jsonrpc": "2.0", "result": {} }));
    let is_prompt = |line: &(bool, Value)| line.1["method"] == "session/prompt";
    let at = lines.iter().rposition(is_prompt).expect("a second prompt");
    for (sent, line) in &lines[at + 1..] {
        assert!(!sent, "nothing is asked in it");
        if line.get("method").is_some() {
            dialogue.say(line.clone());
        } else {
            dialogue.answer("session/prompt", line.clone());
        }
    }
    dialogue.end(b"", Some(0))
}

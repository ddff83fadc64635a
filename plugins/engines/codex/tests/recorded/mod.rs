//! The recorded turns of the real program, as `conformance.json` lists them.

use std::path::{Path, PathBuf};

use cm_engine_codex::Codex;
use cm_sdk::engine::testing::Recording;
use cm_sdk::engine::{Action, Event, Input, Machine, McpServer, PermissionLevel, Request};
use serde_json::Value;

/// A recorded turn.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) request: Request,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    code: Option<i32>,
    grants: bool,
    pub(crate) cancelled_after: Option<usize>,
    /// What was really written to the program is kept.
    pub(crate) wrote: bool,
}

/// What came of a turn.
#[derive(Default)]
pub(crate) struct Played {
    pub(crate) events: Vec<Event>,
    /// What the adapter said to the program.
    pub(crate) written: Vec<Value>,
    /// It wants to hear no more.
    pub(crate) done: bool,
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

pub(crate) fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("conformance.json")).expect("the cases");
    let listed: Value = serde_json::from_str(&text).expect("JSON");
    let read = |path: &Value| match path.as_str() {
        Some(path) => std::fs::read(root.join(path)).expect(path),
        None => Vec::new(),
    };
    let case = |case: &Value| Case {
        name: case["name"].as_str().expect("a name").to_owned(),
        request: request(&case["request"]),
        stdout: read(&case["stdout"]),
        stderr: read(&case["stderr"]),
        code: match case.get("exit") {
            None => Some(0),
            Some(code) => code.as_i64().and_then(|code| i32::try_from(code).ok()),
        },
        grants: case["grants"] == true,
        cancelled_after: case["cancelled-after"]
            .as_u64()
            .and_then(|at| usize::try_from(at).ok()),
        wrote: case["wrote"].is_string(),
    };
    let cases = listed["cases"].as_array().expect("a list");
    cases.iter().map(case).collect()
}

/// The case of this name.
pub(crate) fn case(name: &str) -> Case {
    let mut cases = cases().into_iter();
    let found = cases.find(|case| case.name == name);
    found.unwrap_or_else(|| panic!("{name} is not recorded"))
}

fn request(asked: &Value) -> Request {
    let text = |name: &str| asked[name].as_str().map(str::to_owned);
    let texts = |list: &Value| -> Vec<String> {
        let list = list.as_array().into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let server = |(name, line): (&String, &Value)| {
        let mut words = texts(line).into_iter();
        let command = words.next().unwrap_or_default();
        McpServer {
            arguments: words.collect(),
            ..McpServer::new(name, &command)
        }
    };
    let servers = asked["mcp-servers"].as_object().into_iter().flatten();
    Request {
        model: text("model"),
        effort: text("effort"),
        session: text("session"),
        fork: asked["fork"] == true,
        permissions: match asked["permissions"].as_str() {
            Some("read-only") => PermissionLevel::ReadOnly,
            Some("full") => PermissionLevel::Full,
            _ => PermissionLevel::WorkspaceWrite,
        },
        mcp_servers: servers.map(server).collect(),
        directories: texts(&asked["directories"]),
        instructions: text("instructions"),
        schema: text("schema"),
        ..Request::new(&text("prompt").unwrap_or_else(|| "please".to_owned()))
    }
}

impl Case {
    pub(crate) fn play(&self) -> Played {
        self.play_as(self.grants)
    }

    /// What the program printed.
    pub(crate) fn stdout(&self) -> &[u8] {
        &self.stdout
    }

    /// Plays it, and answers every wish for a permission like this. What it is answered
    /// comes between its lines.
    pub(crate) fn play_as(&self, grants: bool) -> Played {
        self.play_in(self.stdout.split_inclusive(|byte| *byte == b'\n'), grants)
    }

    /// Plays it as if all had been said before it was answered.
    pub(crate) fn play_late(&self) -> Played {
        let at = self.cancelled_after.unwrap_or(0);
        let (before, after) = self.stdout.split_at(at);
        self.play_in([before, after].into_iter(), self.grants)
    }

    fn play_in<'a>(&self, pieces: impl Iterator<Item = &'a [u8]>, grants: bool) -> Played {
        let mut talk = Talk::new(self.request.clone(), grants);
        let mut at = 0;
        for piece in pieces {
            talk.put(Input::Stdout(piece.to_vec()));
            at += piece.len();
            if self.cancelled_after == Some(at) {
                talk.put(Input::Cancelled);
            }
        }
        talk.put(Input::Stderr(self.stderr.clone()));
        talk.end(self.code)
    }

    /// The same, for what holds for all programs.
    pub(crate) fn recording(&self) -> Recording {
        Recording {
            name: self.name.clone(),
            request: self.request.clone(),
            stdout: self.stdout.clone(),
            stderr: self.stderr.clone(),
            files: Vec::new(),
            code: self.code,
        }
    }
}

/// One conversation with the adapter.
pub(crate) struct Talk {
    machine: Machine<Codex>,
    played: Played,
    grants: bool,
}

impl Talk {
    pub(crate) fn new(request: Request, grants: bool) -> Self {
        let mut talk = Self {
            machine: Machine::new(request),
            played: Played::default(),
            grants,
        };
        talk.put(Input::Begin);
        talk
    }

    pub(crate) fn put(&mut self, input: Input) {
        for action in self.machine.next(input).expect("no error") {
            match action {
                Action::Write(bytes) => {
                    let line = serde_json::from_slice(&bytes).expect("a line of JSON");
                    self.played.written.push(line);
                }
                Action::Emit(event) => {
                    let answer = match &event {
                        Event::Ask(ask) if self.grants => Some(Input::Granted(ask.id.clone())),
                        Event::Ask(ask) => Some(Input::Denied(ask.id.clone())),
                        _ => None,
                    };
                    self.played.events.push(event);
                    if let Some(answer) = answer {
                        self.put(answer);
                    }
                }
                Action::Done => self.played.done = true,
                _ => {}
            }
        }
    }

    /// Codex says a line.
    pub(crate) fn say(&mut self, line: &Value) {
        self.put(Input::Stdout(format!("{line}\n").into_bytes()));
    }

    /// What was said last by the adapter.
    pub(crate) fn last(&self) -> &Value {
        self.played.written.last().expect("it spoke")
    }

    pub(crate) fn end(mut self, code: Option<i32>) -> Played {
        self.put(Input::Exited(code));
        self.played
    }
}

//! The real engine programs, started as their adapters plan it, and servers of the
//! Model Context Protocol: each program connects and calls, without anybody who could
//! be asked, at every level; and what is held back is not called.

use cm_engine_claude::Claude;
use cm_engine_codex::Codex;
use cm_engine_opencode::Opencode;
use cm_model_server::{
    ModelServer, Script, claude_environment, codex_environment, engine_or_skip,
    opencode_environment,
};
use cm_sdk::engine::testing::finish;
use cm_sdk::engine::{
    Action, Adapter, Command as Planned, Event, Input, Machine, McpServer, PermissionLevel, Request,
};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// Far more than any of them needs: an engine that hangs must not hang the tests.
const PATIENCE: Duration = Duration::from_secs(180);

const LEVELS: [PermissionLevel; 3] = [
    PermissionLevel::ReadOnly,
    PermissionLevel::WorkspaceWrite,
    PermissionLevel::Full,
];

struct Bench {
    name: &'static str,
    program: PathBuf,
    _server: ModelServer,
    environment: Vec<(String, String)>,
    folder: tempfile::TempDir,
}

impl Bench {
    fn new(name: &'static str) -> Option<Self> {
        let program = engine_or_skip(name)?;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let turns = |server: &str| {
            let call = |tool: &str| {
                let input = json!({"key": "plan", "value": "{value}"});
                json!({"tool": {"mcp": {"server": server, "tool": tool, "input": input}}})
            };
            json!([call("write_state"), call("read_state"), {"text": "It says: {tool_output}"}])
        };
        let rules = ["cm", "other"].map(|server| {
            let when = json!({"prompt_contains": format!("keep {{value}} in {server}")});
            json!({"when": when, "turns": turns(server)})
        });
        let script = Script::from_json(&json!({ "rules": rules }).to_string());
        let server = ModelServer::start(script.expect("a script")).expect("a server");
        let home = folder.path().join("home");
        fs::create_dir(folder.path().join("project")).expect("a project");
        let environment = match name {
            "claude" => claude_environment(&server.url(), &home),
            "codex" => codex_environment(&server.url(), &home),
            _ => opencode_environment(&server.url(), &home),
        };
        Some(Self {
            name,
            program,
            _server: server,
            environment: environment.expect("a home"),
            folder,
        })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A server that writes down what it is asked.
    fn probe(&self, name: &str) -> McpServer {
        let log = self.path(name).display().to_string();
        McpServer {
            arguments: vec![log],
            environment: vec![("CM_MCP".to_owned(), "/nowhere".to_owned())],
            ..McpServer::new(name, env!("CARGO_BIN_EXE_cm-mcp-probe"))
        }
    }

    /// The tools that a server was really asked for, with what they were given.
    fn called(&self, name: &str) -> Vec<(String, Value)> {
        let log = fs::read_to_string(self.path(name)).unwrap_or_default();
        let lines = log.lines().map(serde_json::from_str);
        let calls = lines.filter_map(|line: Result<Value, _>| {
            let given = line.ok().filter(|it| it["method"] == "tools/call")?["params"].clone();
            Some((
                given["name"].as_str()?.to_owned(),
                given["arguments"].clone(),
            ))
        });
        calls.collect()
    }

    /// One turn, as the host would do it where nobody is there to be asked.
    fn turn<A: Adapter>(&self, request: Request) -> Vec<Event> {
        let mut turn = Turn {
            machine: Machine::<A>::new(request),
            stdin: None,
            events: Vec::new(),
            first: Vec::new(),
        };
        let planned = turn.begin();
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", self.program.display());
        let stderr = self.path("stderr");
        let mut child = Command::new(self.program.join(self.name))
            .args(&planned.arguments)
            .env_clear()
            .envs(self.environment.iter().cloned())
            .env("PATH", path)
            .env("PWD", self.path("project"))
            .envs(planned.environment)
            .current_dir(self.path("project"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&stderr).expect("a file"))
            .spawn()
            .expect("the engine starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        let prompt = planned.stdin.unwrap_or_default();
        stdin
            .write_all(prompt.as_bytes())
            .expect("it reads its prompt");
        turn.stdin = planned.interactive.then_some(stdin);
        turn.say();
        let pieces = pieces(child.stdout.take().expect("a pipe"));
        let begun = Instant::now();
        while let Ok(piece) = pieces.recv_timeout(PATIENCE.saturating_sub(begun.elapsed())) {
            turn.hear(Input::Stdout(piece));
        }
        if begun.elapsed() >= PATIENCE {
            child.kill().expect("it can be killed");
        }
        let code = child.wait().expect("a status").code();
        turn.hear(Input::Stderr(fs::read(stderr).expect("the output")));
        turn.hear(Input::Exited(code));
        turn.events
    }

    fn request(&self, prompt: &str, servers: Vec<McpServer>) -> Request {
        Request {
            mcp_servers: servers,
            directory: self.path("project").display().to_string(),
            ..Request::new(prompt)
        }
    }
}

/// What a program prints, as it comes; it ends with the program.
fn pieces(mut stdout: ChildStdout) -> mpsc::Receiver<Vec<u8>> {
    let (sender, pieces) = mpsc::channel();
    thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(length @ 1..) = stdout.read(&mut buffer) {
            if sender.send(buffer[..length].to_vec()).is_err() {
                break;
            }
        }
    });
    pieces
}

/// An adapter and what its program listens to.
struct Turn<A> {
    machine: Machine<A>,
    stdin: Option<ChildStdin>,
    events: Vec<Event>,
    /// What is to be said when the program is there.
    first: Vec<Action>,
}

impl<A: Adapter> Turn<A> {
    fn begin(&mut self) -> Planned {
        let mut actions = self.machine.next(Input::Begin).expect("a plan").into_iter();
        let Some(Action::Spawn(planned)) = actions.next() else {
            panic!("it starts no program");
        };
        self.first = actions.collect();
        planned
    }

    fn say(&mut self) {
        for action in std::mem::take(&mut self.first) {
            self.act(action);
        }
    }

    fn hear(&mut self, input: Input) {
        for action in self.machine.next(input).expect("only `begin` is refused") {
            self.act(action);
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Write(bytes) => {
                if let Some(stdin) = &mut self.stdin {
                    // A program that has left shows in its exit.
                    let _ = stdin.write_all(&bytes);
                }
            }
            Action::CloseStdin => self.stdin = None,
            Action::Emit(event) => {
                let asked = match &event {
                    Event::Ask(ask) => Some(ask.id.clone()),
                    _ => None,
                };
                self.events.push(event);
                if let Some(id) = asked {
                    self.hear(Input::Denied(id));
                }
            }
            _ => {}
        }
    }
}

fn outcomes(events: &[Event]) -> Vec<bool> {
    let outcomes = events.iter().filter_map(|event| match event {
        Event::Outcome(outcome) => Some(outcome.ok),
        _ => None,
    });
    outcomes.collect()
}

fn the_hosts_tools_need_no_permission<A: Adapter>(name: &'static str) {
    let Some(bench) = Bench::new(name) else {
        return;
    };
    for permissions in LEVELS {
        let _ = fs::remove_file(bench.path("cm"));
        let servers = vec![bench.probe(McpServer::HOST)];
        let request = Request {
            permissions,
            ..bench.request("keep it in cm", servers)
        };
        let events = bench.turn::<A>(request);
        let given = json!({"key": "plan", "value": "it"});
        let calls = ["write_state", "read_state"].map(|tool| (tool.to_owned(), given.clone()));
        assert_eq!(bench.called("cm"), calls, "{permissions:?}: {events:#?}");
        assert_eq!(
            outcomes(&events),
            [true, true],
            "{permissions:?}: {events:#?}"
        );
        let finish = finish(&events);
        assert!(finish.ok, "{permissions:?}: {finish:?}");
        assert!(
            finish.text.contains("It says: ") && finish.text.contains("read_state was called"),
            "{permissions:?}: {finish:?}"
        );
    }
}

fn tools_that_are_held_back_are_not_called<A: Adapter>(name: &'static str) {
    let Some(bench) = Bench::new(name) else {
        return;
    };
    let read = || vec!["read_state".to_owned()];
    let write = || vec!["write_state".to_owned()];
    for (permissions, only, exclude) in [
        (PermissionLevel::ReadOnly, read(), Vec::new()),
        (PermissionLevel::Full, read(), Vec::new()),
        (PermissionLevel::Full, Vec::new(), write()),
    ] {
        let _ = fs::remove_file(bench.path("other"));
        let server = McpServer {
            only,
            exclude,
            ..bench.probe("other")
        };
        let case = format!("{permissions:?} {:?} {:?}", server.only, server.exclude);
        let request = Request {
            permissions,
            ..bench.request("keep it in other", vec![server])
        };
        let events = bench.turn::<A>(request);
        let called = bench.called("other");
        let names: Vec<_> = called.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["read_state"], "{case}: {events:#?}");
    }
}

macro_rules! for_each_engine {
    ($($name:ident $adapter:ty;)*) => { $(mod $name {
        #[test]
        fn the_hosts_tools_need_no_permission() {
            super::the_hosts_tools_need_no_permission::<$adapter>(stringify!($name));
        }

        #[test]
        fn tools_that_are_held_back_are_not_called() {
            super::tools_that_are_held_back_are_not_called::<$adapter>(stringify!($name));
        }
    })* };
}

for_each_engine! {
    claude super::Claude;
    codex super::Codex;
    opencode super::Opencode;
}

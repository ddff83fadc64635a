//! An engine: an adapter to a program that runs an AI coding agent. It does nothing
//! itself: it is told what happened, and says what to do.
//!
//! This one gives the prompt to `my-agent` and takes what that prints for the answer.

wit_bindgen::generate!({
    path: ["wit/types", "wit/engine"],
    world: "cm:engine/engine",
    generate_all,
});

use std::cell::RefCell;

use cm::types::{
    base::{Error, Failure},
    events::{Event, Finish},
};
use exports::cm::engine::adapter::{
    Action, Command, Finding, Framing, Guest, GuestTurn, Health, Info, Input, Probe, Program,
    Request,
};

const PROGRAM: &str = "my-agent";

struct Adapter;

/// One turn.
struct Turn {
    request: Request,
    said: RefCell<String>,
}

impl Guest for Adapter {
    type Turn = Turn;

    fn describe() -> Info {
        Info {
            id: "{{name}}".into(),
            name: "{{title}}".into(),
            programs: vec![Program {
                name: PROGRAM.into(),
                install: "see the documentation of my-agent".into(),
            }],
            models: vec![],
            features: vec![],
            probes: vec![Probe {
                purpose: "version".into(),
                program: PROGRAM.into(),
                arguments: vec!["--version".into()],
            }],
            tested: vec![],
            environment: vec!["MY_AGENT_*".into()],
            options: vec![],
        }
    }

    fn diagnose(findings: Vec<Finding>) -> Health {
        let version = findings.iter().find(|it| it.purpose == "version");
        let found = version.filter(|it| it.code == Some(0));
        Health {
            installed: found.is_some(),
            version: found.map(|it| it.stdout.trim().to_owned()),
            signed_in: None,
            remedy: found.is_none().then(|| format!("install `{PROGRAM}`")),
            options: vec![],
        }
    }
}

impl GuestTurn for Turn {
    fn new(request: Request) -> Self {
        Self {
            request,
            said: RefCell::default(),
        }
    }

    fn next(&self, input: Input) -> Result<Vec<Action>, Error> {
        Ok(match input {
            Input::Begin => vec![Action::Spawn(Command {
                program: PROGRAM.into(),
                arguments: vec![],
                environment: vec![],
                stdin: Some(self.request.prompt.clone()),
                interactive: false,
                framing: Framing::Lines,
                files: vec![],
                collect: vec![],
                options: vec![],
            })],
            Input::Line(line) => {
                let text = format!("{line}\n");
                self.said.borrow_mut().push_str(&text);
                vec![Action::Emit(Event::Text(text))]
            }
            // The last event of every turn, exactly once.
            Input::Exited(code) => vec![Action::Emit(Event::Finish(self.finish(code)))],
            _ => vec![],
        })
    }
}

impl Turn {
    fn finish(&self, code: Option<i32>) -> Finish {
        let ok = code == Some(0);
        let how = code.map_or("a signal".to_owned(), |code| code.to_string());
        Finish {
            ok,
            text: self.said.borrow().trim_end().to_owned(),
            reason: "exited".into(),
            failure: (!ok).then(|| Failure {
                code: "agent-failed".into(),
                message: format!("`{PROGRAM}` ended with {how}"),
                retry: false,
                retry_after_ms: None,
                details: None,
            }),
            options: vec![],
        }
    }
}

// The names of the exports are none that a native linker takes.
#[cfg(target_arch = "wasm32")]
export!(Adapter);

//! Whole workflows with the real, unmodified engine programs. Only the model behind them
//! is a script: see the crate `cm-model-server`.

use std::{
    collections::BTreeSet,
    process::{Child, Stdio},
    time::Duration,
};

use cm_model_server::{ModelServer, Script};
use rustix::process::Signal;
use serde_json::Value;

mod every;
mod hosting;
mod place;

use crate::{
    durability::{
        journal::Events,
        living::{assert_gone, eventually, with_variable},
    },
    support::{Cm, end, signal},
};
use place::Place;

/// Far more than an engine needs to begin, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// `cm`, one engine, and the model behind it.
struct Bench {
    engine: &'static str,
    cm: Cm,
    server: ModelServer,
    place: Place,
}

impl Bench {
    /// None, and a line that says so, when the engine's program is not there.
    fn new(engine: &'static str) -> Option<Self> {
        Self::with(engine, Script::example().expect("the example"))
    }

    /// With another model behind it.
    fn with(engine: &'static str, script: Script) -> Option<Self> {
        let server = ModelServer::start(script).expect("a server");
        let cm = Cm::new();
        let place = Place::of(engine, &server.url(), &cm.root().join("home"))?;
        let cm = cm.variable("PATH", &place.path());
        let variables = place.variables.iter();
        let cm = variables.fold(cm, |cm, (name, value)| cm.variable(name, value));
        Some(Self {
            engine,
            cm,
            server,
            place,
        })
    }

    /// With this workflow, and agents of these names and prompts.
    fn flow(mut self, steps: &str, agents: &[(&str, &str)]) -> Self {
        let place = self.cm.project().display().to_string();
        self.cm = self.cm.workflow(&format!("name: Real\nsteps:\n{steps}"));
        for (name, prompt) in agents {
            self.cm = self.cm.agent(name, &prompt.replace("PLACE", &place));
        }
        self
    }

    fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.cm.command(arguments);
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("cm starts")
    }

    /// Runs to the end: code, what was printed, what was told.
    #[track_caller]
    fn run(&self) -> (Option<i32>, String, String) {
        self.ended(self.start(&["run", "./flow", "--engine", self.engine]))
    }

    #[track_caller]
    fn ended(&self, mut child: Child) -> (Option<i32>, String, String) {
        let ended = std::cell::RefCell::new(&mut child);
        let over = eventually(PATIENCE, || {
            ended.borrow_mut().try_wait().expect("a status").is_some()
        });
        if !over {
            end(child.id());
        }
        let output = child.wait_with_output().expect("its output");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        let (out, err) = (text(output.stdout), text(output.stderr));
        assert!(
            over,
            "{} does not end: {out}\n{err}\n{:?}",
            self.engine,
            self.server.requests()
        );
        (output.status.code(), out, err)
    }

    /// The rules that answered, one for each time the model was asked.
    fn asked(&self) -> Vec<String> {
        self.server
            .prompts()
            .into_iter()
            .map(|seen| seen.rule)
            .collect()
    }

    fn events(&self) -> Events {
        let events = Events::of(&self.cm, &self.cm.last());
        events.assert_sound();
        events
    }
}

/// What the agent of this step did, by kind of event.
fn turns<'a>(events: &'a Events, step: &str, kind: &'a str) -> Vec<&'a Value> {
    let ids = events
        .tasks()
        .into_iter()
        .filter(|(_, task)| task.step == step);
    let ids: BTreeSet<u64> = ids.map(|(id, _)| id).collect();
    let of_step = events
        .kind("turn")
        .filter(|event| event["task"].as_u64().is_some_and(|id| ids.contains(&id)));
    of_step
        .map(|event| &event["event"])
        .filter(|event| event["type"] == kind)
        .map(|event| &event["value"])
        .collect()
}

/// Two agents, a command between them at which `cm` is killed, and a conversation that
/// is gone on with.
fn works_and_is_resumed(engine: &'static str) {
    let Some(bench) = Bench::new(engine) else {
        return;
    };
    let steps = "  - agent: writer\n  \
         - { id: check, run: 'cat out.txt; test -e again || { touch again; sleep 600; }' }\n  \
         - agent: reader\n  \
         - { id: recall, agent: writer, session: continue, prompt: what did I say before }\n";
    let agents = [
        ("writer", "please write hello to PLACE/out.txt"),
        (
            "reader",
            "read PLACE/out.txt and compare it with {check.output}",
        ),
    ];
    let bench = bench.flow(steps, &agents);
    let mut child = bench.start(&["run", "./flow", "--engine", engine]);
    let sign = bench.cm.project().join("again");
    let ended = std::cell::RefCell::new(&mut child);
    let there = || sign.exists() || ended.borrow_mut().try_wait().expect("a status").is_some();
    assert!(
        eventually(PATIENCE, there),
        "the first agent does not end: {:?}",
        bench.server.requests()
    );
    if !sign.exists() {
        panic!("it ended too early: {:?}", bench.ended(child));
    }
    assert_eq!(
        bench.cm.read("out.txt"),
        "hello\n",
        "the tool was really called"
    );
    let first = bench.asked();
    assert_eq!(
        first,
        ["write", "write"],
        "a call, and what is said about its result"
    );
    assert!(bench.server.prompts().iter().all(|seen| seen.authorized));
    end(child.id());
    let (code, ..) = bench.ended(child);
    assert_eq!(code, None, "it was killed");

    bench.server.reset();
    let (code, out, err) = bench.ended(bench.start(&["resume", "last"]));
    assert_eq!(code, Some(0), "{out}\n{err}");
    assert_eq!(
        bench.asked(),
        ["read", "read", "recall"],
        "the finished agent was not asked again"
    );
    let place = bench.cm.project();
    assert_eq!(
        out,
        format!(
            "You said: please write hello to {}/out.txt\n",
            place.display()
        ),
        "{err}"
    );

    let events = bench.events();
    assert_eq!(events.end()["how"], "done");
    let sessions = turns(&events, "writer", "session");
    assert_eq!(
        sessions,
        turns(&events, "recall", "session"),
        "the same conversation"
    );
    assert_ne!(sessions, turns(&events, "reader", "session"));
    assert_eq!(sessions.len(), 1);
    assert_eq!(turns(&events, "writer", "call").len(), 1);
    assert_eq!(turns(&events, "writer", "outcome").len(), 1);
    // Some engines tell a text in pieces.
    let said = turns(&events, "writer", "text");
    let said: String = said.iter().filter_map(|text| text.as_str()).collect();
    assert!(said.contains("Done: hello is in "), "{said}");
    assert_ne!(turns(&events, "reader", "call"), Vec::<&Value>::new());
    for step in ["writer", "reader", "recall"] {
        let usage = turns(&events, step, "usage");
        assert!(!usage.is_empty(), "{step}");
        assert!(
            usage.iter().all(|usage| usage["input"].as_u64() > Some(0)),
            "{step}: {usage:?}"
        );
    }
    let finished = events.kind("finished").next().expect("a result");
    assert!(
        finished["result"]["ok"]["text"]
            .as_str()
            .expect("a text")
            .starts_with("Done: hello is in "),
        "{finished}"
    );

    let shown = bench.cm.json(["show", "last", "--json"]);
    let usage = |step: usize, name: &str| shown["steps"][step]["usage"][name].as_f64();
    // The script says how many tokens both answers of the writer took.
    let written = (usage(0, "input"), usage(0, "cached"), usage(0, "output"));
    assert_eq!(written, (Some(2500.0), Some(1400.0), Some(57.0)), "{shown}");
    // Neither the turns before, in the same conversation, nor those of others are counted again.
    assert_eq!(
        (usage(3, "input"), usage(3, "output")),
        (Some(100.0), Some(20.0)),
        "{shown}"
    );
    match engine {
        "codex" => assert_eq!(usage(0, "cost_usd"), None, "codex tells no cost"),
        _ => assert!(
            usage(0, "cost_usd").is_some_and(|cost| cost > 0.0 && cost < 1.0),
            "{shown}"
        ),
    }
    assert_gone(&bench.cm.last());
}

/// A key that is refused is the person's to mend; a service that is busy is not.
fn fails_and_recovers(engine: &'static str, remedy: &str) {
    let Some(bench) = Bench::new(engine) else {
        return;
    };
    let bench = bench.flow("  - agent: a\n", &[("a", "unauthorized")]);
    let (code, out, err) = bench.run();
    assert_eq!(code, Some(1), "{out}\n{err}");
    let words = err
        .split_whitespace()
        .filter(|word| *word != "│")
        .collect::<Vec<_>>()
        .join(" ");
    assert!(
        words.contains("not signed in") && words.contains(remedy),
        "no `{remedy}` in: {err}"
    );
    assert_eq!(out, "");
    let events = bench.events();
    assert_eq!(events.end()["how"], "failed");
    let finished = events.kind("finished").next().expect("a result");
    let error = &finished["result"]["err"];
    assert_eq!(
        (&error["error"], &error["failure"]["code"]),
        (&"denied".into(), &"not-signed-in".into()),
        "{finished}"
    );

    bench.cm.write("flow/agents/a.md", "overloaded");
    bench.server.reset();
    let (code, out, err) = bench.run();
    assert_eq!((code, out.as_str()), (Some(0), "Recovered.\n"), "{err}");
    assert_eq!(
        bench.asked(),
        ["overloaded", "overloaded"],
        "once refused, once answered"
    );
}

/// Nothing of an engine that waits for its model outlives `cm`, and Ctrl-C ends it, too.
fn dies_with_cm(engine: &'static str) {
    let Some(bench) = Bench::new(engine) else {
        return;
    };
    let bench = bench.flow("  - agent: a\n", &[("a", "say nothing")]);
    let child = bench.start(&["run", "./flow", "--engine", engine]);
    assert!(
        eventually(PATIENCE, || bench.asked() == ["hang"]),
        "{:?}",
        bench.server.requests()
    );
    let run = bench.cm.last();
    assert_ne!(with_variable(&format!("CM_RUN={run}")), Vec::<u64>::new());
    end(child.id());
    drop(bench.ended(child));
    let gone = eventually(PATIENCE, || {
        with_variable(&format!("CM_RUN={run}")).is_empty()
    });
    assert!(gone, "the engine lives on without cm");

    let child = bench.start(&["resume", "last"]);
    assert!(
        eventually(PATIENCE, || bench.asked() == ["hang", "hang"]),
        "{:?}",
        bench.server.requests()
    );
    signal(child.id(), Signal::INT);
    let (code, _, err) = bench.ended(child);
    assert_eq!(code, Some(130), "{err}");
    assert_gone(&run);
    assert_eq!(
        bench.cm.json(["show", "last", "--json"])["status"],
        "interrupted"
    );
    bench.events();
}

/// `cm engines` finds it, and says how to get it where it is not.
fn is_found(engine: &'static str) {
    let Some(bench) = Bench::new(engine) else {
        return;
    };
    let row = |cm: &Cm| cm.json(["engines", engine, "--json"])[0].clone();
    let found = row(&bench.cm);
    assert_eq!(
        (&found["engine"], &found["installed"]),
        (&engine.into(), &true.into()),
        "{found}"
    );
    let version = found["version"].as_str().expect("a version");
    let numbers: Vec<_> = version
        .split('.')
        .map(|part| part.parse::<u32>().is_ok())
        .collect();
    assert_eq!(numbers, [true, true, true], "{version}");
    let missing = row(&Cm::new());
    assert_eq!(missing["installed"], false, "{missing}");
    assert!(
        missing["remedy"]
            .as_str()
            .is_some_and(|remedy| remedy.contains("npm install -g")),
        "{missing}"
    );
}

macro_rules! for_each_engine {
    ($($name:ident: $remedy:literal,)*) => { $(mod $name {
        #[test]
        fn works_and_is_resumed() {
            super::works_and_is_resumed(stringify!($name));
        }

        #[test]
        fn fails_and_recovers() {
            super::fails_and_recovers(stringify!($name), $remedy);
        }

        #[test]
        fn dies_with_cm() {
            super::dies_with_cm(stringify!($name));
        }

        #[test]
        fn is_found() {
            super::is_found(stringify!($name));
        }
    })* };
}

for_each_engine! {
    claude: "run `claude auth login`",
    codex: "run `codex login`",
    opencode: "run `opencode auth login`",
}

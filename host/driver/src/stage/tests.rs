//! Whole turns with adapters that ask a service, as components, against a scripted one.
//! `cargo xtask guests` builds the components; without them these tests are skipped.

mod turns;

use std::{
    collections::HashMap,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use cm_effects::recording::{Channel, Replay, What};
use cm_journal::{Journal, Lease};
use cm_model_server::{ModelServer, Script};
use cm_orchestrator::{Attempt, Event, Input, RunStart};
use cm_registry::{Home, Package, Registry};
use cm_runtime::{Limits, Runtime};
use cm_types::{Error, Placement, Policy, Reply, ToolResult, TurnEvent, TurnWork, Work};
use tokio::sync::watch;

use crate::{Catalog, Drive, Stop, attempt::Done, floor::Floor, ledger::Ledger};

const RUN: &str = "aaaaaa";
const KEY: &str = "sk-driver-test-0123456789";
/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);
/// The engines, the variable of their address and of their key, and a model of theirs.
const ENGINES: [[&str; 4]; 3] = [
    [
        "anthropic",
        "ANTHROPIC_BASE_URL",
        "ANTHROPIC_API_KEY",
        "claude-sonnet-4-6",
    ],
    ["openai", "OPENAI_BASE_URL", "OPENAI_API_KEY", "gpt-5.5"],
    ["chat", "CHAT_BASE_URL", "CHAT_API_KEY", "some-model"],
];

/// A project, a run in it, and an engine with a service behind it.
struct World {
    root: tempfile::TempDir,
    _lease: Lease,
    floor: Arc<Floor>,
    server: ModelServer,
    engine: [&'static str; 4],
    writing: tokio::task::JoinHandle<()>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.writing.abort();
    }
}

fn house() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

impl World {
    /// None when the component was not built.
    fn new(engine: [&'static str; 4], script: &str) -> Option<Self> {
        Self::with(engine, script, |text| text, true)
    }

    /// With another manifest, or without the variables.
    fn with(
        engine: [&'static str; 4],
        script: &str,
        manifest: impl Fn(String) -> String,
        set: bool,
    ) -> Option<Self> {
        let [name, address, key, _] = engine;
        let component = house().join(format!("target/guests/{name}.wasm"));
        if !component.is_file() {
            // Not `eprintln!`: the test harness would keep that to itself.
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED: there is no component of `{name}`; type `cargo xtask guests` to build it"
            );
            return None;
        }
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        for directory in ["project", "scratch", "package"] {
            fs::create_dir(at(directory)).unwrap();
        }
        fs::copy(component, at(&format!("package/{name}.wasm"))).unwrap();
        let text = house().join(format!("plugins/engines/{name}/cm.toml"));
        let text = manifest(fs::read_to_string(text).unwrap());
        fs::write(at("package/cm.toml"), text).unwrap();
        let package = Package::open(&at("package")).unwrap();
        let (registry, _) = Registry::open(Home::at(at("home")).unwrap(), &[]).unwrap();
        let runtime = Runtime::new(None, Limits::default()).unwrap();
        let catalog = Arc::new(Catalog::new(registry, runtime, Some(package)));
        let journal = Journal::open(&at("project/.codemachine")).unwrap();
        let start = RunStart {
            parallel: 4,
            default_engine: name.into(),
            ..RunStart::default()
        };
        let (run, lease) = Drive::begin(&journal, RUN, start).unwrap();
        let ledger = Arc::new(Ledger::new(RUN.into(), journal, run));
        let writer = Arc::clone(&ledger);
        let writing = tokio::spawn(async move {
            loop {
                writer.urgent().await;
                if let Some(mut batch) = writer.append() {
                    batch.durable().await.unwrap();
                    writer.settled(batch.last().unwrap_or_default());
                }
            }
        });
        let server = ModelServer::start(Script::from_json(script).unwrap()).unwrap();
        let url = match name {
            "anthropic" => server.url(),
            _ => format!("{}/v1", server.url()),
        };
        let mut floor = Floor::new(ledger, catalog, at("project"), at("scratch"));
        let variables: HashMap<String, String> = match set {
            true => [(address.to_owned(), url), (key.to_owned(), KEY.to_owned())].into(),
            false => HashMap::new(),
        };
        floor.environment = Box::new(move |name| variables.get(name).cloned());
        Some(Self {
            root,
            _lease: lease,
            floor: Arc::new(floor),
            server,
            engine,
            writing,
        })
    }

    fn work(&self, prompt: &str) -> TurnWork {
        TurnWork {
            agent: "builder".into(),
            prompt: prompt.into(),
            model: Some(self.engine[3].into()),
            ..TurnWork::default()
        }
    }

    fn attempt(&self, work: &TurnWork, policy: Policy) -> Attempt {
        let place = Placement {
            step: "build".into(),
            parent: None,
            label: None,
        };
        let requested = self.floor.ledger.input(Input::Request {
            scope: None,
            place: place.clone(),
            work: Work::Turn(work.clone()),
            policy: policy.clone(),
        });
        let task = requested.task.unwrap();
        Attempt {
            task,
            attempt: 1,
            occurrence: 0,
            idempotency: format!("key-{task}"),
            place,
            work: Work::Turn(work.clone()),
            policy,
            resumed: None,
        }
    }

    /// A turn to its end, and what it has told.
    async fn turn(&self, work: TurnWork) -> (Done, Vec<TurnEvent>) {
        let stop = watch::Sender::new(Stop::No);
        self.turn_with(work, Policy::default(), stop.subscribe())
            .await
    }

    async fn turn_with(
        &self,
        work: TurnWork,
        policy: Policy,
        stop: watch::Receiver<Stop>,
    ) -> (Done, Vec<TurnEvent>) {
        let attempt = self.attempt(&work, policy);
        let turn = self.floor.turn(&attempt, &work, stop);
        let done = tokio::time::timeout(PATIENCE, turn).await.unwrap();
        let task = attempt.task;
        let result = done.result.clone();
        self.floor.ledger.input(Input::Ended { task, result });
        // It is appended when the writer comes to it.
        while !self.is_over(task) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        (done, self.told(task))
    }

    fn is_over(&self, wanted: u32) -> bool {
        let records = self.floor.ledger.journal().events(RUN, 0).unwrap();
        records
            .iter()
            .any(|record| matches!(record.event, Event::Finished { task, .. } if task == wanted))
    }

    fn told(&self, wanted: u32) -> Vec<TurnEvent> {
        let records = self.floor.ledger.journal().events(RUN, 0).unwrap();
        let events = records.into_iter().filter_map(|record| match record.event {
            Event::Turn { task, event } if task == wanted => Some(event),
            _ => None,
        });
        events.collect()
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root.path().join("project").join(path)
    }
}

fn block(future: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(future);
}

fn outcomes(events: &[TurnEvent]) -> Vec<&ToolResult> {
    let outcomes = events.iter().filter_map(|event| match event {
        TurnEvent::Outcome(outcome) => Some(outcome),
        _ => None,
    });
    outcomes.collect()
}

fn failed(done: &Done) -> (&Error, &str) {
    let error = done.result.as_ref().unwrap_err();
    (error, error.failure().map_or("", |failure| &failure.code))
}

fn fine(done: &Done) -> &Reply {
    done.result.as_ref().unwrap()
}

const WRITES: &str = r#"{"rules": [
    {"when": {"prompt_contains": "write {word} to {path}"}, "turns": [
        {"thinking": "Hm.", "text": "I write it.",
         "tool": {"write_file": {"path": "{path}", "content": "{word}\n"}},
         "usage": {"input": 100, "output": 20, "cached": 10}},
        {"text": "Wrote {word}: {tool_output}"}
    ]},
    {"when": {"prompt_contains": "run: {command...}"}, "turns": [
        {"tool": {"shell": {"command": "{command}"}}},
        {"text": "It said: {tool_output}"}
    ]},
    {"when": {"prompt_contains": "recall"}, "turns": [{"text": "You said: {history}"}]},
    {"when": {"prompt_contains": "hang"}, "turns": [{"hang": true}]},
    {"when": {"prompt_contains": "flaky"}, "turns": [
        {"error": {"status": 429, "headers": {"retry-after": "0"}, "times": 2}, "text": "Recovered."}
    ]},
    {"when": {"prompt_contains": "leak"}, "turns": [
        {"error": {"status": 401, "body": "the key sk-driver-test-0123456789 is wrong"}}
    ]},
    {"when": {"prompt_contains": "slowly"}, "turns": [
        {"tool": {"shell": {"command": "echo begun > begun; sleep 600"}}}
    ]}
]}"#;

/// What a recording holds, as text.
fn recorded(done: &Done) -> String {
    let recorded = done.recorded.as_ref().expect("a recording");
    let file = fs::read(&recorded.path).unwrap();
    let mut text = String::new();
    let entries: Vec<_> = Replay::new(&*file).unwrap().map(Result::unwrap).collect();
    assert!(matches!(
        entries.last().unwrap().what,
        What::Ended { dropped: 0 }
    ));
    for entry in &entries {
        if let What::Output(channel, bytes) = &entry.what {
            let bytes = String::from_utf8_lossy(bytes);
            match channel {
                Channel::Body => text.push_str(&bytes),
                other => text.push_str(&format!("\n<{other:?} {bytes}>\n")),
            }
        }
    }
    text
}

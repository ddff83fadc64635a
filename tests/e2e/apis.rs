//! Whole workflows with models that have no program around them: the service behind the
//! API is a script, everything else is real. See the crate `cm-model-server`.

use cm_model_server::{ModelServer, Script};

use crate::support::{Cm, Ran, end};

/// Looks like one; nothing else in these tests does.
const KEY: &str = "sk-e2e-0123456789abcdef";

const SCRIPT: &str = r#"{"rules": [
    {"name": "write", "when": {"prompt_contains": "write {word} to {path}"}, "turns": [
        {"thinking": "Simple enough.", "text": "I write it.",
         "tool": {"write_file": {"path": "{path}", "content": "{word}\n"}},
         "usage": {"input": 1000, "output": 30, "cached": 400}},
        {"text": "Wrote {word}.", "usage": {"input": 1100, "output": 10, "cached": 1000}}
    ]},
    {"name": "run", "when": {"prompt_contains": "run: {command...}"}, "turns": [
        {"tool": {"shell": {"command": "{command}"}}},
        {"text": "It said: {tool_output}"}
    ]},
    {"name": "recall", "when": {"prompt_contains": "what did I say"}, "turns": [
        {"text": "You said: {history}"}
    ]},
    {"name": "flaky", "when": {"prompt_contains": "flaky"}, "turns": [
        {"error": {"status": 429, "headers": {"retry-after": "0"}, "times": 2},
         "text": "Recovered."}
    ]},
    {"name": "cut", "when": {"prompt_contains": "broken off"}, "turns": [
        {"text": "All of this answer is needed.", "cut_after_chunks": 4, "fault_times": 1}
    ]},
    {"name": "refused", "when": {"prompt_contains": "refused"}, "turns": [
        {"error": {"status": 401, "body": "invalid key sk-e2e-0123456789abcdef"}}
    ]},
    {"name": "no-model", "when": {"prompt_contains": "retired"}, "turns": [
        {"error": {"status": 404, "body": "model: gone, not_found"}}
    ]},
    {"name": "hang", "when": {"prompt_contains": "hang"}, "turns": [{"hang": true}]}
]}"#;

/// An engine, the variables of its address and key, and a model.
struct Api {
    engine: &'static str,
    address: &'static str,
    key: &'static str,
    model: &'static str,
    prefix: &'static str,
}

const ALL: [Api; 3] = [
    Api {
        engine: "anthropic",
        address: "ANTHROPIC_BASE_URL",
        key: "ANTHROPIC_API_KEY",
        model: "claude-sonnet-4-6",
        prefix: "",
    },
    Api {
        engine: "openai",
        address: "OPENAI_BASE_URL",
        key: "OPENAI_API_KEY",
        model: "gpt-5.5",
        prefix: "/v1",
    },
    Api {
        engine: "chat",
        address: "OLLAMA_HOST",
        key: "OLLAMA_API_KEY",
        model: "ollama/qwen3",
        prefix: "",
    },
];

struct Bench<'api> {
    api: &'api Api,
    cm: Cm,
    server: ModelServer,
}

impl<'api> Bench<'api> {
    fn new(api: &'api Api, steps: &str) -> Self {
        let server = ModelServer::start(Script::from_json(SCRIPT).expect("a script"));
        let server = server.expect("a server");
        let url = format!("{}{}", server.url(), api.prefix);
        let cm = Cm::new()
            .variable(api.address, &url)
            .variable(api.key, KEY)
            .workflow(&format!("name: Direct\nsteps:\n{steps}"))
            .agent("writer", "please write hello to sub/out.txt");
        Self { api, cm, server }
    }

    fn arguments(&self) -> [&str; 6] {
        [
            "run",
            "./flow",
            "--engine",
            self.api.engine,
            "--model",
            self.api.model,
        ]
    }

    fn run(&self) -> Ran {
        self.cm.run(self.arguments())
    }

    /// The rules that answered.
    fn asked(&self) -> Vec<String> {
        let prompts = self.server.prompts().into_iter();
        prompts.map(|seen| seen.rule).collect()
    }

    /// Nothing that was kept of the run holds the key.
    fn keeps_no_key(&self, ran: &Ran) {
        assert!(!ran.out().contains(KEY) && !ran.err().contains(KEY));
        let logs = self.cm.run(["logs", &self.cm.last(), "--json"]).code(0);
        assert!(!logs.out().contains(KEY));
        let mut folders = vec![self.cm.project()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if let Ok(bytes) = std::fs::read(&path) {
                    let found = bytes
                        .windows(KEY.len())
                        .any(|bytes| bytes == KEY.as_bytes());
                    assert!(!found, "the key is in {}", path.display());
                }
            }
        }
    }
}

#[test]
fn a_workflow_needs_no_coding_program() {
    for api in &ALL {
        let steps = "  - agent: writer\n  \
             - { id: check, run: cat sub/out.txt }\n  \
             - { id: recall, agent: writer, session: continue, prompt: what did I say }\n";
        let bench = Bench::new(api, steps);
        let ran = bench.run().code(0);
        assert_eq!(bench.cm.read("sub/out.txt"), "hello\n", "{}", api.engine);
        assert_eq!(bench.asked(), ["write", "write", "recall"]);
        assert!(bench.server.prompts().iter().all(|seen| seen.authorized));
        bench.keeps_no_key(&ran);
        let events = bench.cm.events(&bench.cm.last());
        let turns: Vec<_> = events
            .iter()
            .filter(|event| event["kind"] == "turn")
            .collect();
        let kinds: Vec<_> = turns
            .iter()
            .filter_map(|event| event["event"]["type"].as_str())
            .collect();
        for kind in ["session", "thought", "text", "call", "outcome", "usage"] {
            assert!(
                kinds.contains(&kind),
                "{}: no {kind} in {kinds:?}",
                api.engine
            );
        }
    }
}

#[test]
fn a_command_of_the_model_has_no_key() {
    for api in &ALL {
        let steps = "  - agent: writer\n    prompt: 'run: env > seen; echo done'\n";
        let bench = Bench::new(api, steps);
        let ran = bench.run().code(0);
        let seen = bench.cm.read("seen");
        assert!(
            seen.contains("CM_STEP=") && !seen.contains(api.key),
            "{seen}"
        );
        bench.keeps_no_key(&ran);
    }
}

#[test]
fn the_level_of_the_run_holds_for_the_tools() {
    let steps = "  - agent: writer\n    permissions: read-only\n";
    let bench = Bench::new(&ALL[0], steps);
    bench.run().code(0);
    assert!(!bench.cm.project().join("sub/out.txt").exists());
    let offered = &bench.server.prompts()[0].tools;
    assert_eq!(*offered, ["read", "list", "search"]);
}

#[test]
fn a_busy_or_broken_service_is_asked_again() {
    for api in &ALL {
        for (prompt, answer) in [("flaky", "Recovered."), ("broken off", "needed.")] {
            let steps = format!("  - agent: writer\n    prompt: {prompt}\n");
            let bench = Bench::new(api, &steps);
            bench.run().code(0).says(answer);
        }
    }
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    for api in &ALL {
        let steps = "  - agent: writer\n    prompt: this is refused\n";
        let bench = Bench::new(api, steps);
        let ran = bench.run().code(1).says("API_KEY").calm();
        bench.keeps_no_key(&ran);
        let steps = "  - agent: writer\n    prompt: retired\n";
        Bench::new(api, steps)
            .run()
            .code(1)
            .says("does not know this model")
            .calm();
    }
}

#[test]
fn without_a_key_nothing_is_sent() {
    let bench = Bench::new(&ALL[0], "  - agent: writer\n");
    let mut command = bench.cm.command(bench.arguments());
    command.env_remove("ANTHROPIC_API_KEY");
    bench
        .cm
        .ran(command)
        .code(1)
        .says("set ANTHROPIC_API_KEY")
        .calm();
    assert!(bench.server.requests().is_empty());
}

#[test]
fn an_address_that_is_none_is_refused() {
    for (address, words) in [
        ("http://models.example.com", "unprotected"),
        ("https://me:secret@models.example.com", "password"),
        ("ftp://127.0.0.1", "only `https://`"),
        ("http://127.0.0.1:9", "could not be reached"),
    ] {
        let bench = Bench::new(&ALL[0], "  - agent: writer\n");
        let mut command = bench.cm.command(bench.arguments());
        command.env("ANTHROPIC_BASE_URL", address);
        bench
            .cm
            .ran(command)
            .code(1)
            .says(words)
            .says_not("me:secret")
            .calm();
    }
}

#[test]
fn a_run_that_was_killed_in_the_middle_is_resumed() {
    let steps = "  - agent: writer\n  \
         - { id: wait, agent: writer, prompt: 'run: touch begun; test -e again || sleep 600' }\n";
    let bench = Bench::new(&ALL[0], steps);
    let mut child = bench.cm.command(bench.arguments());
    let child = child
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("cm starts");
    bench.cm.wait_for("begun");
    end(child.id());
    assert_eq!(bench.cm.finished(child).output().status.code(), None);
    bench.cm.write("again", "");
    bench.server.reset();
    bench.cm.run(["resume", "last"]).code(0);
    assert_eq!(
        bench.asked(),
        ["run", "run"],
        "the finished agent is not asked again"
    );
}

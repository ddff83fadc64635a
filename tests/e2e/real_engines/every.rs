//! What holds for every real program, whatever it is: it meets a limit and recovers, edits
//! a file, remembers, and is cancelled; and what it is told wrong it says in words.

use cm_model_server::Script;
use serde_json::Value;

use super::{Bench, PATIENCE, turns};
use crate::durability::living::{assert_gone, eventually, with_variable};

/// What an engine can, and what it says.
struct Kind {
    /// It goes on with a conversation.
    resumes: bool,
    /// It tells of the tools that its agent uses.
    calls: bool,
    /// The tokens that it tells of an answer after a tool, as input and output; none when
    /// it tells nothing.
    tokens: Option<(f64, f64)>,
}

/// Each says what is true of it; what it says itself in `cm engines` is compared.
fn kind(engine: &str) -> Kind {
    let usual = Kind {
        resumes: true,
        calls: true,
        // Both answers of the script together.
        tokens: Some((2500.0, 57.0)),
    };
    match engine {
        "aider" => Kind {
            resumes: false,
            calls: false,
            tokens: Some((700.0, 30.0)),
        },
        // A conversation that is younger than a minute is lost when it is loaded.
        "acp-gemini" => Kind {
            resumes: false,
            ..usual
        },
        "acp-codex" => Kind {
            tokens: None,
            ..usual
        },
        // It tells what the last answer took, and no more.
        "acp-opencode" => Kind {
            tokens: Some((1300.0, 12.0)),
            ..usual
        },
        // Nothing in its template says what is a call.
        "shell" => Kind {
            calls: false,
            // Pi does not count as input what was cached.
            tokens: Some((1100.0, 57.0)),
            ..usual
        },
        _ => usual,
    }
}

impl Bench {
    /// With this workflow, in which an agent has what its engine needs to be told.
    fn works(self, steps: &str, agents: &[(&str, String)]) -> Self {
        let options = self.place.options.clone();
        let front = |text: &String| match options.as_str() {
            "" => text.clone(),
            options => match text.strip_prefix("---\n") {
                Some(text) => format!("---\n{options}{text}"),
                None => format!("---\n{options}---\n{text}"),
            },
        };
        let fronted: Vec<_> = agents
            .iter()
            .map(|(name, text)| (*name, front(text)))
            .collect();
        let agents: Vec<_> = fronted
            .iter()
            .map(|(name, text)| (*name, text.as_str()))
            .collect();
        self.flow(steps, &agents)
    }

    /// The rules of the script that answered; what the program asks on its own account
    /// is left out.
    fn scripted(&self) -> Vec<String> {
        let seen = self.server.requests().into_iter();
        let rules = seen.map(|seen| seen.rule);
        rules
            .filter(|rule| !matches!(rule.as_str(), "" | "side call" | "otherwise"))
            .collect()
    }

    /// How the agent's step ended.
    fn result(&self, step: &str) -> Value {
        let events = self.events();
        let tasks = events.tasks();
        let of_step = |event: &&Value| {
            let task = event["task"].as_u64().and_then(|id| tasks.get(&id));
            task.is_some_and(|task| task.step == step)
        };
        let found = events.kind("finished").find(of_step);
        found.expect("a result")["result"].clone()
    }
}

/// The rest of what is asked of an engine is asked of these elsewhere.
fn recovers(engine: &'static str) {
    let Some(bench) = Bench::new(engine) else {
        return;
    };
    let steps = "  - agent: busy\n    retry: { attempts: 2, backoff: 1s }\n";
    let bench = bench.works(steps, &[("busy", "--help says: be busy once".to_owned())]);
    assert_eq!(bench.done(), "Recovered.\n");
    assert_eq!(bench.scripted(), ["busy", "busy"]);
}

fn recovers_edits_and_remembers(engine: &'static str) {
    let Some(bench) = Bench::new(engine) else {
        return;
    };
    let kind = kind(engine);
    let described = bench.cm.json(["engines", engine, "--json"])[0].clone();
    let can = |feature: &str| {
        let features = described["features"].as_array().expect("features");
        features.iter().any(|known| known == feature)
    };
    assert_eq!(
        (can("resume"), can("usage")),
        (kind.resumes, kind.tokens.is_some()),
        "{described}"
    );

    let mut steps =
        "  - agent: busy\n    retry: { attempts: 2, backoff: 1s }\n  - agent: writer\n  \
         - { id: check, run: cat out.txt }\n"
            .to_owned();
    if kind.resumes {
        steps +=
            "  - { id: recall, agent: writer, session: continue, prompt: what did I say before }\n";
    }
    // aider is told of files by their names in the project.
    let file = if engine == "aider" {
        "out.txt"
    } else {
        "PLACE/out.txt"
    };
    let wish = format!("please write hello to {file}");
    let agents = [
        ("busy", "--help says: be busy once".to_owned()),
        ("writer", wish.clone()),
    ];
    let bench = bench.works(&steps, &agents);
    let (code, out, err) = bench.run();
    assert_eq!(
        code,
        Some(0),
        "{out}\n{err}\n{:#?}",
        bench.server.requests()
    );
    assert_eq!(bench.cm.read("out.txt"), "hello\n");
    let wish = wish.replace("PLACE", &bench.cm.project().display().to_string());
    let asked = bench.scripted();
    if kind.resumes {
        assert_eq!(asked, ["busy", "busy", "write", "write", "recall"], "{err}");
        assert_eq!(out, format!("You said: {wish}\n"), "{err}");
    } else if engine == "aider" {
        assert_eq!(asked, ["busy whole", "busy whole", "write whole"], "{err}");
    } else {
        assert_eq!(asked, ["busy", "busy", "write", "write"], "{err}");
    }
    // Told as it is, though it begins like a flag.
    let told = bench.server.requests();
    let told = told.iter().find(|seen| seen.rule.starts_with("busy"));
    let told = told.expect("it was asked");
    assert!(told.prompt.starts_with("--help says: "), "{told:?}");
    assert!(told.authorized, "{told:?}");

    let events = bench.events();
    assert_eq!(events.end()["how"], "done");
    assert_eq!(bench.result("busy")["ok"]["text"], "Recovered.");
    let said = bench.result("writer")["ok"]["text"].clone();
    let said = said.as_str().expect("an answer");
    match engine {
        "aider" => assert!(said.contains("I write it."), "{said}"),
        _ => assert_eq!(
            said.trim(),
            format!(
                "Done: hello is in {}.",
                wish.rsplit(' ').next().expect("it")
            )
        ),
    }
    if kind.calls {
        assert_eq!(turns(&events, "writer", "call").len(), 1);
        assert_eq!(turns(&events, "writer", "outcome").len(), 1);
    }
    let sessions = turns(&events, "writer", "session");
    if kind.resumes {
        assert!(!sessions.is_empty());
        assert_eq!(sessions[0], turns(&events, "recall", "session")[0]);
        assert_ne!(sessions[0], turns(&events, "busy", "session")[0]);
    }
    let shown = bench.cm.json(["show", "last", "--json"]);
    let used = |step: usize| {
        let usage = &shown["steps"][step]["usage"];
        usage["input"].as_f64().zip(usage["output"].as_f64())
    };
    if let Some(tokens) = kind.tokens {
        assert_eq!(used(1), Some(tokens), "{shown}");
        if kind.resumes {
            // The turns before, in the same conversation, are not counted again.
            assert_eq!(used(3), Some((100.0, 20.0)), "{shown}");
        }
    }
    assert_gone(&bench.cm.last());
}

/// All that it started is gone, not only the program that was started.
fn is_cancelled(engine: &'static str) {
    let Some(bench) = Bench::new(engine) else {
        return;
    };
    let bench = bench.works("  - agent: a\n", &[("a", "say nothing".to_owned())]);
    let child = bench.start(&["run", "./flow", "--engine", engine]);
    let hangs = || {
        let asked = bench.scripted();
        asked.iter().any(|rule| rule.starts_with("hang"))
    };
    assert!(
        eventually(PATIENCE, hangs),
        "{:?}\n{:?}",
        bench.server.requests(),
        bench.ended(child)
    );
    let run = bench.cm.last();
    assert_ne!(with_variable(&format!("CM_RUN={run}")), Vec::<u64>::new());
    let _ = bench.cm.run(["cancel", &run]).code(0);
    let (code, _, err) = bench.ended(child);
    assert_ne!(code, Some(0), "{err}");
    assert_gone(&run);
    let shown = bench.cm.json(["show", "last", "--json"]);
    assert_eq!(shown["status"], "cancelled", "{err}");
    bench.events();
}

/// A model that is not there any more; a conversation whose files are gone; more than
/// any model reads: each is told by its name, and what to do.
fn says_what_is_wrong(engine: &'static str) {
    let mut script = Script::example().expect("the example");
    let gone = Script::from_json(include_str!("gone.json")).expect("a script");
    script.rules.splice(0..0, gone.rules);
    let Some(bench) = Bench::with(engine, script) else {
        return;
    };
    let conversations = match engine {
        "gemini" => ".gemini/tmp",
        "qwen" => ".qwen/projects",
        "copilot" | "acp-copilot" => ".copilot/session-state",
        "pi" => ".pi/agent/sessions",
        _ => ".vibe/logs",
    };
    let steps = format!(
        "  - {{ id: gone, agent: a, model: gone-model, on-failure: continue }}\n  \
         - agent: large\n    on-failure: continue\n  \
         - agent: a\n  \
         - {{ id: forget, run: 'ls -d ~/{conversations} && rm -r ~/{conversations}' }}\n  \
         - {{ id: lost, agent: a, session: continue, prompt: go on, on-failure: continue }}\n"
    );
    let prompt = "what did I say before".to_owned();
    let part = "all work and no play\n".repeat(49_000);
    let large =
        format!("---\ninclude: [part.md, part.md, part.md, part.md, part.md]\n---\n{prompt}");
    let bench = bench.works(&steps, &[("a", prompt), ("large", large)]);
    bench.cm.write("flow/part.md", part);
    let (code, out, err) = bench.run();
    assert_eq!(code, Some(0), "{out}\n{err}");
    let failed = |step: &str| {
        let result = bench.result(step);
        let error = &result["err"];
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (word(&error["error"]), word(&error["failure"]["code"]))
    };
    let told = |kind: &str, code: &str| (kind.to_owned(), code.to_owned());
    assert_eq!(failed("gone"), told("missing", "bad-model"), "{err}");
    assert_eq!(failed("lost"), told("missing", "unknown-session"), "{err}");
    match engine {
        // It is all said to the model, which may know what to do.
        "pi" => assert_eq!(bench.result("large")["ok"]["text"], "You said: "),
        _ => assert_eq!(failed("large").1, "prompt-too-long", "{err}"),
    }
    assert_gone(&bench.cm.last());
}

macro_rules! for_each_engine {
    ($($module:ident $engine:literal: $($test:ident)*;)*) => { $(mod $module {
        $(#[test]
        fn $test() {
            super::$test($engine);
        })*
    })* };
}

for_each_engine! {
    claude "claude": recovers is_cancelled;
    codex "codex": recovers is_cancelled;
    opencode "opencode": recovers is_cancelled;
    gemini "gemini": recovers_edits_and_remembers is_cancelled says_what_is_wrong;
    qwen "qwen": recovers_edits_and_remembers is_cancelled says_what_is_wrong;
    copilot "copilot": recovers_edits_and_remembers is_cancelled says_what_is_wrong;
    pi "pi": recovers_edits_and_remembers is_cancelled says_what_is_wrong;
    vibe "vibe": recovers_edits_and_remembers is_cancelled says_what_is_wrong;
    aider "aider": recovers_edits_and_remembers is_cancelled;
    ccr "ccr": recovers_edits_and_remembers is_cancelled;
    acp_claude "acp-claude": recovers_edits_and_remembers is_cancelled;
    acp_codex "acp-codex": recovers_edits_and_remembers is_cancelled;
    acp_copilot "acp-copilot": recovers_edits_and_remembers is_cancelled says_what_is_wrong;
    acp_gemini "acp-gemini": recovers_edits_and_remembers is_cancelled;
    acp_opencode "acp-opencode": recovers_edits_and_remembers is_cancelled;
    acp_qwen "acp-qwen": recovers_edits_and_remembers is_cancelled;
    acp_vibe "acp-vibe": recovers_edits_and_remembers is_cancelled;
    acp "acp": recovers_edits_and_remembers;
    shell "shell": recovers_edits_and_remembers is_cancelled;
}

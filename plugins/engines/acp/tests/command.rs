//! What is started, and what is refused before anything is.

#[allow(dead_code)]
mod dialogue;

use std::path::Path;

use cm_engine_acp::Acp;
use cm_sdk::engine::testing::{command_json, finish, golden, plan};
use cm_sdk::engine::{Adapter, Event, Finding, Input, McpServer, PermissionLevel, Request};
use dialogue::{Dialogue, folder, lines, request};
use serde_json::{Value, json};

const AGENTS: &[&str] = &[
    "auggie", "claude", "codex", "copilot", "cursor", "gemini", "goose", "opencode", "qwen", "vibe",
];

fn with(options: &[(&str, &str)]) -> Request {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Request {
        options: options.iter().map(owned).collect(),
        ..Request::new("Fix the test")
    }
}

fn refusal(request: Request) -> String {
    let error = plan::<Acp>(request).expect_err("a refusal");
    format!("{error:?}")
}

#[test]
fn commands_are_as_before() {
    let mut planned = Vec::new();
    for agent in AGENTS {
        for level in [
            PermissionLevel::ReadOnly,
            PermissionLevel::WorkspaceWrite,
            PermissionLevel::Full,
        ] {
            let asked = Request {
                model: Some("some-model".to_owned()),
                ..request(agent, level)
            };
            let command = plan::<Acp>(asked).expect("a plan");
            assert!(command.interactive && command.stdin.is_none());
            planned.push(command_json(&command));
        }
    }
    let any = with(&[
        ("engine", "acp"),
        ("program", "my-agent"),
        ("args", "[\"--acp\", \"-v\"]"),
    ]);
    planned.push(command_json(&plan::<Acp>(any).expect("a plan")));
    let known = with(&[("preset", "acp-vibe"), ("program", "my-vibe")]);
    planned.push(command_json(&plan::<Acp>(known).expect("a plan")));
    golden(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/commands.jsonl"),
        &planned,
    );
}

#[test]
fn what_restricts_and_cannot_be_held_is_refused() {
    let base = || request("vibe", PermissionLevel::WorkspaceWrite);
    let refused = [
        Request {
            tools: vec!["Read".to_owned()],
            ..base()
        },
        Request {
            max_turns: Some(3),
            ..base()
        },
        Request {
            fork: true,
            session: Some("s".to_owned()),
            ..base()
        },
        Request {
            mcp_servers: vec![McpServer {
                only: vec!["a".to_owned()],
                ..McpServer::new("t", "t")
            }],
            ..base()
        },
        Request {
            mcp_servers: vec![McpServer {
                exclude: vec!["a".to_owned()],
                ..McpServer::new("t", "t")
            }],
            ..base()
        },
    ];
    for request in refused {
        assert!(refusal(request).contains("unsupported"));
    }
    assert!(refusal(with(&[("engine", "acp")])).contains("`program`"));
    assert!(refusal(with(&[("program", "x"), ("args", "--acp")])).contains("JSON list"));
    assert!(refusal(with(&[("preset", "vim"), ("program", "x")])).contains("acp-vibe"));
}

/// Opens a session of an agent whose recording is there, and gives what was said.
fn opened(agent: &str, case: &str, request: Request) -> dialogue::Played {
    let lines = lines(agent, case);
    let mut dialogue = Dialogue::new(request, true);
    let made = lines
        .iter()
        .find(|(_, line)| line.pointer("/result/sessionId").is_some());
    dialogue.answer("initialize", lines[1].1.clone());
    dialogue.answer("session/new", made.expect("a session").1.clone());
    dialogue.end(b"", None)
}

fn settings(played: &dialogue::Played) -> Vec<Value> {
    let is_setting = |line: &&Value| {
        line["method"]
            .as_str()
            .is_some_and(|method| method.starts_with("session/set_"))
    };
    played
        .written
        .iter()
        .filter(is_setting)
        .map(|line| line["params"].clone())
        .collect()
}

#[test]
fn a_session_is_set_up_as_it_was_asked_for() {
    let asked = Request {
        model: Some("opus".to_owned()),
        effort: Some("high".to_owned()),
        directories: vec!["/srv/more".to_owned()],
        mcp_servers: vec![McpServer {
            arguments: vec!["--stdio".to_owned()],
            environment: vec![("TOKEN".to_owned(), "t".to_owned())],
            ..McpServer::new("tickets", "ticket-server")
        }],
        instructions: Some("Be brief.".to_owned()),
        ..request("claude", PermissionLevel::Full)
    };
    let played = opened("claude", "plain", asked);
    let session = "80af5103-b0fd-43c2-aae6-13d9b1de42ce";
    assert_eq!(
        played.written[1]["params"],
        json!({
            "cwd": "/srv/project",
            "additionalDirectories": ["/srv/more"],
            "mcpServers": [{
                "name": "tickets", "command": "ticket-server", "args": ["--stdio"],
                "env": [{ "name": "TOKEN", "value": "t" }],
            }],
        })
    );
    assert_eq!(
        settings(&played),
        [
            json!({ "sessionId": session, "modeId": "acceptEdits" }),
            json!({ "sessionId": session, "configId": "model", "value": "opus" }),
            json!({ "sessionId": session, "configId": "effort", "value": "high" }),
        ]
    );
    let prompt = &played.written.last().expect("a prompt")["params"]["prompt"][0]["text"];
    assert_eq!(
        prompt,
        "<instructions>\nBe brief.\n</instructions>\n\nplease"
    );
}

#[test]
fn an_effort_that_is_not_known_is_told_and_a_model_is_a_failure() {
    let asked = Request {
        effort: Some("enormous".to_owned()),
        ..request("vibe", PermissionLevel::WorkspaceWrite)
    };
    let played = opened("vibe", "plain", asked);
    let told = played.events.iter().any(|event| {
        matches!(event, Event::Other(other) if other.kind == "not-honoured" && other.body.contains("effort"))
    });
    assert!(told && played.methods().contains(&"session/prompt"));

    let asked = Request {
        model: Some("gpt-9".to_owned()),
        ..request("codex", PermissionLevel::WorkspaceWrite)
    };
    let played = opened("codex", "plain", asked);
    let failure = finish(&played.events).failure.clone().expect("a failure");
    assert_eq!(failure.code, "bad-model");
    assert!(
        failure
            .details
            .is_some_and(|known| known.contains("gpt-5.5"))
    );
    assert!(!played.methods().contains(&"session/prompt"));
}

#[test]
fn an_agent_that_may_change_things_unasked_is_not_run_to_read_only() {
    let unknown = Request {
        permissions: PermissionLevel::ReadOnly,
        ..with(&[("engine", "acp"), ("program", "agent")])
    };
    let played = opened("vibe", "plain", unknown.clone());
    let failure = finish(&played.events).failure.clone().expect("a failure");
    assert!(
        failure.code == "unsupported" && failure.message.contains("accept-edits"),
        "{failure:?}"
    );

    let mut named = unknown;
    named.options.push(("mode".to_owned(), "ask".to_owned()));
    let played = opened("vibe", "plain", named);
    assert_eq!(settings(&played)[0]["modeId"], "ask");
    assert!(played.methods().contains(&"session/prompt"));
}

#[test]
fn prompts_of_every_kind_arrive_whole() {
    let long = "x".repeat(5_000_000);
    for (prompt, said) in [
        ("--help", "--help"),
        ("/clear", "\n/clear"),
        ("a\0b\n\"c\"", "a\0b\n\"c\""),
        (long.as_str(), long.as_str()),
    ] {
        let asked = Request {
            prompt: prompt.to_owned(),
            ..request("codex", PermissionLevel::WorkspaceWrite)
        };
        let played = opened("codex", "plain", asked);
        let text = &played.written.last().expect("a prompt")["params"]["prompt"][0]["text"];
        assert_eq!(text.as_str(), Some(said));
    }
}

#[test]
fn a_turn_is_cancelled_in_the_agents_own_words() {
    let mut dialogue = Dialogue::new(request("claude", PermissionLevel::WorkspaceWrite), true);
    let lines = lines("claude", "plain");
    dialogue.answer("initialize", lines[1].1.clone());
    let made = lines
        .iter()
        .find(|(_, line)| line.pointer("/result/sessionId").is_some());
    dialogue.answer("session/new", made.expect("a session").1.clone());
    dialogue.put(Input::Cancelled);
    assert!(!dialogue.is_done());
    dialogue.answer(
        "session/prompt",
        json!({ "jsonrpc": "2.0", "result": { "stopReason": "cancelled" } }),
    );
    assert!(dialogue.is_done());
    let played = dialogue.end(b"", Some(0));
    assert_eq!(played.methods().last(), Some(&"session/cancel"));
    let failure = finish(&played.events)
        .failure
        .as_ref()
        .map(|failure| failure.code.as_str());
    assert_eq!(failure, Some("cancelled"));
}

#[test]
fn who_has_to_sign_in_is_told_how_or_signed_in_the_way_that_was_named() {
    let lines = lines("codex", "plain");
    let refused = json!({ "jsonrpc": "2.0", "error": { "code": -32000, "message": "Authentication required" } });
    let mut dialogue = Dialogue::new(request("codex", PermissionLevel::WorkspaceWrite), true);
    dialogue.answer("initialize", lines[1].1.clone());
    dialogue.answer("session/new", refused.clone());
    let played = dialogue.end(b"", Some(0));
    let failure = finish(&played.events).failure.clone().expect("a failure");
    assert_eq!(failure.code, "not-signed-in");
    assert!(failure.message.contains("codex login") && failure.message.contains("codex-api-key"));

    let mut asked = request("codex", PermissionLevel::WorkspaceWrite);
    asked
        .options
        .push(("auth".to_owned(), "codex-api-key".to_owned()));
    let mut dialogue = Dialogue::new(asked, true);
    dialogue.answer("initialize", lines[1].1.clone());
    dialogue.answer("session/new", refused);
    let played = dialogue.end(b"", None);
    assert_eq!(
        played.methods(),
        ["initialize", "session/new", "authenticate", "session/new"]
    );
}

#[test]
fn another_version_of_the_protocol_is_said() {
    let mut dialogue = Dialogue::new(request("vibe", PermissionLevel::WorkspaceWrite), true);
    dialogue.answer(
        "initialize",
        json!({ "jsonrpc": "2.0", "result": { "protocolVersion": 2 } }),
    );
    let played = dialogue.end(b"", Some(0));
    let failure = finish(&played.events).failure.clone().expect("a failure");
    assert!(failure.code == "bad-protocol" && failure.message.contains("version 2"));
}

#[test]
fn every_preset_is_described_and_in_the_manifest() {
    let info = Acp::describe();
    let (_, presets) = info
        .options
        .iter()
        .find(|(name, _)| name == "presets")
        .expect("presets");
    let presets: Value = serde_json::from_str(presets).expect("JSON");
    let manifest = std::fs::read_to_string(folder().join("../cm.toml")).expect("a manifest");
    for (name, preset) in presets.as_object().expect("an object") {
        assert!(manifest.contains(&format!("name = \"{name}\"\n")), "{name}");
        for program in preset["programs"].as_array().expect("programs") {
            assert!(manifest.contains(&program["name"].to_string()), "{program}");
        }
        for probe in preset["probes"].as_array().expect("probes") {
            assert_eq!(probe["program"], preset["programs"][0]["name"]);
        }
        for variable in preset["environment"].as_array().expect("variables") {
            let listed = manifest.contains(&variable.to_string());
            let stem = variable
                .as_str()
                .and_then(|name| name.split_once('_'))
                .map(|(stem, _)| stem);
            assert!(
                listed || manifest.contains(&format!("\"{}_*\"", stem.unwrap_or(""))),
                "{variable}"
            );
        }
    }
    assert_eq!(
        presets.as_object().map(serde_json::Map::len),
        Some(AGENTS.len() + 1)
    );
}

#[test]
fn probes_are_read_by_the_engine_they_were_made_for() {
    let finding = |purpose: &str, stdout: &str| Finding {
        purpose: purpose.to_owned(),
        code: Some(0),
        stdout: stdout.to_owned(),
        stderr: String::new(),
    };
    let health = Acp::diagnose(&[
        finding("version", "1.0.102\n"),
        finding("engine", "acp-copilot"),
    ]);
    assert_eq!(health.version.as_deref(), Some("1.0.102"));
    let missing = Finding {
        code: None,
        ..finding("version", "")
    };
    let health = Acp::diagnose(&[missing, finding("engine", "acp-copilot")]);
    assert!(
        health
            .remedy
            .is_some_and(|remedy| remedy.contains("@github/copilot"))
    );
    assert!(Acp::diagnose(&[finding("engine", "acp")]).installed);
}

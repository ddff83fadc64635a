//! The command lines that the adapter plans.

#[allow(dead_code)]
mod recorded;

use cm_engine_codex::Codex;
use cm_sdk::engine::testing::{command_json, finish, golden, plan};
use cm_sdk::engine::{Adapter, Finding, McpServer, PermissionLevel, Request};
use recorded::{Talk, folder};
use serde_json::{Value, json};

fn tickets() -> McpServer {
    McpServer {
        arguments: vec!["--stdio".to_owned()],
        environment: vec![("TOKEN".to_owned(), "t\"1".to_owned())],
        ..McpServer::new("tickets", "ticket-server")
    }
}

/// The host's own server, and one of which two tools may be used.
fn served(permissions: PermissionLevel) -> Request {
    let host = McpServer {
        arguments: vec!["mcp".to_owned()],
        environment: vec![("CM_MCP".to_owned(), "/run/1/socket".to_owned())],
        ..McpServer::new(McpServer::HOST, "/usr/bin/cm")
    };
    let some = McpServer {
        only: vec!["read".to_owned(), "list all".to_owned()],
        exclude: vec!["close".to_owned()],
        ..tickets()
    };
    let but = McpServer {
        exclude: vec!["drop".to_owned()],
        ..McpServer::new("tickets_old", "ticket-server")
    };
    Request {
        mcp_servers: vec![host, some, but],
        permissions,
        ..Request::new("Fix the test")
    }
}

fn requests() -> Vec<Request> {
    let plain = || Request::new("Fix the test");
    let at = |permissions| Request {
        permissions,
        ..plain()
    };
    vec![
        plain(),
        at(PermissionLevel::ReadOnly),
        at(PermissionLevel::Full),
        Request {
            mcp_servers: vec![tickets()],
            ..plain()
        },
        served(PermissionLevel::ReadOnly),
        served(PermissionLevel::WorkspaceWrite),
        served(PermissionLevel::Full),
        Request {
            mcp_servers: vec![McpServer::new(McpServer::HOST, "/usr/bin/cm")],
            ..at(PermissionLevel::Full)
        },
    ]
}

#[test]
fn command_lines_are_as_before() {
    let planned: Vec<_> = requests()
        .into_iter()
        .map(|request| {
            let command = plan::<Codex>(request).expect("a plan");
            assert!(command.interactive && command.stdin.is_none());
            command_json(&command)
        })
        .collect();
    golden(&folder().join("commands.jsonl"), &planned);
}

/// What is written until the turn has begun; `opened` is what Codex says of its sandbox.
fn written(request: Request, opened: &Value) -> Vec<Value> {
    let mut talk = Talk::new(request, true);
    talk.say(&json!({ "id": 1, "result": {} }));
    talk.say(&json!({ "id": 2, "result": { "thread": { "id": "t" }, "sandbox": opened } }));
    talk.end(None).written.split_off(2)
}

#[test]
fn all_that_is_asked_for_is_said() {
    let schema = r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}"#;
    let all = Request {
        session: Some("24787afd-e837-47ba-97e1-2dca747c1fe8".to_owned()),
        model: Some("gpt-5.5".to_owned()),
        effort: Some("high".to_owned()),
        instructions: Some("Answer in French.\nBe brief.".to_owned()),
        directories: vec!["/srv/other".to_owned(), "/srv/cache".to_owned()],
        schema: Some(schema.to_owned()),
        options: vec![("network".to_owned(), "true".to_owned())],
        ..Request::new("--help")
    };
    let own = json!({
        "type": "workspaceWrite", "writableRoots": ["/srv/cache"], "excludeSlashTmp": true,
    });
    let fork = Request {
        fork: true,
        ..all.clone()
    };
    let open = Request {
        schema: Some(r#"{"type":"object"}"#.to_owned()),
        ..Request::new("/clear is not a command here")
    };
    let at = |permissions| Request {
        permissions,
        ..all.clone()
    };
    let mut said = Vec::new();
    for request in [
        all.clone(),
        fork,
        open,
        at(PermissionLevel::ReadOnly),
        at(PermissionLevel::Full),
    ] {
        said.extend(written(request, &own));
    }
    golden(&folder().join("openings.jsonl"), &said);
}

/// A conversation keeps the rules with which it began: Codex does not take others.
#[test]
fn other_rules_are_said_with_the_prompt() {
    let asked = |rules: &str, before: Option<&Vec<(String, String)>>| {
        let mut request = Request {
            instructions: Some(rules.to_owned()),
            ..Request::new("go on")
        };
        if let Some(before) = before {
            let before = before.iter();
            let before = before.map(|(name, value)| (name.clone(), Value::from(value.as_str())));
            let before = Value::Object(before.collect()).to_string();
            request.session = Some("s".to_owned());
            request.options = vec![("previous".to_owned(), before)];
        }
        let mut talk = Talk::new(request, true);
        talk.say(&json!({ "id": 1, "result": {} }));
        talk.say(&json!({ "id": 2, "result": { "thread": { "id": "s" } } }));
        talk.say(&json!({ "id": 3, "result": { "turn": { "id": "u" } } }));
        let played = talk.end(None);
        let prompt = &played.written[3]["params"]["input"][0]["text"];
        let prompt = prompt.as_str().expect("a prompt").to_owned();
        (prompt, finish(&played.events).options.clone())
    };
    let (prompt, first) = asked("Be brief.", None);
    assert_eq!(prompt, "go on");
    let (prompt, same) = asked("Be brief.\n", Some(&first));
    assert_eq!((prompt.as_str(), &same), ("go on", &first));
    let (prompt, none) = asked("", Some(&first));
    assert_eq!((prompt.as_str(), &none), ("go on", &first));
    let (prompt, other) = asked("Be long.", Some(&first));
    assert_eq!(prompt, "<instructions>\nBe long.\n</instructions>\n\ngo on");
    assert_eq!(asked("Be long.", Some(&other)).0, "go on");
    let again = prompt.replace("long", "brief");
    assert_eq!(asked("Be brief.", Some(&other)).0, again);
    // Nobody knows.
    assert_eq!(asked("Be brief.", Some(&Vec::new())).0, again);
}

/// What a conversation was begun with does not matter.
#[test]
fn how_far_the_agent_may_go_is_said_with_every_turn() {
    for (level, kind, policy) in [
        (PermissionLevel::ReadOnly, "readOnly", "on-request"),
        (
            PermissionLevel::WorkspaceWrite,
            "workspaceWrite",
            "on-request",
        ),
        (PermissionLevel::Full, "dangerFullAccess", "never"),
    ] {
        for opened in [
            json!({ "type": "dangerFullAccess" }),
            json!({ "type": "readOnly", "networkAccess": false }),
            Value::Null,
        ] {
            for session in [None, Some("s".to_owned())] {
                let request = Request {
                    permissions: level,
                    session,
                    ..Request::new("x")
                };
                let said = written(request, &opened);
                let turn = &said[1]["params"];
                assert_eq!(turn["sandboxPolicy"]["type"], kind);
                assert_eq!(turn["approvalPolicy"], policy);
                assert_eq!(turn["approvalsReviewer"], "user");
            }
        }
    }
}

#[test]
fn prompts_of_any_kind_are_safe() {
    let long = "x".repeat(5_000_000);
    for prompt in ["--help", "/clear", "a\0b\nc\u{7f}\"", &long] {
        let request = Request {
            instructions: Some(prompt.to_owned()),
            ..Request::new(prompt)
        };
        let command = plan::<Codex>(request.clone()).expect("a plan");
        let short = command.arguments.iter().all(|word| word.len() < 1000);
        assert!(short && command.stdin.is_none());
        let said = written(request, &Value::Null);
        assert_eq!(said[0]["params"]["developerInstructions"], prompt);
        assert_eq!(said[1]["params"]["input"][0]["text"], prompt);
    }
}

fn refusal(request: Request) -> String {
    format!("{:?}", plan::<Codex>(request).expect_err("a refusal"))
}

#[test]
fn requests_that_cannot_be_put_are_refused() {
    let plain = || Request::new("x");
    let refused = [
        (Request::new("  \n"), "empty-prompt"),
        (
            Request {
                session: Some(" ".to_owned()),
                ..plain()
            },
            "bad-session",
        ),
        (
            Request {
                fork: true,
                ..plain()
            },
            "bad-session",
        ),
        (
            Request {
                mcp_servers: vec![McpServer::new("a.b", "x")],
                ..plain()
            },
            "bad-server-name",
        ),
        (
            Request {
                tools: vec!["shell".to_owned()],
                ..plain()
            },
            "unsupported",
        ),
        (
            Request {
                max_turns: Some(3),
                ..plain()
            },
            "unsupported",
        ),
        (
            Request {
                schema: Some("{".to_owned()),
                ..plain()
            },
            "bad-schema",
        ),
    ];
    for (request, why) in refused {
        let said = refusal(request);
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn probes_tell_who_is_signed_in() {
    let finding = |purpose: &str, code, stdout: &str, stderr: &str| Finding {
        purpose: purpose.to_owned(),
        code,
        stdout: stdout.to_owned(),
        stderr: stderr.to_owned(),
    };
    let version = || {
        finding(
            "version",
            Some(0),
            "codex-cli 0.169.0\n",
            "WARNING: something",
        )
    };

    let health = Codex::diagnose(&[
        version(),
        finding("account", Some(0), "", "Logged in using ChatGPT\n"),
    ]);
    assert_eq!(
        (health.version.as_deref(), health.signed_in, health.remedy),
        (Some("0.169.0"), Some(true), None)
    );

    let health = Codex::diagnose(&[
        version(),
        finding("account", Some(1), "", "Not logged in\n"),
    ]);
    assert_eq!(health.signed_in, Some(false));
    assert!(
        health
            .remedy
            .is_some_and(|remedy| remedy.contains("codex login"))
    );

    let health = Codex::diagnose(&[finding("version", None, "", "")]);
    assert!(
        !health.installed
            && health
                .remedy
                .is_some_and(|remedy| remedy.contains("npm install"))
    );
}

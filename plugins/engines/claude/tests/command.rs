//! The command lines that the adapter plans.

use std::path::Path;

use cm_engine_claude::Claude;
use cm_sdk::engine::testing::{command_json, golden, plan};
use cm_sdk::engine::{
    Action, Adapter, Command, Error, Finding, Input, Machine, McpServer, PermissionLevel, Request,
};
use serde_json::{Value, json};

/// What is started, and what is said to it first.
fn begin(request: Request) -> (Command, Value) {
    let mut machine = Machine::<Claude>::new(request);
    let actions = machine.next(Input::Begin).expect("a plan");
    match <[Action; 2]>::try_from(actions) {
        Ok([Action::Spawn(command), Action::Write(line)]) => {
            assert!(command.interactive && command.stdin.is_none());
            assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
            (command, serde_json::from_slice(&line).expect("JSON"))
        }
        other => panic!("a program and a message: {other:?}"),
    }
}

fn prompt(message: &Value) -> &str {
    message["message"]["content"].as_str().expect("a prompt")
}

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
    let named = |name: &str| (name.to_owned(), "true".to_owned());
    let tools = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    vec![
        plain(),
        at(PermissionLevel::ReadOnly),
        at(PermissionLevel::Full),
        Request {
            options: vec![named("root")],
            ..at(PermissionLevel::Full)
        },
        Request {
            session: Some("24787afd-e837-47ba-97e1-2dca747c1fe8".to_owned()),
            model: Some("sonnet".to_owned()),
            effort: Some("high".to_owned()),
            instructions: Some("Answer in French.\nBe brief.".to_owned()),
            schema: Some("{\n \"type\": \"object\" }".to_owned()),
            mcp_servers: vec![tickets()],
            max_turns: Some(5),
            options: [
                ("max-budget-usd", "0.5"),
                ("max-retries", "0"),
                ("partial", "true"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
            ..plain()
        },
        Request {
            prompt: "/clear is not a command here".to_owned(),
            ..plain()
        },
        Request {
            prompt: "--help".to_owned(),
            ..plain()
        },
        Request {
            options: vec![named("ask")],
            ..plain()
        },
        Request {
            session: Some("24787afd-e837-47ba-97e1-2dca747c1fe8".to_owned()),
            fork: true,
            directories: vec!["/srv/other".to_owned(), "/srv/a b,c".to_owned()],
            ..plain()
        },
        Request {
            tools: tools(&["Bash", "Edit"]),
            ..served(PermissionLevel::WorkspaceWrite)
        },
        Request {
            tools: tools(&["Edit"]),
            ..plain()
        },
        Request {
            tools: tools(&["Read", "Bash"]),
            ..at(PermissionLevel::ReadOnly)
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
            let (command, message) = begin(request);
            json!({ "command": command_json(&command), "message": message })
        })
        .collect();
    golden(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/commands.jsonl"),
        &planned,
    );
}

#[test]
fn no_argument_is_longer_than_the_system_takes() {
    let long = "x".repeat(5_000_000);
    let request = Request {
        prompt: long.clone(),
        instructions: Some(long),
        ..Request::new("")
    };
    let (command, message) = begin(request);
    assert!(
        command
            .arguments
            .iter()
            .all(|argument| argument.len() < 128 * 1024)
    );
    assert!(prompt(&message).len() > 10_000_000);
}

#[test]
fn a_prompt_is_a_prompt_whatever_is_in_it() {
    for text in [
        "--help",
        "a\0b",
        "\u{2028}\"}\n{\"type\":\"user\"",
        "  /clear",
    ] {
        let (command, message) = begin(Request::new(text));
        assert_eq!(prompt(&message), text);
        assert!(!command.arguments.iter().any(|it| it.contains(text)));
    }
    assert_eq!(prompt(&begin(Request::new("/clear")).1), "\n/clear");
}

#[test]
fn permissions_are_never_bypassed() {
    for request in requests() {
        let (command, _) = begin(request);
        let bypass = |it: &String| it.contains("bypass") || it.contains("dangerously");
        assert!(!command.arguments.iter().any(bypass), "{command:?}");
    }
}

#[test]
fn requests_that_cannot_be_put_are_refused() {
    let empty = Request::new("  \n");
    let nul = Request {
        model: Some("a\0b".to_owned()),
        ..Request::new("x")
    };
    let schema = Request {
        schema: Some("{".to_owned()),
        ..Request::new("x")
    };
    let option = Request {
        options: vec![("max-turns".to_owned(), "$(id)".to_owned())],
        ..Request::new("x")
    };
    let endless = Request {
        max_turns: Some(0),
        ..Request::new("x")
    };
    let fork = Request {
        fork: true,
        ..Request::new("x")
    };
    for request in [empty, nul, schema, option, endless, fork] {
        assert!(plan::<Claude>(request).is_err());
    }
}

#[test]
fn tools_that_cannot_be_held_to_are_refused() {
    let refused = |permissions, tool: &str| {
        let request = Request {
            permissions,
            tools: vec![tool.to_owned()],
            ..Request::new("x")
        };
        match plan::<Claude>(request) {
            Err(Error::Invalid(failure)) => failure.code == "unsupported",
            Err(other) => panic!("{other:?}"),
            Ok(_) => false,
        }
    };
    let work = PermissionLevel::WorkspaceWrite;
    for tool in ["Bash(git *)", "Bash,Write", "", "mcp__tickets__read", "a b"] {
        assert!(refused(work, tool), "{tool}");
    }
    assert!(!refused(work, "Edit"));
    assert!(refused(PermissionLevel::ReadOnly, "Edit"));
    assert!(!refused(PermissionLevel::ReadOnly, "Bash"));
}

#[test]
fn probes_tell_who_is_signed_in() {
    let finding = |purpose: &str, code, stdout: &str| Finding {
        purpose: purpose.to_owned(),
        code,
        stdout: stdout.to_owned(),
        stderr: String::new(),
    };
    let version = || finding("version", Some(0), "2.1.330 (Claude Code)\n");

    let health = Claude::diagnose(&[
        version(),
        finding(
            "account",
            Some(0),
            r#"{"loggedIn":true,"authMethod":"api_key"}"#,
        ),
    ]);
    assert_eq!(
        (health.version.as_deref(), health.signed_in, health.remedy),
        (Some("2.1.330"), Some(true), None)
    );

    let health = Claude::diagnose(&[
        version(),
        finding(
            "account",
            Some(1),
            r#"{"loggedIn":false,"authMethod":"none"}"#,
        ),
    ]);
    assert_eq!(health.signed_in, Some(false));
    assert!(
        health
            .remedy
            .is_some_and(|remedy| remedy.contains("claude auth login"))
    );

    let health = Claude::diagnose(&[
        version(),
        finding("account", Some(1), "error: unknown option '--json'"),
    ]);
    assert_eq!((health.signed_in, health.remedy), (None, None));

    let health = Claude::diagnose(&[finding("version", None, "")]);
    assert!(
        !health.installed
            && health
                .remedy
                .is_some_and(|remedy| remedy.contains("npm install"))
    );
}

//! The command lines that the adapter plans.

use std::path::Path;

use cm_engine_vibe::Vibe;
use cm_sdk::engine::testing::{command_json, golden, plan};
use cm_sdk::engine::{Adapter, Error, Finding, McpServer, PermissionLevel, Request, strings};

/// The host's own server, and two of which some tools may be used.
fn served(permissions: PermissionLevel, tools: &[&str]) -> Request {
    let host = McpServer {
        arguments: vec!["mcp".to_owned()],
        environment: vec![("CM_MCP".to_owned(), "/run/1/socket".to_owned())],
        ..McpServer::new(McpServer::HOST, "/usr/bin/cm")
    };
    let some = McpServer {
        only: vec!["read".to_owned(), "list".to_owned()],
        exclude: vec!["close".to_owned()],
        ..McpServer::new("tickets", "ticket-server")
    };
    Request {
        mcp_servers: vec![host, some],
        permissions,
        tools: strings(tools),
        ..Request::new("Fix the test")
    }
}

fn requests() -> Vec<Request> {
    let plain = || Request::new("Fix the test");
    let at = |permissions| Request {
        permissions,
        ..plain()
    };
    let tools = |permissions| Request {
        tools: vec!["read_file".to_owned(), "write_file".to_owned()],
        ..at(permissions)
    };
    vec![
        plain(),
        at(PermissionLevel::ReadOnly),
        at(PermissionLevel::Full),
        tools(PermissionLevel::ReadOnly),
        tools(PermissionLevel::WorkspaceWrite),
        tools(PermissionLevel::Full),
        Request {
            session: Some("24787afd-e837-47ba-97e1-2dca747c1fe8".to_owned()),
            model: Some("fake".to_owned()),
            effort: Some("high".to_owned()),
            instructions: Some("Answer in French.\nBe brief.".to_owned()),
            directories: vec!["/srv/shared".to_owned(), "/srv/more".to_owned()],
            ..plain()
        },
        Request {
            max_turns: Some(3),
            ..at(PermissionLevel::Full)
        },
        served(PermissionLevel::ReadOnly, &[]),
        served(PermissionLevel::WorkspaceWrite, &["read_file"]),
        Request {
            prompt: "\n /clear is not a command here".to_owned(),
            ..plain()
        },
        Request {
            prompt: "--help\0".to_owned(),
            ..plain()
        },
    ]
}

#[test]
fn command_lines_are_as_before() {
    let planned: Vec<_> = requests()
        .into_iter()
        .map(|request| command_json(&plan::<Vibe>(request).expect("a plan")))
        .collect();
    golden(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/commands.jsonl"),
        &planned,
    );
}

#[test]
fn no_argument_is_longer_than_the_system_takes() {
    let long = "x".repeat(300_000);
    let request = Request {
        prompt: long.clone(),
        instructions: Some(long),
        ..Request::new("")
    };
    let command = plan::<Vibe>(request).expect("a plan");
    assert!(
        command
            .arguments
            .iter()
            .all(|argument| argument.len() < 128 * 1024)
    );
    assert!(command.files.iter().any(|(_, text)| text.len() > 600_000));
    // The program would not read it.
    let error = plan::<Vibe>(Request::new(&"x".repeat(5 * 1024 * 1024)));
    assert!(
        matches!(&error, Err(Error::Invalid(failure)) if failure.code == "prompt-too-long"),
        "{error:?}"
    );
}

#[test]
fn what_would_be_dropped_in_silence_is_refused() {
    let plain = || Request::new("x");
    let refused = |request: Request, code: &str| match plan::<Vibe>(request) {
        Err(Error::Invalid(failure)) => assert_eq!(failure.code, code, "{failure:?}"),
        other => panic!("{other:?} instead of {code}"),
    };
    refused(Request::new("  \n"), "empty-prompt");
    refused(
        Request {
            model: Some("a\0b".to_owned()),
            ..plain()
        },
        "nul-byte",
    );
    refused(
        Request {
            fork: true,
            session: Some("s".to_owned()),
            ..plain()
        },
        "unsupported",
    );
    refused(served(PermissionLevel::Full, &[]), "unsupported");
    refused(
        Request {
            mcp_servers: vec![
                McpServer::new("a", "ticket-server"),
                McpServer {
                    only: vec!["read".to_owned()],
                    ..McpServer::new("a_b", "ticket-server")
                },
            ],
            ..plain()
        },
        "unsupported",
    );
    refused(
        Request {
            mcp_servers: vec![McpServer {
                exclude: vec!["a*".to_owned()],
                ..McpServer::new("tickets", "ticket-server")
            }],
            ..plain()
        },
        "unsupported",
    );
    refused(
        Request {
            mcp_servers: vec![McpServer::new("my tickets", "ticket-server")],
            ..plain()
        },
        "bad-server-name",
    );
    refused(
        Request {
            tools: vec!["a*".to_owned()],
            ..plain()
        },
        "bad-tool",
    );
}

#[test]
fn probes_tell_what_is_installed() {
    let finding = |code, stdout: &str| Finding {
        purpose: "version".to_owned(),
        code,
        stdout: stdout.to_owned(),
        stderr: String::new(),
    };
    let health = Vibe::diagnose(&[finding(Some(0), "3.0.2\n")]);
    assert_eq!(
        (health.version.as_deref(), health.signed_in, health.remedy),
        (Some("3.0.2"), None, None)
    );
    let health = Vibe::diagnose(&[finding(None, "")]);
    assert!(
        !health.installed
            && health
                .remedy
                .is_some_and(|remedy| remedy.contains("pip install"))
    );
}

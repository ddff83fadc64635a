//! The command lines that the adapter plans.

use std::path::Path;

use cm_engine_opencode::Opencode;
use cm_sdk::engine::testing::{command_json, golden, plan};
use cm_sdk::engine::{Adapter, Finding, McpServer, PermissionLevel, Request};

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
            session: Some("24787afd-e837-47ba-97e1-2dca747c1fe8".to_owned()),
            model: Some("sonnet".to_owned()),
            effort: Some("high".to_owned()),
            instructions: Some("Answer in French.\nBe brief.".to_owned()),
            mcp_servers: vec![tickets()],
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
        .map(|request| command_json(&plan::<Opencode>(request).expect("a plan")))
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
    let command = plan::<Opencode>(request).expect("a plan");
    assert!(
        command
            .arguments
            .iter()
            .all(|argument| argument.len() < 128 * 1024)
    );
    assert!(command.stdin.is_some_and(|stdin| stdin.len() > 600_000));
}

#[test]
fn requests_that_cannot_be_put_are_refused() {
    let empty = Request::new("  \n");
    let nul = Request {
        model: Some("a\0b".to_owned()),
        ..Request::new("x")
    };
    for request in [empty, nul] {
        assert!(plan::<Opencode>(request).is_err());
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
    let version = || finding("version", Some(0), "1.18.33\n", "");
    let listed =
        |text: &str| Opencode::diagnose(&[version(), finding("account", Some(0), text, "")]);

    let health = listed("┌  Credentials ~/.local/share/opencode/auth.json\n│\n└  0 credentials\n");
    assert_eq!(
        (health.version.as_deref(), health.signed_in, health.remedy),
        (Some("1.18.33"), None, None)
    );

    let health = listed(
        "└  0 credentials\n\n┌  Environment\n│\n●  Anthropic ANTHROPIC_API_KEY\n│\n└  1 environment variable\n",
    );
    assert_eq!(health.signed_in, Some(true));

    let health = Opencode::diagnose(&[finding("version", None, "", "")]);
    assert!(
        !health.installed
            && health
                .remedy
                .is_some_and(|remedy| remedy.contains("npm install"))
    );
}

//! The command lines that the adapter plans.

use std::path::Path;

use cm_engine_gemini::Gemini;
use cm_sdk::engine::testing::{command_json, golden, plan};
use cm_sdk::engine::{Adapter, Error, Finding, McpServer, PermissionLevel, Request};

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
            model: Some("gemini-2.5-pro".to_owned()),
            effort: Some("high".to_owned()),
            instructions: Some("Answer in French.\nBe brief.".to_owned()),
            directories: vec!["/srv/shared".to_owned(), "/srv/more".to_owned()],
            ..plain()
        },
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
        .map(|request| command_json(&plan::<Gemini>(request).expect("a plan")))
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
    let command = plan::<Gemini>(request).expect("a plan");
    assert!(
        command
            .arguments
            .iter()
            .all(|argument| argument.len() < 128 * 1024)
    );
    assert!(command.stdin.is_some_and(|stdin| stdin.len() > 600_000));
}

#[test]
fn what_would_be_dropped_in_silence_is_refused() {
    let plain = || Request::new("x");
    let refused = |request: Request, code: &str| match plan::<Gemini>(request) {
        Err(Error::Invalid(failure)) => assert_eq!(failure.code, code, "{failure:?}"),
        other => panic!("{other:?} instead of {code}"),
    };
    refused(Request::new("  \n"), "empty-prompt");
    refused(Request::new(&"x".repeat(9_000_000)), "prompt-too-long");
    refused(
        Request {
            model: Some("a\0b".to_owned()),
            ..plain()
        },
        "nul-byte",
    );
    refused(
        Request {
            options: vec![("max-retries".to_owned(), "$(id)".to_owned())],
            ..plain()
        },
        "bad-option",
    );
    refused(
        Request {
            fork: true,
            session: Some("s".to_owned()),
            ..plain()
        },
        "unsupported",
    );
    refused(
        Request {
            max_turns: Some(3),
            ..plain()
        },
        "unsupported",
    );
    refused(
        Request {
            mcp_servers: vec![McpServer::new("tickets", "ticket-server")],
            ..plain()
        },
        "unsupported",
    );
    refused(
        Request {
            directories: vec!["/srv/a,/".to_owned()],
            ..plain()
        },
        "unsupported",
    );
}

#[test]
fn a_tool_that_is_named_gives_no_more_than_the_permissions() {
    let request = Request {
        tools: vec!["write_file".to_owned()],
        permissions: PermissionLevel::ReadOnly,
        ..Request::new("x")
    };
    let command = plan::<Gemini>(request).expect("a plan");
    let (_, rules) = command.files.first().expect("a policy");
    assert!(rules.contains("deny") && !rules.contains("write_file"));
}

#[test]
fn probes_tell_what_is_installed() {
    let finding = |code, stdout: &str| Finding {
        purpose: "version".to_owned(),
        code,
        stdout: stdout.to_owned(),
        stderr: String::new(),
    };
    let health = Gemini::diagnose(&[finding(Some(0), "0.61.0\n")]);
    assert_eq!(
        (health.version.as_deref(), health.signed_in, health.remedy),
        (Some("0.61.0"), None, None)
    );
    let health = Gemini::diagnose(&[finding(None, "")]);
    assert!(
        !health.installed
            && health
                .remedy
                .is_some_and(|remedy| remedy.contains("npm install"))
    );
}

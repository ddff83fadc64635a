//! The adapter on what the program's documentation shows. There are no recordings of the
//! real program.

use std::path::{Path, PathBuf};

use cm_engine_cursor::Cursor;
use cm_sdk::engine::testing::recordings_hold;
use cm_sdk::engine::testing::{Recording, command_json, finish, golden, plan, play};
use cm_sdk::engine::{Adapter, Error, McpServer, PermissionLevel, Request};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

fn documented() -> Recording {
    Recording::read(
        &folder().join("transcripts"),
        "documented",
        Request::new("please"),
        Some(0),
    )
}

fn code(request: Request) -> String {
    match plan::<Cursor>(request) {
        Err(Error::Invalid(failure)) => failure.code,
        other => panic!("no refusal: {other:?}"),
    }
}

#[test]
fn what_was_not_tried_is_not_called_tested() {
    assert!(Cursor::describe().tested.is_empty());
}

#[test]
fn what_is_documented_decodes_to_the_same_events_as_before_whatever_happens_to_it() {
    recordings_hold::<Cursor>(&[documented()], &folder().join("events"));
}

#[test]
fn success_needs_exit_code_zero_and_the_last_event() {
    let recorded = documented();
    let lines: Vec<&str> = std::str::from_utf8(&recorded.stdout)
        .expect("text")
        .lines()
        .collect();
    let cut = lines[..lines.len() - 1].join("\n");
    for (stdout, code, expected) in [
        (recorded.stdout.clone(), Some(0), None),
        (recorded.stdout.clone(), Some(1), Some("exit-code")),
        (recorded.stdout.clone(), None, Some("killed")),
        (cut.into_bytes(), Some(0), Some("no-terminal-event")),
    ] {
        let events = play::<Cursor>(Request::new("x"), &[&stdout], b"", code);
        let failed = finish(&events)
            .failure
            .as_ref()
            .map(|failure| failure.code.as_str());
        assert_eq!(failed, expected);
    }
}

#[test]
fn command_lines_are_as_before() {
    let base = || Request::new("--help me");
    let planned: Vec<_> = [
        base(),
        Request {
            permissions: PermissionLevel::Full,
            model: Some("big".to_owned()),
            ..base()
        },
        Request {
            permissions: PermissionLevel::ReadOnly,
            ..base()
        },
        Request {
            session: Some("s-1".to_owned()),
            ..base()
        },
    ]
    .into_iter()
    .map(|request| command_json(&plan::<Cursor>(request).expect("a plan")))
    .collect();
    golden(&folder().join("commands.jsonl"), &planned);
}

#[test]
fn what_it_cannot_do_is_refused() {
    let base = || Request::new("x");
    for request in [
        Request {
            fork: true,
            ..base()
        },
        Request {
            tools: vec!["x".to_owned()],
            ..base()
        },
        Request {
            max_turns: Some(1),
            ..base()
        },
        Request {
            mcp_servers: vec![McpServer::new("cm", "cm")],
            ..base()
        },
    ] {
        assert_eq!(code(request), "unsupported");
    }
    assert_eq!(code(Request::new(&"x".repeat(200_000))), "prompt-too-long");
}

//! The adapter on what the program's documentation shows. There are no recordings of the
//! real program.

use std::path::{Path, PathBuf};

use cm_engine_auggie::Auggie;
use cm_sdk::engine::testing::{Recording, command_json, event_json, finish, golden, plan, play};
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
    match plan::<Auggie>(request) {
        Err(Error::Invalid(failure)) => failure.code,
        other => panic!("no refusal: {other:?}"),
    }
}

#[test]
fn what_was_not_tried_is_not_called_tested() {
    assert!(Auggie::describe().tested.is_empty());
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
            mcp_servers: vec![McpServer {
                arguments: vec!["mcp".to_owned()],
                environment: vec![("A".to_owned(), "b".to_owned())],
                ..McpServer::new("cm", "cm")
            }],
            max_turns: Some(3),
            ..base()
        },
    ]
    .into_iter()
    .map(|request| command_json(&plan::<Auggie>(request).expect("a plan")))
    .collect();
    golden(&folder().join("commands.jsonl"), &planned);
}

#[test]
fn its_text_is_the_answer() {
    let events = documented().play::<Auggie>();
    assert!(finish(&events).ok);
    assert_eq!(
        finish(&events).text,
        "# What it says\n\nThe file says hello."
    );
    let events = play::<Auggie>(Request::new("x"), &[b"\n"], b"", Some(0));
    assert!(!finish(&events).ok);
}

#[test]
fn who_is_not_signed_in_is_told_what_to_do() {
    let nobody = Recording::read(
        &folder().join("transcripts"),
        "nokey",
        Request::new("x"),
        Some(1),
    );
    let events = nobody.play::<Auggie>();
    let told: Vec<_> = events.iter().map(event_json).collect();
    golden(&folder().join("events/nokey.jsonl"), &told);
    let failure = finish(&events).failure.clone().expect("a failure");
    assert!(failure.code == "not-signed-in" && failure.message.contains("auggie login"));
}

#[test]
fn what_it_cannot_do_is_refused() {
    let base = || Request::new("x");
    for request in [
        Request {
            session: Some("s".to_owned()),
            ..base()
        },
        Request {
            tools: vec!["x".to_owned()],
            ..base()
        },
        Request {
            mcp_servers: vec![McpServer {
                only: vec!["a".to_owned()],
                ..McpServer::new("t", "t")
            }],
            ..base()
        },
    ] {
        assert_eq!(code(request), "unsupported");
    }
    assert_eq!(code(Request::new(&"x".repeat(200_000))), "prompt-too-long");
}

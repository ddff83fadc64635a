//! The adapter on what the real program printed.

use std::path::{Path, PathBuf};

use cm_engine_aider::Aider;
use cm_sdk::engine::testing::{
    Recording, command_json, finish, golden, plan, play, recordings_hold,
};
use cm_sdk::engine::{Error, McpServer, PermissionLevel, Request};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

fn recording(name: &str) -> Recording {
    Recording::read(
        &folder().join("transcripts"),
        name,
        Request::new("please"),
        Some(0),
    )
}

#[test]
fn command_lines_are_as_before() {
    let base = || Request::new("--help me");
    let planned: Vec<_> = [
        base(),
        Request {
            permissions: PermissionLevel::ReadOnly,
            ..base()
        },
        Request {
            model: Some("sonnet".to_owned()),
            effort: Some("high".to_owned()),
            instructions: Some("Be brief.".to_owned()),
            ..base()
        },
    ]
    .into_iter()
    .map(|request| command_json(&plan::<Aider>(request).expect("a plan")))
    .collect();
    golden(&folder().join("commands.jsonl"), &planned);
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
            max_turns: Some(1),
            ..base()
        },
        Request {
            mcp_servers: vec![McpServer::new("cm", "cm")],
            ..base()
        },
    ] {
        let refused = plan::<Aider>(request);
        assert!(matches!(refused, Err(Error::Invalid(failure)) if failure.code == "unsupported"));
    }
    let long = Request::new(&"x".repeat(5_000_000));
    assert!(plan::<Aider>(long).is_ok());
}

#[test]
fn an_error_with_exit_code_0_is_a_failure() {
    let events = recording("401").play::<Aider>();
    let finish = finish(&events);
    let failure = finish.failure.as_ref().expect("a failure");
    assert_eq!(
        (failure.code.as_str(), finish.text.as_str()),
        ("not-signed-in", "")
    );
    assert!(
        failure
            .details
            .as_ref()
            .is_some_and(|said| said.contains("invalid api key"))
    );
}

#[test]
fn recordings_decode_to_the_same_events_as_before_whatever_happens_to_them() {
    recordings_hold::<Aider>(
        &[recording("plain"), recording("401")],
        &folder().join("events"),
    );
}

#[test]
fn an_answer_after_an_error_counts_and_the_last_answer_is_the_answer() {
    let printed = "Aider v0.86.2\nModel: m\n\nlitellm.RateLimitError: slow down\nRetrying in 0.2 seconds...\n\nFirst answer.\n\nTokens: 10 sent, 5 received.\n\na.py\nApplied edit to a.py\nSecond answer,\n\nin two parts.\n\nTokens: 20 sent, 6 received.\n";
    let events = play::<Aider>(Request::new("x"), &[printed.as_bytes()], b"", Some(0));
    let done = finish(&events);
    assert!(done.ok, "{done:?}");
    assert_eq!(done.text, "Second answer,\n\nin two parts.");
    let cut = printed.replace("Tokens: 20 sent, 6 received.\n", "");
    let events = play::<Aider>(Request::new("x"), &[cut.as_bytes()], b"", Some(0));
    assert!(!finish(&events).ok);
}

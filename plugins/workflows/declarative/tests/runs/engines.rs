//! Engines that take over from each other.

use cm_sdk::workflow::{Error, failure, message};

use crate::host;

const TEXT: &str = "
name: x
steps:
  - { agent: a, engines: [claude, { engine: codex, model: large, effort: low }, opencode], model: opus, permissions: read-only }
";

fn limit() -> Error {
    let mut failure = failure("usage-limit", "the limit is reached");
    failure.details = Some("I had begun with the parser.".into());
    Error::Exhausted(failure)
}

#[test]
fn the_next_engine_goes_on_with_what_has_happened() {
    let host = host(TEXT, &["a"])
        .answer("a", Err(limit()))
        .answer(
            "a",
            Err(Error::Unavailable(failure("overloaded", "it is busy"))),
        )
        .says("a", "done");
    assert_eq!(host.run(), Ok("done".into()));
    let turns = host.turns("a");
    let who: Vec<_> = turns
        .iter()
        .map(|turn| (turn.engine.as_deref(), turn.model.as_deref()))
        .collect();
    assert_eq!(
        who,
        [
            (Some("claude"), Some("opus")),
            (Some("codex"), Some("large")),
            (Some("opencode"), None)
        ]
    );
    assert!(
        turns
            .iter()
            .all(|turn| turn.permissions.as_deref() == Some("read-only"))
    );
    assert!(
        turns[1].prompt.starts_with("You are the a."),
        "{}",
        turns[1].prompt
    );
    assert!(
        turns[1]
            .prompt
            .contains("This was given to claude, which could not go on: the limit is reached")
    );
    assert!(turns[1].prompt.contains("I had begun with the parser."));
    // Only where somebody can take over is a limit a failure.
    let limits: Vec<_> = host
        .policies("a")
        .into_iter()
        .map(|policy| policy.at_limit)
        .collect();
    assert_eq!(
        limits,
        [Some("fail".to_string()), Some("fail".into()), None]
    );
    assert_eq!(
        host.marked("a"),
        [
            "started",
            "started: codex goes on in place of claude: the limit is reached",
            "started: opencode goes on in place of codex: it is busy",
            "done: codex goes on in place of claude: the limit is reached; opencode goes on in place of codex: it is busy"
        ]
    );
}

#[test]
fn only_for_the_reasons_that_are_named() {
    let text = "
name: x
steps:
  - { agent: a, engines: [claude, codex], on: down }
";
    let host = host(text, &["a"]).answer("a", Err(limit()));
    let error = host.run().expect_err("nobody takes over");
    assert_eq!(message(&error), "the step `a` failed: the limit is reached");
    assert_eq!(host.policies("a")[0].at_limit, None);
    let other =
        crate::host(TEXT, &["a"]).answer("a", Err(Error::Other(failure("bad", "it is bad"))));
    assert!(other.run().is_err());
    assert_eq!(other.turns("a").len(), 1);
}

#[test]
fn the_chain_goes_on_with_the_engine_that_took_over() {
    let text = "
name: x
steps:
  - { agent: a }
=== agents/a.md
---
engines: [claude, codex]
---
First.
=== agents/a/1-more.md
More.
=== agents/a/2-end.md
The end.
";
    let host = host(text, &[])
        .says("a", "one")
        .answer("a", Err(limit()))
        .says("a", "two")
        .says("a", "three");
    assert_eq!(host.run(), Ok("three".into()));
    let turns = host.turns("a");
    let engines: Vec<_> = turns
        .iter()
        .filter_map(|turn| turn.engine.as_deref())
        .collect();
    assert_eq!(engines, ["claude", "claude", "codex", "codex"]);
    assert_eq!(turns[2].session, None);
    for part in ["First.", "one", "More."] {
        assert!(turns[2].prompt.contains(part), "{}", turns[2].prompt);
    }
    assert_eq!(turns[3].session.as_deref(), Some("session of two"));
    assert_eq!(turns[3].prompt.trim(), "The end.");
}

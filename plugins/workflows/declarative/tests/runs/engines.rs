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

fn option<'t>(turn: &'t cm_sdk::workflow::Turn, name: &str) -> Option<&'t str> {
    let mut options = turn.options.iter();
    options.find_map(|(known, value)| (known == name).then_some(value.as_str()))
}

#[test]
fn an_engine_is_told_its_options_as_they_stand() {
    let text = "
name: x
steps:
  - agent: a
    engine: shell
    options: { program: mine, args: [run, [--model, '{model}'], '{prompt}'], limits: { deep: 3 }, partial: true }
";
    let host = host(text, &["a"]).says("a", "done");
    assert_eq!(host.run(), Ok("done".into()));
    let turns = host.turns("a");
    let turn = &turns[0];
    assert_eq!(option(turn, "program"), Some("mine"));
    let args = r#"["run",["--model","{model}"],"{prompt}"]"#;
    assert_eq!(option(turn, "args"), Some(args));
    assert_eq!(option(turn, "limits"), Some(r#"{"deep":3}"#));
    assert_eq!(option(turn, "partial"), Some("true"));
}

#[test]
fn options_go_with_the_engine_that_they_are_named_beside() {
    let text = "
name: x
defaults: { engine: codex, options: { partial: false, max-turns: 5 } }
steps:
  - agent: a
    engines: [claude, { engine: codex, options: { partial: true } }, opencode]
    options: { partial: 'no', tools: [Read] }
  - { agent: b, options: { max-turns: 9 } }
";
    let host = host(text, &["a", "b"])
        .answer("a", Err(limit()))
        .answer("a", Err(limit()))
        .says("a", "done")
        .says("b", "done");
    assert_eq!(host.run(), Ok("done".into()));
    let turns = host.turns("a");
    let all: Vec<_> = turns.iter().chain(&host.turns("b")).cloned().collect();
    let said: Vec<_> = all
        .iter()
        .map(|turn| ["partial", "tools", "max-turns"].map(|name| option(turn, name)))
        .collect();
    assert_eq!(
        said,
        [
            [Some("no"), Some(r#"["Read"]"#), Some("5")],
            [Some("true"), Some(r#"["Read"]"#), Some("5")],
            [None, Some(r#"["Read"]"#), Some("5")],
            [Some("false"), None, Some("9")],
        ]
    );
}

#[test]
fn an_agent_that_others_start_has_no_options() {
    let text = "
name: x
steps:
  - { agent: a, tools: [agents], agents: [b] }
=== agents/b.md
---
options: { max-turns: 3 }
---
Help.
";
    let host = host(text, &["a"]).says("a", "done");
    let error = host.run().expect_err("nothing of it is dropped");
    assert!(message(&error).contains("`max-turns`"), "{error:?}");
}

//! Answers that must be JSON.

use cm_sdk::workflow::{Decision, Directive, details, message};

use crate::host;

const TEXT: &str = "
name: x
steps:
  - { agent: a, schema: schemas/plan.json, schema-retries: 1 }
  - { agent: b, prompt: '{a.output}' }
=== agents/a/1-more.md
More?
=== schemas/plan.json
{ \"type\": \"object\", \"required\": [\"n\"], \"properties\": { \"n\": { \"type\": \"integer\" } } }
";

#[test]
fn only_the_last_answer_of_a_chain_is_looked_at() {
    let host = host(TEXT, &["a", "b"])
        .says("a", "prose")
        .says("a", "Here:\n```json\n{ \"n\": 5 }\n```\nDone.");
    assert!(host.run().is_ok());
    assert_eq!(host.prompts("b"), ["{ \"n\": 5 }"]);
    let schemas: Vec<_> = host
        .turns("a")
        .iter()
        .map(|turn| turn.schema.is_some())
        .collect();
    assert_eq!(schemas, [false, true]);
    assert_eq!(host.asked("a").len(), 2);
}

#[test]
fn an_answer_that_does_not_fit_is_asked_for_again() {
    let host = host(TEXT, &["a", "b"])
        .says("a", "prose")
        .says("a", "{}")
        .says("a", "{ \"n\": 5 }");
    assert!(host.run().is_ok());
    let again = host.turns("a").remove(2);
    assert_eq!(again.session.as_deref(), Some("session of {}"));
    assert!(
        again.prompt.contains("\n- \"n\" is a required property\n"),
        "{}",
        again.prompt
    );
    assert!(
        again
            .prompt
            .ends_with("only the JSON: no words before or after it.")
    );
    assert!(again.schema.is_some());
    // Whoever is asked may want to talk before the answer is looked at; what comes
    // instead of it is shown too.
    assert_eq!(
        host.asked("a"),
        [
            "turn: next: 2 of 2, more",
            "turn: next: the step `b`",
            "turn: next: the step `b`"
        ]
    );
    assert_eq!(host.prompts("b"), ["{ \"n\": 5 }"]);
}

#[test]
fn an_answer_that_never_fits_makes_the_step_fail() {
    let host = host(TEXT, &["a", "b"]).says("a", "{\"n\": \"x\"}");
    let error = host.run().expect_err("it never fits");
    assert_eq!(
        message(&error),
        "the step `a` failed: the answer of the step `a` does not meet its schema \
         (schemas/plan.json, named in workflow.yaml:4): \"x\" is not of type \"integer\"; it was \
         asked 2 times: say in its prompt what the JSON must be, or allow more with \
         `schema-retries`"
    );
    assert_eq!(
        details(&error).map(|failure| failure.code.as_str()),
        Some("schema")
    );
    assert_eq!(host.turns("a").len(), 3);
}

#[test]
fn several_blocks_are_no_answer_and_two_retries_are_usual() {
    let text = "name: x\nsteps: [{ agent: a, schema: { type: integer } }]\n";
    let host = host(text, &["a"]).says("a", "```\n1\n```\nor\n```\n2\n```\n");
    assert!(host.run().is_err());
    assert_eq!(host.turns("a").len(), 3);
    assert!(host.prompts("a")[1].contains("- it is not JSON: "));
}

#[test]
fn what_follows_a_word_at_the_gate_must_fit_again() {
    let text = "name: x\nsteps: [{ agent: a, schema: { type: integer }, schema-retries: 1 }]\n";
    let host = host(text, &["a"])
        .says("a", "one")
        .says("a", "1")
        .says("a", "two")
        .says("a", "2")
        .decides("a", Decision::Next)
        .decides("a", Decision::Reply("higher".into()));
    assert_eq!(host.run(), Ok("2".into()));
    assert_eq!(host.prompts("a")[2], "USER (Ada): higher");
    assert_eq!(host.turns("a").len(), 4);
}

#[test]
fn an_agent_can_be_talked_to_before_it_settles() {
    let text = "name: x\nmode: hybrid\nsteps: [{ agent: a, schema: { type: integer }, schema-retries: 1 }]\n";
    let host = host(text, &["a"])
        .says("a", "Shall it be high?")
        .says("a", "It shall.")
        .says("a", "9")
        .decides("a", Decision::Reply("yes".into()));
    assert_eq!(host.run(), Ok("9".into()));
    let told: Vec<_> = host
        .turns("a")
        .iter()
        .map(|turn| turn.schema.is_some())
        .collect();
    assert_eq!(told, [false, false, true], "a question is no JSON");
}

#[test]
fn directives_come_before_the_schema() {
    let text = "
name: x
steps: [{ agent: a, schema: { type: integer }, directives: [error] }]
";
    let host = host(text, &["a"]).tells("a", "prose", &[Directive::Fail(Some("no".into()))]);
    assert_eq!(
        host.run().map_err(|error| message(&error).to_string()),
        Err("the step `a` failed: no".into())
    );
    assert_eq!(host.turns("a").len(), 1);
}

#[test]
fn an_agent_that_is_triggered_has_its_own_schema() {
    let text = "
name: x
steps: [{ agent: a, directives: { trigger: [helper] } }]
=== agents/helper.md
---
schema: { type: integer }
---
Count.
";
    let trigger = Directive::Trigger(cm_sdk::workflow::Trigger {
        agent: "helper".into(),
        prompt: None,
        reason: None,
    });
    let host = host(text, &["a"])
        .tells("a", "A", &[trigger])
        .says("a/helper", "many");
    let error = host.run().expect_err("it is no number");
    assert!(
        message(&error).contains("the step `a/helper` does not meet its schema"),
        "{error:?}"
    );
    assert_eq!(host.marked("a/helper").len(), 2);
}

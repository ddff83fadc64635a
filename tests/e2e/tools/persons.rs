//! Questions of agents, and what they say of their own work, in front of who decides.

use std::process::{Child, Stdio};

use serde_json::{Value, json};

use super::{call, rule, script, state, used};
use crate::{
    durability::living::eventually,
    support::{Cm, PATIENCE, Ran},
};

fn start(cm: &Cm, more: &[&str]) -> Child {
    cm.flow_command(more)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cm starts")
}

/// Waits until the run asks this.
#[track_caller]
fn asked(cm: &Cm, question: &str) {
    let shown = || cm.run(["show", "last"]).out().contains(question);
    assert!(eventually(PATIENCE, shown), "{question} is not asked");
}

/// An agent that asks for a colour, and goes on with the answer.
fn asking(mode: &str) -> Cm {
    let question = json!({ "question": "Which colour?", "choices": ["red", "blue"] });
    let boss = |contains: Option<&str>, answer: Value| {
        let mut rule = json!({ "agent": "boss", "answer": answer.to_string() });
        if let Some(contains) = contains {
            rule["contains"] = contains.into();
        }
        rule
    };
    Cm::new()
        .workflow(&format!(
            "name: Ask\n{mode}steps:\n  - agent: a\n    tools: [ask]\n  - run: echo over\n"
        ))
        .agent("a", "go")
        .agent("boss", "you decide")
        .script(&script(&[
            rule("a", &[call("ask_person", question)]),
            boss(
                Some("Which colour?"),
                json!({ "decision": "reply", "text": "red" }),
            ),
            boss(None, json!({ "decision": "next" })),
        ]))
}

#[track_caller]
fn answered(cm: &Cm, answer: &str, by: &str) {
    let used = used(cm, "a");
    assert!(used[0].ok, "{used:?}");
    let told: Value = serde_json::from_str(&used[0].said).expect("JSON");
    assert_eq!((&told["answer"], &told["by"]), (&answer.into(), &by.into()));
}

#[test]
fn a_person_answers_from_another_terminal() {
    let cm = asking("");
    let child = start(&cm, &[]);
    asked(&cm, "Which colour? (red / blue)");
    assert_eq!(state(&cm, "a"), "asking");
    let _ = cm
        .run(["reply", "last", "green"])
        .code(2)
        .says("`green` is not one of: red, blue");
    let _ = cm.run(["reply", "last", "blue"]).code(0);
    let _ = cm.finished(child).code(0).says("over");
    answered(&cm, "blue", "ada");
    let _ = cm
        .run(["logs", "last"])
        .code(0)
        .says("Which colour?")
        .says("ada said \"blue\"");
}

#[test]
fn in_autonomous_mode_the_controller_answers() {
    let cm = asking("mode: autonomous\ncontroller: boss\n");
    // It is asked while the agent is at work, and there is only one place.
    let _ = cm.flow_with(&["--jobs", "1"]).code(0).says("over");
    answered(&cm, "red", "boss");
}

#[test]
fn a_question_that_is_left_open_does_not_keep_a_skipped_agent() {
    let cm = asking("");
    let child = start(&cm, &[]);
    asked(&cm, "Which colour?");
    let _ = cm.run(["skip", "last", "--step", "a"]).code(0);
    let _ = cm.finished(child).code(0).says("over");
    assert_eq!(state(&cm, "a"), "skipped");
}

/// An agent that says of its work that it is nearly complete.
fn proposing(head: &str) -> Cm {
    let proposal = json!({
        "summary": "The parser is built",
        "artifact": "parser.md",
        "checklist": { "tests pass": true, "documented": false },
        "open_questions": ["Which port?"],
        "confidence": 0.5,
    });
    Cm::new()
        .workflow(&format!("name: Propose\n{head}steps:\n  - agent: a\n    tools: [propose]\n  - run: echo over\n"))
        .agent("a", "go")
        .agent("boss", "you decide")
        .script(&script(&[
            rule("a", &[
                call("propose_completion", json!({ "confidence": 1.5 })),
                call("propose_completion", proposal),
            ]),
            json!({ "agent": "boss", "contains": "The parser is built", "answer": json!({ "decision": "next" }).to_string() }),
        ]))
}

#[test]
fn a_proposal_is_shown_where_the_person_decides() {
    let cm = proposing("mode: manual\n");
    let _ = cm.flow().code(4);
    let used = used(&cm, "a");
    assert!(
        !used[0].ok && used[0].said.contains("`confidence` lies between 0 and 1"),
        "{used:?}"
    );
    let shown: Ran = cm.run(["logs", "last"]).code(0);
    let _ = shown
        .says("The parser is built")
        .says("tests pass")
        .says("documented")
        .says("Which port?");
    let _ = cm.run(["next", "last"]).code(0);
    let _ = cm.run(["resume", "last"]).code(0).says("over");
}

#[test]
fn a_controller_agent_sees_the_proposal() {
    // Without it the script has no rule, and its echo is no decision.
    let cm = proposing("mode: autonomous\ncontroller: boss\n");
    let _ = cm.flow().code(0).says("over");
}

#[test]
fn a_policy_goes_by_the_proposal() {
    let controller = |contains: &str| {
        format!(
            "mode: autonomous\ncontroller:\n  component: policy\n  config:\n    rules:\n      - when: {{ kind: turn, contains: \"{contains}\" }}\n        decide: next\n    otherwise: ask\n"
        )
    };
    let cm = proposing(&controller("The parser is built"));
    let _ = cm.flow().code(0).says("over");
    let cm = proposing(&controller("something else"));
    let _ = cm.flow().code(4);
}

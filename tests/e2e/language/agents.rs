//! What agents are asked: chained prompts, answers that must fit a schema, includes.

use serde_json::json;

use super::{flow, nth, prompts, rule, script, state, states, words};
use crate::support::end;

const CHAIN: &str = "name: Chain
tracks: { question: Which?, options: { rust: Rust, python: Python } }
conditions:
  - { question: What?, select: many, options: { docs: Docs, auth: Auth, jwt: JWT } }
steps:
  - agent: planner
    input: { topic: bridges }
  - run: cat
    id: after
";

fn chain() -> crate::support::Cm {
    flow(
        CHAIN,
        &[
            ("agents/planner.md", "Plan {topic}."),
            ("agents/planner/10-last.md", "Last, after: {planner.output}"),
            (
                "agents/planner/2-risks.md",
                "---\nname: Risks\ntracks: [rust]\n---\nRisks of {input.topic} in {selected_track}?",
            ),
            (
                "agents/planner/3-python.md",
                "---\ntracks: [python]\n---\nWhich Python?",
            ),
            (
                "agents/planner/4-auth.md",
                "---\nconditions: [auth, jwt]\n---\nBoth: {selected_conditions}",
            ),
            (
                "agents/planner/5-any.md",
                "---\nconditions-any: [docs, jwt]\n---\nOne of them.",
            ),
        ],
    )
}

#[test]
fn a_chain_is_filtered_by_track_and_conditions() {
    let cm = chain();
    let _ = cm
        .flow_with(&["--track", "rust", "-c", "docs,auth"])
        .code(0);
    assert_eq!(
        prompts(&cm, "planner"),
        [
            "Plan bridges.",
            "Risks of bridges in rust?",
            "One of them.",
            "Last, after: You asked: One of them."
        ]
    );
    let _ = cm
        .flow_with(&["--track", "python", "-c", "auth", "-c", "jwt"])
        .code(0);
    assert_eq!(
        prompts(&cm, "planner"),
        [
            "Plan bridges.",
            "Which Python?",
            "Both: auth, jwt",
            "One of them.",
            "Last, after: You asked: One of them."
        ]
    );
    // All of them in one conversation.
    let events = cm.events("last");
    let mut sessions: Vec<_> = events
        .iter()
        .filter(|event| event["event"]["type"] == "session")
        .map(|event| event["event"]["value"].clone())
        .collect();
    sessions.dedup();
    assert_eq!(sessions.len(), 1, "{sessions:?}");
}

#[test]
fn a_chain_goes_on_in_the_middle_after_a_crash() {
    let cm = chain().script(&script(&[
        json!({ "agent": "planner", "contains": "One of them", "do": [
            { "run": "touch middle; test -e again || { touch again; exec sleep 300; }" },
            { "say": "one" }
        ] }),
        rule("planner", json!([{ "say": "said {occurrence}" }])),
    ]));
    let mut child = cm.started(&["--track", "rust", "-c", "docs"], "again");
    end(child.id());
    child.wait().expect("a status");
    // What is chosen before the run is not asked for again.
    let _ = cm.run(["resume", "last"]).code(0);
    assert_eq!(
        prompts(&cm, "planner"),
        [
            "Plan bridges.",
            "Risks of bridges in rust?",
            "One of them.",
            "Last, after: one"
        ]
    );
    let events = cm.events("last");
    let turns = events
        .iter()
        .filter(|event| event["kind"] == "requested" && event["work"]["agent"] == "planner");
    let attempts: Vec<_> = turns
        .map(|turn| {
            let sent = |event: &&serde_json::Value| {
                event["kind"] == "attempted" && event["task"] == turn["task"]
            };
            events.iter().filter(sent).count()
        })
        .collect();
    assert_eq!(
        attempts,
        [1, 1, 2, 1],
        "only what was at work is done again"
    );
    assert_eq!(state(&cm, "after"), "done");
}

const SCHEMA: &str = "name: Schema
steps:
  - agent: counter
    schema: schemas/count.json
    schema-retries: 2
  - run: echo {counter.output}
";

fn counting(rules: &[serde_json::Value]) -> crate::support::Cm {
    let schema =
        r#"{ "type": "object", "required": ["n"], "properties": { "n": { "type": "integer" } } }"#;
    flow(
        SCHEMA,
        &[
            ("agents/counter.md", "Count."),
            ("schemas/count.json", schema),
        ],
    )
    .script(&script(rules))
}

#[test]
fn an_answer_that_fits_the_second_time() {
    let cm = counting(&[
        nth("counter", 0, json!([{ "say": "It is {\"n\": \"one\"}" }])),
        nth(
            "counter",
            1,
            json!([{ "say": "Sorry:\n```json\n{\"n\": 1}\n```\n" }]),
        ),
    ]);
    let _ = cm.flow().code(0).stdout("{\"n\": 1}\n");
    let asked = prompts(&cm, "counter");
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(asked[1].contains("it is not JSON"), "{asked:?}");
}

#[test]
fn an_answer_that_never_fits() {
    let cm = counting(&[rule("counter", json!([{ "say": "{\"n\": \"one\"}" }]))]);
    let ran = cm.flow().code(1);
    let said = words(&ran);
    for part in [
        "the step `counter`",
        "schemas/count.json, named in workflow.yaml:4",
        "\"one\" is not of type \"integer\"",
        "it was asked 3 times",
        "`schema-retries`",
    ] {
        assert!(said.contains(part), "`{part}` is not in: {said}");
    }
    assert_eq!(prompts(&cm, "counter").len(), 3);
}

#[test]
fn only_the_last_answer_of_a_chain_must_fit() {
    let cm = flow(
        "name: Last\nsteps: [{ agent: a, schema: { type: array }, schema-retries: 0 }]\n",
        &[
            ("agents/a.md", "Think."),
            ("agents/a/01-now.md", "Now the list."),
        ],
    )
    .script(&script(&[
        nth("a", 0, json!([{ "say": "thinking" }])),
        nth("a", 1, json!([{ "say": "[1]" }])),
    ]));
    let _ = cm.flow().code(0).stdout("[1]\n");
}

#[test]
fn includes_stand_before_the_prompt() {
    let cm = flow(
        "name: Include\nsteps: [{ agent: a }]\n",
        &[
            (
                "agents/a.md",
                "---\ninclude: [prompts/rules.md, prompts/voice.md]\n---\nWrite.",
            ),
            (
                "prompts/rules.md",
                "---\nname: Rules\n---\nFor {project_name}.\n",
            ),
            ("prompts/voice.md", "Plainly.\n\n"),
        ],
    );
    let _ = cm.flow().code(0);
    assert_eq!(prompts(&cm, "a"), ["For project.\n\nPlainly.\n\nWrite."]);
}

#[test]
fn a_folder_is_a_step_for_each_prompt() {
    let cm = flow(
        "name: Folder\nsteps:\n  - separator: Look\n  - folder: prompts/audit\n    input: { what: secrets }\n  - run: echo {keys.output}\n",
        &[
            ("prompts/audit/10-later.md", "Later."),
            (
                "prompts/audit/2-keys.md",
                "---\nname: Keys\n---\nLook for {what}.",
            ),
            ("prompts/audit/notes.txt", "no prompt"),
        ],
    );
    let _ = cm.flow().code(0).stdout("You asked: Look for secrets.\n");
    let ids: Vec<_> = states(&cm).into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["keys", "later", "echo"]);
    let _ = cm.run(["show", "last"]).code(0).says("── Look");
}

/// What a triggered agent said is there for the rest of the chain and for later steps.
#[test]
fn a_triggered_agent_has_an_output() {
    let cm = flow(
        "name: Trigger\nsteps:\n  - { agent: a, directives: { trigger: [helper] } }\n  - run: echo {helper.output}\n",
        &[
            ("agents/a.md", "Begin."),
            ("agents/a/01-more.md", "It said: {helper.output}"),
            ("agents/helper.md", "Help."),
        ],
    )
    .script(&script(&[
        nth("a", 0, json!([{ "directive": { "action": "trigger", "agent": "helper" } }, { "say": "go" }])),
        rule("helper", json!([{ "say": "helped" }])),
    ]));
    let _ = cm.flow().code(0).stdout("helped\n");
    assert_eq!(prompts(&cm, "a"), ["Begin.", "It said: helped"]);
}

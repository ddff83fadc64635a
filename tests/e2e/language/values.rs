//! Shared state that has a schema, and steps that run once.

use serde_json::json;

use super::{flow, rule, script, states, words};

#[test]
fn a_write_that_does_not_meet_its_schema() {
    let yaml = "name: State
state:
  plan: { value: '{\"done\": []}', schema: { type: object, required: [done] } }
  count: { schema: { type: integer } }
steps:
  - agent: a
    tools: [state]
  - id: good
    run: echo 7
    set: { count: '{good.output}' }
  - id: bad
    run: echo seven
    set: { count: '{bad.output}' }
";
    let write = |value: &str| json!({ "call": { "tool": "write_state", "arguments": { "key": "plan", "value": value } } });
    let cm = flow(yaml, &[("agents/a.md", "Write.")]).script(&script(&[rule(
        "a",
        json!([write("no"), write("{\"done\": [1]}"), { "say": "ok" }]),
    )]));
    let said = words(&cm.flow().code(1));
    for part in ["the step `bad`", "`count`", "does not meet its schema"] {
        assert!(said.contains(part), "`{part}` is not in: {said}");
    }
    let value = |key| cm.run(["state", "last", key]).code(0).out();
    assert_eq!(value("count").trim(), "7");
    assert_eq!(value("plan").trim(), "{\"done\": [1]}");
    let _ = cm
        .run(["logs", "last"])
        .code(0)
        .says("`plan` was not written: its value does not meet its schema");
}

#[test]
fn a_value_that_does_not_fit_at_first_is_found_by_the_check() {
    let cm = flow(
        "name: State\nstate:\n  plan: { value: '[]', schema: { type: object } }\nsteps: [{ run: 'true' }]\n",
        &[],
    );
    let ran = cm.flow().code(1);
    let said = words(&ran);
    assert!(said.contains("`plan`") && said.contains("schema"), "{said}");
}

#[test]
fn once_is_once() {
    let cm = flow(
        "name: Once
steps:
  - { id: first, run: echo first >> did }
  - { id: setup, run: echo setup >> did, once: true }
  - separator: Then
  - id: tests
    run: echo tests >> did; test $(grep -c tests did) -gt 2
    on-failure: { loop: { to: first, max: 3 } }
",
        &[],
    );
    let _ = cm.flow().code(0);
    assert_eq!(
        cm.read("did"),
        "first\nsetup\ntests\nfirst\ntests\nfirst\ntests\n"
    );
    let ids: Vec<_> = states(&cm).into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["first", "setup", "tests"]);
}

//! Questions and approvals that only a person can answer.

use super::{flow, state, words};

const FLOW: &str = "name: People
mode: autonomous
controller: lead
steps:
  - { id: small, ask: Small?, choices: [yes, no] }
  - { id: big, ask: Big?, choices: [yes, no], person: true }
  - { id: ship, approve: 'Ship {big.output}?', details: 'small: {small.output}', person: true }
  - { id: end, run: echo the end }
";

#[test]
fn person_is_never_the_controller() {
    let cm = flow(FLOW, &[("agents/lead.md", "Decide.")]).script(
        r#"{ "default": { "do": [{ "say": "{\"decision\": \"reply\", \"text\": \"yes\"}" }] } }"#,
    );
    let _ = cm.flow().code(4);
    assert_eq!(state(&cm, "small"), "done");
    assert_eq!(state(&cm, "big"), "asking");
    let _ = cm.run(["reply", "last", "no"]).code(0);
    let _ = cm.run(["resume", "last"]).code(4);
    assert_eq!(state(&cm, "ship"), "asking");
    let _ = cm.run(["show", "last"]).says("Ship no?");
    let _ = cm.run(["approve", "last", "--yes"]).code(0);
    let _ = cm.run(["resume", "last"]).code(0).stdout("the end\n");
}

#[test]
fn a_no_is_a_failure_with_its_reason() {
    let cm = flow(
        "name: No\nsteps:\n  - { id: ship, approve: Ship?, on-failure: continue }\n  - { run: 'echo {ship.output}' }\n",
        &[],
    );
    let _ = cm.flow().code(4);
    let _ = cm.run(["reject", "last", "too early"]).code(0);
    let _ = cm.run(["resume", "last"]).code(0).stdout("too early\n");
    let stop = flow("name: No\nsteps: [{ id: ship, approve: Ship? }]\n", &[]);
    let _ = stop.flow().code(4);
    let _ = stop.run(["reject", "last", "too early"]).code(0);
    let said = words(&stop.run(["resume", "last"]).code(1));
    assert!(
        said.contains("the step `ship`") && said.contains("too early"),
        "{said}"
    );
}

//! A yes that counts: whose, when, and to what.

use super::*;

const WORKFLOW: &str = r#"
name: Approved
steps:
  - agent: maker
  - approve: "Ship this? {maker.output}"
    id: ship
    details: "With care."
    on-failure: { loop: { to: maker, max: 2 } }
  - id: after
    run: "touch after; while ! test -e go-after; do sleep 0.02; done; echo shipped {ship.output}"
"#;

fn machine() -> Cm {
    Cm::new()
        .workflow(WORKFLOW)
        .agent("maker", "Make. They said: {!ship.output}")
        .script(&script(&[rule(
            "maker",
            "",
            &[&say("version {occurrence}")],
        )]))
}

#[test]
fn who_when_and_what() {
    let cm = machine();
    let _ = cm
        .flow()
        .code(4)
        .says("Ship this? version 0")
        .says("cm approve");
    let _ = refused(&cm, ["reply", "last", "approve"]).says("approve, reject, revise");
    let _ = refused(&cm, ["reply", "last", "yes"]);
    let _ = refused(&cm, ["next", "last"]);
    let _ = refused(&cm, ["approve", "last"])
        .says("--yes")
        .says("With care.");
    assert_eq!(decisions(&cm), ["maker next continuous"]);
    let _ = word(&cm, ["revise", "last", "make it shorter"]);
    // Another day.
    let _ = cm.run(["resume", "last"]).code(4).says("version 1");
    assert!(prompts(&cm, "maker")[1].contains("make it shorter"));
    let _ = word(&cm, ["reject", "last", "not now"]);
    let _ = cm.run(["resume", "last"]).code(4).says("version 2");
    assert!(prompts(&cm, "maker")[2].contains("not now"));
    let _ = word(&cm, ["approve", "last", "--yes"])
        .says("sha256:")
        .says("version 2");
    let run = resume(&cm);
    cm.wait_for("after");
    let past = run.kill();
    go(&cm, "after");
    let _ = word(&cm, ["resume", "last"]).says("shipped");
    past.stays(&cm);
    let events = cm.events("last");
    let approved: Vec<_> = events
        .iter()
        .filter(|event| event["result"]["ok"]["decision"]["decision"] == "approve")
        .collect();
    let [approved] = approved.as_slice() else {
        panic!("approved once: {approved:?}");
    };
    assert_eq!(approved["by"], "ada");
    let digest = approved["shown"].as_str().expect("a digest");
    assert!(
        digest.starts_with("sha256:") && digest.len() == 71,
        "{digest}"
    );
    // Each version was shown as what it is.
    let shown = events.iter().filter(|event| {
        event["result"]["ok"]["decision"].is_object() && event["shown"].is_string()
    });
    let mut shown: Vec<_> = shown.map(|event| event["shown"].as_str()).collect();
    shown.dedup();
    assert_eq!(shown.len(), 3);
    let short = digest.get(7..19).expect("hexadecimal");
    for command in ["show", "logs"] {
        let _ = word(&cm, [command, "last"]).says("ada").says(short);
    }
    assert_well(&cm);
}

#[test]
fn the_last_no_is_the_end() {
    let cm = machine();
    let _ = cm.flow().code(4);
    for _ in 0..2 {
        let _ = word(&cm, ["reject", "last", "no"]);
        let _ = cm.run(["resume", "last"]).code(4);
    }
    let _ = word(&cm, ["reject", "last", "never"]);
    let _ = cm
        .run(["resume", "last"])
        .code(1)
        .says("never")
        .says("max: 2");
    assert_eq!(prompts(&cm, "maker").len(), 3);
    assert_well(&cm);
}

#[test]
fn what_was_looked_at_is_not_there_any_more() {
    let cm = machine();
    let _ = cm.flow().code(4);
    let Some(mut terminal) = keys::terminal(cm, "approve last") else {
        return;
    };
    terminal.wait_for("Approve this?");
    let cm = &terminal.cm;
    let _ = word(cm, ["revise", "last", "shorter"]);
    let _ = cm.run(["resume", "last"]).code(4).says("version 1");
    terminal.press("y\r");
    assert_eq!(terminal.code(), Some(2), "{}", terminal.screen());
    let cm = &terminal.cm;
    assert_eq!(state(cm, "ship"), "asking");
    assert!(!decisions(cm).contains(&"ship approve ada".to_owned()));
    assert_well(cm);
}

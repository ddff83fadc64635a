//! `cm run-agents`.

use serde_json::json;

use super::{flow, prompts, rule, script};
use crate::support::{Cm, Ran};

fn team() -> Cm {
    flow(
        "name: Team\nsteps: [{ agent: a }, { agent: b }, { agent: c }]\n",
        &[
            ("agents/a.md", "A."),
            ("agents/b.md", "B."),
            ("agents/c.md", "C."),
        ],
    )
}

fn agents(cm: &Cm, text: &str) -> Ran {
    let mut arguments = vec![
        "run-agents",
        text,
        "--package",
        "./flow",
        "--engine",
        "scripted",
    ];
    if cm.project().join("script.json").exists() {
        arguments.extend(["--script", "script.json"]);
    }
    cm.run(arguments)
}

#[test]
fn one_after_the_other_and_beside_each_other() {
    // Each of the two waits for the other: they run at the same time.
    let meet = |own: &str, other: &str| {
        json!([
            { "run": format!("touch {own}; for i in $(seq 2000); do test -e {other} && exit 0; sleep 0.02; done; exit 1") },
            { "say": format!("{own} has met {other}") }
        ])
    };
    let cm = team().script(&script(&[
        rule("a", meet("a", "b")),
        rule("b", meet("b", "a")),
        rule(
            "c",
            json!([{ "run": "test -e a && test -e b && touch c" }, { "say": "then c" }]),
        ),
    ]));
    let ran = agents(&cm, "a & b && c").code(0);
    let out = ran.out();
    for part in ["a has met b", "b has met a", "then c"] {
        assert!(out.contains(part), "{ran}");
        assert!(
            !ran.err().contains(part),
            "outputs are on standard output only: {ran}"
        );
    }
    assert!(cm.project().join("c").exists());
}

#[test]
fn files_and_words_and_the_end_of_an_answer() {
    let cm = team()
        .file("x.md", "the x {date}")
        .file("y.md", "the y")
        .script(&script(&[rule("a", json!([{ "say": "1\n2\n3\n4" }]))]));
    let ran = agents(&cm, "a[input:x.md;y.md,tail:2] 'do {date} it' && b").code(0);
    let asked = prompts(&cm, "a");
    for part in [
        "A.",
        "do {date} it",
        "=== File: x.md ===\nthe x {date}",
        "=== File: y.md ===\nthe y",
    ] {
        assert!(asked[0].contains(part), "`{part}` is not in: {asked:?}");
    }
    let out = ran.out();
    assert!(out.contains("3\n4") && !out.contains("2\n3"), "{ran}");
}

#[test]
fn one_that_fails_ends_it() {
    let cm = team().script(&script(&[
        rule(
            "a",
            json!([{ "fail": { "code": "broken", "message": "it broke" } }]),
        ),
        rule("b", json!([{ "run": "touch b" }, { "say": "b is done" }])),
        rule("c", json!([{ "run": "touch c" }, { "say": "c" }])),
    ]));
    let ran = agents(&cm, "a & b && c").code(1).says("it broke");
    assert!(ran.out().contains("b is done"), "{ran}");
    assert!(cm.project().join("b").exists(), "the one beside it ends");
    assert!(
        !cm.project().join("c").exists(),
        "what comes later is not begun"
    );
}

#[test]
fn what_is_no_script_is_refused() {
    let cm = team();
    for (text, part) in [
        ("", "script"),
        ("a &&", "script"),
        ("nobody", "`nobody`"),
        ("a[tail:x]", "tail"),
        ("a[input:missing.md]", "missing.md"),
    ] {
        let ran = agents(&cm, text);
        assert!(!ran.output().status.success(), "{text}: {ran}");
        assert!(ran.err().contains(part), "{text}: {ran}");
        assert_eq!(ran.out(), "", "{text}");
    }
}

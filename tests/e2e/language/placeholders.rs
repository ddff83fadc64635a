//! Files as placeholders, and values that are never looked into.

use serde_json::json;

use super::{flow, prompts, rule, script, words};
use crate::support::Cm;

fn files() -> Cm {
    flow(
        "name: Files
files:
  guide: prompts/guide.md
  rules: prompts/rules/*.md
  plan: { project: docs/plan.md }
  notes: { project: 'notes/**/*.txt' }
steps:
  - agent: a
",
        &[
            ("agents/a.md", "{guide}|{plan}"),
            ("agents/a/01-more.md", "{rules}|{notes}"),
            ("prompts/guide.md", "Guide {date}"),
            ("prompts/rules/b.md", "B"),
            ("prompts/rules/a.md", "A"),
        ],
    )
    .file("docs/plan.md", "Plan {state.secret}")
    .file("notes/y/2.txt", "two")
    .file("notes/1.txt", "one")
    .file("notes/3.md", "no")
}

#[test]
fn files_of_the_package_and_of_the_project() {
    let cm = files();
    let _ = cm.flow().code(0);
    assert_eq!(
        prompts(&cm, "a"),
        [
            "Guide {date}|Plan {state.secret}",
            "<!-- a.md -->\n\nA\n\n---\n\n<!-- b.md -->\n\nB\n|<!-- 1.txt -->\n\none\n\n---\n\n<!-- 2.txt -->\n\ntwo\n"
        ]
    );
}

#[test]
fn a_file_that_is_missing_names_all_of_it() {
    let cm = files();
    std::fs::remove_file(cm.project().join("docs/plan.md")).expect("it was there");
    let said = words(&cm.flow().code(1));
    for part in [
        "the step `a`",
        "{plan}",
        "`docs/plan.md`",
        "workflow.yaml:5",
        "{!plan}",
    ] {
        assert!(said.contains(part), "`{part}` is not in: {said}");
    }
    cm.write("flow/agents/a.md", "{guide}|{!plan}");
    let _ = cm.run(["resume", "last"]).code(0);
    assert_eq!(
        prompts(&cm, "a").first().map(String::as_str),
        Some("Guide {date}|")
    );
    std::fs::remove_dir_all(cm.project().join("notes")).expect("it was there");
    let said = words(&cm.flow().code(1));
    assert!(
        said.contains("{notes}") && said.contains("no file fits"),
        "{said}"
    );
}

#[test]
fn values_are_never_expanded_again() {
    let cm = flow(
        "name: Twice
state: { secret: hidden }
steps:
  - { agent: a, set: { kept: '{a.output}' }, save: kept.md }
  - { agent: b, input: { it: '{a.output}' }, prompt: '{it}|{state.kept}|{a.artifact.kept.md}' }
  - { id: show, run: 'echo {a.output}' }
  - { ask: 'Is {a.output} right?', choices: [yes, no] }
",
        &[
            ("agents/a.md", "Say."),
            ("agents/a/01-again.md", "You said {a.output}"),
            ("agents/b.md", "B."),
        ],
    )
    .script(
        &script(&[rule("a", json!([{ "say": "x" }]))])
            .replace("\"x\"", "\"{state.secret} {!date} $(id)\""),
    );
    let _ = cm.flow_with(&["--yes"]).code(0);
    let said = "{state.secret} {!date} $(id)";
    assert_eq!(prompts(&cm, "a")[1], format!("You said {said}"));
    assert_eq!(prompts(&cm, "b"), [format!("{said}|{said}|{said}")]);
    let events = cm.events("last");
    let text = serde_json::to_string(&events).expect("JSON");
    assert!(text.contains(&format!("Is {said} right?")));
    assert!(
        text.contains(&format!("\"text\":\"{said}\\n\""))
            || text.contains(&format!("\"text\":\"{said}\""))
    );
}

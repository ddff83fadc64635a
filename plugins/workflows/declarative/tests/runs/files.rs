//! Files as placeholders, files that are shown, and the ends of answers.

use cm_sdk::workflow::message;

use crate::host;
use crate::support::{FakeHost, Package};

#[test]
fn files_of_the_package_and_the_project() {
    let text = "
name: x
files:
  guide: prompts/guide.md
  all: docs/**/*.md
  plan: { project: plan.md }
  notes: { project: 'notes/*.txt' }
steps:
  - { agent: a, prompt: '{guide}|{plan}' }
  - { agent: b, prompt: '{all}' }
  - { agent: c, prompt: '{notes}' }
=== prompts/guide.md
Be {kind}.
=== docs/z/a.md
A
=== docs/b.md
B
=== docs/b.txt
no
";
    let host = host(text, &["a", "b", "c"])
        .with_file("plan.md", "the {plan}")
        .with_file("notes/2.txt", "two")
        .with_file("notes/1.txt", "one\n");
    assert!(host.run().is_ok());
    assert_eq!(host.prompts("a"), ["Be {kind}.\n|the {plan}"]);
    assert_eq!(
        host.prompts("b"),
        ["<!-- a.md -->\n\nA\n\n---\n\n<!-- b.md -->\n\nB\n"]
    );
    assert_eq!(
        host.prompts("c"),
        ["<!-- 1.txt -->\n\none\n\n---\n\n<!-- 2.txt -->\n\ntwo\n"]
    );
}

#[test]
fn a_file_that_is_missing() {
    let text = "
name: x
files: { plan: { project: plan.md }, notes: { project: 'notes/*' }, key: { project: secret.key } }
steps:
  - { agent: a, prompt: '[{!plan}{!notes}]' }
";
    let ok = host(text, &["a"]);
    assert!(ok.run().is_ok());
    assert_eq!(ok.prompts("a"), ["[]"]);
    let said = |prompt: &str| {
        let text = text.replace("[{!plan}{!notes}]", prompt);
        let error = host(&text, &["a"]).run().expect_err("it is not there");
        message(&error).to_string()
    };
    assert_eq!(
        said("{plan}"),
        "the step `a` failed: {plan} has no value: `plan.md` of the project (workflow.yaml:3): there is no file \
         `plan.md`; write {!plan} if it may be empty"
    );
    assert_eq!(
        said("{notes}"),
        "the step `a` failed: {notes} has no value: `notes/*` of the project (workflow.yaml:3): no file fits; write \
         {!notes} if it may be empty"
    );
    // What may not be read is not the same as what is not there.
    assert_eq!(
        said("{!key}"),
        "the step `a` failed: {!key} has no value: `secret.key` of the project (workflow.yaml:3): that is not \
         declared"
    );
}

#[test]
fn files_are_put_into_chained_prompts_and_commands() {
    let text = "
name: x
files: { guide: guide.md }
steps:
  - { agent: a }
  - { run: 'echo {guide}' }
=== guide.md
be good
=== agents/a/1-more.md
Now {guide}
";
    let host = host(text, &["a"]);
    assert!(host.run().is_ok());
    assert_eq!(host.prompts("a")[1].trim_end(), "Now be good");
}

#[test]
fn what_an_agent_includes_comes_first() {
    let text = "
name: x
steps: [{ agent: a }, { id: b, agent: a, prompt: other }]
=== agents/a.md
---
include: [shared/rules.md, shared/more.md]
---
Do it.
=== shared/rules.md
---
name: Rules
---
Rules for {!user_name}.
=== shared/more.md
More.
";
    let host = host(text, &[]);
    assert!(host.run().is_ok());
    assert_eq!(
        host.prompts("a")[0].trim_end(),
        "Rules for .\n\nMore.\n\nDo it."
    );
    assert_eq!(host.prompts("b"), ["Rules for .\n\nMore.\n\nother"]);
}

/// A script's calls have files and only the end of their answers.
#[test]
fn coordination_scripts() {
    let host = FakeHost::new(Package::default().with_agents(&["a", "b"]))
        .with_file("x.md", "the {x}\n")
        .with_file("y.md", "y")
        .says("a", "one\ntwo\nthree\n");
    let output =
        cm_workflow_declarative::run::run(&host, "script:a[input:x.md;y.md,tail:2] 'do it' && b");
    assert_eq!(output, Ok("b says".into()));
    assert_eq!(
        host.prompts("a"),
        [
            "You are the a.\n\ndo it\n\n=== File: x.md ===\nthe {x}\n\n\n=== File: y.md ===\ny\n"
                .replace("\n\n\n", "\n\n")
        ]
    );
    let alone =
        FakeHost::new(Package::default().with_agents(&["a"])).says("a", "one\ntwo\nthree\n");
    let output = cm_workflow_declarative::run::run(&alone, "script:a[tail:2]");
    assert_eq!(output, Ok("two\nthree".into()));
    let missing = FakeHost::new(Package::default().with_agents(&["a"]));
    let error = cm_workflow_declarative::run::run(&missing, "script:a[input:x.md]");
    assert_eq!(
        error.map_err(|error| message(&error).to_string()),
        Err(
            "the step `a` failed: the file `x.md`, which is to be shown with the prompt, cannot \
             be read: there is no file `x.md`"
                .into()
        )
    );
}

#[test]
fn a_prompt_in_the_place_of_the_workflows() {
    let text = r#"
name: x
steps:
  - { agent: a, prompt: one }
  - { id: second, agent: a, prompt: "two {what}", input: { what: tests } }
  - { agent: b }
=== agents/a.md
Unused.
"#;
    let host = host(text, &["a", "b"])
        .setting("prompt:second", "Mind the {what}, {a.output}.\n")
        .setting("prompt:b", "Now b: { \"a\": 1 } {!none.output}")
        .setting("prompt:a", "First.");
    assert!(host.run().is_ok());
    assert_eq!(host.prompts("a"), ["First."]);
    let second = &host.prompts("second")[0];
    assert!(second.starts_with("Mind the tests, "), "{second}");
    assert!(!second.contains('{'), "{second}");
    assert_eq!(host.prompts("b"), ["Now b: { \"a\": 1 } "]);
}

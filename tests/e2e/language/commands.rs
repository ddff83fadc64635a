//! What commands and directive files tell the workflow.

use super::{flow, state, words};
use crate::support::Cm;

/// A step that ends with the code in the file `code`, once; then with 0.
fn exits(on_exit: &str) -> Cm {
    flow(
        &format!(
            "name: Exit
steps:
  - {{ id: first, run: echo first >> did }}
  - id: check
    run: echo check >> did; c=$(cat code); rm code; exit ${{c:-0}}
    on-exit: {on_exit}
  - {{ id: middle, run: echo middle >> did }}
  - {{ id: report, run: echo report >> did }}
"
        ),
        &[],
    )
    .file("code", "3")
}

#[test]
fn an_exit_code_goes_to_a_step() {
    let cm = exits("{ 3: { goto: report } }");
    let _ = cm.flow().code(0);
    assert_eq!(cm.read("did"), "first\ncheck\nreport\n");
}

#[test]
fn an_exit_code_goes_back() {
    let cm = exits("{ 3: { loop: { to: first, max: 1 } } }");
    let _ = cm.flow().code(0);
    assert_eq!(
        cm.read("did"),
        "first\ncheck\nfirst\ncheck\nmiddle\nreport\n"
    );
    let cm = exits("{ 3: { goto: { to: first, max: 1 } } }");
    let _ = cm.flow().code(0);
    assert_eq!(
        cm.read("did"),
        "first\ncheck\nfirst\ncheck\nmiddle\nreport\n"
    );
}

#[test]
fn an_exit_code_fails_with_a_reason() {
    let cm = exits("{ 3: { error: the disk is full } }");
    let said = words(&cm.flow().code(1));
    assert!(
        said.contains("the step `check`") && said.contains("the disk is full"),
        "{said}"
    );
    assert_eq!(cm.read("did"), "first\ncheck\n");
}

#[test]
fn an_exit_code_asks() {
    for word in ["checkpoint", "pause"] {
        let cm = exits(&format!("{{ 3: {word} }}"));
        let _ = cm.flow().code(4);
        assert_eq!(state(&cm, "check"), "asking", "{word}");
        let _ = cm.run(["next", "last"]).code(0);
        let _ = cm.run(["resume", "last"]).code(0);
        assert_eq!(cm.read("did"), "first\ncheck\nmiddle\nreport\n", "{word}");
    }
    let cm = exits("{ 3: checkpoint }");
    let _ = cm.flow_with(&["--yes"]).code(0);
    assert_eq!(cm.read("did"), "first\ncheck\nmiddle\nreport\n");
}

#[test]
fn an_exit_code_that_means_nothing_is_a_failure() {
    let cm = exits("{ 4: checkpoint }");
    let _ = cm.flow().code(1).says("exit code 3");
}

/// Any program can write the directive file.
#[test]
fn a_directive_file() {
    let yaml = |text: &str| {
        format!(
            "name: File
steps:
  - id: check
    run: |
      test -e \"$CM_DIRECTIVE\" && exit 9
      cat > \"$CM_DIRECTIVE\" <<'EOF'
      {text}
      EOF
    directives: {{ goto: {{ to: [report] }}, checkpoint: true, error: true }}
  - {{ id: middle, run: touch middle }}
  - {{ id: report, run: echo reported }}
"
        )
    };
    let cm = flow(&yaml(r#"{ "action": "goto", "to": "report" }"#), &[]);
    let _ = cm.flow().code(0).stdout("reported\n");
    assert!(!cm.project().join("middle").exists());
    let cm = flow(
        &yaml(
            r#"[{ "action": "checkpoint", "reason": "look" }, { "action": "error", "reason": "no room" }]"#,
        ),
        &[],
    );
    let said = words(&cm.flow().code(1));
    assert!(said.contains("no room"), "the error comes first: {said}");
}

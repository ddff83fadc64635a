//! A `workflow.yaml` that is not well made.

use snapbox::str;

use super::{wrong, yaml};
use crate::support::{Cm, same};

#[test]
fn a_workflow_that_does_not_parse() {
    let said = wrong(&yaml(
        "name: Broken\nsteps:\n  - agent: planner\n   run: echo\n",
    ));
    same(
        &said,
        str![[r#"
cm::check

  × workflow.yaml:4:4: this is not valid YAML: while parsing a block collection, did not find expected '-' indicator
   ╭─[workflow.yaml:4:4]
 3 │   - agent: planner
 4 │    run: echo
   ·    ─┬─
   ·     ╰── here
   ╰────
  help: expected `key: value` or `- item`, indented with spaces like the lines around it

"#]],
    );
    let said = wrong(&yaml("name: \"Broken\nsteps: []\n"));
    same(
        &said,
        str![[r#"
cm::check

  × workflow.yaml:2:1: this is not valid YAML: invalid indentation in multiline quoted scalar
   ╭─[workflow.yaml:2:1]
 1 │ name: "Broken
 2 │ steps: []
   · ──┬──
   ·   ╰── here
   ╰────
  help: expected `key: value` or `- item`, indented with spaces like the lines around it

"#]],
    );
    let said = wrong(&yaml("name: Broken\nsteps: &x [*x]\n"));
    same(
        &said,
        str![[r#"
cm::check

  × workflow.yaml:2:12: aliases (`*name`) are not supported
   ╭─[workflow.yaml:2:12]
 1 │ name: Broken
 2 │ steps: &x [*x]
   ·            ▲
   ·            ╰── here
   ╰────
  help: write the value again, or put the text in quotes

"#]],
    );
}

#[test]
fn a_workflow_that_is_something_else() {
    let said = wrong(&yaml(""));
    same(
        &said,
        str![[r#"
cm::check

  × workflow.yaml: the file is empty
  help: a workflow has a `name:` and `steps:`

"#]],
    );
    let said = wrong(&yaml("- a\n- b\n"));
    same(
        &said,
        str![[r#"
cm::check

  × workflow.yaml:1:1: a workflow must be a mapping, and this is a list
   ╭─[workflow.yaml:1:1]
 1 │ - a
   · ┬
   · ╰── here
 2 │ - b
   ╰────
  help: write it like `name: My workflow`

"#]],
    );
    let said = wrong(&yaml("name: 7\nsteps: none\n"));
    same(
        &said,
        str![[r#"
cm::check

  × workflow.yaml:2:8: `steps` must be a list, and this is a text
   ╭─[workflow.yaml:2:8]
 1 │ name: 7
 2 │ steps: none
   ·        ──┬─
   ·          ╰── here
   ╰────
  help: write each step like `- agent: planner`

"#]],
    );
    let said = wrong(&Cm::new().file("flow/workflow.yaml", b"name: \xff\xfe\nsteps: []\n"));
    same(
        &said,
        str![[r#"
cm::check

  × workflow.yaml: the workflow `workflow.yaml` cannot be read: `workflow.yaml` is not a text file: it is not UTF-8
  help: a workflow is a file `workflow.yaml` with a name and steps

"#]],
    );
}

#[test]
fn a_workflow_too_large() {
    let said = wrong(&yaml(&format!(
        "name: Large\n# {}\nsteps: []\n",
        "x".repeat(2 << 20)
    )));
    same(
        &said,
        str![[r#"
cm::check

  × workflow.yaml: the file has 2097177 bytes; at most 1048576 are read
  help: put long texts into files of their own

"#]],
    );
}

#[test]
fn an_unknown_key() {
    let said = wrong(&yaml("name: Keys\nsteps:\n  - agnet: planner\n"));
    same(
        &said,
        str![[r#"
cm::check

  × workflow.yaml:3:5: a step has no key `agnet`
   ╭─[workflow.yaml:3:5]
 2 │ steps:
 3 │   - agnet: planner
   ·     ──┬──
   ·       ╰── here
   ╰────
  help: did you mean `agent`?
cm::check

  × workflow.yaml:3:5: this step does nothing
   ╭─[workflow.yaml:3:5]
 2 │ steps:
 3 │   - agnet: planner
   ·     ──┬──
   ·       ╰── here
   ╰────
  help: a step has one of `agent`, `run`, `ask`, `approve`, `step`, `parallel`, `folder`, `separator`

"#]],
    );
    let said = wrong(&yaml(
        "name: Keys\nsteps:\n  - agent: planner\n    tiemout: 10m\n",
    ));
    same(
        &said,
        str![[r#"
cm::check

  × workflow.yaml:4:5: a step has no key `tiemout`
   ╭─[workflow.yaml:4:5]
 3 │   - agent: planner
 4 │     tiemout: 10m
   ·     ───┬───
   ·        ╰── here
   ╰────
  help: did you mean `timeout`?

"#]],
    );
    let said = wrong(&yaml("nmae: Keys\nsteps:\n  - agent: planner\n"));
    same(
        &said,
        str![[r#"
cm::check

  × workflow.yaml:1:1: a workflow has no key `nmae`
   ╭─[workflow.yaml:1:1]
 1 │ nmae: Keys
   · ──┬─
   ·   ╰── here
 2 │ steps:
   ╰────
  help: did you mean `name`?
cm::check

  × workflow.yaml:1:1: the workflow has no `name`
   ╭─[workflow.yaml:1:1]
 1 │ nmae: Keys
   · ──┬─
   ·   ╰── here
 2 │ steps:
   ╰────
  help: write `name: My workflow`

"#]],
    );
}

#[test]
fn what_is_not_built_is_refused() {
    let said = wrong(&yaml(
        "name: Apart\nisolation: strict\nsteps:\n  - agent: planner\n",
    ));
    same(
        &said,
        str![[r#"
cm::check

  × workflow.yaml:2:1: `isolation` is not supported yet
   ╭─[workflow.yaml:2:1]
 1 │ name: Apart
 2 │ isolation: strict
   · ────┬────
   ·     ╰── here
 3 │ steps:
   ╰────
  help: remove it, or wait for a version that can do it

"#]],
    );
}

#[test]
fn escapes_in_a_workflow_do_not_reach_the_terminal() {
    let said = wrong(&yaml(
        "name: Evil\nsteps:\n  - agent: planner\n    # \u{9b}2J \u{202e}\n    tiemout: 1s\n",
    ));
    assert!(!said.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{said:?}");
    let said = wrong(&yaml("name: Evil\nsteps:\n  - \"\\e[2J\": planner\n"));
    assert!(!said.contains('\u{1b}'), "{said:?}");
}

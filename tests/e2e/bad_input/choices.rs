//! A workflow that contradicts itself: ids, choices, ways, tools.

use snapbox::str;

use super::{wrong, yaml};
use crate::support::same;

#[test]
fn ids_that_are_unknown_there_twice_or_taken() {
    let said = wrong(&yaml(
        "name: Ids
steps:
  - agent: planner
    directives: { goto: { to: [reprot] }, trigger: [nobody] }
  - { id: report, run: make }
  - { id: report, run: make again }
  - { id: controller, run: make more }
",
    ));
    same(
        &said,
        str![[r#"
cm::check

  × workflow.yaml:4:32: there is no step `reprot` to go on at
   ╭─[workflow.yaml:4:32]
 3 │   - agent: planner
 4 │     directives: { goto: { to: [reprot] }, trigger: [nobody] }
   ·                                ───┬──
   ·                                   ╰── here
 5 │   - { id: report, run: make }
   ╰────
  help: did you mean `report`?
cm::check

  × workflow.yaml:4:53: there is no agent `nobody`
   ╭─[workflow.yaml:4:53]
 3 │   - agent: planner
 4 │     directives: { goto: { to: [reprot] }, trigger: [nobody] }
   ·                                                     ───┬──
   ·                                                        ╰── here
 5 │   - { id: report, run: make }
   ╰────
  help: agents: `planner`; or write agents/nobody.md
cm::check

  × workflow.yaml:6:7: there are two steps `report`; the other one is in line 5
   ╭─[workflow.yaml:6:7]
 5 │   - { id: report, run: make }
 6 │   - { id: report, run: make again }
   ·       ─┬
   ·        ╰── here
 7 │   - { id: controller, run: make more }
   ╰────
  help: give one of them an `id` of its own
cm::check

  × workflow.yaml:7:7: `controller` cannot be the id of a step
   ╭─[workflow.yaml:7:7]
 6 │   - { id: report, run: make again }
 7 │   - { id: controller, run: make more }
   ·       ─┬
   ·        ╰── here
   ╰────
  help: what is said to the controller stands under that name; give the step an `id` of its own

"#]],
    );
}

#[test]
fn a_track_or_condition_that_does_not_exist() {
    let said = wrong(&yaml(
        "name: Choices
tracks: { question: Which?, options: { rust: Rust, python: Python } }
conditions:
  - { question: What?, tracks: [pyton], options: { docs: Docs } }
steps:
  - agent: planner
    tracks: [rsut]
    conditions: [dosc]
",
    ));
    same(
        &said,
        str![[r#"
cm::check

  × workflow.yaml:4:33: there is no track `pyton`
   ╭─[workflow.yaml:4:33]
 3 │ conditions:
 4 │   - { question: What?, tracks: [pyton], options: { docs: Docs } }
   ·                                 ──┬──
   ·                                   ╰── here
 5 │ steps:
   ╰────
  help: did you mean `python`?
cm::check

  × workflow.yaml:7:14: there is no track `rsut`
   ╭─[workflow.yaml:7:14]
 6 │   - agent: planner
 7 │     tracks: [rsut]
   ·              ──┬─
   ·                ╰── here
 8 │     conditions: [dosc]
   ╰────
  help: did you mean `rust`?
cm::check

  × workflow.yaml:8:18: there is no condition `dosc`
   ╭─[workflow.yaml:8:18]
 7 │     tracks: [rsut]
 8 │     conditions: [dosc]
   ·                  ──┬─
   ·                    ╰── here
   ╰────
  help: did you mean `docs`?

"#]],
    );
}

#[test]
fn a_loop_that_can_never_end() {
    let said = wrong(&yaml(
        "name: For ever
steps:
  - agent: planner
    directives: { loop: { to: planner } }
  - run: make
    on-exit: { 3: { goto: planner }, 4: { loop: { to: planner } } }
  - run: make check
    on-failure: { loop: { to: make } }
",
    ));
    same(
        &said,
        str![[r#"
cm::check

  × workflow.yaml:4:25: `loop` has no limit: a loop that can never end
   ╭─[workflow.yaml:4:25]
 3 │   - agent: planner
 4 │     directives: { loop: { to: planner } }
   ·                         ┬
   ·                         ╰── here
 5 │   - run: make
   ╰────
  help: say how often, in the whole run: `loop: { to: STEP, max: 3 }`
cm::check

  × workflow.yaml:6:27: the step `planner` does not lie ahead: a loop that can never end
   ╭─[workflow.yaml:6:27]
 5 │   - run: make
 6 │     on-exit: { 3: { goto: planner }, 4: { loop: { to: planner } } }
   ·                           ───┬───
   ·                              ╰── here
 7 │   - run: make check
   ╰────
  help: say how often, in the whole run: `goto: { to: planner, max: 3 }`
cm::check

  × workflow.yaml:6:49: `loop` has no limit: a loop that can never end
   ╭─[workflow.yaml:6:49]
 5 │   - run: make
 6 │     on-exit: { 3: { goto: planner }, 4: { loop: { to: planner } } }
   ·                                                 ┬
   ·                                                 ╰── here
 7 │   - run: make check
   ╰────
  help: say how often, in the whole run: `loop: { to: STEP, max: 3 }`
cm::check

  × workflow.yaml:8:25: `loop` has no limit
   ╭─[workflow.yaml:8:25]
 7 │   - run: make check
 8 │     on-failure: { loop: { to: make } }
   ·                         ┬
   ·                         ╰── here
   ╰────
  help: write `on-failure: { loop: { to: STEP, max: 3 } }`

"#]],
    );
}

#[test]
fn tools_that_are_none_or_of_no_use() {
    let said = wrong(&yaml(
        "name: Tools
steps:
  - agent: planner
    tools: [stat, directive]
",
    ));
    same(
        &said,
        str![[r#"
cm::check

  × workflow.yaml:4:5: the step `planner` may give directives, but none is allowed
   ╭─[workflow.yaml:4:5]
 3 │   - agent: planner
 4 │     tools: [stat, directive]
   ·     ──┬──
   ·       ╰── here
   ╰────
  help: write `directives: [checkpoint, pause, error]`, or remove the tool
cm::check

  × workflow.yaml:4:13: there is no tool `stat`
   ╭─[workflow.yaml:4:13]
 3 │   - agent: planner
 4 │     tools: [stat, directive]
   ·             ──┬─
   ·               ╰── here
   ╰────
  help: did you mean `state`? Or the tools of other servers are granted with `mcp`

"#]],
    );
}

#[test]
fn a_file_of_the_package_that_is_not_there() {
    let cm = yaml(
        "name: Files
files: { guide: prompts/giude.md }
steps:
  - agent: planner
    prompt: \"{guide}\"
    schema: schemas/plan.json
",
    )
    .file("flow/prompts/guide.md", "Guide");
    same(
        &wrong(&cm),
        str![[r#"
cm::check

  × workflow.yaml:2:17: the package has no file `prompts/giude.md`
   ╭─[workflow.yaml:2:17]
 1 │ name: Files
 2 │ files: { guide: prompts/giude.md }
   ·                 ────────┬───────
   ·                         ╰── here
 3 │ steps:
   ╰────
  help: did you mean `prompts/guide.md`?
cm::check

  × workflow.yaml:6:13: the schema `schemas/plan.json` cannot be read: flow has no file `schemas/plan.json`
   ╭─[workflow.yaml:6:13]
 5 │     prompt: "{guide}"
 6 │     schema: schemas/plan.json
   ·             ────────┬────────
   ·                     ╰── here
   ╰────
  help: put a file `schemas/plan.json` into the package, or name another one

"#]],
    );
}

#[test]
fn a_schema_that_is_none() {
    let cm = yaml("name: Schema\nsteps: [{ agent: planner, schema: schemas/plan.json }]\n")
        .file("flow/schemas/plan.json", "{\n  type: object\n}\n");
    same(
        &wrong(&cm),
        str![[r#"
cm::check

  × schemas/plan.json:2:3: the schema is not JSON: key must be a string
   ╭─[schemas/plan.json:2:3]
 1 │ {
 2 │   type: object
   ·   ──┬─
   ·     ╰── here
 3 │ }
   ╰────
  help: write it like `{"type": "object"}`

"#]],
    );
}

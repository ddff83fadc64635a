//! Work that could never begin, that nobody pays for, or that never comes. Each is named by
//! its step, with the way out.

use snapbox::str;

use super::{wrong, yaml};
use crate::support::{Cm, same};

#[test]
fn steps_that_wait_for_each_other() {
    let said = wrong(&yaml(
        "name: Ring\nsteps:\n  - { id: first, run: a, needs: [last] }\n  - { id: second, run: b, needs: [first] }\n  - { id: last, run: c, needs: [second] }\n",
    ));
    same(
        &said,
        str![[r#"
cm::check

  × workflow.yaml:3:34: these steps could never begin: `first` needs `last`, `last` needs `second`, `second` needs `first`
   ╭─[workflow.yaml:3:34]
 2 │ steps:
 3 │   - { id: first, run: a, needs: [last] }
   ·                                  ──┬─
   ·                                    ╰── here
 4 │   - { id: second, run: b, needs: [first] }
   ╰────
  help: remove one of these `needs`; a step that is to run again later goes back with `on-failure` or `directives`

"#]],
    );
    let said = wrong(&yaml(
        "name: Itself\nsteps:\n  - { id: only, run: a, needs: [only] }\n",
    ));
    same(
        &said,
        str![[r#"
cm::check

  × workflow.yaml:3:33: these steps could never begin: `only` needs `only`
   ╭─[workflow.yaml:3:33]
 2 │ steps:
 3 │   - { id: only, run: a, needs: [only] }
   ·                                 ──┬─
   ·                                   ╰── here
   ╰────
  help: remove one of these `needs`; a step that is to run again later goes back with `on-failure` or `directives`

"#]],
    );
}

#[test]
fn a_need_that_is_not_there() {
    let said = wrong(&yaml(
        "name: Lost\nsteps:\n  - { id: build, run: a }\n  - { id: check, run: b, needs: [bulid] }\n",
    ));
    same(
        &said,
        str![[r#"
cm::check

  × workflow.yaml:4:34: there is no step `bulid` to wait for
   ╭─[workflow.yaml:4:34]
 3 │   - { id: build, run: a }
 4 │   - { id: check, run: b, needs: [bulid] }
   ·                                  ──┬──
   ·                                    ╰── here
   ╰────
  help: did you mean `build`?

"#]],
    );
}

/// With an agent that says that it is done.
fn promise(produces: &str) -> Cm {
    yaml(&format!(
        "name: Promise\nsteps:\n  - agent: planner\n    produces: {produces}\n"
    ))
    .script(r#"{ "default": { "answer": "All done!" } }"#)
}

#[test]
fn what_was_promised_never_comes() {
    promise("{ files: [plan.md], attempts: 1 }")
        .flow()
        .code(1)
        .stdout("")
        .stderr(str![[r#"
Run [RUN]: Promise in [ROOT]/project
[TIME] ▸ planner
[TIME] ▸ planner: asked again, 1 of 1: there is no file `plan.md`
[TIME] ✘ planner: it has not produced what it must after it was told once: there is no file `plan.md`; agent `planner` said that it was done, and has not used a single tool  58 tokens, $0.0002

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✘ planner  failed  2  58  $0.0002  it has not produced what it must after it was told once: th…
  total  58  $0.0002

cm::run-failed

  × run [RUN] failed: the step `planner` failed: it has not produced what it must after it was told once: there is no file `plan.md`; agent `planner` said that it was done, and has not used a single tool
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]]);
    promise("{ changes: true, attempts: 0 }")
        .flow()
        .code(1)
        .stdout("")
        .stderr(str![[r#"
Run [RUN]: Promise in [ROOT]/project
[TIME] ▸ planner
[TIME] ✘ planner: it has not produced what it must: no file has changed; agent `planner` said that it was done, and has not used a single tool  5 tokens, $0.0001

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✘ planner  failed  1  5  $0.0001  it has not produced what it must: no file has changed; agen…
  total  5  $0.0001

cm::run-failed

  × run [RUN] failed: the step `planner` failed: it has not produced what it must: no file has changed; agent `planner` said that it was done, and has not used a single tool
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]]);
    promise("{ run: test -e plan.md, attempts: 0 }")
        .flow()
        .code(1)
        .stdout("")
        .stderr(str![[r#"
Run [RUN]: Promise in [ROOT]/project
[TIME] ▸ planner
[TIME] ✘ planner: it has not produced what it must: `test -e plan.md` ended with exit code 1  5 tokens, $0.0001

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✘ planner  failed  2  5  $0.0001  it has not produced what it must: `test -e plan.md` ended w…
  total  5  $0.0001

cm::run-failed

  × run [RUN] failed: the step `planner` failed: it has not produced what it must: `test -e plan.md` ended with exit code 1
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]]);
}

/// Two agents, each of which uses half a dollar.
fn costly(budget: &str) -> Cm {
    Cm::new()
        .workflow(&format!(
            "name: Costly\nbudget: {budget}\nsteps:\n  - agent: one\n  - agent: two\n"
        ))
        .agent("one", "Begin.")
        .agent("two", "End.")
        .script(
            r#"{ "default": { "answer": "Done.",
                "usage": { "input": 900, "output": 100, "cost-usd": 0.5 } } }"#,
        )
}

#[test]
fn a_budget_that_is_used_up() {
    let cm = costly("{ usd: 0.5 }");
    cm.flow().code(4).stdout("").stderr(str![[r#"
Run [RUN]: Costly in [ROOT]/project
[TIME] ▸ one
[TIME] ! 100 % of the budget is used: $0.5000 of $0.5000 are used
[TIME] ✔ one  1.0k tokens, $0.5000
[TIME] ▸ two
[TIME] ‖ paused, the budget does not allow more: $0.5000 of $0.5000 are used; next is step `two`
Run [RUN] is paused, because its budget does not allow more: $0.5000 of $0.5000 are used; next is step `two`.
Let it use more: cm resume [RUN] --budget +0.5usd

"#]]);
    // Without more it stops at once, and nothing is paid for twice.
    cm.run(["resume", "last"]).code(4).stdout("").stderr(str![[r#"
Run [RUN]: Costly goes on; 1 finished task is kept
[TIME] ‖ paused, the budget does not allow more: $0.5000 of $0.5000 are used; next is step `two`
Run [RUN] is paused, because its budget does not allow more: $0.5000 of $0.5000 are used; next is step `two`.
Let it use more: cm resume [RUN] --budget +0.5usd

"#]]);
    cm.run(["resume", "last", "--budget", "+10ktok"])
        .code(2)
        .stdout("")
        .stderr(str![[r#"
cm::no-such-limit

  × that has no limit in this run; limited are: $0.5000

"#]]);
    cm.run(["resume", "last", "--budget", "more"])
        .code(2)
        .stdout("")
        .stderr(str![[r#"
cm::bad-budget

  × `more` is no budget
  help: a number that is more than 0 and its unit: 5usd, 200ktok, 1.5mtok, 30min, 2h; several as 5usd,30min

"#]]);
    let _ = cm.run(["resume", "last", "--budget", "+1usd"]).code(0);
    assert_eq!(cm.attempts("one"), 1);
}

#[test]
fn a_budget_that_limits_nothing() {
    let said = wrong(&costly("{ warn: 50 }"));
    same(
        &said,
        str![[r#"
cm::check

  × workflow.yaml:2:1: `budget` limits nothing
   ╭─[workflow.yaml:2:1]
 1 │ name: Costly
 2 │ budget: { warn: 50 }
   · ───┬──
   ·    ╰── here
 3 │ steps:
   ╰────
  help: write `budget: { tokens: 2M, usd: 5, minutes: 90, warn: 80 }`, or some of these

"#]],
    );
    let said = wrong(&costly("{ usd: 0 }"));
    same(
        &said,
        str![[r#"
cm::check

  × workflow.yaml:2:16: `usd` must be a number more than 0, and is `0`
   ╭─[workflow.yaml:2:16]
 1 │ name: Costly
 2 │ budget: { usd: 0 }
   ·                ┬
   ·                ╰── here
 3 │ steps:
   ╰────
  help: write it like `5` or `2.50`

"#]],
    );
}

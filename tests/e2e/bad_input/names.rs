//! Names that mean nothing: agents, engines, placeholders, steps.

use snapbox::str;

use super::{wrong, yaml};
use crate::support::{Cm, same};

#[test]
fn an_agent_that_is_not_there() {
    let said = wrong(&yaml("name: Agents\nsteps:\n  - agent: plannre\n").agent("planner", "Plan."));
    same(
        &said,
        str![[r#"
cm::check

  × workflow.yaml:3:12: there is no agent `plannre`
   ╭─[workflow.yaml:3:12]
 2 │ steps:
 3 │   - agent: plannre
   ·            ───┬───
   ·               ╰── here
   ╰────
  help: did you mean `planner`? Or write agents/plannre.md

"#]],
    );
    let said = wrong(&Cm::new().workflow("name: Agents\nsteps:\n  - agent: planner\n"));
    same(
        &said,
        str![[r#"
cm::check

  × workflow.yaml:3:12: there is no agent `planner`
   ╭─[workflow.yaml:3:12]
 2 │ steps:
 3 │   - agent: planner
   ·            ───┬───
   ·               ╰── here
   ╰────
  help: there are no agents here; or write agents/planner.md

"#]],
    );
}

#[test]
fn an_agent_without_a_prompt() {
    let said = wrong(&yaml("name: Agents\nsteps:\n  - agent: planner\n").agent("planner", ""));
    same(
        &said,
        str![[r#"
cm::check

  × agents/planner.md: the file is empty
  help: write what the agent is to do, below the front matter

"#]],
    );
    let said = wrong(
        &yaml("name: Agents\nsteps:\n  - agent: planner\n")
            .agent("planner", "---\nname: Planner\n---\n\n"),
    );
    same(
        &said,
        str![[r#"
cm::check

  × agents/planner.md:5: the agent has no prompt
   ╭─[agents/planner.md:5:1]
 4 │ 
   ╰────
  help: write what the agent is to do, below the front matter

"#]],
    );
}

#[test]
fn front_matter_that_is_wrong() {
    let said = wrong(
        &yaml("name: Agents\nsteps:\n  - agent: planner\n")
            .agent("planner", "---\nengin: codex\n---\nPlan.\n"),
    );
    same(
        &said,
        str![[r#"
cm::check

  × agents/planner.md:2:1: front matter has no key `engin`
   ╭─[agents/planner.md:2:1]
 1 │ ---
 2 │ engin: codex
   · ──┬──
   ·   ╰── here
 3 │ ---
   ╰────
  help: did you mean `engine`?

"#]],
    );
    let said = wrong(
        &yaml("name: Agents\nsteps:\n  - agent: planner\n")
            .agent("planner", "---\nname: x\nPlan.\n"),
    );
    same(
        &said,
        str![[r#"
cm::check

  × agents/planner.md:1:1: the front matter that begins here does not end
   ╭─[agents/planner.md:1:1]
 1 │ ---
   · ─┬─
   ·  ╰── here
 2 │ name: x
   ╰────
  help: put a line `---` below it

"#]],
    );
}

#[test]
fn an_unknown_engine() {
    let said = wrong(&yaml(
        "name: Engines\nsteps:\n  - agent: planner\n    engine: clod\n",
    ));
    same(
        &said,
        str![[r#"
cm::check

  × workflow.yaml: step `planner`: there is no engine `clod`; known are: acp, acp-auggie, acp-claude, acp-codex, acp-copilot, acp-cursor, acp-gemini, acp-goose, acp-opencode, acp-qwen, acp-vibe, aider, anthropic, auggie, ccr, chat, claude, codex, copilot, cursor, gemini, goose, openai, opencode, pi, qwen, scripted, shell, vibe
  help: `cm engines` lists what there is

"#]],
    );
    let cm = yaml("name: Engines\nsteps:\n  - agent: planner\n");
    cm.run(["run", "flow", "--engine", "clod"])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::unknown-engine

  × there is no engine `clod`; known are: acp, acp-auggie, acp-claude, acp-codex, acp-copilot, acp-cursor, acp-gemini, acp-goose, acp-opencode, acp-qwen, acp-vibe, aider, anthropic, auggie, ccr, chat, claude, codex, copilot, cursor, gemini, goose, openai, opencode, pi, qwen, scripted, shell, vibe

"#]]);
}

#[test]
fn an_unknown_placeholder() {
    let said = wrong(
        &yaml("name: Placeholders\nsteps:\n  - agent: planner\n")
            .agent("planner", "Plan this:\n{specificaton}\n"),
    );
    same(
        &said,
        str![[r#"
cm::check

  × agents/planner.md:2:1: {specificaton} is not known here
   ╭─[agents/planner.md:2:1]
 1 │ Plan this:
 2 │ {specificaton}
   · ───────┬──────
   ·        ╰── here
   ╰────
  help: did you mean {specification}? Or if it is text: \{specificaton}

"#]],
    );
    let said = wrong(&yaml(
        "name: Placeholders\nsteps:\n  - run: echo {tests.output}\n  - id: tests\n    run: echo\n",
    ));
    same(
        &said,
        str![[r#"
cm::check

  × workflow.yaml:3:15: the step `tests` comes later
   ╭─[workflow.yaml:3:15]
 2 │ steps:
 3 │   - run: echo {tests.output}
   ·               ───────┬──────
   ·                      ╰── here
 4 │   - id: tests
   ╰────
  help: a step can use what earlier steps gave

"#]],
    );
}

#[test]
fn a_specification_that_was_not_given() {
    let cm = yaml("name: Spec\nsteps:\n  - agent: planner\n").agent("planner", "{specification}");
    cm.flow().code(1).stdout("").stderr(str![[r#"
Run [RUN]: Spec in [ROOT]/project
[TIME] ▸ planner
[TIME] ✘ planner: {specification} has no value here; start the run with `--spec FILE`, or write {!specification} if it may be empty

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✘ planner  failed  {specification} has no value here; start the run with `--sp…
  total  0

cm::run-failed

  × run [RUN] failed: the step `planner` failed: {specification} has no value here; start the run with `--spec FILE`, or write {!specification} if it may be empty
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]]);
}

#[test]
fn a_loop_to_nowhere() {
    let said = wrong(&yaml(
        "name: Loop\nsteps:\n  - run: echo\n    on-failure: { loop: { to: plan, max: 3 } }\n  - id: planner\n    run: echo\n",
    ));
    same(
        &said,
        str![[r#"
cm::check

  × workflow.yaml:4:31: there is no step `plan` to go back to
   ╭─[workflow.yaml:4:31]
 3 │   - run: echo
 4 │     on-failure: { loop: { to: plan, max: 3 } }
   ·                               ──┬─
   ·                                 ╰── here
 5 │   - id: planner
   ╰────
  help: steps: `echo`, `planner`

"#]],
    );
}

#[test]
fn a_step_of_no_component() {
    let cm = yaml("name: Steps\nsteps:\n  - step: tools/summary\n");
    cm.flow().code(1).stdout("").stderr(str![[r#"
Run [RUN]: Steps in [ROOT]/project
[TIME] ▸ summary
[TIME] ✘ summary: there is no step `tools`

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✘ summary  failed  1  there is no step `tools`
  total  0

cm::run-failed

  × run [RUN] failed: the step `summary` failed: there is no step `tools`
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]]);
}

//! What can be wrong, and what is said about it: what happened, where, why, and what
//! to type next. Nothing is lost by any of it.

use std::{
    fs,
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    path::Path,
    process::{Command, Stdio},
};

use snapbox::str;

use crate::support::{Cm, binary, copy_program, is_root, same, signal, skipped};
use rustix::process::Signal;

/// The message for a workflow that is wrong; both commands must say the same, and
/// nothing must be started.
fn wrong(cm: &Cm) -> String {
    let checked = cm.run(["check", "flow"]).code(1).calm();
    let ran = cm.flow().code(2).stdout("").calm();
    let problem = |said: &str| {
        said.split("\ncm::bad-workflow")
            .next()
            .unwrap_or_default()
            .trim_end()
            .to_owned()
    };
    let by_run = problem(&ran.err());
    let by_check = checked
        .err()
        .trim_end()
        .rsplit_once('\n')
        .expect("a count at the end")
        .0
        .to_owned();
    assert_eq!(by_run, by_check);
    assert!(
        !cm.project().join(".codemachine").exists(),
        "something was started"
    );
    format!("{by_run}\n")
}

fn yaml(yaml: &str) -> Cm {
    Cm::new().workflow(yaml).agent("planner", "Plan.")
}

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
  help: a step has one of `agent`, `run`, `ask`, `step`, `parallel`

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
        "name: Modes\nmode: hybrid\nsteps:\n  - agent: planner\n",
    ));
    same(
        &said,
        str![[r#"
cm::check

  × workflow.yaml:2:7: the mode `hybrid` is not supported yet
   ╭─[workflow.yaml:2:7]
 1 │ name: Modes
 2 │ mode: hybrid
   ·       ───┬──
   ·          ╰── here
 3 │ steps:
   ╰────
  help: remove it: every step runs by itself, which is `continuous`

"#]],
    );
}

#[test]
fn an_agent_that_is_not_there() {
    let said = wrong(&yaml("name: Agents\nsteps:\n  - agent: plannre\n"));
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

  × workflow.yaml: step `planner`: there is no engine `clod`; known are: claude, codex, opencode, scripted
  help: `cm engines` lists what there is

"#]],
    );
    let cm = yaml("name: Engines\nsteps:\n  - agent: planner\n");
    cm.run(["run", "flow", "--engine", "clod"])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::unknown-engine

  × there is no engine `clod`; known are: claude, codex, opencode, scripted

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

#[test]
fn escapes_in_a_workflow_do_not_reach_the_terminal() {
    let said = wrong(&yaml(
        "name: Evil\nsteps:\n  - agent: planner\n    # \u{9b}2J \u{202e}\n    tiemout: 1s\n",
    ));
    assert!(!said.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{said:?}");
    let said = wrong(&yaml("name: Evil\nsteps:\n  - \"\\e[2J\": planner\n"));
    assert!(!said.contains('\u{1b}'), "{said:?}");
}

#[test]
fn no_such_workflow() {
    let cm = yaml("name: X\nsteps: [{ run: echo }]\n")
        .file("empty/README", "")
        .file("notes.yaml", "name: X\nsteps: [{ run: echo }]\n");
    cm.run(["run", "fix-test"])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::no-package

  × no package `fix-test` is installed
  help: did you mean `fix-tests`?

"#]]);
    cm.run(["run", "./nowhere"])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::no-workflow

  × there is no workflow at `./nowhere`: No such file or directory (os error 2)
  help: name a directory with a workflow.yaml, such a file, or an installed package (`cm list`)

"#]]);
    cm.run(["run", "./empty"])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::not-a-package

  × [ROOT]/project/empty is not a package: it has neither a cm.toml nor a workflow.yaml
  help: name a directory with a workflow.yaml in it

"#]]);
    cm.run(["run", "notes.yaml"])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::no-workflow

  × `notes.yaml` is not a workflow file of a package
  help: a package has `workflow.yaml`, or several in `workflows/NAME.yaml` beside a `cm.toml`

"#]]);
    cm.run(["run", "flow/agents/planner.md"])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::no-workflow

  × `flow/agents/planner.md` is not a workflow file of a package
  help: a package has `workflow.yaml`, or several in `workflows/NAME.yaml` beside a `cm.toml`

"#]]);
    cm.run(["run", "codex"]).stdout("").code(2).stderr(str![[r#"
cm::no-workflow

  × the package `codex` has no workflow

"#]]);
    cm.run(["run", "../../etc"]).stdout("").code(2).calm();
    cm.run(["run", ""]).stdout("").code(2).stderr(str![[r#"
cm::package-name

  × `` does not name a package: expected lowercase letters, digits and single hyphens, at most 64, a letter or digit at both ends

"#]]);
    cm.run(["check", "./nowhere"])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::no-workflow

  × there is no workflow at `./nowhere`: No such file or directory (os error 2)
  help: name a directory with a workflow.yaml, such a file, or an installed package (`cm list`)

"#]]);
    cm.run(["install", "./nowhere"])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::no-directory

  × there is no directory `./nowhere`
  help: packages are installed from directories; `cm list` shows what is there already

"#]]);
}

#[test]
fn several_workflows() {
    let cm = Cm::new()
        .file(
            "two/cm.toml",
            "[package]\nname = \"two\"\nversion = \"1.0.0\"\n[capabilities]\nprograms = [\"sh\"]\n",
        )
        .file(
            "two/workflows/a.yaml",
            "name: A\nsteps: [{ run: echo this is a }]\n",
        )
        .file(
            "two/workflows/b.yaml",
            "name: B\nsteps: [{ run: echo this is b }]\n",
        );
    cm.run(["run", "./two"]).stdout("").code(2).stderr(str![[r#"
cm::which-workflow

  × the package `two` has several workflows: workflows/a.yaml, workflows/b.yaml
  help: name the file of one

"#]]);
    cm.run(["run", "two/workflows/b.yaml"])
        .stdout("this is b\n")
        .code(0);
    cm.run(["check", "two"]).code(0).stdout(str![[r#"
A (workflows/a.yaml): 1 step
  run echo-this-is-a
B (workflows/b.yaml): 1 step
  run echo-this-is-b

"#]]);
}

#[test]
fn a_manifest_that_is_wrong() {
    let cm = yaml("name: X\nsteps: [{ run: echo }]\n").file(
        "flow/cm.toml",
        "[package]\nname = \"flow\"\nversoin = \"1.0.0\"\n",
    );
    cm.run(["check", "flow"]).stdout("").code(1).stderr(str![[r#"
cm::manifest

  × [ROOT]/project/flow/cm.toml:3:1: unknown key `versoin`, expected one of `name`, `version`, `description`, `license`, `cm`
  help: did you mean `version`?

"#]]);
    cm.write(
        "flow/cm.toml",
        "[package]\nname = \"flow\"\nversion = \"1.0.0\"\ncm = \">=99\"\n",
    );
    cm.run(["run", "./flow"])
        .stdout("")
        .stderr(str![[r#"
cm::other-cm

  × flow needs cm >=99; this is cm 0.1.0
  help: install another version of cm or of the package

"#]])
        .code(1);
    cm.run(["install", "./flow"])
        .stdout("")
        .stderr(str![[r#"
cm::other-cm

  × flow needs cm >=99; this is cm 0.1.0
  help: install another version of cm or of the package

"#]])
        .code(1);
}

#[test]
fn files_that_cannot_be_read() {
    let cm = yaml("name: X\nsteps: [{ run: echo }]\n").file("binary", b"\xff\xfe");
    cm.flow_with(&["--spec", "nowhere.md"])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::unreadable

  × `nowhere.md` cannot be read: No such file or directory (os error 2)

"#]]);
    cm.flow_with(&["--spec", "binary"])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::unreadable

  × `binary` cannot be read: stream did not contain valid UTF-8

"#]]);
    cm.flow_with(&["--spec", "."])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::unreadable

  × `.` cannot be read: Is a directory (os error 21)

"#]]);
    cm.flow_with(&["--dir", "nowhere"])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::no-directory

  × `nowhere` cannot be worked in: No such file or directory (os error 2)

"#]]);
    cm.flow_with(&["--dir", "binary"])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::no-directory

  × `binary` is not a directory

"#]]);
    cm.run(["runs", "--dir", "nowhere"])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::no-directory

  × `nowhere` cannot be worked in: No such file or directory (os error 2)

"#]]);
    assert!(
        !cm.project().join(".codemachine").exists(),
        "something was started"
    );
}

#[test]
fn a_script_that_is_wrong() {
    let cm = yaml("name: X\nsteps: [{ agent: planner }]\n").file(
        "script.json",
        "{ \"rules\": [{ \"do\": [{ \"shout\": 1 }] }] }",
    );
    cm.flow().stdout("").code(1).stderr(str![[r#"
Run [RUN]: X in [ROOT]/project
[TIME] ▸ planner
[TIME] ✘ planner: The script cannot be read: unknown variant `shout`, expected one of `say`, `think`, `write`, `edit`, `run`, `tool`, `sleep`, `retry`, `limit`, `fail`, `print`,…

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✘ planner  failed  1  The script cannot be read: unknown variant `shout`, expecte…
  total  0

cm::run-failed

  × run [RUN] failed: the step `planner` failed: The script cannot be read: unknown variant `shout`, expected one of `say`, `think`, `write`, `edit`, `run`, `tool`, `sleep`, `retry`, `limit`, `fail`, `print`, `bytes`, `stderr`, `flood`, `ignore`, `kill`, `exit`, `hang` at line 1 column 30.
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]]);
    cm.write("script.json", "not JSON");
    cm.flow().stdout("").code(1).stderr(str![[r#"
Run [RUN]: X in [ROOT]/project
[TIME] ▸ planner
[TIME] ✘ planner: The script cannot be read: expected ident at line 1 column 2.

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✘ planner  failed  1  The script cannot be read: expected ident at line 1 column …
  total  0

cm::run-failed

  × run [RUN] failed: the step `planner` failed: The script cannot be read: expected ident at line 1 column 2.
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]]);
}

#[test]
fn an_engine_that_is_not_installed() {
    let cm = yaml("name: X\nsteps: [{ run: touch begun }, { agent: planner }]\n")
        .variable("PATH", "/bin:/usr/bin");
    cm.run(["run", "./flow", "--engine", "codex"])
        .stdout("")
        .code(1)
        .stderr(str![[r#"
cm::not-installed

  × Codex is not installed: there is no `codex` on the PATH; nothing was started
  help: install it: npm install -g @openai/codex
        or use another engine: --engine NAME (`cm engines` lists them)

"#]]);
    cm.run(["run", "./flow"])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::no-engine

  × no coding agent is installed: none of claude, codex and opencode is on the PATH
  help: see how to install one: cm engines
        or try the workflow without any: --engine scripted

"#]]);
    assert!(!cm.project().join("begun").exists());
}

#[test]
fn an_engine_that_vanishes_in_the_middle() {
    let cm = yaml("name: X\nsteps: [{ run: rm ../bin/codex }, { agent: planner }]\n")
        .program("codex", "exit 1");
    cm.run(["run", "./flow", "--engine", "codex"])
        .stdout("")
        .code(1)
        .stderr(str![[r#"
Run [RUN]: X in [ROOT]/project
[TIME] ▸ rm-bin-codex
[TIME] ✔ rm-bin-codex
[TIME] ▸ planner
[TIME] ✘ planner: `codex` is not installed: there is no program of that name in the PATH ([ROOT]/bin:/usr/bin:/bin); install it: npm install -g @openai/codex

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✔ rm-bin-codex  done  1
✘ planner  failed  1  `codex` is not installed: there is no program of that name …
  total  0

cm::run-failed

  × run [RUN] failed: the step `planner` failed: `codex` is not installed: there is no program of that name in the PATH ([ROOT]/bin:/usr/bin:/bin); install it: npm install -g @openai/codex
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]]);
}

/// A run with one agent, whose script is this.
fn engine(steps: &str) -> Cm {
    yaml("name: Engine\nsteps:\n  - agent: planner\n    timeout: 1s\n")
        .script(&format!(r#"{{ "default": {{ "do": {steps} }} }}"#))
}

#[test]
fn an_engine_that_exits_non_zero() {
    engine(r#"[{ "say": "I begin." }, { "stderr": "out of ideas" }, { "exit": 3 }]"#)
        .flow()
        .stdout("")
        .code(1)
        .stderr(str![[r#"
Run [RUN]: Engine in [ROOT]/project
[TIME] ▸ planner
[TIME] ✘ planner: Scripted ended with exit code 3 before it had finished.

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✘ planner  failed  1  Scripted ended with exit code 3 before it had finished.
  total  0

cm::run-failed

  × run [RUN] failed: the step `planner` failed: Scripted ended with exit code 3 before it had finished.
  │   because out of ideas
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]]);
}

#[test]
fn an_engine_that_exits_without_a_word() {
    engine(r#"[{ "exit": 0 }]"#)
        .flow()
        .stdout("")
        .code(1)
        .stderr(str![[r#"
Run [RUN]: Engine in [ROOT]/project
[TIME] ▸ planner
[TIME] ✘ planner: Scripted stopped without saying that it had finished.

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✘ planner  failed  1  Scripted stopped without saying that it had finished.
  total  0

cm::run-failed

  × run [RUN] failed: the step `planner` failed: Scripted stopped without saying that it had finished.
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]]);
}

#[test]
fn an_engine_that_is_killed() {
    engine(r#"[{ "say": "I begin." }, { "kill": "KILL" }]"#)
        .flow()
        .stdout("")
        .code(1)
        .stderr(str![[r#"
Run [RUN]: Engine in [ROOT]/project
[TIME] ▸ planner
[TIME] ✘ planner: Scripted was ended by a signal before it had finished.

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✘ planner  failed  1  Scripted was ended by a signal before it had finished.
  total  0

cm::run-failed

  × run [RUN] failed: the step `planner` failed: Scripted was ended by a signal before it had finished.
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]]);
}

#[test]
fn an_engine_that_hangs() {
    let cm = engine(r#"[{ "say": "I begin." }, { "hang": true }]"#);
    cm.flow().stdout("").code(1).stderr(str![[r#"
Run [RUN]: Engine in [ROOT]/project
[TIME] ▸ planner
[TIME] ✘ planner: `Scripted` took longer than it may; set `timeout` at the step to allow more

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✘ planner  failed  1  `Scripted` took longer than it may; set `timeout` at the st…
  total  0

cm::run-failed

  × run [RUN] failed: the step `planner` failed: `Scripted` took longer than it may; set `timeout` at the step to allow more
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]]);
}

#[test]
fn an_engine_that_says_nothing() {
    let cm = engine(r#"[{ "hang": true }]"#);
    cm.flow().stdout("").code(1).says("took longer than it may");
}

#[test]
fn an_engine_that_hangs_and_does_not_listen() {
    let cm = engine(r#"[{ "say": "I begin." }, { "ignore": "TERM" }, { "hang": true }]"#);
    cm.flow().stdout("").code(1).says("took longer than it may");
}

#[test]
fn an_engine_that_prints_what_is_no_text() {
    let cm = engine(
        r#"[{ "bytes": "c3 28 ff 00" }, { "print": "{ not JSON" }, { "say": "still here" }, { "bytes": "ff fe" }]"#,
    );
    cm.flow().stdout("still here\n").code(0).calm();
    cm.run(["logs", "last"]).code(0).says("still here");
}

#[test]
fn an_engine_that_floods() {
    // Some 60 MB.
    let cm = yaml("name: Engine\nsteps:\n  - agent: planner\n    timeout: 50s\n")
        .script(r#"{ "default": { "do": [{ "flood": { "lines": 60000, "width": 1000 } }, { "say": "enough" }] } }"#);
    cm.flow().stdout("enough\n").code(0).calm();
    // A line without an end.
    let cm =
        yaml("name: Engine\nsteps:\n  - agent: planner\n    timeout: 50s\n    engine: codex\n")
            .program("codex", "head -c 300000000 /dev/zero | tr '\\0' x");
    cm.run(["run", "./flow"])
        .stdout("")
        .code(1)
        .stderr(str![[r#"
Run [RUN]: Engine in [ROOT]/project
[TIME] ▸ planner
[TIME] ✘ planner: `Codex` printed more than it may, and was stopped

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✘ planner  failed  1  `Codex` printed more than it may, and was stopped
  total  0

cm::run-failed

  × run [RUN] failed: the step `planner` failed: `Codex` printed more than it may, and was stopped
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]]);
}

#[test]
fn a_command_that_floods_hangs_or_is_killed() {
    let cm = yaml(
        "name: Command\nsteps:\n  - id: much\n    run: head -c 3000000 /dev/zero | tr '\\0' x\n  - id: slow\n    timeout: 1s\n    run: sleep 100\n",
    );
    cm.flow().stdout("").code(1).stderr(str![[r#"
Run [RUN]: Command in [ROOT]/project
[TIME] ▸ much
[TIME] ✔ much
[TIME] ▸ slow
[TIME] ✘ slow: `sleep 100` took longer than it may; set `timeout` at the step to allow more

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✔ much  done  1
✘ slow  failed  1  `sleep 100` took longer than it may; set `timeout` at the s…
  total  0

cm::run-failed

  × run [RUN] failed: the step `slow` failed: `sleep 100` took longer than it may; set `timeout` at the step to allow more
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]]);
    let cm = yaml("name: Command\nsteps:\n  - id: gone\n    run: kill -9 $$\n");
    cm.flow().stdout("").code(1).stderr(str![[r#"
Run [RUN]: Command in [ROOT]/project
[TIME] ▸ gone
[TIME] ✘ gone: `kill -9 $$` ended with exit code 137

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✘ gone  failed  1  `kill -9 $$` ended with exit code 137
  total  0

cm::run-failed

  × run [RUN] failed: the step `gone` failed: `kill -9 $$` ended with exit code 137
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]]);
    let cm = yaml("name: Command\nsteps:\n  - id: gone\n    run: no-such-program --at all\n");
    cm.flow().stdout("").code(1).stderr(str![[r#"
Run [RUN]: Command in [ROOT]/project
[TIME] ▸ gone
[TIME] ✘ gone: `no-such-program --at all` ended with exit code 127

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✘ gone  failed  1  `no-such-program --at all` ended with exit code 127
  total  0

cm::run-failed

  × run [RUN] failed: the step `gone` failed: `no-such-program --at all` ended with exit code 127
  │   because sh: 1: no-such-program: not found
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]]);
}

#[test]
fn a_run_that_is_not_there() {
    let cm = yaml("name: X\nsteps: [{ run: echo }]\n");
    cm.flow().code(0);
    for command in ["show", "logs", "resume", "cancel"] {
        cm.run([command, "zzzzzzz"])
            .stdout("")
            .code(2)
            .stderr(str![[r#"
cm::no-such-run

  × there is no run `zzzzzzz`
  help: `cm runs` lists them

"#]]);
    }
    cm.run(["show", "\u{1b}[2J"])
        .stdout("")
        .code(2)
        .says_not("\u{1b}");
    cm.run(["show", ""]).stdout("").code(2).stderr(str![[r#"
cm::no-such-run

  × there is no run ``
  help: `cm runs` lists them

"#]]);
    cm.run(["logs", "last", "--step", "nowhere"])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::no-such-step

  × run [RUN] has no step `nowhere`; it has: echo

"#]]);
}

#[test]
fn an_id_that_could_be_several() {
    let cm = yaml("name: X\nsteps: [{ run: echo }]\n");
    // More runs than there are letters that an id can begin with.
    for _ in 0..33 {
        cm.flow().code(0);
    }
    let runs = cm.json(["runs", "--json", "-n", "100"]);
    let ids: Vec<_> = runs
        .as_array()
        .expect("a list")
        .iter()
        .map(|run| run["run"].as_str().expect("an id"))
        .collect();
    let begins = |first: &str| ids.iter().filter(|id| id.starts_with(first)).count();
    let first = ids
        .iter()
        .map(|id| &id[..1])
        .find(|first| begins(first) > 1)
        .expect("two begin alike");
    let ran = cm.run(["show", first]).stdout("").code(2);
    assert!(
        ran.err().contains(&format!("`{first}` could be one of ")),
        "{ran}"
    );
    assert!(ran.err().contains("help: give more of its id"), "{ran}");
    cm.run(["show", ids[0]]).code(0);
}

#[test]
fn a_registry_that_is_no_json() {
    let cm = yaml("name: X\nsteps: [{ run: echo installed }]\n");
    cm.run(["install", "./flow"]).code(0);
    let file = cm.home().join("imports/registry.json");
    fs::write(&file, "{ \"schemaVersion\": 1, ").expect("a broken file");
    let ran = cm.run(["list"]).code(0).says("flow").calm();
    let err = ran.err();
    assert!(
        err.contains("registry.json.invalid-") && err.starts_with("note: "),
        "{err}"
    );
    let aside = fs::read_dir(file.parent().expect("a directory")).expect("it is there");
    let aside: Vec<_> = aside
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.contains("invalid"))
        .collect();
    assert_eq!(aside.len(), 1, "{aside:?}");
    let kept = fs::read_to_string(file.with_file_name(&aside[0])).expect("it is kept");
    assert_eq!(kept, "{ \"schemaVersion\": 1, ");
    // Said once; the rebuilt list is whole.
    cm.run(["list"]).code(0).says("flow").stderr("");
    fs::remove_dir_all(cm.project().join("flow")).expect("gone");
    cm.run(["run", "flow"]).code(0).stdout("installed\n");
}

#[test]
fn a_home_that_cannot_be() {
    let cm = yaml("name: X\nsteps: [{ run: echo it runs }]\n").file("occupied", "");
    let below = cm.project().join("occupied/home");
    let at = |arguments: &[&str]| {
        let mut command = cm.command(arguments);
        command.env("CODEMACHINE_HOME", &below);
        cm.ran(command).calm()
    };
    at(&["run", "./flow"]).code(0).stdout("it runs\n");
    at(&["list"]).code(0).says("fix-tests");
    at(&["install", "./flow"])
        .stdout("")
        .code(1)
        .stderr(str![[r#"
cm::disk

  × cannot create the directory [ROOT]/project/occupied/home/imports: Not a directory (os error 20)
  help: make it accessible, or set CODEMACHINE_HOME to a directory you can write to

"#]]);
    let mut homeless = cm.command(["list"]);
    homeless.env_remove("HOME");
    cm.ran(homeless).stdout("").code(1).stderr(str![[r#"
cm::no-home

  × there is no home directory: neither CODEMACHINE_HOME nor HOME is set
  help: set CODEMACHINE_HOME to a directory of your own

"#]]);
}

/// The command as a user who owns nothing here. None when that cannot be.
fn as_nobody(cm: &Cm, arguments: &[&str]) -> Option<Command> {
    if !is_root() {
        return None;
    }
    let open =
        |path: &Path| fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a mode");
    open(cm.root());
    let program = cm.root().join("cm");
    if !program.exists() {
        copy_program(binary(), &program);
    }
    let mut command = cm.within(Command::new(program), arguments);
    command.uid(65534).gid(65534).env("TMPDIR", "/tmp");
    Some(command)
}

#[test]
fn a_home_and_a_project_that_are_read_only() {
    let cm = yaml("name: X\nsteps: [{ run: echo it runs }]\n");
    cm.run(["install", "./flow"]).code(0);
    cm.flow().code(0);
    let Some(run) = as_nobody(&cm, &["run", "./flow"]) else {
        return skipped(
            "read-only homes and projects",
            "not root, so there is no other user to be",
        );
    };
    cm.ran(run).stdout("").code(1).calm().stderr(str![[r#"
note: [ROOT]/home/.codemachine/imports/registry.json cannot be read: Permission denied (os error 13)
note: compiled components cannot be kept in [ROOT]/home/.codemachine/cache (Permission denied (os error 13)): every start compiles them again
cm::read-only

  × cannot write to [ROOT]/project/.codemachine/journal.open: it is read-only
  help: Allow writing to [ROOT]/project/.codemachine/journal.open, or work in a copy.

"#]]);
    let as_nobody = |arguments: &[&str]| cm.ran(as_nobody(&cm, arguments).expect("root"));
    // Others' packages and runs can be looked at when they may be read.
    let open = "chmod -R a+rX home project";
    assert!(
        Command::new("sh")
            .args(["-c", open])
            .current_dir(cm.root())
            .status()
            .expect("sh")
            .success()
    );
    as_nobody(&["list"]).code(0).says("flow").calm();
    as_nobody(&["runs"]).code(0).says("done").calm();
    as_nobody(&["show", "last"]).code(0).says("it runs").calm();
    as_nobody(&["logs", "last"]).code(0).says("it runs").calm();
    as_nobody(&["install", "./flow", "--force"])
        .stdout("")
        .code(1)
        .calm()
        .stderr(str![[r#"
cm::disk

  × cannot lock [ROOT]/home/.codemachine/imports/registry.lock: Permission denied (os error 13)
  help: make it accessible, or set CODEMACHINE_HOME to a directory you can write to

"#]]);
    as_nobody(&["run", "./flow"])
        .stdout("")
        .code(1)
        .calm()
        .stderr(str![[r#"
note: compiled components cannot be kept in [ROOT]/home/.codemachine/cache (it belongs to somebody else): every start compiles them again
cm::read-only

  × cannot write to [ROOT]/project/.codemachine/journal.open: it is read-only
  help: Allow writing to [ROOT]/project/.codemachine/journal.open, or work in a copy.

"#]]);
    // A project of one's own, and a home that is not.
    let own = cm.root().join("own");
    fs::create_dir(&own).expect("a directory");
    std::os::unix::fs::chown(&own, Some(65534), Some(65534)).expect("root");
    as_nobody(&["run", "flow", "--dir", &own.display().to_string()])
        .code(0)
        .stdout("it runs\n")
        .calm();
}

/// A small file system of its own.
struct Disk(tempfile::TempDir);

impl Disk {
    fn new(size: &str) -> Option<Self> {
        let directory = tempfile::tempdir().ok()?;
        let options = format!("size={size}");
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(directory.path())
            .stderr(Stdio::null())
            .status();
        mount
            .is_ok_and(|status| status.success())
            .then_some(Self(directory))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

#[test]
fn a_full_disk() {
    let cm = yaml(
        "name: Full\nsteps:\n  - id: first\n    run: echo x >> ../first\n  - id: much\n    run: head -c 20000000 /dev/zero > rest; true\n  \
         - id: noisy\n    run: head -c 200000 /dev/urandom | base64\n  - id: last\n    run: echo the end\n",
    );
    let Some(disk) = Disk::new("4m") else {
        return skipped("a full disk", "a small file system cannot be mounted here");
    };
    let project = disk.path().join("project");
    fs::create_dir(&project).expect("there is room");
    let (place, first) = (project.display().to_string(), disk.path().join("first"));
    let ran = cm.flow_with(&["--dir", &place]).stdout("").code(1).calm();
    let said = ran
        .err()
        .replace(&disk.path().display().to_string(), "[DISK]");
    assert!(said.contains("the disk is full"), "{said}");
    assert!(said.contains("cm resume"), "{said}");
    // What was finished is known; with room it goes on.
    fs::remove_file(project.join("rest")).expect("the disk was filled");
    cm.run(["show", "last", "--dir", &place])
        .code(0)
        .says("✔ first");
    cm.run(["resume", "last", "--dir", &place]).calm();
    fs::remove_file(project.join("rest")).ok();
    assert_eq!(fs::read_to_string(first).expect("it ran"), "x\n");
}

#[test]
fn a_disk_that_is_full_before() {
    let cm = yaml("name: Full\nsteps: [{ run: touch ../begun }]\n");
    let Some(disk) = Disk::new("64k") else {
        return skipped("a full disk", "a small file system cannot be mounted here");
    };
    let project = disk.path().join("project");
    fs::create_dir(&project).expect("there is room");
    let _ = fs::write(project.join("ballast"), vec![0; 100_000]);
    let ran = cm
        .flow_with(&["--dir", &project.display().to_string()])
        .stdout("")
        .code(1)
        .calm();
    assert!(ran.err().contains("the disk is full"), "{ran}");
    assert!(!disk.path().join("begun").exists());
}

#[test]
fn a_damaged_journal() {
    let steps: String = (0..60)
        .map(|n| format!("  - id: s{n}\n    run: seq 1 300\n"))
        .collect();
    let cm = yaml(&format!("name: Damaged\nsteps:\n{steps}"));
    cm.flow().code(0);
    let path = cm.project().join(".codemachine/journal.db");
    let mut bytes = fs::read(&path).expect("the journal");
    let middle = bytes.len() / 2 / 8192 * 8192;
    bytes[middle..middle + 8192].fill(0xa5);
    fs::write(&path, &bytes).expect("damage");
    cm.run(["show", "last"])
        .stdout("")
        .code(1)
        .calm()
        .stderr(str![[r#"
cm::journal-corrupt

  × the journal [ROOT]/project/.codemachine/journal.db is damaged: database disk image is malformed
  help: The file was left as it is. Put back a copy of it, or look at what is left with `sqlite3 [ROOT]/project/.codemachine/journal.db .recover`; to start with an empty journal, move [ROOT]/project/.codemachine/journal.db away.

"#]]);
    cm.run(["logs", "last", "--json"]).code(1).calm();
    assert!(
        fs::read(&path).expect("the journal") == bytes,
        "the evidence was touched"
    );
    cm.run(["resume", "last"])
        .stdout("")
        .code(1)
        .calm()
        .says("is damaged");
    fs::write(&path, "Dear diary").expect("damage");
    cm.run(["runs"]).stdout("").code(1).calm().stderr(str![[r#"
cm::journal-corrupt

  × the journal [ROOT]/project/.codemachine/journal.db is damaged: the file has been cut to 10 bytes
  help: The file was left as it is. Put back a copy of it, or look at what is left with `sqlite3 [ROOT]/project/.codemachine/journal.db .recover`; to start with an empty journal, move [ROOT]/project/.codemachine/journal.db away.

"#]]);
    cm.flow().stdout("").code(1).calm().stderr(str![[r#"
cm::journal-corrupt

  × the journal [ROOT]/project/.codemachine/journal.db is damaged: the file has been cut to 10 bytes
  help: The file was left as it is. Put back a copy of it, or look at what is left with `sqlite3 [ROOT]/project/.codemachine/journal.db .recover`; to start with an empty journal, move [ROOT]/project/.codemachine/journal.db away.

"#]]);
    assert_eq!(fs::read(&path).expect("the journal"), b"Dear diary");
}

/// A run that waits for a file, and tells that it has begun.
const WAITING: &str = "name: Waiting\nsteps:\n  - run: echo $$ >> begun; while [ ! -e go ]; do sleep 0.02; done\n  - run: echo the end\n";

#[test]
fn two_runs_in_one_project() {
    let cm = yaml(WAITING);
    let first = cm.started(&[], "begun");
    let second = cm
        .flow_command(&[])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cm starts");
    while cm.read("begun").lines().count() < 2 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let runs = cm.json(["runs", "--json"]);
    let running = runs
        .as_array()
        .expect("a list")
        .iter()
        .filter(|run| run["status"] == "running")
        .count();
    assert_eq!(running, 2, "{runs}");
    cm.write("go", "");
    cm.finished(first).code(0).stdout("the end\n");
    cm.finished(second).code(0).stdout("the end\n");
}

#[test]
fn one_run_is_driven_by_one() {
    let cm = yaml(WAITING);
    let driver = cm.started(&[], "begun");
    let ran = cm.run(["resume", "last"]).stdout("").code(1);
    let said = ran
        .err()
        .replace(&format!("process {}", driver.id()), "process [PID]");
    let said = crate::support::redact(&said, cm.root());
    same(
        &said,
        str![[r#"
cm::run-busy

  × the run [RUN] is driven by another process (process [PID])
  help: Wait for it, or stop the run with `cm cancel`.

"#]],
    );
    cm.write("go", "");
    cm.finished(driver).code(0).stdout("the end\n");
    assert_eq!(cm.read("begun").lines().count(), 1);
}

#[test]
fn a_driver_that_was_killed() {
    let cm = yaml(WAITING);
    let driver = cm.started(&[], "begun");
    signal(driver.id(), Signal::KILL);
    let _ = driver.wait_with_output();
    cm.run(["runs"]).code(0).says("stopped");
    cm.run(["show", "last"]).code(0).says("go on: cm resume");
    cm.write("go", "");
    cm.run(["resume", "last"]).code(0).stdout("the end\n");
    cm.run(["resume", "last"])
        .stdout("")
        .code(2)
        .says("is done already");
}

#[test]
fn a_workflow_that_is_gone_when_it_is_resumed() {
    let cm = yaml("name: Gone\nsteps: [{ run: 'false' }]\n");
    cm.flow().code(1);
    fs::remove_dir_all(cm.project().join("flow")).expect("it was there");
    cm.run(["resume", "last"])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::no-workflow

  × there is no workflow at `[ROOT]/project/flow`: No such file or directory (os error 2)
  help: name a directory with a workflow.yaml, such a file, or an installed package (`cm list`)

"#]]);
    cm.run(["show", "last"]).code(0).says("failed");
}

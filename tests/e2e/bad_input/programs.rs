//! Engines and commands that do not do what they should.

use snapbox::str;

use super::yaml;
use crate::support::Cm;

#[test]
fn a_script_that_is_wrong() {
    let cm = yaml("name: X\nsteps: [{ agent: planner }]\n").file(
        "script.json",
        "{ \"rules\": [{ \"do\": [{ \"shout\": 1 }] }] }",
    );
    cm.flow().stdout("").code(1).stderr(str![[r#"
Run [RUN]: X in [ROOT]/project
[TIME] ▸ planner
[TIME] ✘ planner: The script cannot be read: unknown variant `shout`, expected one of `say`, `think`, `write`, `edit`, `run`, `tool`, `call`, `ask`, `directive`, `directive-text…

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✘ planner  failed  1  The script cannot be read: unknown variant `shout`, expecte…
  total  0

cm::run-failed

  × run [RUN] failed: the step `planner` failed: The script cannot be read: unknown variant `shout`, expected one of `say`, `think`, `write`, `edit`, `run`, `tool`, `call`, `ask`, `directive`, `directive-text`, `sleep`, `retry`, `limit`, `fail`, `print`, `bytes`, `stderr`, `flood`, `ignore`, `kill`, `exit`, `hang` at line 1 column 30.
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
[TIME] ✘ planner took longer than the 1s it may (`timeout`): it is stopped
[TIME] ✘ planner: `Scripted` took longer than the 1s it may; set `timeout` at the step to allow more

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✘ planner  failed  1  `Scripted` took longer than the 1s it may; set `timeout` at…
  total  0

cm::run-failed

  × run [RUN] failed: the step `planner` failed: `Scripted` took longer than the 1s it may; set `timeout` at the step to allow more
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]]);
}

#[test]
fn an_engine_that_says_nothing() {
    let cm = engine(r#"[{ "hang": true }]"#);
    cm.flow()
        .stdout("")
        .code(1)
        .says("took longer than the 1s it may");
}

#[test]
fn an_engine_that_hangs_and_does_not_listen() {
    let cm = engine(r#"[{ "say": "I begin." }, { "ignore": "TERM" }, { "hang": true }]"#);
    cm.flow()
        .stdout("")
        .code(1)
        .says("took longer than the 1s it may");
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
[TIME] ✘ slow took longer than the 1s it may (`timeout`): it is stopped
[TIME] ✘ slow: `sleep 100` took longer than the 1s it may; set `timeout` at the step to allow more

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✔ much  done  1
✘ slow  failed  1  `sleep 100` took longer than the 1s it may; set `timeout` a…
  total  0

cm::run-failed

  × run [RUN] failed: the step `slow` failed: `sleep 100` took longer than the 1s it may; set `timeout` at the step to allow more
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

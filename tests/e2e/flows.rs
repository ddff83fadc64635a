//! Workflows on the engine `scripted`: what is done, what is kept, what is shown.

use snapbox::str;

use crate::support::{Cm, PATIENCE, signal};
use rustix::process::Signal;

/// A script in which every agent says a line of its own.
const SPEAKERS: &str = r#"{ "rules": [
    { "agent": "planner", "do": [{ "say": "Plan: add, then subtract." }] },
    { "agent": "writer", "do": [{ "write": { "path": "out.txt", "text": "written\n" } }, { "say": "Wrote it." }] }
] }"#;

fn sequence() -> Cm {
    Cm::new()
        .workflow(
            "name: Sequence\nstate: { audience: users }\nsteps:\n\
             \x20 - agent: planner\n    save: plan.md\n    set: { audience: developers }\n\
             \x20 - agent: writer\n\
             \x20 - id: check\n    run: cat out.txt; echo {planner.artifact.plan.md} for {state.audience}\n",
        )
        .agent("planner", "Make a plan for {project_name} and {state.audience}. {!specification}")
        .agent("writer", "Do this: {planner.output}")
        .script(SPEAKERS)
}

#[test]
fn a_sequence() {
    let cm = sequence();
    cm.flow()
        .code(0)
        .stdout(str![[r#"
written
Plan: add, then subtract. for developers

"#]])
        .stderr(str![[r#"
Run [RUN]: Sequence in [ROOT]/project
[TIME] ▸ planner
[TIME] ✔ planner  16 tokens, $0.0001
[TIME] ▸ writer
[TIME] ✔ writer  14 tokens, $0.0001
[TIME] ▸ check
[TIME] ✔ check

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✔ planner  done  1  16  $0.0001
✔ writer  done  1  1  14  $0.0001
✔ check  done  1
  total  30  $0.0002

Run [RUN] is done. What was said: cm logs [RUN]

"#]]);
    cm.run(["show", "last"]).stderr("").code(0).stdout(str![[r#"
Sequence  done
run [RUN], flow 0.0.0 in [ROOT]/project
begun [MOMENT]

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✔ planner  done  1  16  $0.0001
✔ writer  done  1  1  14  $0.0001
✔ check  done  1
  total  30  $0.0002

USES
  engine scripted: scripted 0.1.0 ([DIGEST])
  workflow: flow 0.0.0 ([DIGEST])
  run by declarative: declarative 0.1.0 ([DIGEST])

written
Plan: add, then subtract. for developers

"#]]);
    cm.run(["logs", "last"]).stderr("").code(0).stdout(str![[r#"
[TIME] ▸ planner (scripted)
Plan: add, then subtract.
[TIME] ■ planner is done
[TIME] ▸ writer (scripted)
  → write {"path":"out.txt","text":"written\n"}
  ←
Wrote it.
[TIME] ■ writer is done
[TIME] ▸ check $ cat out.txt; echo "${CM_V1}" for "${CM_V2}"
written
Plan: add, then subtract. for developers
[TIME] ■ check ended with 0

"#]]);
    cm.run(["logs", "last", "--step", "writer"])
        .stderr("")
        .code(0)
        .stdout(str![[r#"
[TIME] ▸ writer (scripted)
  → write {"path":"out.txt","text":"written\n"}
  ←
Wrote it.
[TIME] ■ writer is done

"#]]);
    cm.run(["runs"]).stderr("").code(0).stdout(str![[r#"
RUN  STATUS  WORKFLOW  BEGUN  TIME  TOKENS  COST
[RUN]  done  Sequence  [MOMENT]  30  $0.0002

"#]]);
}

#[test]
fn prompts_are_filled_in() {
    let cm = sequence().file("spec.md", "Only small changes.");
    cm.flow_with(&["--spec", "spec.md"]).code(0);
    let prompts: Vec<_> = prompts(&cm);
    assert_eq!(
        prompts,
        [
            "Make a plan for project and users. Only small changes.",
            "Do this: Plan: add, then subtract."
        ]
    );
}

/// The prompts of the last run's turns, in the order in which they were asked for.
fn prompts(cm: &Cm) -> Vec<String> {
    let events = cm.events("last");
    let turns = events
        .iter()
        .filter(|event| event["work"]["agent"].is_string());
    turns
        .filter_map(|event| event["work"]["prompt"].as_str().map(str::to_owned))
        .collect()
}

#[test]
fn the_project_can_be_elsewhere() {
    let cm = sequence().file("other/README.md", "");
    cm.flow_with(&["--dir", "other"]).code(0);
    assert!(cm.project().join("other/out.txt").is_file());
    assert!(!cm.project().join(".codemachine").exists());
    cm.run(["show", "last"]).code(2);
    cm.run(["show", "last", "--dir", "other"]).code(0);
    let mut within = cm.command(["show", "last"]);
    within.current_dir(cm.project().join("other"));
    cm.ran(within).code(0).says("Sequence");
}

#[test]
fn runs_are_found_from_a_directory_below() {
    let cm = sequence().file("src/deep/x", "");
    cm.flow().code(0);
    let mut below = cm.command(["runs"]);
    below.current_dir(cm.project().join("src/deep"));
    cm.ran(below).code(0).says("Sequence");
}

#[test]
fn a_group_runs_at_the_same_time() {
    let cm = Cm::new()
        .workflow(
            "name: Group\nsteps:\n  - id: both\n    parallel:\n\
             \x20     - agent: left\n      - agent: right\n\
             \x20 - run: \"printf '%s' {both.output}\"\n",
        )
        .agent("left", "Left.")
        .agent("right", "Right.")
        // Each waits for the other: one after the other would never end.
        .script(
            r#"{ "rules": [
                { "agent": "left", "do": [{ "run": "touch l; while [ ! -e r ]; do sleep 0.01; done" }, { "say": "left is done" }] },
                { "agent": "right", "do": [{ "run": "touch r; while [ ! -e l ]; do sleep 0.01; done; sleep 0.5" }, { "say": "right is done" }] }
            ] }"#,
        );
    cm.flow()
        .code(0)
        .stdout(str![[r#"
## left

left is done

## right

right is done

"#]])
        .stderr(str![[r#"
Run [RUN]: Group in [ROOT]/project
[TIME] ▸ both
[TIME] ▸ left
[TIME] ▸ right
[TIME] ✔ left  17 tokens, $0.0002
[TIME] ✔ right  20 tokens, $0.0003
[TIME] ✔ both
[TIME] ▸ printf-s
[TIME] ✔ printf-s

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✔ both  done
✔  left  done  1  1  17  $0.0002
✔  right  done  1  1  20  $0.0003
✔ printf-s  done  1
  total  37  $0.0005

Run [RUN] is done. What was said: cm logs [RUN]

"#]]);
}

#[test]
fn one_of_a_group_fails_and_the_others_finish() {
    let cm = Cm::new()
        .workflow("name: Group\nsteps:\n  - id: both\n    parallel:\n      - agent: bad\n      - agent: good\n  - run: echo after\n")
        .agent("bad", "Bad.")
        .agent("good", "Good.")
        .script(
            r#"{ "rules": [
                { "agent": "bad", "do": [{ "fail": { "code": "api-error", "message": "it broke" } }] },
                { "agent": "good", "do": [{ "sleep": 0.5 }, { "write": { "path": "good.txt", "text": "x" } }, { "say": "good" }] }
            ] }"#,
        );
    cm.flow().code(1).stdout("").stderr(str![[r#"
Run [RUN]: Group in [ROOT]/project
[TIME] ▸ both
[TIME] ▸ bad
[TIME] ▸ good
[TIME] ✘ bad: it broke  1 token, $0.0000
[TIME] ✔ good  4 tokens, $0.0000
[TIME] ✘ both: 1 of its 2 steps failed: `bad`: it broke

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✘ both  failed  1 of its 2 steps failed: `bad`: it broke
✘  bad  failed  1  1  $0.0000  it broke
✔  good  done  1  1  4  $0.0000
· echo-after  pending
  total  5  $0.0000

cm::run-failed

  × run [RUN] failed: the step `both` failed: 1 of its 2 steps failed: `bad`: it broke
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]]);
    assert!(cm.project().join("good.txt").exists());
}

const LOOP: &str = "name: Loop\nsteps:\n  - agent: fixer\n  - id: tests\n    run: test -e fixed\n    \
                    on-failure: { loop: { to: fixer, max: 2 } }\n";

#[test]
fn a_loop_ends_when_it_is_fixed() {
    let cm = Cm::new().workflow(LOOP).agent("fixer", "Fix it. {!tests.output}").script(
        r#"{ "rules": [
            { "agent": "fixer", "occurrence": 2, "do": [{ "run": "touch fixed" }, { "say": "third time" }] },
            { "agent": "fixer", "do": [{ "say": "not yet" }] }
        ] }"#,
    );
    cm.flow().code(0).stdout(str![]).stderr(str![[r#"
Run [RUN]: Loop in [ROOT]/project
[TIME] ▸ fixer
[TIME] ✔ fixer  4 tokens, $0.0000
[TIME] ▸ tests
[TIME] ✘ tests: `test -e fixed` ended with exit code 1; back to `fixer`, 1 of 2
[TIME] ▸ fixer
[TIME] ✔ fixer  8 tokens, $0.0001
[TIME] ▸ tests
[TIME] ✘ tests: `test -e fixed` ended with exit code 1; back to `fixer`, 2 of 2
[TIME] ▸ fixer
[TIME] ✔ fixer  16 tokens, $0.0002
[TIME] ▸ tests
[TIME] ✔ tests

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✔ fixer  done  3  1  16  $0.0002
✔ tests  done  3
  total  16  $0.0002

Run [RUN] is done. What was said: cm logs [RUN]

"#]]);
    assert_eq!(cm.attempts("fixer"), 3);
}

#[test]
fn a_loop_has_its_limit() {
    let cm = Cm::new()
        .workflow(LOOP)
        .agent("fixer", "Fix it.")
        .script(r#"{ "default": { "answer": "not yet" } }"#);
    cm.flow().code(1).stdout("").stderr(str![[r#"
Run [RUN]: Loop in [ROOT]/project
[TIME] ▸ fixer
[TIME] ✔ fixer  4 tokens, $0.0000
[TIME] ▸ tests
[TIME] ✘ tests: `test -e fixed` ended with exit code 1; back to `fixer`, 1 of 2
[TIME] ▸ fixer
[TIME] ✔ fixer  8 tokens, $0.0001
[TIME] ▸ tests
[TIME] ✘ tests: `test -e fixed` ended with exit code 1; back to `fixer`, 2 of 2
[TIME] ▸ fixer
[TIME] ✔ fixer  12 tokens, $0.0001
[TIME] ▸ tests
[TIME] ✘ tests: `test -e fixed` ended with exit code 1; it went back to `fixer` 2 times, which is its limit

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✔ fixer  done  3  12  $0.0001
✘ tests  failed  3  `test -e fixed` ended with exit code 1; it went back to `fi…
  total  12  $0.0001

cm::run-failed

  × run [RUN] failed: the step `tests` still fails after going back to `fixer` 2 times, which is its limit (`max: 2`): `test -e fixed` ended with exit code 1
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]]);
    assert_eq!(cm.attempts("fixer"), 3);
}

const ASK: &str = "name: Ask\nsteps:\n  - run: echo x >> before.txt\n  - ask: Ship it?\n    choices: [ship, wait]\n    \
                   default: wait\n  - run: echo the answer was {ship-it.output}\n";

#[test]
fn yes_takes_the_default() {
    let cm = Cm::new().workflow(ASK);
    cm.flow_with(&["--yes"])
        .code(0)
        .stdout("the answer was wait\n")
        .stderr(str![[r#"
Run [RUN]: Ask in [ROOT]/project
[TIME] ▸ echo-x-before-txt
[TIME] ✔ echo-x-before-txt
[TIME] ▸ ship-it
[TIME] ? ship-it: Ship it?
[TIME] ✔ ship-it: --yes said "wait"
[TIME] ✔ ship-it
[TIME] ▸ echo-the-answer-was
[TIME] ✔ echo-the-answer-was

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✔ echo-x-before-txt  done  1
✔ ship-it  done  1
✔ echo-the-answer-was  done  1
  total  0

Run [RUN] is done. What was said: cm logs [RUN]

"#]]);
    let without = ASK.replace("    default: wait\n", "");
    let cm = Cm::new().workflow(&without);
    cm.flow_with(&["--yes"])
        .code(0)
        .stdout("the answer was ship\n");
}

#[test]
fn nobody_to_ask_a_reply_and_a_resume() {
    let cm = Cm::new().workflow(ASK);
    cm.flow().code(4).stdout("").stderr(str![[r#"
Run [RUN]: Ask in [ROOT]/project
[TIME] ▸ echo-x-before-txt
[TIME] ✔ echo-x-before-txt
[TIME] ▸ ship-it
[TIME] ? ship-it: Ship it?
Run [RUN] waits for an answer:
  ship-it: Ship it? (ship / wait)
Answer it: cm reply [RUN] ANSWER, then go on: cm resume [RUN]

"#]]);
    cm.run(["show", "last"]).code(0).stderr("").stdout(str![[r#"
Ask  asking
run [RUN], flow 0.0.0 in [ROOT]/project
begun [MOMENT]

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✔ echo-x-before-txt  done  1
? ship-it  asking  1
· echo-the-answer-was  pending
  total  0

USES
  workflow: flow 0.0.0 ([DIGEST])
  run by declarative: declarative 0.1.0 ([DIGEST])

ship-it asks: Ship it? (ship / wait)
answer it: cm reply [RUN] ANSWER

go on: cm resume [RUN]

"#]]);
    cm.run(["runs"]).code(0).says("asking");
    cm.run(["reply", "last", "perhaps"])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::not-a-choice

  × `perhaps` is not one of: ship, wait

"#]]);
    cm.run(["reply", "last", "ship", "--step", "nobody"])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::not-asking

  × step `nobody` of run [RUN] has nothing to reply now: these ask: ship-it (question)
  help: see how far it is: cm show [RUN]
        go on with it, then say it: cm resume [RUN]

"#]]);
    // Nobody answered: it asks again.
    cm.run(["resume", "last"])
        .code(4)
        .stdout("")
        .stderr(str![[r#"
Run [RUN]: Ask goes on; 1 finished task is kept
[TIME] ? ship-it: Ship it?
Run [RUN] waits for an answer:
  ship-it: Ship it? (ship / wait)
Answer it: cm reply [RUN] ANSWER, then go on: cm resume [RUN]

"#]]);
    cm.run(["reply", "last", "ship"])
        .stdout("")
        .code(0)
        .stderr(str![[r#"
Answered. Go on with: cm resume [RUN]

"#]]);
    cm.run(["reply", "last", "wait"])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::not-asking

  × run [RUN] does not wait for an answer
  help: see how far it is: cm show [RUN]

"#]]);
    cm.run(["resume", "last"])
        .code(0)
        .stdout("the answer was ship\n")
        .stderr(str![[r#"
Run [RUN]: Ask goes on; 2 finished tasks are kept
[TIME] ✔ ship-it
[TIME] ▸ echo-the-answer-was
[TIME] ✔ echo-the-answer-was

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✔ echo-x-before-txt  done  1
✔ ship-it  done  2
✔ echo-the-answer-was  done  1
  total  0

Run [RUN] is done. What was said: cm logs [RUN]

"#]]);
    assert_eq!(cm.read("before.txt"), "x\n");
    cm.run(["resume", "last"])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::already-done

  × run [RUN] is done already
  help: see it: cm show [RUN]
        run the workflow again: cm run [ROOT]/project/flow

"#]]);
}

#[test]
fn a_reply_reaches_a_run_that_goes_on() {
    let cm = Cm::new().workflow(
        "name: Ask\nsteps:\n  - parallel:\n      - id: q\n        ask: Which?\n      \
         - run: touch asked; while [ ! -e answered ]; do sleep 0.02; done\n  - run: echo {q.output}\n",
    );
    let child = cm.started(&[], "asked");
    cm.run(["reply", "last", "the $(third) \"one\""])
        .stdout("")
        .code(0)
        .stderr(str![[r#"
✔ q: ada said "the $(third) \"one\""

"#]]);
    cm.write("answered", "");
    cm.finished(child).code(0).stdout("the $(third) \"one\"\n");
}

#[test]
fn several_questions() {
    let cm = Cm::new().workflow(
        "name: Ask\nsteps:\n  - parallel:\n      - { id: a, ask: First? }\n      - { id: b, ask: Second? }\n  - run: echo {a.output} {b.output}\n",
    );
    cm.flow().code(4);
    cm.run(["reply", "last", "one"])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::which-step

  × several steps of run [RUN] ask: a, b
  help: say which with --step STEP

"#]]);
    cm.run(["reply", "last", "one", "--step", "a"]).code(0);
    cm.run(["reply", "last", "two"]).code(0);
    cm.run(["resume", "last"]).code(0).stdout("one two\n");
}

#[test]
fn what_failed_is_tried_again_and_what_was_done_is_kept() {
    let cm = Cm::new()
        .workflow("name: Mend\nsteps:\n  - agent: first\n  - id: tests\n    run: echo try >> tries; test -e fixed\n  - agent: last\n")
        .agent("first", "First.")
        .agent("last", "Last.")
        .script(r#"{ "rules": [{ "agent": "first", "do": [{ "run": "echo x >> first.txt" }, { "say": "one" }] }] }"#);
    cm.flow().code(1).stdout("").stderr(str![[r#"
Run [RUN]: Mend in [ROOT]/project
[TIME] ▸ first
[TIME] ✔ first  8 tokens, $0.0001
[TIME] ▸ tests
[TIME] ✘ tests: `echo try >> tries; test -e fixed` ended with exit code 1

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✔ first  done  1  1  8  $0.0001
✘ tests  failed  1  `echo try >> tries; test -e fixed` ended with exit code 1
· last  pending
  total  8  $0.0001

cm::run-failed

  × run [RUN] failed: the step `tests` failed: `echo try >> tries; test -e fixed` ended with exit code 1
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]]);
    cm.run(["resume", "last"]).code(1);
    cm.write("fixed", "");
    cm.run(["resume", "last"])
        .code(0)
        .stdout(str![[r#"
You asked: Last.

"#]])
        .stderr(str![[r#"
Run [RUN]: Mend goes on; 1 finished task is kept
[TIME] ↻ tests will be tried again
[TIME] ✔ tests
[TIME] ▸ last
[TIME] ✔ last  6 tokens, $0.0001

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✔ first  done  1  1  8  $0.0001
✔ tests  done  3
✔ last  done  1  6  $0.0001
  total  14  $0.0002

Run [RUN] is done. What was said: cm logs [RUN]

"#]]);
    assert_eq!(cm.read("first.txt"), "x\n");
    assert_eq!(cm.read("tries"), "try\n".repeat(3));
}

#[test]
fn an_edited_workflow_keeps_what_was_done() {
    let cm = Cm::new()
        .workflow("name: Edit\nsteps:\n  - id: a\n    run: echo a >> did\n  - id: b\n    run: echo b >> did\n  - id: c\n    run: 'false'\n")
        .file("unused", "");
    cm.flow().code(1);
    // Another step before, the order changed, the one that failed mended.
    cm.write(
        "flow/workflow.yaml",
        "name: Edited\nsteps:\n  - id: new\n    run: echo new >> did\n  - id: b\n    run: echo b >> did\n  \
         - id: a\n    run: echo a >> did\n  - id: c\n    run: echo c >> did\n",
    );
    cm.run(["resume", "last"]).code(0);
    assert_eq!(cm.read("did"), "a\nb\nnew\nc\n");
    // What is different is done anew.
    let cm = Cm::new().workflow(
        "name: Edit\nsteps:\n  - id: a\n    run: echo a >> did\n  - id: c\n    run: 'false'\n",
    );
    cm.flow().code(1);
    cm.write(
        "flow/workflow.yaml",
        "name: Edit\nsteps:\n  - id: a\n    run: echo A >> did\n  - id: c\n    run: 'true'\n",
    );
    cm.run(["resume", "last"]).code(0);
    assert_eq!(cm.read("did"), "a\nA\n");
}

#[test]
fn a_workflow_that_was_broken_in_the_meantime() {
    let cm = Cm::new().workflow(
        "name: Edit\nsteps:\n  - id: a\n    run: echo a >> did\n  - id: c\n    run: 'false'\n",
    );
    cm.flow().code(1);
    cm.write(
        "flow/workflow.yaml",
        "name: Edit\nsteps:\n  - id: a\n    rum: echo a >> did\n",
    );
    cm.run(["resume", "last"])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::check

  × workflow.yaml:3:5: this step does nothing
   ╭─[workflow.yaml:3:5]
 2 │ steps:
 3 │   - id: a
   ·     ─┬
   ·      ╰── here
 4 │     rum: echo a >> did
   ╰────
  help: a step has one of `agent`, `run`, `ask`, `approve`, `step`, `parallel`, `folder`, `separator`
cm::check

  × workflow.yaml:4:5: a step has no key `rum`
   ╭─[workflow.yaml:4:5]
 3 │   - id: a
 4 │     rum: echo a >> did
   ·     ─┬─
   ·      ╰── here
   ╰────
  help: did you mean `run`?
cm::bad-workflow

  × `flow` has 2 problems; nothing was started
  help: check it again with: cm check [ROOT]/project/flow

"#]]);
    cm.run(["show", "last"]).code(0).says("failed");
    cm.write(
        "flow/workflow.yaml",
        "name: Edit\nsteps:\n  - id: a\n    run: echo a >> did\n",
    );
    cm.run(["resume", "last"]).code(0);
    assert_eq!(cm.read("did"), "a\n");
}

const LONG: &str =
    "name: Long\nsteps:\n  - run: echo x >> before\n  - agent: slow\n  - run: echo after\n";
/// Tells that it has begun, and then works for long.
const SLOW: &str = r#"{ "rules": [{ "occurrence": 0, "do": [{ "say": "I begin." }, { "run": "[ -e go ] || { echo $$ > begun.tmp; mv begun.tmp begun; sleep 600; }" }] }] }"#;

fn long() -> Cm {
    Cm::new()
        .workflow(LONG)
        .agent("slow", "Slowly.")
        .script(SLOW)
}

/// Waits until a process is gone.
fn gone(cm: &Cm, file: &str) {
    let id: i32 = cm.read(file).trim().parse().expect("a process id");
    let id = rustix::process::Pid::from_raw(id).expect("a process id");
    let began = std::time::Instant::now();
    while rustix::process::test_kill_process(id).is_ok() {
        assert!(
            began.elapsed() < PATIENCE,
            "the engine's program is left running"
        );
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

#[test]
fn cancelled_from_another_terminal() {
    let cm = long();
    let child = cm.started(&[], "begun");
    cm.run(["runs"]).code(0).says("running");
    cm.run(["cancel", "last"])
        .stdout("")
        .code(0)
        .stderr(str![[r#"
Run [RUN] is being cancelled.

"#]]);
    cm.finished(child).code(3).stdout("").stderr(str![[r#"
Run [RUN]: Long in [ROOT]/project
[TIME] ▸ echo-x-before
[TIME] ✔ echo-x-before
[TIME] ▸ slow

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✔ echo-x-before  done  1
■ slow  stopped  1  1
· echo-after  pending
  total  0

Run [RUN] was cancelled by ada.

"#]]);
    gone(&cm, "begun");
    cm.run(["runs"]).says("cancelled");
    cm.run(["cancel", "last"])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::already-over

  × run [RUN] is over already: cancelled

"#]]);
}

#[test]
fn cancelled_when_nobody_drives_it() {
    let cm = Cm::new().workflow(ASK);
    cm.flow().code(4);
    cm.run(["cancel", "last"])
        .stdout("")
        .code(0)
        .stderr(str![[r#"
Run [RUN] is cancelled.

"#]]);
    cm.run(["show", "last"]).code(0).says("cancelled");
}

#[test]
fn interrupted_once_and_resumed() {
    let cm = long();
    let child = cm.started(&[], "begun");
    signal(child.id(), Signal::INT);
    cm.finished(child).code(130).stdout("").stderr(str![[r#"
Run [RUN]: Long in [ROOT]/project
[TIME] ▸ echo-x-before
[TIME] ✔ echo-x-before
[TIME] ▸ slow

Stopping [RUN]; once more to stop at once.
[TIME] interrupted: stopped by the person
Run [RUN] was interrupted. Go on with: cm resume [RUN]

"#]]);
    gone(&cm, "begun");
    cm.run(["runs"]).says("interrupted");
    cm.write("go", "");
    cm.run(["resume", "last"]).code(0).says("after");
    assert_eq!(cm.read("before"), "x\n");
}

#[test]
fn followed_from_another_terminal() {
    let cm = Cm::new()
        .workflow("name: Follow\nsteps:\n  - agent: slow\n  - run: echo the end\n")
        .agent("slow", "Slowly.")
        .script(r#"{ "default": { "do": [{ "say": "I begin." }, { "run": "touch begun; while [ ! -e go ]; do sleep 0.02; done" }, { "say": "I end." }] } }"#);
    let child = cm.started(&[], "begun");
    let mut follow = cm.command(["logs", "last", "-f"]);
    let follower = follow
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("cm starts");
    std::thread::sleep(std::time::Duration::from_millis(300));
    cm.write("go", "");
    cm.finished(child).code(0);
    cm.finished(follower).stderr("").code(0).stdout(str![[r#"
[TIME] ▸ slow (scripted)
I begin.
  → run {"command":"touch begun; while [ ! -e go ]; do sleep 0.02; done"}
  ←


I end.
[TIME] ■ slow is done
[TIME] ▸ echo-the-end $ echo the end
the end
[TIME] ■ echo-the-end ended with 0

"#]]);
}

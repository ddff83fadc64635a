//! What agents, controllers and commands say that cannot be used: what is wrong shows
//! only while the run is at work.

use regex::Regex;
use snapbox::str;

use super::yaml;
use crate::support::{Cm, Ran, redact, same};

/// A run with one agent, which does this.
fn planner(keys: &str, steps: &str) -> Cm {
    yaml(&format!(
        "name: Answers\nsteps:\n  - agent: planner\n{keys}"
    ))
    .script(&format!(r#"{{ "default": {{ "do": {steps} }} }}"#))
}

/// The error at the end, without the names of this run's files.
fn told(cm: &Cm, ran: &Ran) -> String {
    let said = redact(&ran.err(), cm.root());
    let run = Regex::new("runs/[a-z0-9]+/").expect("a rule");
    let said = run.replace_all(&said, "runs/[RUN]/");
    let error = said.find("cm::run-failed").expect("it failed");
    said.get(error..).unwrap_or_default().to_owned()
}

#[test]
fn an_answer_that_never_fits_its_schema() {
    planner(
        "    schema: { type: object }\n    schema-retries: 1\n",
        r#"[{ "say": "[1]" }]"#,
    )
    .flow()
    .stdout("")
    .code(1)
    .stderr(str![[r#"
Run [RUN]: Answers in [ROOT]/project
[TIME] ▸ planner
[TIME] ✘ planner: the answer of the step `planner` does not meet its schema (workflow.yaml:4): at the top: [1] is not of type "object"; it was asked 2 times: say in its prompt w…  50 tokens, $0.0002

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✘ planner  failed  2  50  $0.0002  the answer of the step `planner` does not meet its schema (…
  total  50  $0.0002

cm::run-failed

  × run [RUN] failed: the step `planner` failed: the answer of the step `planner` does not meet its schema (workflow.yaml:4): at the top: [1] is not of type "object"; it was asked 2 times: say in its prompt what the JSON must be, or allow more with `schema-retries`
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]]);
}

#[test]
fn a_directive_file_that_is_not_json() {
    let cm = planner(
        "    directives: [checkpoint]\n",
        r#"[{ "directive-text": "{ \"action\": \"checkpoint\",\n  reason: none }" }, { "say": "done" }]"#,
    );
    let ran = cm.flow().stdout("").code(1);
    same(
        &told(&cm, &ran),
        str![[r#"
cm::run-failed

  × run [RUN] failed: the step `planner` failed: the directive file of step `planner` ([ROOT]/project/.codemachine/runs/[RUN]/0-1.directive.json) cannot be used: it is not JSON: key must be a string at line 2 column 3; it must be one JSON object such as {"action": "checkpoint", "reason": "…"}, or an array of them
  │   because it begins with: { "action": "checkpoint",
  │   reason: none }
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]],
    );
}

#[test]
fn a_directive_that_is_unknown() {
    let cm = planner(
        "    directives: [checkpoint]\n",
        r#"[{ "directive": { "action": "check" } }, { "say": "done" }]"#,
    );
    let ran = cm.flow().stdout("").code(1);
    same(
        &told(&cm, &ran),
        str![[r#"
cm::run-failed

  × run [RUN] failed: the step `planner` failed: the directive file of step `planner` ([ROOT]/project/.codemachine/runs/[RUN]/0-1.directive.json) cannot be used: what stands at line 1 column 1 is no directive: unknown variant `check`, expected one of `loop`, `stop`, `checkpoint`, `pause`, `trigger`, `error`, `goto`; it must be one JSON object such as {"action": "checkpoint", "reason": "…"}, or an array of them
  │   because it begins with: {"action":"check"}
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]],
    );
}

#[test]
fn a_directive_that_is_not_allowed() {
    planner(
        "    directives: [checkpoint]\n",
        r#"[{ "directive": { "action": "error", "reason": "no" } }, { "say": "done" }]"#,
    )
    .flow()
    .stdout("")
    .code(1)
    .stderr(str![[r#"
Run [RUN]: Answers in [ROOT]/project
[TIME] ▸ planner
[TIME] ✘ planner: step `planner` gave the directive `error`, which it was not granted; it may give: checkpoint. Grant it with `error` below `directives:` at the step or in its a…  11 tokens, $0.0001

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✘ planner  failed  1  1  11  $0.0001  step `planner` gave the directive `error`, which it was not…
  total  11  $0.0001

cm::run-failed

  × run [RUN] failed: the step `planner` failed: step `planner` gave the directive `error`, which it was not granted; it may give: checkpoint. Grant it with `error` below `directives:` at the step or in its agent's file
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]]);
}

/// The agent is told, and the journal tells it too; the run goes on.
#[test]
fn a_tool_that_was_not_granted() {
    let cm = planner(
        "    tools: [artifacts]\n",
        r#"[{ "call": { "tool": "write_state", "arguments": { "key": "a", "value": "b" } } }, { "say": "done" }]"#,
    );
    cm.flow().code(0).stdout("done\n");
    let events = cm.events("last");
    let outcome = events
        .iter()
        .find(|event| event["event"]["type"] == "outcome")
        .expect("it was told");
    let said = outcome["event"]["value"]["output"].as_str();
    same(
        said.unwrap_or_default(),
        str![[r#"
cm::tool-refused

  × `write_state`: the tool `write_state` was not granted to step `planner`; it is granted with `tools: [state]` at the step or in its agent's file
  help: what is granted here: cm mcp tools

"#]],
    );
}

#[test]
fn a_file_of_the_project_that_is_not_there() {
    yaml("name: Files\nfiles: { notes: { project: notes.md } }\nsteps:\n  - { agent: planner, prompt: \"Read {notes}\" }\n")
        .flow()
        .stdout("")
        .code(1)
        .stderr(str![[r#"
Run [RUN]: Files in [ROOT]/project
[TIME] ▸ planner
[TIME] ✘ planner: {notes} has no value: `notes.md` of the project (workflow.yaml:2): the project has no file `notes.md`; write {!notes} if it may be empty

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✘ planner  failed  {notes} has no value: `notes.md` of the project (workflow.y…
  total  0

cm::run-failed

  × run [RUN] failed: the step `planner` failed: {notes} has no value: `notes.md` of the project (workflow.yaml:2): the project has no file `notes.md`; write {!notes} if it may be empty
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]]);
}

/// It is asked again, then the person is.
#[test]
fn a_controller_that_never_decides() {
    let cm = yaml("name: Controller\nmode: autonomous\ncontroller: planner\nsteps:\n  - { id: good, ask: Is it good?, choices: [yes, no] }\n")
        .script(r#"{ "default": { "do": [{ "say": "Well, it depends." }] } }"#);
    cm.flow().stdout("").code(4).stderr(str![[r#"
Run [RUN]: Controller in [ROOT]/project
autonomous: planner answers in your place
[TIME] ▸ good
[TIME] … planner decides for good
[TIME] ? good waits for a person: the controller `planner` could not decide: the controller `planner` gave 3 answers that are no decision; of the last one: it is not JSON: expected value at line 1 column 1
Run [RUN] waits for an answer:
  good: Is it good? (yes / no)
Answer it: cm reply [RUN] ANSWER, then go on: cm resume [RUN]

"#]]);
    cm.run(["reply", "last", "yes"]).code(0);
    cm.run(["resume", "last"]).code(0).stdout("yes\n");
}

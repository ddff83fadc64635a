//! Doing a run again, from one of its steps on, and comparing what came of it.

use serde_json::Value;

use crate::support::{Cm, end};

/// Each agent leaves a line where it was at work, and says its prompt.
const SPEAKERS: &str = r#"{ "rules": [
    { "agent": "planner", "do": [
        { "run": "echo planner >> effects.log" },
        { "call": { "tool": "write_state", "arguments": { "key": "plan", "value": "short" } } },
        { "say": "plan" }] },
    { "agent": "writer", "do": [{ "run": "echo writer >> effects.log" }, { "say": "wrote: {first-line}" }] },
    { "agent": "reader", "do": [{ "run": "echo reader >> effects.log" }, { "say": "read: {first-line}" }] }
] }"#;

const WORKFLOW: &str = r#"
name: Again
state: { plan: none }
steps:
  - agent: planner
    tools: [write_state]
  - id: build
    run: echo build >> effects.log; echo built {planner.output}
  - agent: writer
  - id: check
    run: echo check >> effects.log; test -e hold && { touch held; sleep 300; }; echo checked {writer.output} {state.plan}
  - agent: reader
"#;

fn machine() -> Cm {
    Cm::new()
        .workflow(WORKFLOW)
        .agent("planner", "Plan it.")
        .agent("writer", "Write for {build.output}.")
        .agent("reader", "Read {check.output}.")
        .script(SPEAKERS)
}

/// A run that is done; its id.
fn done(cm: &Cm) -> String {
    cm.flow().code(0).calm();
    cm.last()
}

/// What was really done since this was asked last.
fn effects(cm: &Cm) -> Vec<String> {
    let path = cm.project().join("effects.log");
    let lines = std::fs::read_to_string(&path).unwrap_or_default();
    let _ = std::fs::remove_file(path);
    lines.lines().map(str::to_owned).collect()
}

/// Each step's attempts, and how many of its pieces of work another run has done.
fn figures(shown: &Value) -> Vec<(&str, u64, u64)> {
    let steps = shown["steps"].as_array().expect("steps");
    let number = |value: &Value| value.as_u64().unwrap_or(0);
    let figures = steps.iter().map(|step| {
        let id = step["id"].as_str().expect("an id");
        (id, number(&step["attempts"]), number(&step["reused"]))
    });
    figures.collect()
}

#[test]
fn a_step_with_another_prompt() {
    let cm = machine().file("stricter.md", "Write it in rhyme.\n");
    let old = done(&cm);
    assert_eq!(
        effects(&cm),
        ["planner", "build", "writer", "check", "reader"]
    );
    let before = cm.json(["show", &old, "--json"]);
    cm.run([
        "rerun",
        &old,
        "--step",
        "writer",
        "--prompt-file",
        "stricter.md",
    ])
    .code(0)
    .calm()
    .says("anew from `writer` on")
    .says("✔ planner  reused");
    assert_eq!(effects(&cm), ["writer", "check", "reader"]);
    let new = cm.last();
    let shown = cm.json(["show", &new, "--json"]);
    assert_eq!(
        figures(&shown),
        [
            ("planner", 0, 1),
            ("build", 0, 1),
            ("writer", 1, 0),
            ("check", 1, 0),
            ("reader", 1, 0)
        ]
    );
    assert_eq!(shown["after"]["run"], old.as_str());
    assert_eq!(shown["after"]["at"], "writer");
    // What the agent that was not asked again had written into the state is there.
    let checked = "read: Read checked wrote: Write it in rhyme. short.";
    assert!(
        shown["end"]["output"]
            .as_str()
            .is_some_and(|it| it.contains(checked)),
        "{shown}"
    );
    assert_eq!(shown["steps"][0]["usage"]["input"], 0, "it costs nothing");
    cm.run(["logs", &new])
        .code(0)
        .says(&format!("✔ planner  reused from run {old}"));
    cm.run(["show", &new])
        .code(0)
        .says(&format!("after run {old}, anew from `writer` on"));
    assert_eq!(
        cm.json(["show", &old, "--json"]),
        before,
        "the old run stays"
    );
    for event in cm.events(&new) {
        if event["kind"] == "attempted" {
            assert!(event["task"].as_u64() > Some(2), "{event}");
        }
    }
}

#[test]
fn all_of_it_and_a_continuation() {
    let cm = machine();
    let old = done(&cm);
    effects(&cm);
    cm.run(["rerun", "last"]).code(0).calm().says("once more");
    assert_eq!(
        effects(&cm),
        ["planner", "build", "writer", "check", "reader"]
    );
    cm.run(["fork", &old, "--at", "reader"]).code(0).calm();
    assert_eq!(effects(&cm), ["reader"]);
    // What was taken over can be taken over again, and an edited step runs.
    cm.write("flow/agents/writer.md", "Write better for {build.output}.");
    cm.run(["fork", "last", "--at", "reader"]).code(0).calm();
    assert_eq!(effects(&cm), ["writer", "check", "reader"]);
}

#[test]
fn killed_on_the_way() {
    let cm = machine();
    let old = done(&cm);
    effects(&cm);
    cm.write("hold", "");
    let mut child = cm
        .command(["rerun", &old, "--step", "check"])
        .spawn()
        .expect("cm starts");
    cm.wait_for("held");
    end(child.id());
    child.wait().expect("a status");
    std::fs::remove_file(cm.project().join("hold")).expect("it is there");
    cm.run(["resume", "last"]).code(0).calm();
    assert_eq!(effects(&cm), ["check", "check", "reader"]);
    let shown = cm.json(["show", "last", "--json"]);
    let figures = figures(&shown);
    assert_eq!(figures[0], ("planner", 0, 1));
    assert_eq!(figures[2], ("writer", 0, 1));
    assert_eq!(figures[3], ("check", 2, 0));
}

#[test]
fn two_runs_beside_each_other() {
    let cm = machine();
    let old = done(&cm);
    cm.run([
        "rerun",
        &old,
        "--step",
        "writer",
        "--prompt",
        "Write it in rhyme.",
    ])
    .code(0);
    let new = cm.last();
    let compared = cm.json(["diff", &old, &new, "--json"]);
    let schema = cm.json(["schema", "diff"]);
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    assert!(schema.is_valid(&compared), "{compared}");
    assert_eq!(compared["left"]["run"], old.as_str());
    assert_eq!(compared["right"]["after"], old.as_str());
    let steps = compared["steps"].as_array().expect("steps");
    let step = |id: &str| steps.iter().find(|step| step["step"] == id).expect("it");
    assert_eq!(step("planner")["left"]["state"], "done");
    assert_eq!(step("planner")["right"]["state"], "reused");
    assert_eq!(step("planner")["right"]["tokens"], 0);
    assert!(step("planner").get("results").is_none());
    let diff = step("writer")["results"][0]["diff"].as_str();
    let diff = diff.expect("a diff");
    assert!(diff.contains("-wrote: Write for built plan."), "{diff}");
    assert!(diff.contains("+wrote: Write it in rhyme."), "{diff}");
    cm.run(["diff", &old, "last"])
        .code(0)
        .calm()
        .says("done → reused")
        .says("+wrote: Write it in rhyme.");
    cm.run(["diff", &old, &old, "--step", "writer"])
        .code(0)
        .says_not("differs")
        .says_not("planner");
}

/// The words that are put in the place of the workflow's are filled in as those were, and
/// stay when something after them is done once more.
#[test]
fn a_prompt_with_placeholders() {
    let cm = machine().file("stricter.md", "Rhyme on {build.output} for {user_name}.\n");
    let old = done(&cm);
    let mut typed = vec!["rerun", &old, "--step", "writer", "--prompt-file"];
    typed.push("stricter.md");
    cm.run(&typed).code(0).calm();
    let asked = "wrote: Rhyme on built plan for ada.";
    let new = cm.last();
    cm.run(["show", &new]).code(0).says(asked);
    effects(&cm);
    cm.run(["fork", &new, "--at", "reader"])
        .code(0)
        .calm()
        .says(asked);
    assert_eq!(effects(&cm), ["reader"]);
    // Said before anything is begun, which here is nothing.
    cm.write("stricter.md", "Rhyme on {nothing.output}.");
    cm.run(&typed).code(1).calm().says("{nothing.output}");
    assert_eq!(effects(&cm), Vec::<String>::new());
}

#[test]
fn what_it_will_come_to_is_said_first() {
    let cm = machine();
    let old = done(&cm);
    let ran = cm.run(["rerun", &old, "--step", "writer"]).code(0);
    let said = ran.err();
    let taken = format!("Taken over from run {old}, where it is asked the same: planner, build");
    let place = |what: &str| {
        let place = said.find(what);
        place.unwrap_or_else(|| panic!("`{what}` is not in {said}"))
    };
    assert!(place(&taken) < place("Done anew: writer, check, reader"));
    assert!(place("Done anew") < place("The files of the project stay as they are now"));
    assert!(place("stay as they are") < place("anew from `writer` on"));
    cm.run(["rerun", &old])
        .code(0)
        .says("Done anew: planner, build, writer, check, reader")
        .says_not("Taken over");
}

#[test]
fn from_another_project() {
    let cm = machine();
    let old = done(&cm);
    effects(&cm);
    let elsewhere = cm.root().join("elsewhere");
    std::fs::create_dir(&elsewhere).expect("a fresh directory");
    let typed = |arguments: &[&str]| {
        let mut command = cm.command(arguments);
        command.current_dir(&elsewhere);
        cm.ran(command)
    };
    typed(&["rerun", &old, "--step", "reader"])
        .code(0)
        .calm()
        .says(&format!("Run {old} is in "));
    assert_eq!(effects(&cm), ["reader"], "where the run was");
    let new = cm.last();
    typed(&["diff", &old, &new]).code(0).calm().says("reused");
    assert!(!elsewhere.join(".codemachine").exists());
}

#[test]
fn a_step_that_the_workflow_has_no_more() {
    let cm = machine();
    let old = done(&cm);
    effects(&cm);
    let without = WORKFLOW.replace("  - agent: reader\n", "");
    cm.write("flow/workflow.yaml", without);
    cm.run(["fork", &old, "--at", "reader"])
        .code(2)
        .calm()
        .says("the workflow has no step `reader` any more")
        .says(&format!("cm rerun {old}"));
    assert_eq!(effects(&cm), Vec::<String>::new());
}

#[test]
fn while_the_whole_run_is_at_work() {
    let cm = machine();
    cm.write("hold", "");
    let mut child = cm.started(&[], "held");
    let old = cm.last();
    cm.run(["rerun", &old])
        .code(2)
        .calm()
        .says(&format!("run {old} is still at work"))
        .says(&format!("cm fork {old} --at STEP"));
    end(child.id());
    child.wait().expect("a status");
}

/// What was brought back and is gone again is work that is not there.
#[test]
fn a_merge_that_is_no_longer_there() {
    let workflow = "name: Merged
steps:
  - id: both
    parallel: [{ agent: api }, { agent: ui }]
    workspace: own
  - agent: reader
";
    let cm = Cm::new()
        .workflow(workflow)
        .agent("api", "Write the api.")
        .agent("ui", "Write the ui.")
        .agent("reader", "Read it.")
        .script(
            r#"{ "rules": [
            { "agent": "api", "do": [{ "run": "echo api > api.txt; echo api >> ../../../../effects.log" }, { "say": "Done." }] },
            { "agent": "ui", "do": [{ "run": "echo ui > ui.txt; echo ui >> ../../../../effects.log" }, { "say": "Done." }] },
            { "agent": "reader", "do": [{ "run": "cat api.txt ui.txt; echo reader >> effects.log" }, { "say": "read" }] }
            ] }"#,
        )
        .file(".gitignore", "effects.log\n");
    let git = |arguments: &[&str]| {
        let mut command = std::process::Command::new("git");
        let command = command.args(arguments).current_dir(cm.project());
        let home = cm.root().join("home");
        let done = command.env("HOME", home).output().expect("git");
        assert!(done.status.success(), "{arguments:?}: {done:?}");
    };
    git(&["init", "--quiet", "-b", "main"]);
    git(&["config", "user.name", "Ada"]);
    git(&["config", "user.email", "ada@example.com"]);
    git(&["add", "-A"]);
    git(&["commit", "--quiet", "-m", "first"]);
    let old = done(&cm);
    let sorted = || {
        let mut effects = effects(&cm);
        effects.sort();
        effects
    };
    assert_eq!(sorted(), ["api", "reader", "ui"]);
    cm.run(["fork", &old, "--at", "reader"])
        .code(0)
        .calm()
        .says_not("not taken over");
    assert_eq!(sorted(), ["reader"]);
    git(&["reset", "--quiet", "--hard", "HEAD~2"]);
    cm.run(["fork", &old, "--at", "reader"])
        .code(0)
        .calm()
        .says("is not in the project's history any more: it is not taken over");
    assert_eq!(sorted(), ["api", "reader", "ui"]);
    assert_eq!(cm.read("api.txt"), "api\n");
}

#[test]
fn what_cannot_be() {
    let cm = machine();
    let old = done(&cm);
    let refused = |arguments: &[&str], what: &str| {
        let _ = cm.run(arguments).code(2).calm().says(what);
    };
    refused(&["rerun", "zzzzzzz"], "there is no run `zzzzzzz`");
    refused(
        &["fork", "zzzzzzz", "--at", "x"],
        "there is no run `zzzzzzz`",
    );
    refused(&["diff", &old, "zzzzzzz"], "there is no run `zzzzzzz`");
    refused(
        &["rerun", &old, "--step", "writter"],
        "did you mean `writer`?",
    );
    refused(&["fork", &old, "--at", "q"], "it has: planner");
    refused(
        &["diff", &old, &old, "--step", "q"],
        "neither run has a step",
    );
    refused(&["rerun", &old, "--prompt", "x"], "--step");
    refused(
        &["rerun", &old, "--step", "build", "--prompt", "x"],
        "asks no agent",
    );
    refused(
        &[
            "rerun",
            &old,
            "--step",
            "writer",
            "--prompt-file",
            "none.md",
        ],
        "cannot be read",
    );
    cm.write(
        "flow/workflow.yaml",
        WORKFLOW.replace("test -e hold", "exit 3; test -e hold"),
    );
    cm.flow().code(1);
    refused(
        &["fork", "last", "--at", "reader"],
        "step `reader` has not run",
    );
    cm.run(["show", &old]).code(0).says("done");
    assert_eq!(
        cm.json(["runs", "--json"]).as_array().map(Vec::len),
        Some(2)
    );
}

#[test]
fn while_the_old_run_still_goes_on() {
    let cm = machine();
    cm.write("hold", "");
    let mut child = cm.started(&[], "held");
    let old = cm.last();
    std::fs::remove_file(cm.project().join("hold")).expect("it is there");
    effects(&cm);
    cm.run(["fork", &old, "--at", "check"]).code(0).calm();
    assert_eq!(effects(&cm), ["check", "reader"]);
    assert!(
        child.try_wait().expect("a status").is_none(),
        "the old run was left alone"
    );
    end(child.id());
    child.wait().expect("a status");
}

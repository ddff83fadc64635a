//! What a run uses stays the same to the byte for as long as it lasts, whatever is installed
//! meanwhile; another version is used on purpose, and never by itself.

use std::fs;

use serde_json::Value;

use crate::{
    hostile::{WELL, step},
    support::{Cm, house},
};

const SPEAKERS: &str = r#"{ "rules": [
    { "agent": "first", "do": [{ "say": "one" }] },
    { "agent": "second", "do": [{ "say": "two: {first-line}" }] }
] }"#;

const WORKFLOW: &str = "name: Long
steps:
  - agent: first
  - { id: sure, ask: Go on? }
  - agent: second
";

/// Installs a package with the engine `player`, which is the component `guest` of this
/// version of the package.
fn install(cm: &Cm, version: &str, guest: &str) {
    let place = format!("made/player-{version}-{guest}");
    cm.write(
        &format!("{place}/cm.toml"),
        format!(
            "[package]\nname = \"player\"\nversion = \"{version}\"\ndescription = \"Plays\"\n\n\
             [[components]]\nkind = \"engine\"\nname = \"player\"\npath = \"player.wasm\"\n\n\
             [capabilities]\nprograms = ['sh']\nworkspace = \"write\"\n"
        ),
    );
    let built = house().join(format!("target/guests/{guest}.wasm"));
    fs::copy(built, cm.project().join(&place).join("player.wasm")).expect("a component");
    cm.run(["install", &format!("./{place}"), "--yes"])
        .code(0)
        .says(version);
}

fn machine() -> Cm {
    let cm = Cm::new()
        .workflow(WORKFLOW)
        .agent("first", "Begin.")
        .agent("second", "End with {first.output}.")
        .script(SPEAKERS);
    install(&cm, "1.0.0", "scripted");
    cm
}

/// A run that waits in its middle for an answer, which it has by now; its id.
fn begun(cm: &Cm) -> String {
    cm.run([
        "run",
        "./flow",
        "--engine",
        "player",
        "--script",
        "script.json",
    ])
    .code(4)
    .calm();
    let run = cm.last();
    cm.run(["reply", &run, "yes"]).code(0);
    run
}

fn shown(cm: &Cm, run: &str) -> Value {
    let shown = cm.json(["show", run, "--json"]);
    let schema = cm.json(["schema", "show"]);
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    assert!(schema.is_valid(&shown), "{shown}");
    shown
}

/// The version that a run uses.
fn version(cm: &Cm, run: &str, role: &str) -> Option<String> {
    let shown = shown(cm, run);
    let mut pins = shown["pins"].as_array().expect("pins").iter();
    let pin = pins.find(|pin| pin["as"] == role)?;
    Some(pin["version"].as_str().expect("a version").to_owned())
}

fn kinds(cm: &Cm, run: &str, wanted: &str) -> usize {
    let events = cm.events(run);
    events.iter().filter(|it| it["kind"] == wanted).count()
}

#[test]
fn everything_is_written_down_before_it_is_used() {
    let cm = machine();
    let run = begun(&cm);
    let shown = shown(&cm, &run);
    let pins = shown["pins"].as_array().expect("pins");
    let named: Vec<_> = pins
        .iter()
        .map(|pin| (pin["as"].as_str().expect("as"), &pin["package"]))
        .map(|(role, package)| format!("{role} {}", package.as_str().expect("a name")))
        .collect();
    assert_eq!(
        named,
        ["engine player", "package flow", "workflow declarative"]
    );
    for pin in pins {
        assert!(pin["digest"].as_str().expect("one").starts_with("sha256:"));
    }
    assert_eq!(pins[0]["component"]["contract"], "cm:engine/adapter@0.1.0");
    let events = cm.events(&run);
    let place = |wanted: &str| events.iter().position(|it| it["kind"] == wanted);
    assert!(place("pinned") < place("requested"), "{events:?}");
    cm.run(["show", &run])
        .code(0)
        .says("engine player: player 1.0.0 (")
        .says("run by declarative: declarative ")
        .says("workflow: flow ");
}

#[test]
fn an_engine_that_is_upgraded_in_the_middle() {
    let cm = machine();
    let run = begun(&cm);
    // It could not even start: its program is not here.
    install(&cm, "1.1.0", "codex");
    cm.run(["resume", &run]).code(0).calm();
    assert_eq!(version(&cm, &run, "engine").as_deref(), Some("1.0.0"));
    assert_eq!(kinds(&cm, &run, "unpinned"), 0);
    // A new run has the new one.
    cm.run([
        "run",
        "./flow",
        "--engine",
        "player",
        "--script",
        "script.json",
    ])
    .says("`codex`")
    .code(1);
    // The old one, done again, has what it had.
    cm.run(["fork", &run, "--at", "second"]).code(0).calm();
    let again = cm.last();
    assert_eq!(version(&cm, &again, "engine").as_deref(), Some("1.0.0"));
}

#[test]
fn a_version_that_is_gone() {
    let cm = machine();
    let run = begun(&cm);
    install(&cm, "1.1.0", "scripted");
    for name in ["player@1.0.0", "player"] {
        cm.run(["remove", name])
            .code(2)
            .calm()
            .says(&format!("run {run} in "))
            .says(&format!("cm resume {run}"))
            .says("--force");
    }
    cm.run(["remove", "player@1.1.0"]).code(0);
    install(&cm, "1.1.0", "scripted");
    cm.run(["remove", "player@1.0.0", "--force"]).code(0);
    let before = cm.events(&run).len();
    cm.run(["resume", &run])
        .code(2)
        .calm()
        .says("nothing was started: it uses the engine `player` of player 1.0.0")
        .says("there is 1.1.0")
        .says("cm install player@1.0.0")
        .says(&format!("cm resume {run} --upgrade"));
    assert_eq!(cm.events(&run).len(), before, "nothing was written");
    cm.run(["resume", &run, "--upgrade"])
        .code(0)
        .calm()
        .says("engine player: player 1.1.0 (")
        .says(", before player 1.0.0 (");
    assert_eq!(version(&cm, &run, "engine").as_deref(), Some("1.1.0"));
    assert_eq!(kinds(&cm, &run, "unpinned"), 1);
    assert_eq!(cm.attempts("first"), 1, "what was finished is kept");
    cm.run(["logs", &run])
        .code(0)
        .says("it goes on with the versions that are installed now, by ada");
    // A run that is over holds nothing.
    cm.run(["remove", "player"]).code(0);
    cm.run(["fork", &run, "--at", "second"])
        .code(2)
        .calm()
        .says("which is not here any more")
        .says("--upgrade");
}

#[test]
fn the_same_version_with_something_else_in_it() {
    let cm = machine();
    let run = begun(&cm);
    cm.run(["remove", "player", "--force"]).code(0);
    install(&cm, "1.0.0", "codex");
    cm.run(["resume", &run])
        .code(2)
        .calm()
        .says("the 1.0.0 that is here has something else in it");
    cm.run(["remove", "player"]).code(0);
    install(&cm, "1.0.0", "scripted");
    cm.run(["resume", &run]).code(0).calm();
}

#[test]
fn the_workflow_itself() {
    let cm = Cm::new();
    let made = |version: &str| {
        cm.write(
            "made/long/cm.toml",
            format!(
                "[package]\nname = \"long\"\nversion = \"{version}\"\n\n\
                 [capabilities]\nprograms = ['sh']\n"
            ),
        );
        cm.write(
            "made/long/workflow.yaml",
            format!("name: Long\nsteps: [{{ id: sure, ask: Go on? }}, {{ run: 'echo this is {version}' }}]\n"),
        );
        cm.run(["install", "./made/long", "--yes"]).code(0);
    };
    let begun = || {
        cm.run(["run", "long"]).code(4).calm();
        let run = cm.last();
        cm.run(["reply", &run, "yes"]).code(0);
        run
    };
    made("1.0.0");
    let (one, two) = (begun(), begun());
    made("2.0.0");
    cm.run(["resume", &one]).code(0).says("this is 1.0.0");
    cm.run(["remove", "long@1.0.0"])
        .code(2)
        .says(&format!("run {two} in "))
        .says_not(&one);
    cm.run(["remove", "long@1.0.0", "--force"]).code(0);
    cm.run(["resume", &two])
        .code(2)
        .calm()
        .says("its workflow is in long 1.0.0, which is not here any more; there is 2.0.0");
    cm.run(["resume", &two, "--upgrade"])
        .code(0)
        .says("workflow: long 2.0.0 (")
        .says("this is 2.0.0");
    cm.run(["resume", "last", "--upgrade"])
        .code(2)
        .says("is done already");
}

/// A package in a directory is somebody's work: what they change there is meant.
#[test]
fn a_directory_is_used_as_it_is_now() {
    let cm = machine();
    let run = begun(&cm);
    let before = version(&cm, &run, "package");
    cm.write("flow/agents/second.md", "End it, {first.output}.");
    cm.run(["resume", &run]).code(0).calm().says("End it, one");
    assert_eq!(version(&cm, &run, "package"), before);
    assert_eq!(kinds(&cm, &run, "pinned"), 4, "the package as it is now");
}

#[test]
fn a_step_and_a_controller() {
    let workflow = "name: Parts
mode: autonomous
controller: { component: policy, config: { rules: [{ at: approval, do: approve }] } }
steps:
  - step: tools:guest/go
  - { id: sure, ask: Go on?, person: true }
  - { id: more, step: tools:guest/go, input: more }
";
    let cm = Cm::new().workflow(workflow);
    let tools = |version: &str, body: &str| {
        let place = format!("made/tools-{version}");
        cm.write(
            &format!("{place}/cm.toml"),
            format!(
                "[package]\nname = \"tools\"\nversion = \"{version}\"\n\n\
                 [[components]]\nkind = \"step\"\nname = \"guest\"\npath = \"guest.wasm\"\n"
            ),
        );
        cm.write(&format!("{place}/guest.wasm"), step(body));
        cm.run(["install", &format!("./{place}"), "--yes"]).code(0);
    };
    tools("1.0.0", WELL);
    cm.flow().code(4).calm();
    let run = cm.last();
    cm.run(["reply", &run, "yes"]).code(0);
    tools("1.1.0", "unreachable");
    cm.run(["resume", &run]).code(0).calm();
    assert_eq!(version(&cm, &run, "step").as_deref(), Some("1.0.0"));
    let controller = version(&cm, &run, "controller");
    assert!(controller.is_some(), "it is written down, too");
    cm.run(["show", &run])
        .code(0)
        .says("step tools:guest: tools 1.0.0 (")
        .says("controller policy: policy ");
    let events = cm.events(&run);
    let place = |wanted: &str, role: &str| {
        let mut events = events.iter();
        events.position(|it| it["kind"] == wanted && (role.is_empty() || it["pin"]["as"] == role))
    };
    assert!(place("pinned", "controller") < place("entrusted", ""));
    cm.flow().code(1).calm().says("tools 1.1.0");
}

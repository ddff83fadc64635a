//! Packages with components that misbehave: the step fails with their name, the others
//! finish, and the host lives.

use std::path::Path;

use snapbox::str;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::support::{Cm, house, same};

/// A component of one of the project's worlds, around a core module in text.
fn component(world: &str, text: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    for package in ["types", "engine", "flow"] {
        resolve
            .push_path(house().join("wit").join(package))
            .expect("the contract parses");
    }
    let (package, name) = world.split_once('/').expect("NAMESPACE:PACKAGE/WORLD");
    let mut packages = resolve.packages.iter();
    let (id, _) = packages
        .find(|(_, it)| it.name.to_string().starts_with(package))
        .expect("the package exists");
    let world = resolve
        .select_world(&[id], Some(name))
        .expect("the world exists");
    let mut module = wat::parse_str(text).expect("the module is well-formed");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .expect("the metadata fits");
    ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .expect("the module matches its world")
        .encode()
        .expect("the component is valid")
}

/// Memory, and an allocator that never frees.
const ALLOCATOR: &str = r#"
    (memory (export "memory") 2)
    (global $heap (mut i32) (i32.const 65536))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
        (global.set $heap (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
        (global.get $heap)
        (global.set $heap (i32.add (global.get $heap) (local.get 3))))"#;

/// A component with the step `go`, whose body is this text; it gives the address of a
/// `result<string, error>`.
pub(crate) fn step(body: &str) -> Vec<u8> {
    component(
        "cm:flow/steps",
        &format!(
            r#"(module
            {ALLOCATOR}
            (data (i32.const 256) "go")
            (data (i32.const 272) "fine")
            (func $deep (param i32) (result i32)
                (i32.add (i32.const 1) (call $deep (i32.add (local.get 0) (i32.const 1)))))
            (func (export "cm:flow/step@0.1.0#describe") (result i32)
                (i32.store (i32.const 512) (i32.const 256))
                (i32.store (i32.const 516) (i32.const 2))
                (i32.store (i32.const 400) (i32.const 512))
                (i32.store (i32.const 404) (i32.const 1))
                i32.const 400)
            (func $work (result i32) {body})
            (func (export "cm:flow/step@0.1.0#run") (param i32 i32 i32 i32 i32) (result i32)
                (call $work)))"#
        ),
    )
}

/// A step that does nothing wrong.
pub(crate) const WELL: &str = "
    (i32.store8 (i32.const 600) (i32.const 0))
    (i32.store (i32.const 604) (i32.const 272))
    (i32.store (i32.const 608) (i32.const 4))
    i32.const 600";

const MANIFEST: &str = r#"
[package]
name = "shady"
version = "1.2.3"

[capabilities]
programs = ["sh"]

[[components]]
kind = "step"
name = "guest"
path = "guest.wasm"
"#;

const WORKFLOW: &str = "name: Hostile
steps:
  - id: all
    parallel:
      - id: bad
        step: guest/go
      - id: good
        run: echo x >> good.txt
  - run: echo {bad.output}
";

fn package(guest: &[u8]) -> Cm {
    Cm::new()
        .file("flow/cm.toml", MANIFEST)
        .file("flow/workflow.yaml", WORKFLOW)
        .file("flow/guest.wasm", guest)
}

/// Runs a step with this body; gives what is said about it.
fn suffer(body: &str) -> String {
    let cm = package(&step(body));
    let ran = cm.run(["run", "./flow"]).stdout("").code(1).calm();
    let said = ran.err();
    let message = said.split("cm::run-failed\n").nth(1).unwrap_or(&said);
    let message = crate::support::redact(message, cm.root());
    let message = regex::Regex::new(r"wasm-function\[\d+\]|0x[0-9a-f]+")
        .expect("a rule")
        .replace_all(&message, "[PLACE]")
        .into_owned();

    // Which package, which version, which bytes.
    let shown = cm.json(["show", "last", "--json"]);
    let states: Vec<_> = shown["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .map(|step| {
            (
                step["id"].as_str().unwrap_or("?"),
                step["state"].as_str().unwrap_or("?"),
            )
        })
        .collect();
    assert_eq!(
        states,
        [
            ("all", "failed"),
            ("bad", "failed"),
            ("good", "done"),
            ("echo", "pending")
        ]
    );
    assert_eq!(shown["status"], "failed");
    assert_eq!(cm.read("good.txt"), "x\n");

    // Mended, it goes on where it failed.
    cm.write("flow/guest.wasm", step(WELL));
    cm.run(["resume", "last"]).code(0).stdout("fine\n").calm();
    assert_eq!(cm.read("good.txt"), "x\n");
    message
}

#[test]
fn one_that_behaves() {
    package(&step(WELL))
        .run(["run", "./flow"])
        .code(0)
        .stdout("fine\n");
}

#[test]
fn it_loops_for_ever() {
    same(
        &suffer("(loop $l (br $l)) unreachable"),
        str![[r#"

  × run [RUN] failed: the step `all` failed: 1 of its 2 steps failed: `bad`: the component `guest` of shady 1.2.3 ([DIGEST]): it was stopped: it ran for 10 s without an end
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]],
    );
}

#[test]
fn it_allocates_without_bound() {
    same(
        &suffer("(loop $l (drop (memory.grow (i32.const 16))) (br $l)) unreachable"),
        str![[r#"

  × run [RUN] failed: the step `all` failed: 1 of its 2 steps failed: `bad`: the component `guest` of shady 1.2.3 ([DIGEST]): it ran out of memory: it wanted more than 268435456 bytes of memory
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]],
    );
}

#[test]
fn it_traps() {
    same(
        &suffer("unreachable"),
        str![[r#"

  × run [RUN] failed: the step `all` failed: 1 of its 2 steps failed: `bad`: the component `guest` of shady 1.2.3 ([DIGEST]): it trapped: `unreachable` was executed
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]],
    );
}

#[test]
fn the_log_has_where_it_trapped_and_the_whole_digest() {
    let guest = step("(call $deep (i32.const 0)) drop unreachable");
    let cm = package(&guest);
    cm.run(["run", "./flow"]).code(1);
    let events = cm.events("last");
    let failure = events
        .iter()
        .find_map(|event| event["result"]["err"]["failure"]["details"].as_str())
        .expect("there are details");
    assert!(failure.contains("deep"), "{failure}");
    assert!(failure.contains("sha256:"), "{failure}");
    cm.run(["logs", "last"]).code(0).says("deep");
}

#[test]
fn it_recurses() {
    same(
        &suffer("(call $deep (i32.const 0))"),
        str![[r#"

  × run [RUN] failed: the step `all` failed: 1 of its 2 steps failed: `bad`: the component `guest` of shady 1.2.3 ([DIGEST]): it recursed until its stack was full
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]],
    );
}

#[test]
fn it_returns_an_address_outside_of_its_memory() {
    same(
        &suffer("i32.const -8"),
        str![[r#"

  × run [RUN] failed: the step `all` failed: 1 of its 2 steps failed: `bad`: the component `guest` of shady 1.2.3 ([DIGEST]): it broke the contract: pointer out of bounds of memory
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]],
    );
}

#[test]
fn it_returns_what_is_no_text() {
    same(
        &suffer(
            "(i32.store8 (i32.const 300) (i32.const 255))
            (i32.store8 (i32.const 600) (i32.const 0))
            (i32.store (i32.const 604) (i32.const 300))
            (i32.store (i32.const 608) (i32.const 1))
            i32.const 600",
        ),
        str![[r#"

  × run [RUN] failed: the step `all` failed: 1 of its 2 steps failed: `bad`: the component `guest` of shady 1.2.3 ([DIGEST]): it broke the contract: invalid utf-8 sequence of 1 bytes from index 0
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]],
    );
}

#[test]
fn it_returns_too_much() {
    same(
        &suffer(
            "(drop (memory.grow (i32.const 1600)))
            (i32.store8 (i32.const 600) (i32.const 0))
            (i32.store (i32.const 604) (i32.const 0))
            (i32.store (i32.const 608) (i32.const 100000000))
            i32.const 600",
        ),
        str![[r#"

  × run [RUN] failed: the step `all` failed: 1 of its 2 steps failed: `bad`: the component `guest` of shady 1.2.3 ([DIGEST]): it handed over more than 8388608 bytes at once
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]],
    );
}

#[test]
fn it_is_no_component() {
    for guest in [&b"\0asm\x01\0\0\0"[..], b"hello", b""] {
        let cm = package(guest);
        let ran = cm.run(["run", "./flow"]).stdout("").code(1).calm();
        ran.says("shady: `guest.wasm` is ");
        assert_eq!(cm.read("good.txt"), "x\n");
    }
    let cm = package(&engine("unreachable", "unreachable"));
    let ran = cm.run(["run", "./flow"]).stdout("").code(1).calm();
    ran.says("shady");
}

#[test]
fn it_was_changed_after_it_was_installed() {
    let cm = package(&step(WELL));
    cm.run(["install", "./flow", "--yes"]).code(0);
    cm.run(["run", "shady"]).code(0).stdout("fine\n");
    let installed = cm.home().join("imports/shady/1.2.3/guest.wasm");
    std::fs::write(&installed, step("unreachable")).expect("the copy can be changed");
    cm.run(["run", "shady"])
        .stdout("")
        .code(1)
        .calm()
        .says("is not as it was when it was installed");
}

/// An engine whose `describe` and `next` are these texts.
fn engine(describe: &str, next: &str) -> Vec<u8> {
    component(
        "cm:engine/engine",
        &format!(
            r#"(module
            (import "[export]cm:engine/adapter@0.1.0" "[resource-new]turn"
                (func $new (param i32) (result i32)))
            {ALLOCATOR}
            (func (export "cm:engine/adapter@0.1.0#describe") (result i32) {describe})
            (func (export "cm:engine/adapter@0.1.0#diagnose") (param i32 i32) (result i32)
                i32.const 1024)
            (func (export "cm:engine/adapter@0.1.0#[constructor]turn") (param i32) (result i32)
                (call $new (i32.const 7)))
            (func (export "cm:engine/adapter@0.1.0#[method]turn.next")
                (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)
                (result i32) {next}))"#
        ),
    )
}

fn with_engine(guest: &[u8]) -> Cm {
    Cm::new()
        .file("flow/cm.toml", MANIFEST.replace("\"step\"", "\"engine\""))
        .file(
            "flow/workflow.yaml",
            "name: Hostile\nsteps:\n  - agent: talker\n    engine: guest\n",
        )
        .file("flow/agents/talker.md", "Talk.")
        .file("flow/guest.wasm", guest)
}

#[test]
fn an_engine_that_misbehaves() {
    // 72 zero bytes: every text and list is empty.
    let cm = with_engine(&engine("i32.const 1024", "unreachable"));
    let ran = cm.run(["run", "./flow"]).stdout("").code(1).calm();
    ran.says("`guest` of shady 1.2.3").says("✘ talker");
    let cm = with_engine(&engine("unreachable", "unreachable"));
    cm.run(["run", "./flow"])
        .stdout("")
        .code(1)
        .calm()
        .says("`guest` of shady 1.2.3");
    cm.run(["install", "./flow", "--yes"]).code(0);
    // One bad engine does not hide the others.
    cm.run(["engines"])
        .code(0)
        .calm()
        .says("claude")
        .says("`guest` of shady 1.2.3");
}

/// A workflow component whose `check` and `run` are these texts.
fn workflow(check: &str, run: &str) -> Vec<u8> {
    component(
        "cm:flow/workflows",
        &format!(
            r#"(module
            {ALLOCATOR}
            (func (export "cm:flow/workflow@0.1.0#check") (param i32 i32 i32) (result i32) {check})
            (func (export "cm:flow/workflow@0.1.0#run") (param i32 i32 i32) (result i32) {run}))"#
        ),
    )
}

#[test]
fn a_workflow_that_misbehaves() {
    let with = |guest: &[u8]| {
        Cm::new()
            .file("flow/cm.toml", MANIFEST.replace("\"step\"", "\"workflow\""))
            .file("flow/guest.wasm", guest)
    };
    let cm = with(&workflow("unreachable", "unreachable"));
    for command in ["check", "run"] {
        cm.run([command, "./flow"])
            .stdout("")
            .code(1)
            .calm()
            .says("`guest` of shady 1.2.3");
    }
    // No outline, no problems.
    let cm = with(&workflow("i32.const 1024", "unreachable"));
    cm.run(["check", "./flow"]).calm();
    let said = cm.run(["run", "./flow"]).stdout("").calm().err();
    assert!(said.contains("shady"), "{said}");
}

#[test]
fn a_component_that_leads_out_of_its_package() {
    let outside = MANIFEST.replace("guest.wasm", "../guest.wasm");
    let cm = package(&step(WELL))
        .file("guest.wasm", step(WELL))
        .file("flow/cm.toml", outside);
    cm.run(["run", "./flow"])
        .stdout("")
        .code(1)
        .calm()
        .says("../guest.wasm");
    let cm = package(&step(WELL));
    let link = cm.project().join("flow/guest.wasm");
    std::fs::remove_file(&link).expect("it was there");
    std::os::unix::fs::symlink(Path::new("/etc/passwd"), &link).expect("a link");
    cm.run(["run", "./flow"])
        .stdout("")
        .code(1)
        .calm()
        .says_not("root:");
}

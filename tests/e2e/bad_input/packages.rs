//! Packages, workflows and files that are not there or cannot be read.

use std::fs;

use snapbox::str;

use super::yaml;
use crate::support::Cm;

#[test]
fn no_such_workflow() {
    let cm = yaml("name: X\nsteps: [{ run: echo }]\n")
        .agent("planner", "Plan.")
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

  × `` does not name a package: expected NAME or NAMESPACE/NAME, each of lowercase letters, digits and single hyphens, at most 64

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
cm::no-package

  × there is no directory `./nowhere`
  help: packages in a registry are named NAME or NAMESPACE/NAME; `cm search` finds them

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

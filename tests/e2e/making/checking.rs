//! `cm check` of a package as a whole.

use std::fs;

use snapbox::str;

use super::{HEAD, notes};
use crate::support::{Cm, house};

#[test]
fn hints_are_no_problems() {
    let cm = Cm::new()
        .file(
            "bare/cm.toml",
            "[package]\nname = \"bare\"\nversion = \"1.0.0\"\n",
        )
        .file("bare/workflow.yaml", "name: Bare\nsteps:\n  - agent: one\n")
        .file("bare/agents/one.md", "Say one.\n");
    cm.run(["check", "bare"]).code(0).stderr(str![[r#"
bare 1.0.0: 3 files, 84 B
  hint: cm.toml has no `description`: one sentence, which lists and searches show
  hint: cm.toml has no `license`: without one nobody may use it; for example `MIT`
  hint: there is no README.md: what it is for, and how it is used
No problems.

"#]]);
    let checked = cm.json(["check", "bare", "--json"]);
    assert_eq!(checked["ok"], true);
    assert_eq!(checked["files"], 3);
    assert_eq!(checked["hints"].as_array().expect("hints").len(), 3);
    notes().run(["check", "notes"]).code(0).stderr(str![[r#"
notes 1.0.0: 4 files, 170 B
No problems.

"#]]);
}

#[test]
fn what_it_needs_and_does_not_ask_for() {
    let cm = notes();
    cm.write(
        "notes/workflow.yaml",
        "name: Notes\nfiles:\n  rules: { project: RULES.md }\nsteps:\n  - run: make\n  - agent: writer\n",
    );
    cm.run(["check", "notes"]).code(1).stderr(str![[r#"
cm::check

  × cm.toml: the workflow runs commands: the package `notes` wants to run any command you could run, with `sh`, and does not declare that it does
  help: in its cm.toml: [capabilities] programs = ["sh"]
cm::check::warning

  × workflow.yaml:3:3: a file of the project is read here, and cm.toml does not ask for that
   ╭─[workflow.yaml:3:3]
 2 │ files:
 3 │   rules: { project: RULES.md }
   ·   ──┬──
   ·     ╰── here
 4 │ steps:
   ╰────
  help: add `workspace = "read"` below [capabilities]
notes 1.0.0: 4 files, 222 B
1 problem, 1 warning.

"#]]);
    cm.write(
        "notes/cm.toml",
        format!("{HEAD}[capabilities]\nprograms = [\"sh\", \"make\"]\nworkspace = \"read\"\n"),
    );
    cm.run(["check", "notes"]).code(0).says("No problems.");
}

#[test]
fn what_it_asks_for_and_does_not_need() {
    let cm = notes();
    cm.write(
        "notes/cm.toml",
        format!("{HEAD}[capabilities]\nprograms = [\"sh\", \"curl\"]\nenvironment = [\"AWS_*\"]\n"),
    );
    cm.run(["check", "notes"]).code(0).stderr(str![[r#"
cm::check::warning

  × cm.toml: it asks to start `sh`, and nothing in it does
  help: take it out of `programs` below [capabilities]: who installs the package is asked about it
cm::check::warning

  × cm.toml: it asks to start `curl`, and nothing in it does
  help: take it out of `programs` below [capabilities]: who installs the package is asked about it
cm::check::warning

  × cm.toml: it asks to see the variable `AWS_*`, and nothing in it starts a program that could
  help: take it out of `environment` below [capabilities]: who installs the package is asked about it
notes 1.0.0: 4 files, 235 B
0 problems, 3 warnings.

"#]]);
    // A command could use all of it.
    cm.write(
        "notes/workflow.yaml",
        "name: Notes\nsteps:\n  - run: curl -V\n  - agent: writer\n",
    );
    cm.run(["check", "notes"]).code(0).says("No problems.");
}

/// An engine says itself what it starts.
#[test]
fn an_engine_is_asked_what_it_starts() {
    let cm = notes();
    let codex = house().join("target/guests/codex.wasm");
    fs::create_dir_all(cm.project().join("notes/dist")).expect("a directory");
    fs::copy(codex, cm.project().join("notes/dist/codex.wasm")).expect("a component");
    let components =
        "[[components]]\nkind = \"engine\"\nname = \"mine\"\npath = \"dist/codex.wasm\"\n";
    cm.write(
        "notes/cm.toml",
        format!("{HEAD}{components}[capabilities]\nprograms = [\"kodex\"]\n"),
    );
    cm.run(["check", "notes"]).code(1).stderr(str![[r#"
cm::check

  × cm.toml: the engine `mine` starts programs that are not declared: "codex"
  help: add them to `programs` below [capabilities]: "codex"
cm::check::warning

  × cm.toml: the engine `mine` reads variables that are not declared, so its programs will not see them: "OPENAI_*", "CODEX_*", "AZURE_OPENAI_API_KEY"
  help: add them to `environment` below [capabilities]: "OPENAI_*", "CODEX_*", "AZURE_OPENAI_API_KEY"
cm::check::warning

  × cm.toml: it asks to start `kodex`, and nothing in it does
  help: take it out of `programs` below [capabilities]: who installs the package is asked about it
notes 1.0.0: 5 files, [..] kB
1 problem, 2 warnings.

"#]]);
    // A component that is not what it is said to be.
    let components = components.replace("engine", "step");
    cm.write("notes/cm.toml", format!("{HEAD}{components}"));
    cm.run(["check", "notes"])
        .code(1)
        .calm()
        .says("the step `mine` cannot be used");
    // An engine alone is a package too.
    fs::remove_file(cm.project().join("notes/workflow.yaml")).expect("a file");
    cm.run(["check", "notes"])
        .code(1)
        .calm()
        .says("the step `mine` cannot be used");
}

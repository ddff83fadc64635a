//! Steps beside each other, each in a worktree of its own, in real git repositories; what
//! must be there when a step is done; and what is left over.

mod leftovers;

use std::{fs, path::Path, process::Command};

use serde_json::Value;

use crate::support::{Cm, end};

/// Git in the project, as its person uses it.
pub(crate) fn git(cm: &Cm, arguments: &[&str]) -> String {
    let done = Command::new("git")
        .args(arguments)
        .current_dir(cm.project())
        .env("HOME", cm.root().join("home"))
        .output()
        .expect("git is installed");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "git {arguments:?}: {said}");
    String::from_utf8(done.stdout)
        .expect("UTF-8")
        .trim_end()
        .to_owned()
}

/// Makes the project a repository with a commit of all that is in it.
pub(crate) fn commit(cm: Cm) -> Cm {
    git(&cm, &["init", "--quiet", "-b", "main"]);
    git(&cm, &["config", "user.name", "Ada"]);
    git(&cm, &["config", "user.email", "ada@example.com"]);
    git(&cm, &["add", "-A"]);
    git(&cm, &["commit", "--quiet", "-m", "first"]);
    cm
}

/// The worktrees and branches that are there beside the project's own.
pub(crate) fn left(cm: &Cm) -> (usize, String) {
    let worktrees = git(cm, &["worktree", "list"]).lines().count() - 1;
    (worktrees, git(cm, &["branch", "--list", "cm/*"]))
}

fn three(workspace: &str) -> Cm {
    // Only what is merged is checked.
    let checks = match workspace.contains("merge: false") {
        true => "",
        false => "    checks: echo checked >> ../checks.log\n",
    };
    let yaml = format!(
        "name: Three
steps:
  - id: all
    parallel:
      - agent: api
      - agent: ui
      - agent: docs
    workspace: {workspace}
{checks}"
    );
    let cm = Cm::new()
        .workflow(&yaml)
        .agent("api", "Write the api.")
        .agent("ui", "Write the ui.")
        .agent("docs", "Write the docs.");
    match workspace.contains("solver") {
        true => cm.agent("solver", "Solve it."),
        false => cm,
    }
}

#[test]
fn three_branches_are_merged_one_after_the_other() {
    let cm = three("{ include: [.env], setup: ['test -f .env && echo ready > ready.txt'], ports: 2 }")
        .file(".gitignore", ".env\nready.txt\n")
        .file(".env", "KEY=1\n")
        .file("notes.txt", "one\n")
        .script(
            r#"{ "rules": [
            { "agent": "api", "do": [
                { "run": "cat ready.txt > api.txt; echo $CM_PORT $CM_PORT_1 > ../../../../ports-api" },
                { "say": "Done." }] },
            { "agent": "ui", "do": [
                { "run": "pwd > ui.txt; echo $CM_WORKSPACE >> ui.txt; cat notes.txt >> ui.txt" },
                { "say": "Done." }] },
            { "agent": "docs", "do": [{ "write": { "path": "docs/a b.md", "text": "docs\n" } }, { "say": "Done." }] }
            ] }"#,
        );
    let cm = commit(cm);
    cm.write("notes.txt", "not committed\n");
    cm.flow().code(0).calm();
    assert_eq!(cm.read("api.txt"), "ready\n");
    let ui = cm.read("ui.txt");
    assert!(ui.contains("/.codemachine/worktrees/"), "{ui}");
    assert!(ui.ends_with("\nui\nnot committed\n"), "{ui}");
    assert_eq!(cm.read("docs/a b.md"), "docs\n");
    let checks = fs::read_to_string(cm.root().join("checks.log")).expect("checks were run");
    assert_eq!(checks.lines().count(), 3);
    let ports = cm.read("ports-api");
    let ports: Vec<u16> = ports
        .split_whitespace()
        .map(|port| port.parse().expect("a port"))
        .collect();
    assert!(ports.len() == 2 && ports[0] != ports[1], "{ports:?}");
    // Each is a commit of its own, and the person's changes are still theirs.
    assert_eq!(git(&cm, &["rev-list", "--count", "HEAD"]), "4");
    let status = git(&cm, &["status", "--porcelain"]);
    assert!(status.contains(" M notes.txt"), "{status}");
    assert_eq!(left(&cm), (0, String::new()));
}

#[test]
fn a_conflict_is_solved_by_the_agent_that_is_named() {
    let cm = three("{ conflicts: solver }").file("same.txt", "one\n").script(
        r#"{ "rules": [
        { "agent": "api", "do": [{ "write": { "path": "same.txt", "text": "api\n" } }, { "say": "Done." }] },
        { "agent": "ui", "do": [{ "write": { "path": "same.txt", "text": "ui\n" } }, { "say": "Done." }] },
        { "agent": "docs", "do": [{ "write": { "path": "docs.md", "text": "docs\n" } }, { "say": "Done." }] },
        { "agent": "solver", "contains": "same.txt", "do": [
            { "run": "grep -q '<<<<<<<' same.txt && printf 'api\nui\n' > same.txt" }, { "say": "Solved." }] }
        ] }"#,
    );
    let cm = commit(cm);
    cm.flow().code(0).calm();
    assert_eq!(cm.read("same.txt"), "api\nui\n");
    assert_eq!(git(&cm, &["show", "HEAD:same.txt"]), "api\nui");
    assert_eq!(cm.read("docs.md"), "docs\n");
    assert_eq!(left(&cm), (0, String::new()));
}

#[test]
fn what_the_person_has_changed_since_is_not_overwritten() {
    let cm = three("own").file("same.txt", "one\n").script(
        r#"{ "rules": [
        { "agent": "api", "do": [
            { "run": "echo mine > ../../../../same.txt" },
            { "write": { "path": "same.txt", "text": "api\n" } }, { "say": "Done." }] }
        ], "default": { "answer": "Nothing to do." } }"#,
    );
    let cm = commit(cm);
    cm.flow()
        .code(1)
        .says("same.txt")
        .says("not committed")
        .calm();
    assert_eq!(cm.read("same.txt"), "mine\n");
    // What it names as the way out leads on.
    git(&cm, &["checkout", "--quiet", "same.txt"]);
    cm.run(["resume", "last"]).code(0).calm();
    assert_eq!(cm.read("same.txt"), "api\n");
    assert_eq!(left(&cm), (0, String::new()));
}

#[test]
fn without_git_all_share_the_directory_and_it_says_so() {
    let cm = three("own").script(
        r#"{ "rules": [
        { "agent": "api", "do": [{ "write": { "path": "api.txt", "text": "api\n" } }, { "say": "Done." }] }
        ], "default": { "answer": "Done." } }"#,
    );
    cm.flow()
        .code(0)
        .says("works in the project itself")
        .says("no git repository")
        .calm();
    assert_eq!(cm.read("api.txt"), "api\n");
}

#[test]
fn a_setup_that_fails_says_what_it_said() {
    let cm = commit(three(
        "{ setup: ['echo first', 'echo no such thing; exit 7'] }",
    ));
    cm.flow().code(1).says("ended with 7").calm();
    cm.run(["logs", "last"])
        .code(0)
        .says("no such thing")
        .says("$ echo first");
    cm.run(["gc"]).code(0).calm();
    assert_eq!(left(&cm), (0, String::new()));
}

#[test]
fn a_killed_run_goes_on_in_its_worktrees() {
    let cm = three("own").script(
        r#"{ "rules": [
        { "agent": "api", "do": [
            { "run": "test -e part.txt || { echo part > part.txt; until test -e ../../../../at-ui -a -e ../../../../at-docs; do sleep 0.05; done; touch ../../../../begun; sleep 300; }" },
            { "run": "echo whole >> part.txt" }, { "say": "Done." }] }
        ], "default": { "do": [{ "run": "touch ../../../../at-$CM_WORKSPACE" }, { "say": "Done." }] } }"#,
    );
    let cm = commit(cm);
    let mut child = cm.started(&[], "begun");
    end(child.id());
    let _ = child.wait();
    // A run that can go on keeps everything.
    let rows = cm.json(["gc", "--json"]);
    assert_eq!(done(&rows, "worktree"), ["kept", "kept", "kept"]);
    cm.run(["resume", "last"]).code(0).calm();
    assert_eq!(cm.read("part.txt"), "part\nwhole\n");
    assert_eq!(left(&cm), (0, String::new()));
}

/// What was done with the things of one kind.
fn done<'rows>(rows: &'rows Value, what: &str) -> Vec<&'rows str> {
    let rows = rows.as_array().expect("rows").iter();
    let rows = rows.filter(|row| row["what"] == what);
    rows.map(|row| row["done"].as_str().expect("a word"))
        .collect()
}

#[test]
fn what_is_left_over_is_removed_and_work_is_kept() {
    let cm = three("{ merge: false, teardown: ['echo down >> ../../../../down.log'] }").script(
        r#"{ "rules": [
        { "agent": "api", "do": [{ "write": { "path": "api.txt", "text": "api\n" } }, { "say": "Done." }] }
        ], "default": { "answer": "Done." } }"#,
    );
    let cm = commit(cm);
    cm.flow().code(0).calm();
    let before = left(&cm);
    assert_eq!(before.0, 3);
    let rows = cm.json(["gc", "--dry-run", "--json"]);
    assert_eq!(
        done(&rows, "worktree"),
        ["kept", "would-remove", "would-remove"]
    );
    assert_eq!(left(&cm), before);
    cm.run(["gc"])
        .code(0)
        .says("1 change is not committed")
        .says("git worktree remove --force")
        .says("kept")
        .calm();
    let (worktrees, branches) = left(&cm);
    assert_eq!(worktrees, 1);
    assert!(branches.trim().ends_with("/api"), "{branches}");
    assert_eq!(cm.read("down.log").lines().count(), 2);
    // The way out that it names.
    let path = cm
        .project()
        .join(".codemachine/worktrees")
        .join(cm.last())
        .join("api");
    assert!(path.join("api.txt").is_file());
    git(
        &cm,
        &["worktree", "remove", "--force", &path.display().to_string()],
    );
    git(
        &cm,
        &[
            "branch",
            "--quiet",
            "-D",
            branches.trim_start_matches(['+', '*', ' ']),
        ],
    );
    cm.run(["gc"]).code(0).calm();
    assert_eq!(left(&cm), (0, String::new()));
    assert!(
        !cm.project()
            .join(".codemachine/worktrees")
            .join(cm.last())
            .exists()
    );
    cm.run(["gc"]).code(0).says("Nothing is left over");
    // The run itself is still there to be looked at.
    cm.run(["show", "last"]).code(0).calm();
    cm.run(["logs", "last"]).code(0).calm();
}

#[test]
fn an_agent_that_says_it_is_done_is_not_believed() {
    for (with_git, name) in [(true, "git"), (false, "none")] {
        let cm = Cm::new()
            .workflow("name: Proof\nsteps:\n  - agent: builder\n    produces: { changes: true, attempts: 0 }\n")
            .agent("builder", "Build it.")
            .script(r#"{ "default": { "answer": "All done!" } }"#);
        let cm = match with_git {
            true => commit(cm),
            false => cm,
        };
        cm.flow()
            .code(1)
            .says("no file has changed")
            .says("has not used a single tool")
            .calm();
        assert!(Path::new(&cm.project()).is_dir(), "{name}");
        cm.write(
            "script.json",
            r#"{ "default": { "do": [{ "run": "echo x >> built.txt" }, { "say": "All done!" }] } }"#,
        );
        cm.flow().code(0).calm();
    }
}

#[test]
fn files_and_their_schemas_are_looked_at() {
    let schema = r#"{ type: object, required: [n], properties: { n: { type: integer } } }"#;
    let cm = Cm::new()
        .workflow(&format!(
            "name: Proof\nsteps:\n  - agent: builder\n    produces: {{ files: ['docs/*.md'], schema: {{ out.json: {schema} }}, attempts: 0 }}\n"
        ))
        .agent("builder", "Build it.")
        .script(r#"{ "default": { "do": [{ "run": "mkdir docs; : > docs/a.md; echo '{}' > out.json" }, { "say": "Done." }] } }"#);
    cm.flow()
        .code(1)
        .says("all files that match `docs/*.md` are empty")
        .says("`out.json` does not meet its schema")
        .calm();
}

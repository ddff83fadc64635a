//! What cannot go well: nothing of anybody's is lost, whoever is asked knows what to do, and
//! in the end nothing is left over.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::symlink,
    path::Path,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use super::{commit, done, git, left, three};
use crate::support::{Cm, PATIENCE, end};

/// Two agents that change the same line.
const BOTH: &str = r#"
    { "agent": "api", "do": [{ "write": { "path": "same.txt", "text": "api\n" } }, { "say": "Done." }] },
    { "agent": "ui", "do": [{ "write": { "path": "same.txt", "text": "ui\n" } }, { "say": "Done." }] },
    { "agent": "docs", "do": [{ "say": "Nothing to do." }] }"#;

#[test]
fn a_conflict_that_nobody_solves_waits_and_is_kept_until_it_is_solved() {
    let cm = three("own")
        .file("same.txt", "one\n")
        .script(&format!(r#"{{ "rules": [{BOTH}] }}"#));
    let cm = commit(cm);
    cm.flow()
        .code(4)
        .says("Merging the work of the step `ui`")
        .says("same.txt")
        .says("(solved / give up)")
        .calm();
    let rows = cm.json(["gc", "--dry-run", "--json"]);
    assert!(!done(&rows, "worktree").contains(&"would-remove"), "{rows}");
    cm.run(["cancel", "last"]).code(0).calm();
    cm.run(["gc"])
        .code(0)
        .says("the conflicts of its merge are not solved")
        .says("solve them in the project and commit that")
        .calm();
    assert_eq!(left(&cm).0, 1);
    assert!(cm.read("same.txt").contains("<<<<<<< "));
    // Taken back instead of solved, what the branch has is nowhere else.
    git(&cm, &["checkout", "--quiet", "same.txt"]);
    cm.run(["gc"]).code(0).says("not merged").calm();
    assert_eq!(left(&cm).0, 1);
    // Solved as it says.
    cm.write("same.txt", "api\nui\n");
    git(&cm, &["commit", "--quiet", "-am", "solved"]);
    cm.run(["gc"]).code(0).says("removed").calm();
    assert_eq!(left(&cm), (0, String::new()));
    assert_eq!(cm.read("same.txt"), "api\nui\n");
}

#[test]
fn an_agent_that_does_not_solve_it_is_not_asked_for_ever() {
    let cm = three("{ conflicts: solver }")
        .file("same.txt", "one\n")
        .script(&format!(
            r#"{{ "rules": [{BOTH}, {{ "agent": "solver", "do": [
                {{ "run": "echo x >> ../asked" }}, {{ "say": "Solved!" }}] }}] }}"#
        ));
    let cm = commit(cm);
    cm.flow()
        .code(1)
        .says("the work of the step `ui` could not be merged")
        .says("same.txt")
        .says("mend it in the run's directory, then resume the run")
        .calm();
    let asked = fs::read_to_string(cm.root().join("asked")).expect("it was asked");
    assert_eq!(asked.lines().count(), 3);
    cm.write("same.txt", "api\nui\n");
    cm.run(["resume", "last"]).code(0).calm();
    assert_eq!(git(&cm, &["show", "HEAD:same.txt"]), "api\nui");
    assert_eq!(left(&cm), (0, String::new()));
}

fn begun(cm: &Cm, arguments: &[&str]) -> Child {
    cm.command(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cm starts")
}

#[test]
fn two_runs_at_once_want_the_same_names() {
    let script = |word: &str, other: &str| {
        format!(
            r#"{{ "rules": [{{ "agent": "api", "do": [
                {{ "run": "touch ../../../../{word}; until test -e ../../../../{other}; do sleep 0.02; done; echo {word} > {word}.txt" }},
                {{ "say": "Done." }}] }}], "default": {{ "answer": "Nothing to do." }} }}"#
        )
    };
    let cm = three("own")
        .file("first.json", script("first", "second"))
        .file("second.json", script("second", "first"));
    let cm = commit(cm);
    let run = |file: &str| {
        let arguments = ["run", "./flow", "--engine", "scripted", "--script", file];
        begun(&cm, &arguments)
    };
    let (first, second) = (run("first.json"), run("second.json"));
    cm.finished(first).code(0).calm();
    cm.finished(second).code(0).calm();
    assert_eq!(git(&cm, &["show", "HEAD:first.txt"]), "first");
    assert_eq!(git(&cm, &["show", "HEAD:second.txt"]), "second");
    assert_eq!(left(&cm), (0, String::new()));
}

#[test]
fn a_port_that_somebody_has_taken_since_is_named() {
    let cm = three("{ ports: 1 }").script(
        r#"{ "rules": [{ "agent": "api", "do": [
            { "run": "test -e ../../../../again || { echo $CM_PORT > ../../../../port.new; mv ../../../../port.new ../../../../port; sleep 300; }" },
            { "say": "Done." }] }], "default": { "answer": "Nothing to do." } }"#,
    );
    let cm = commit(cm);
    let mut child = cm.started(&[], "port");
    end(child.id());
    let _ = child.wait();
    cm.write("again", "");
    let port: u16 = cm.read("port").trim().parse().expect("a port");
    let _taken = TcpListener::bind(("127.0.0.1", port)).expect("it is free");
    cm.run(["resume", "last"])
        .code(0)
        .says(&format!(
            "step `api`: port {port} of branch `api` is taken by another program"
        ))
        .says("ss -ltnp")
        .calm();
}

/// A machine on which everything is but git.
#[test]
fn without_a_git_program_all_share_the_directory_and_it_says_so() {
    let cm = three("own").script(
        r#"{ "rules": [
        { "agent": "api", "do": [{ "write": { "path": "api.txt", "text": "api\n" } }, { "say": "Done." }] }
        ], "default": { "answer": "Done." } }"#,
    );
    let bin = cm.root().join("without-git");
    fs::create_dir(&bin).expect("a directory");
    for program in [
        "sh", "cat", "mkdir", "dirname", "mv", "sleep", "rm", "touch", "printf",
    ] {
        let known = ["/usr/bin", "/bin"].map(|directory| Path::new(directory).join(program));
        let found = known.into_iter().find(|path| path.exists());
        if let Some(found) = found {
            symlink(found, bin.join(program)).expect("a link");
        }
    }
    let cm = cm.variable("PATH", &bin.display().to_string());
    cm.flow()
        .code(0)
        .says("works in the project itself")
        .says("git is not installed")
        .calm();
    assert_eq!(cm.read("api.txt"), "api\n");
    cm.run(["gc"]).code(0).calm();
}

/// A program that left its group, lets go of its pipes, and will not be told to end.
const STUBBORN: &str = "setsid sh -c 'trap \"\" TERM HUP INT; echo $$ > pid.new; mv pid.new pid; while :; do sleep 1; done' </dev/null >/dev/null 2>&1 & until test -e pid; do sleep 0.02; done";

fn is_alive(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    let state = stat.rsplit_once(") ").map(|(_, rest)| rest.chars().next());
    matches!(state, Some(Some(state)) if state != 'Z' && state != 'X')
}

fn ends(pid: &str) {
    let began = Instant::now();
    while is_alive(pid) {
        assert!(began.elapsed() < PATIENCE, "{pid} lives on");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn stubborn(more: &str) -> Cm {
    let run = serde_json::to_string(&format!("{STUBBORN}{more}")).expect("a text");
    Cm::new().workflow(&format!("name: Stubborn\nsteps:\n  - run: {run}\n"))
}

#[test]
fn a_program_that_will_not_be_told_to_end_ends_with_the_run() {
    let cm = stubborn("");
    cm.flow().code(0).calm();
    ends(&cm.read("pid"));
    let rows = cm.json(["gc", "--json"]);
    assert!(done(&rows, "program").is_empty(), "{rows}");
    cm.run(["gc"]).code(0).says("Nothing is left over");
}

#[test]
fn a_program_of_a_run_that_was_killed_is_removed_when_that_is_over() {
    let cm = stubborn("; touch begun; sleep 300");
    let mut child = cm.started(&[], "begun");
    end(child.id());
    let _ = child.wait();
    let pid = cm.read("pid");
    assert!(is_alive(&pid));
    // The run can go on, and with it what it had begun.
    let rows = cm.json(["gc", "--json"]);
    assert!(done(&rows, "program").contains(&"kept"), "{rows}");
    assert!(rows.to_string().contains("cm resume"), "{rows}");
    assert!(is_alive(&pid));
    cm.run(["cancel", "last"]).code(0).calm();
    let rows = cm.json(["gc", "--dry-run", "--json"]);
    assert!(!done(&rows, "program").contains(&"kept"), "{rows}");
    cm.run(["gc"]).code(0).calm();
    ends(&pid);
    cm.run(["gc"]).code(0).says("Nothing is left over");
}

#[test]
fn a_project_that_is_gone_is_forgotten() {
    let cm = Cm::new().workflow("name: Once\nsteps:\n  - run: 'true'\n");
    let other = cm.root().join("other");
    fs::create_dir(&other).expect("a directory");
    let name = other.display().to_string();
    cm.run(["run", "./flow", "--dir", &name]).code(0).calm();
    fs::remove_dir_all(&other).expect("it was there");
    let rows = cm.json(["gc", "--dry-run", "--json"]);
    assert_eq!(done(&rows, "project"), ["would-remove"], "{rows}");
    cm.run(["gc"]).code(0).says(&name);
    let rows = cm.json(["gc", "--json"]);
    assert!(done(&rows, "project").is_empty(), "{rows}");
}

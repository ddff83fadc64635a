//! What can be wrong, and what is said about it: what happened, where, why, and what
//! to type next. Nothing is lost by any of it.

use std::{
    fs,
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    path::Path,
    process::{Command, Stdio},
};

use snapbox::str;

use crate::support::{Cm, binary, is_root, signal, skipped};
use rustix::process::Signal;

/// The message for a workflow that is wrong; both commands must say the same, and
/// nothing must be started.
fn wrong(cm: &Cm) -> String {
    let checked = cm.run(["check", "flow"]).code(1).calm();
    let ran = cm.flow().code(2).stdout("").calm();
    let problem = |said: &str| {
        said.split("\ncm::bad-workflow")
            .next()
            .unwrap_or_default()
            .trim_end()
            .to_owned()
    };
    let by_run = problem(&ran.err());
    let by_check = checked
        .err()
        .trim_end()
        .rsplit_once('\n')
        .expect("a count at the end")
        .0
        .to_owned();
    assert_eq!(by_run, by_check);
    assert!(
        !cm.project().join(".codemachine").exists(),
        "something was started"
    );
    format!("{by_run}\n")
}

fn yaml(yaml: &str) -> Cm {
    Cm::new().workflow(yaml).agent("planner", "Plan.")
}

#[test]
fn a_workflow_that_does_not_parse() {
    let said = wrong(&yaml(
        "name: Broken\nsteps:\n  - agent: planner\n   run: echo\n",
    ));
    snapbox::assert_data_eq!(said, str![]);
    let said = wrong(&yaml("name: \"Broken\nsteps: []\n"));
    snapbox::assert_data_eq!(said, str![]);
    let said = wrong(&yaml("name: Broken\nsteps: &x [*x]\n"));
    snapbox::assert_data_eq!(said, str![]);
}

#[test]
fn a_workflow_that_is_something_else() {
    let said = wrong(&yaml(""));
    snapbox::assert_data_eq!(said, str![]);
    let said = wrong(&yaml("- a\n- b\n"));
    snapbox::assert_data_eq!(said, str![]);
    let said = wrong(&yaml("name: 7\nsteps: none\n"));
    snapbox::assert_data_eq!(said, str![]);
    let said = wrong(&Cm::new().file("flow/workflow.yaml", b"name: \xff\xfe\nsteps: []\n"));
    snapbox::assert_data_eq!(said, str![]);
}

#[test]
fn a_workflow_too_large() {
    let said = wrong(&yaml(&format!(
        "name: Large\n# {}\nsteps: []\n",
        "x".repeat(2 << 20)
    )));
    snapbox::assert_data_eq!(said, str![]);
}

#[test]
fn an_unknown_key() {
    let said = wrong(&yaml("name: Keys\nsteps:\n  - agnet: planner\n"));
    snapbox::assert_data_eq!(said, str![]);
    let said = wrong(&yaml(
        "name: Keys\nsteps:\n  - agent: planner\n    tiemout: 10m\n",
    ));
    snapbox::assert_data_eq!(said, str![]);
    let said = wrong(&yaml("nmae: Keys\nsteps:\n  - agent: planner\n"));
    snapbox::assert_data_eq!(said, str![]);
}

#[test]
fn what_is_not_built_is_refused() {
    let said = wrong(&yaml(
        "name: Modes\nmode: hybrid\nsteps:\n  - agent: planner\n",
    ));
    snapbox::assert_data_eq!(said, str![]);
}

#[test]
fn an_agent_that_is_not_there() {
    let said = wrong(&yaml("name: Agents\nsteps:\n  - agent: plannre\n"));
    snapbox::assert_data_eq!(said, str![]);
    let said = wrong(&Cm::new().workflow("name: Agents\nsteps:\n  - agent: planner\n"));
    snapbox::assert_data_eq!(said, str![]);
}

#[test]
fn an_agent_without_a_prompt() {
    let said = wrong(&yaml("name: Agents\nsteps:\n  - agent: planner\n").agent("planner", ""));
    snapbox::assert_data_eq!(said, str![]);
    let said = wrong(
        &yaml("name: Agents\nsteps:\n  - agent: planner\n")
            .agent("planner", "---\nname: Planner\n---\n\n"),
    );
    snapbox::assert_data_eq!(said, str![]);
}

#[test]
fn front_matter_that_is_wrong() {
    let said = wrong(
        &yaml("name: Agents\nsteps:\n  - agent: planner\n")
            .agent("planner", "---\nengin: codex\n---\nPlan.\n"),
    );
    snapbox::assert_data_eq!(said, str![]);
    let said = wrong(
        &yaml("name: Agents\nsteps:\n  - agent: planner\n")
            .agent("planner", "---\nname: x\nPlan.\n"),
    );
    snapbox::assert_data_eq!(said, str![]);
}

#[test]
fn an_unknown_engine() {
    let said = wrong(&yaml(
        "name: Engines\nsteps:\n  - agent: planner\n    engine: clod\n",
    ));
    snapbox::assert_data_eq!(said, str![]);
    let cm = yaml("name: Engines\nsteps:\n  - agent: planner\n");
    cm.run(["run", "flow", "--engine", "clod"])
        .stdout("")
        .code(2)
        .stderr(str![]);
}

#[test]
fn an_unknown_placeholder() {
    let said = wrong(
        &yaml("name: Placeholders\nsteps:\n  - agent: planner\n")
            .agent("planner", "Plan this:\n{specificaton}\n"),
    );
    snapbox::assert_data_eq!(said, str![]);
    let said = wrong(&yaml(
        "name: Placeholders\nsteps:\n  - run: echo {tests.output}\n  - id: tests\n    run: echo\n",
    ));
    snapbox::assert_data_eq!(said, str![]);
}

#[test]
fn a_specification_that_was_not_given() {
    let cm = yaml("name: Spec\nsteps:\n  - agent: planner\n").agent("planner", "{specification}");
    cm.flow().code(1).stdout("").stderr(str![]);
}

#[test]
fn a_loop_to_nowhere() {
    let said = wrong(&yaml(
        "name: Loop\nsteps:\n  - run: echo\n    on-failure: { loop: { to: plan, max: 3 } }\n  - id: planner\n    run: echo\n",
    ));
    snapbox::assert_data_eq!(said, str![]);
}

#[test]
fn a_step_of_no_component() {
    let cm = yaml("name: Steps\nsteps:\n  - step: tools/summary\n");
    cm.flow().code(1).stdout("").stderr(str![]);
}

#[test]
fn escapes_in_a_workflow_do_not_reach_the_terminal() {
    let said = wrong(&yaml(
        "name: Evil\nsteps:\n  - agent: planner\n    # \u{9b}2J \u{202e}\n    tiemout: 1s\n",
    ));
    assert!(!said.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{said:?}");
    let said = wrong(&yaml("name: Evil\nsteps:\n  - \"\\e[2J\": planner\n"));
    assert!(!said.contains('\u{1b}'), "{said:?}");
}

#[test]
fn no_such_workflow() {
    let cm = yaml("name: X\nsteps: [{ run: echo }]\n")
        .file("empty/README", "")
        .file("notes.yaml", "name: X\nsteps: [{ run: echo }]\n");
    cm.run(["run", "fix-test"])
        .stdout("")
        .code(2)
        .stderr(str![]);
    cm.run(["run", "./nowhere"])
        .stdout("")
        .code(2)
        .stderr(str![]);
    cm.run(["run", "./empty"]).stdout("").code(2).stderr(str![]);
    cm.run(["run", "notes.yaml"])
        .stdout("")
        .code(2)
        .stderr(str![]);
    cm.run(["run", "flow/agents/planner.md"])
        .stdout("")
        .code(2)
        .stderr(str![]);
    cm.run(["run", "codex"]).stdout("").code(2).stderr(str![]);
    cm.run(["run", "../../etc"]).stdout("").code(2).calm();
    cm.run(["run", ""]).stdout("").code(2).stderr(str![]);
    cm.run(["check", "./nowhere"])
        .stdout("")
        .code(2)
        .stderr(str![]);
    cm.run(["install", "./nowhere"])
        .stdout("")
        .code(2)
        .stderr(str![]);
}

#[test]
fn several_workflows() {
    let cm = Cm::new()
        .file(
            "two/cm.toml",
            "[package]\nname = \"two\"\nversion = \"1.0.0\"\n",
        )
        .file(
            "two/workflows/a.yaml",
            "name: A\nsteps: [{ run: echo this is a }]\n",
        )
        .file(
            "two/workflows/b.yaml",
            "name: B\nsteps: [{ run: echo this is b }]\n",
        );
    cm.run(["run", "./two"]).stdout("").code(2).stderr(str![]);
    cm.run(["run", "two/workflows/b.yaml"])
        .stdout("this is b\n")
        .code(0);
    cm.run(["check", "two"]).code(0).stdout(str![]);
}

#[test]
fn a_manifest_that_is_wrong() {
    let cm = yaml("name: X\nsteps: [{ run: echo }]\n").file(
        "flow/cm.toml",
        "[package]\nname = \"flow\"\nversoin = \"1.0.0\"\n",
    );
    cm.run(["check", "flow"]).stdout("").code(1).stderr(str![]);
    cm.write(
        "flow/cm.toml",
        "[package]\nname = \"flow\"\nversion = \"1.0.0\"\ncm = \">=99\"\n",
    );
    cm.run(["run", "./flow"]).stdout("").stderr(str![]).code(1);
    cm.run(["install", "./flow"])
        .stdout("")
        .stderr(str![])
        .code(1);
}

#[test]
fn files_that_cannot_be_read() {
    let cm = yaml("name: X\nsteps: [{ run: echo }]\n").file("binary", b"\xff\xfe");
    cm.flow_with(&["--spec", "nowhere.md"])
        .stdout("")
        .code(2)
        .stderr(str![]);
    cm.flow_with(&["--spec", "binary"])
        .stdout("")
        .code(2)
        .stderr(str![]);
    cm.flow_with(&["--spec", "."])
        .stdout("")
        .code(2)
        .stderr(str![]);
    cm.flow_with(&["--dir", "nowhere"])
        .stdout("")
        .code(2)
        .stderr(str![]);
    cm.flow_with(&["--dir", "binary"])
        .stdout("")
        .code(2)
        .stderr(str![]);
    cm.run(["runs", "--dir", "nowhere"])
        .stdout("")
        .code(2)
        .stderr(str![]);
    assert!(
        !cm.project().join(".codemachine").exists(),
        "something was started"
    );
}

#[test]
fn a_script_that_is_wrong() {
    let cm = yaml("name: X\nsteps: [{ agent: planner }]\n").file(
        "script.json",
        "{ \"rules\": [{ \"do\": [{ \"shout\": 1 }] }] }",
    );
    cm.flow().stdout("").code(1).stderr(str![]);
    cm.write("script.json", "not JSON");
    cm.flow().stdout("").code(1).stderr(str![]);
}

#[test]
fn an_engine_that_is_not_installed() {
    let cm = yaml("name: X\nsteps: [{ run: touch begun }, { agent: planner }]\n")
        .variable("PATH", "/bin:/usr/bin");
    cm.run(["run", "./flow", "--engine", "codex"])
        .stdout("")
        .code(1)
        .stderr(str![]);
    cm.run(["run", "./flow"]).stdout("").code(2).stderr(str![]);
    assert!(!cm.project().join("begun").exists());
}

#[test]
fn an_engine_that_vanishes_in_the_middle() {
    let cm = yaml("name: X\nsteps: [{ run: rm ../bin/codex }, { agent: planner }]\n")
        .program("codex", "exit 1");
    cm.run(["run", "./flow", "--engine", "codex"])
        .stdout("")
        .code(1)
        .stderr(str![]);
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
        .stderr(str![]);
}

#[test]
fn an_engine_that_exits_without_a_word() {
    engine(r#"[{ "exit": 0 }]"#)
        .flow()
        .stdout("")
        .code(1)
        .stderr(str![]);
}

#[test]
fn an_engine_that_is_killed() {
    engine(r#"[{ "say": "I begin." }, { "kill": "KILL" }]"#)
        .flow()
        .stdout("")
        .code(1)
        .stderr(str![]);
}

#[test]
fn an_engine_that_hangs() {
    let cm = engine(r#"[{ "say": "I begin." }, { "hang": true }]"#);
    cm.flow().stdout("").code(1).stderr(str![]);
}

#[test]
fn an_engine_that_hangs_and_does_not_listen() {
    let cm = engine(r#"[{ "say": "I begin." }, { "ignore": "TERM" }, { "hang": true }]"#);
    cm.flow().stdout("").code(1).says("took longer than it may");
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
    cm.run(["run", "./flow"]).stdout("").code(1).stderr(str![]);
}

#[test]
fn a_command_that_floods_hangs_or_is_killed() {
    let cm = yaml(
        "name: Command\nsteps:\n  - id: much\n    run: head -c 3000000 /dev/zero | tr '\\0' x\n  - id: slow\n    timeout: 1s\n    run: sleep 100\n",
    );
    cm.flow().stdout("").code(1).stderr(str![]);
    let cm = yaml("name: Command\nsteps:\n  - id: gone\n    run: kill -9 $$\n");
    cm.flow().stdout("").code(1).stderr(str![]);
    let cm = yaml("name: Command\nsteps:\n  - id: gone\n    run: no-such-program --at all\n");
    cm.flow().stdout("").code(1).stderr(str![]);
}

#[test]
fn a_run_that_is_not_there() {
    let cm = yaml("name: X\nsteps: [{ run: echo }]\n");
    cm.flow().code(0);
    for command in ["show", "logs", "resume", "cancel"] {
        cm.run([command, "zzzzzzz"])
            .stdout("")
            .code(2)
            .stderr(str![[r#"
cm::no-such-run

  × there is no run `zzzzzzz`
  help: `cm runs` lists them

"#]]);
    }
    cm.run(["show", "\u{1b}[2J"])
        .stdout("")
        .code(2)
        .says_not("\u{1b}");
    cm.run(["show", ""]).stdout("").code(2).stderr(str![]);
    cm.run(["logs", "last", "--step", "nowhere"])
        .stdout("")
        .code(2)
        .stderr(str![]);
}

#[test]
fn an_id_that_could_be_several() {
    let cm = yaml("name: X\nsteps: [{ run: echo }]\n");
    // More runs than there are letters that an id can begin with.
    for _ in 0..33 {
        cm.flow().code(0);
    }
    let runs = cm.json(["runs", "--json", "-n", "100"]);
    let ids: Vec<_> = runs
        .as_array()
        .expect("a list")
        .iter()
        .map(|run| run["run"].as_str().expect("an id"))
        .collect();
    let begins = |first: &str| ids.iter().filter(|id| id.starts_with(first)).count();
    let first = ids
        .iter()
        .map(|id| &id[..1])
        .find(|first| begins(first) > 1)
        .expect("two begin alike");
    let ran = cm.run(["show", first]).stdout("").code(2);
    assert!(
        ran.err().contains(&format!("`{first}` could be one of ")),
        "{ran}"
    );
    assert!(ran.err().contains("help: give more of its id"), "{ran}");
    cm.run(["show", ids[0]]).code(0);
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
fn a_home_that_cannot_be() {
    let cm = yaml("name: X\nsteps: [{ run: echo it runs }]\n").file("occupied", "");
    let below = cm.project().join("occupied/home");
    let at = |arguments: &[&str]| {
        let mut command = cm.command(arguments);
        command.env("CODEMACHINE_HOME", &below);
        cm.ran(command).calm()
    };
    at(&["run", "./flow"]).code(0).stdout("it runs\n");
    at(&["list"]).code(0).says("fix-tests");
    at(&["install", "./flow"]).stdout("").code(1).stderr(str![]);
    let mut homeless = cm.command(["list"]);
    homeless.env_remove("HOME");
    cm.ran(homeless).stdout("").code(1).stderr(str![]);
}

/// The command as a user who owns nothing here. None when that cannot be.
fn as_nobody(cm: &Cm, arguments: &[&str]) -> Option<Command> {
    if !is_root() {
        return None;
    }
    let open =
        |path: &Path| fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a mode");
    open(cm.root());
    let program = cm.root().join("cm");
    if !program.exists() {
        fs::copy(binary(), &program).expect("a copy that anybody can run");
    }
    let mut command = cm.within(Command::new(program), arguments);
    command.uid(65534).gid(65534).env("TMPDIR", "/tmp");
    Some(command)
}

#[test]
fn a_home_and_a_project_that_are_read_only() {
    let cm = yaml("name: X\nsteps: [{ run: echo it runs }]\n");
    cm.run(["install", "./flow"]).code(0);
    cm.flow().code(0);
    let Some(run) = as_nobody(&cm, &["run", "./flow"]) else {
        return skipped(
            "read-only homes and projects",
            "not root, so there is no other user to be",
        );
    };
    cm.ran(run).stdout("").code(1).calm().stderr(str![]);
    let as_nobody = |arguments: &[&str]| cm.ran(as_nobody(&cm, arguments).expect("root"));
    // Others' packages and runs can be looked at when they may be read.
    let open = "chmod -R a+rX home project";
    assert!(
        Command::new("sh")
            .args(["-c", open])
            .current_dir(cm.root())
            .status()
            .expect("sh")
            .success()
    );
    as_nobody(&["list"]).code(0).says("flow").calm();
    as_nobody(&["runs"]).code(0).says("done").calm();
    as_nobody(&["show", "last"]).code(0).says("it runs").calm();
    as_nobody(&["logs", "last"]).code(0).says("it runs").calm();
    as_nobody(&["install", "./flow", "--force"])
        .stdout("")
        .code(1)
        .calm()
        .stderr(str![]);
    as_nobody(&["run", "./flow"])
        .stdout("")
        .code(1)
        .calm()
        .stderr(str![]);
    // A project of one's own, and a home that is not.
    let own = cm.root().join("own");
    fs::create_dir(&own).expect("a directory");
    std::os::unix::fs::chown(&own, Some(65534), Some(65534)).expect("root");
    as_nobody(&["run", "flow", "--dir", &own.display().to_string()])
        .code(0)
        .stdout("it runs\n")
        .calm();
}

/// A small file system of its own.
struct Disk(tempfile::TempDir);

impl Disk {
    fn new(size: &str) -> Option<Self> {
        let directory = tempfile::tempdir().ok()?;
        let options = format!("size={size}");
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(directory.path())
            .stderr(Stdio::null())
            .status();
        mount
            .is_ok_and(|status| status.success())
            .then_some(Self(directory))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

#[test]
fn a_full_disk() {
    let cm = yaml(
        "name: Full\nsteps:\n  - id: first\n    run: echo x >> ../first\n  - id: much\n    run: head -c 20000000 /dev/zero > rest; true\n  \
         - id: noisy\n    run: head -c 200000 /dev/urandom | base64\n  - id: last\n    run: echo the end\n",
    );
    let Some(disk) = Disk::new("4m") else {
        return skipped("a full disk", "a small file system cannot be mounted here");
    };
    let project = disk.path().join("project");
    fs::create_dir(&project).expect("there is room");
    let (place, first) = (project.display().to_string(), disk.path().join("first"));
    let ran = cm.flow_with(&["--dir", &place]).stdout("").code(1).calm();
    let said = ran
        .err()
        .replace(&disk.path().display().to_string(), "[DISK]");
    assert!(said.contains("the disk is full"), "{said}");
    assert!(said.contains("cm resume"), "{said}");
    // What was finished is known; with room it goes on.
    fs::remove_file(project.join("rest")).expect("the disk was filled");
    cm.run(["show", "last", "--dir", &place])
        .code(0)
        .says("✔ first");
    cm.run(["resume", "last", "--dir", &place]).calm();
    fs::remove_file(project.join("rest")).ok();
    assert_eq!(fs::read_to_string(first).expect("it ran"), "x\n");
}

#[test]
fn a_disk_that_is_full_before() {
    let cm = yaml("name: Full\nsteps: [{ run: touch ../begun }]\n");
    let Some(disk) = Disk::new("64k") else {
        return skipped("a full disk", "a small file system cannot be mounted here");
    };
    let project = disk.path().join("project");
    fs::create_dir(&project).expect("there is room");
    let _ = fs::write(project.join("ballast"), vec![0; 100_000]);
    let ran = cm
        .flow_with(&["--dir", &project.display().to_string()])
        .stdout("")
        .code(1)
        .calm();
    assert!(ran.err().contains("the disk is full"), "{ran}");
    assert!(!disk.path().join("begun").exists());
}

#[test]
fn a_damaged_journal() {
    let steps: String = (0..60)
        .map(|n| format!("  - id: s{n}\n    run: seq 1 300\n"))
        .collect();
    let cm = yaml(&format!("name: Damaged\nsteps:\n{steps}"));
    cm.flow().code(0);
    let path = cm.project().join(".codemachine/journal.db");
    let mut bytes = fs::read(&path).expect("the journal");
    let middle = bytes.len() / 2 / 8192 * 8192;
    bytes[middle..middle + 8192].fill(0xa5);
    fs::write(&path, &bytes).expect("damage");
    cm.run(["show", "last"])
        .stdout("")
        .code(1)
        .calm()
        .stderr(str![]);
    cm.run(["logs", "last", "--json"]).code(1).calm();
    cm.run(["resume", "last"]).stdout("").code(1).calm();
    assert_eq!(
        fs::read(&path).expect("the journal"),
        bytes,
        "the evidence was touched"
    );
    fs::write(&path, "Dear diary").expect("damage");
    cm.run(["runs"]).stdout("").code(1).calm().stderr(str![]);
    cm.flow().stdout("").code(1).calm().stderr(str![]);
    assert_eq!(fs::read(&path).expect("the journal"), b"Dear diary");
}

/// A run that waits for a file, and tells that it has begun.
const WAITING: &str = "name: Waiting\nsteps:\n  - run: echo $$ >> begun; while [ ! -e go ]; do sleep 0.02; done\n  - run: echo the end\n";

#[test]
fn two_runs_in_one_project() {
    let cm = yaml(WAITING);
    let first = cm.started(&[], "begun");
    let second = cm
        .flow_command(&[])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cm starts");
    while cm.read("begun").lines().count() < 2 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let runs = cm.json(["runs", "--json"]);
    let running = runs
        .as_array()
        .expect("a list")
        .iter()
        .filter(|run| run["status"] == "running")
        .count();
    assert_eq!(running, 2, "{runs}");
    cm.write("go", "");
    cm.finished(first).code(0).stdout("the end\n");
    cm.finished(second).code(0).stdout("the end\n");
}

#[test]
fn one_run_is_driven_by_one() {
    let cm = yaml(WAITING);
    let driver = cm.started(&[], "begun");
    let ran = cm.run(["resume", "last"]).stdout("").code(1);
    let said = ran
        .err()
        .replace(&format!("process {}", driver.id()), "process [PID]");
    let said = crate::support::redact(&said, cm.root());
    snapbox::assert_data_eq!(said, str![]);
    cm.write("go", "");
    cm.finished(driver).code(0).stdout("the end\n");
    assert_eq!(cm.read("begun").lines().count(), 1);
}

#[test]
fn a_driver_that_was_killed() {
    let cm = yaml(WAITING);
    let driver = cm.started(&[], "begun");
    signal(driver.id(), Signal::KILL);
    let _ = driver.wait_with_output();
    cm.run(["runs"]).code(0).says("stopped");
    cm.run(["show", "last"]).code(0).says("go on: cm resume");
    cm.write("go", "");
    cm.run(["resume", "last"]).code(0).stdout("the end\n");
    cm.run(["resume", "last"])
        .stdout("")
        .code(2)
        .says("is done already");
}

#[test]
fn a_workflow_that_is_gone_when_it_is_resumed() {
    let cm = yaml("name: Gone\nsteps: [{ run: 'false' }]\n");
    cm.flow().code(1);
    fs::remove_dir_all(cm.project().join("flow")).expect("it was there");
    cm.run(["resume", "last"]).stdout("").code(2).stderr(str![]);
    cm.run(["show", "last"]).code(0).says("failed");
}

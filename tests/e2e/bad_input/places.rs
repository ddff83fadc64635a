//! Homes, projects and disks that cannot be used, and a journal that is damaged.

use std::{
    fs,
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    path::Path,
    process::{Command, Stdio},
};

use snapbox::str;

use super::yaml;
use crate::support::{Cm, binary, copy_program, is_root, skipped};

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
    at(&["install", "./flow"])
        .stdout("")
        .code(1)
        .stderr(str![[r#"
flow 0.0.0 (new, from [ROOT]/project/flow)
cm::disk

  × cannot create the directory [ROOT]/project/occupied/home/imports: Not a directory (os error 20)
  help: make it accessible, or set CODEMACHINE_HOME to a directory you can write to

"#]]);
    let mut homeless = cm.command(["list"]);
    homeless.env_remove("HOME");
    cm.ran(homeless).stdout("").code(1).stderr(str![[r#"
cm::no-home

  × there is no home directory: neither CODEMACHINE_HOME nor HOME is set
  help: set CODEMACHINE_HOME to a directory of your own

"#]]);
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
        copy_program(binary(), &program);
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
    cm.ran(run).stdout("").code(1).calm().stderr(str![[r#"
cm::disk

  × cannot read [ROOT]/home/.codemachine/policy.toml: Permission denied (os error 13)
  help: make it accessible, or set CODEMACHINE_HOME to a directory you can write to

"#]]);
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
        .stderr(str![[r#"
cm::disk

  × cannot lock [ROOT]/home/.codemachine/imports/registry.lock: Permission denied (os error 13)
  help: make it accessible, or set CODEMACHINE_HOME to a directory you can write to

"#]]);
    as_nobody(&["run", "./flow"])
        .stdout("")
        .code(1)
        .calm()
        .stderr(str![[r#"
note: compiled components cannot be kept in [ROOT]/home/.codemachine/cache (it belongs to somebody else): every start compiles them again
cm::read-only

  × cannot write to [ROOT]/project/.codemachine/journal.open: it is read-only
  help: Allow writing to [ROOT]/project/.codemachine/journal.open, or work in a copy.

"#]]);
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
        .stderr(str![[r#"
cm::journal-corrupt

  × the journal [ROOT]/project/.codemachine/journal.db is damaged: database disk image is malformed
  help: The file was left as it is. Put back a copy of it, or look at what is left with `sqlite3 [ROOT]/project/.codemachine/journal.db .recover`; to start with an empty journal, move [ROOT]/project/.codemachine/journal.db away.

"#]]);
    cm.run(["logs", "last", "--json"]).code(1).calm();
    assert!(
        fs::read(&path).expect("the journal") == bytes,
        "the evidence was touched"
    );
    cm.run(["resume", "last"])
        .stdout("")
        .code(1)
        .calm()
        .says("is damaged");
    fs::write(&path, "Dear diary").expect("damage");
    cm.run(["runs"]).stdout("").code(1).calm().stderr(str![[r#"
cm::journal-corrupt

  × the journal [ROOT]/project/.codemachine/journal.db is damaged: the file has been cut to 10 bytes
  help: The file was left as it is. Put back a copy of it, or look at what is left with `sqlite3 [ROOT]/project/.codemachine/journal.db .recover`; to start with an empty journal, move [ROOT]/project/.codemachine/journal.db away.

"#]]);
    cm.flow().stdout("").code(1).calm().stderr(str![[r#"
cm::journal-corrupt

  × the journal [ROOT]/project/.codemachine/journal.db is damaged: the file has been cut to 10 bytes
  help: The file was left as it is. Put back a copy of it, or look at what is left with `sqlite3 [ROOT]/project/.codemachine/journal.db .recover`; to start with an empty journal, move [ROOT]/project/.codemachine/journal.db away.

"#]]);
    assert_eq!(fs::read(&path).expect("the journal"), b"Dear diary");
}

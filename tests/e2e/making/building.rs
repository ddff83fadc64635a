//! `cm build` and `cm pack`.

use std::{fs, os::unix::fs::symlink, time::SystemTime};

use snapbox::str;

use super::{HEAD, component, notes};
use crate::support::Cm;

#[test]
fn what_would_be_published_is_shown() {
    let cm = notes();
    cm.run(["build", "notes"])
        .code(0)
        .stdout(str![[r#"
notes 1.0.0
sha256:[DIGEST]
170 B on the disk, 4.80 kB to download

LAYER                  SIZE
prompts and workflows  4.10 kB
README.md              8 B

FILE              SIZE
README.md         8 B
agents/writer.md  37 B
cm.toml           88 B
workflow.yaml     37 B

"#]])
        .stderr("");
    let built = cm.json(["build", "notes", "--json"]);
    assert_eq!(built["files"].as_array().expect("files").len(), 4);
    assert_eq!(built["layers"].as_array().expect("layers").len(), 2);
}

/// Only names and contents count: not times, not the order on the disk, not what is left
/// by others.
#[test]
fn the_same_source_has_the_same_digest() {
    let cm = notes();
    let one = cm.json(["build", "notes", "--json"])["digest"].clone();
    let again = cm.project().join("again");
    fs::create_dir_all(again.join("agents")).expect("a directory");
    for file in ["agents/writer.md", "README.md", "workflow.yaml", "cm.toml"] {
        let from = fs::read(cm.project().join("notes").join(file)).expect("a file");
        fs::write(again.join(file), from).expect("a file");
        let file = fs::File::options()
            .append(true)
            .open(again.join(file))
            .expect("a file");
        file.set_modified(SystemTime::UNIX_EPOCH).expect("a time");
    }
    cm.write("again/.git/HEAD", "ref: x");
    cm.write("again/node_modules/x.js", "x");
    assert_eq!(cm.json(["build", "again", "--json"])["digest"], one);
    cm.write("again/README.md", "# Notes!\n");
    assert_ne!(cm.json(["build", "again", "--json"])["digest"], one);
}

#[test]
fn the_build_command_is_run_in_the_package() {
    let cm = notes();
    cm.write(
        "notes/cm.toml",
        format!("{HEAD}[build]\ncommand = \"pwd >&2; echo made > made.txt; printenv CM_KEY_PASSWORD; echo \\\"to stderr\\\" >&2\"\n"),
    );
    let mut build = cm.command(["build", "notes", "--json"]);
    build.env("CM_KEY_PASSWORD", "secret");
    let ran = cm.ran(build).code(0).stderr(str![[r#"
$ pwd >&2; echo made > made.txt; printenv CM_KEY_PASSWORD; echo "to stderr" >&2
[ROOT]/project/notes
to stderr

"#]]);
    let paths: Vec<_> = ran.json()["files"]
        .as_array()
        .expect("files")
        .iter()
        .map(|file| file["path"].clone())
        .collect();
    assert!(paths.contains(&"made.txt".into()), "{paths:?}");
    // Nothing else runs it.
    fs::remove_file(cm.project().join("notes/made.txt")).expect("a file");
    cm.run(["check", "notes"]).code(0);
    cm.run(["pack", "notes"]).code(0);
    cm.run(["publish", "notes"]).code(0);
    cm.run(["install", "notes", "--yes"]).code(0);
    assert!(!cm.project().join("notes/made.txt").exists());
}

#[test]
fn a_build_command_that_fails() {
    let cm = notes();
    cm.write(
        "notes/cm.toml",
        format!("{HEAD}[build]\ncommand = \"echo no compiler; exit 3\"\n"),
    );
    cm.run(["build", "notes"])
        .code(1)
        .stdout("")
        .stderr(str![[r#"
$ echo no compiler; exit 3
no compiler
cm::build-failed

  × the build command ended with 3
  help: mend what it says above, or the command below [build] in cm.toml

"#]]);
    cm.write("notes/cm.toml", format!("{HEAD}[build]\ncommand = \"\"\n"));
    cm.run(["build", "notes"]).code(1).stderr(str![[r#"
cm::manifest

  × notes/cm.toml:7:11: expected a command line, like `cargo build --release`

"#]]);
}

#[test]
fn what_is_no_package_is_not_built() {
    let cm = Cm::new()
        .file(
            "My Flow/workflow.yaml",
            "name: X\nsteps: [{ run: 'true' }]\n",
        )
        .file("empty/README.md", "x")
        .file(
            "bad/cm.toml",
            "[package]\nname = \"bad\"\nversion = \"1.0\"\n",
        );
    cm.run(["build", "nowhere"])
        .code(2)
        .stdout("")
        .stderr(str![[r#"
cm::no-directory

  × there is no directory `nowhere`
  help: name the directory of a package, or make one: cm new NAME

"#]]);
    cm.run(["pack", "My Flow"])
        .code(2)
        .stdout("")
        .stderr(str![[r#"
cm::no-manifest

  × My Flow has no cm.toml, so nobody could say which version of it they have
  help: write one with at least:
        [package]
        name = "my-flow"
        version = "0.1.0"

"#]]);
    cm.run(["publish", "empty"])
        .code(2)
        .stdout("")
        .stderr(str![[r#"
cm::not-a-package

  × empty is not a package: it has neither a cm.toml nor a workflow.yaml
  help: name a directory with a workflow.yaml in it

"#]]);
    cm.run(["build", "bad"]).code(1).stdout("").stderr(str![[r#"
cm::manifest

  × bad/cm.toml:3:11: `1.0` is not a version: unexpected end of input while parsing minor version number; expected one like `1.2.3`

"#]]);
    assert!(!cm.home().join("registry").exists());
}

#[test]
fn files_that_cannot_be_packed() {
    let cm = notes();
    let inside = |path: &str| cm.project().join("notes").join(path);
    let refused = |path: &str| {
        for command in ["build", "pack", "check", "publish"] {
            cm.run([command, "notes"]).code(1).calm();
        }
        let ran = cm.run(["build", "notes"]).code(1).stdout("");
        fs::remove_file(inside(path)).expect("a file");
        ran
    };
    symlink("/etc/passwd", inside("link")).expect("a link");
    refused("link").stderr(str![[r#"
cm::invalid-package

  × notes: `link`: it is a symbolic link that leads out of the package
  help: mend the package, or tell its author

"#]]);
    symlink("nowhere", inside("dangling")).expect("a link");
    refused("dangling").stderr(str![[r#"
cm::invalid-package

  × notes: `dangling`: the symbolic link leads nowhere
  help: mend the package, or tell its author

"#]]);
    fs::write(inside("a:b.txt"), "x").expect("a file");
    refused("a:b.txt").stderr(str![[r#"
cm::invalid-package

  × notes: `a:b.txt`: a path has no backslash, colon or control character; its parts are joined by `/`
  help: mend the package, or tell its author

"#]]);
    fs::write(inside("readme.MD"), "x").expect("a file");
    refused("readme.MD").stderr(str![[r#"
cm::unfit-package

  × notes cannot be published: `readme.MD` and `README.md` are the same name on some disks
  help: mend it, then run `cm check` and publish again

"#]]);
    let large = fs::File::create(inside("large.bin")).expect("a file");
    large.set_len((64 << 20) + 1).expect("a hole");
    refused("large.bin").stderr(str![[r#"
cm::too-large

  × notes: `large.bin` is larger than the limit of 64 MiB

"#]]);
    // A link that stays inside is the file it leads to.
    symlink("README.md", inside("LIESMICH.md")).expect("a link");
    cm.run(["build", "notes"]).code(0).says("LIESMICH.md");
}

#[test]
fn components_are_looked_at() {
    let cm = notes();
    let with = |kind: &str, bytes: &[u8]| {
        cm.write("notes/dist/x.wasm", bytes);
        cm.write(
            "notes/cm.toml",
            format!(
                "{HEAD}[[components]]\nkind = \"{kind}\"\nname = \"x\"\npath = \"dist/x.wasm\"\n"
            ),
        );
    };
    with("engine", b"");
    fs::remove_file(cm.project().join("notes/dist/x.wasm")).expect("a file");
    cm.run(["build", "notes"]).code(1).stdout("").stderr(str![[r#"
cm::not-built

  × the engine `x` is not built: there is no `dist/x.wasm`
  help: put it there, or say in cm.toml how it is made, for `cm build`: a table [build] with `command`

"#]]);
    with("engine", b"#!/bin/sh\n");
    cm.run(["build", "notes"])
        .code(1)
        .stdout("")
        .stderr(str![[r#"
cm::invalid-package

  × notes: `dist/x.wasm` is not WebAssembly
  help: mend the package, or tell its author

"#]]);
    with("engine", &component("(module)"));
    cm.run(["build", "notes"])
        .code(1)
        .stdout("")
        .stderr(str![[r#"
cm::not-a-component

  × `dist/x.wasm` is a core WebAssembly module, and cannot be made a component
  │   because it does not say of which types it is
  help: build it with `wit-bindgen` for a world of cm; `cm new NAME --template step` shows how

"#]]);
    let reaching = component(
        "(component (import \"cm:flow/run@0.1.0\" (instance (export \"now\" (func (result f64))))))",
    );
    with("engine", &reaching);
    cm.run(["build", "notes"])
        .code(1)
        .stdout("")
        .stderr(str![[r#"
cm::undeclared-import

  × notes 1.0.0: dist/x.wasm imports `cm:flow/run@0.1.0`, which an engine cannot have
  help: build the component without it: a component gets nothing but the cm interfaces of its kind and a WASI without effects

"#]]);
    cm.run(["check", "notes"]).code(1).says("cm:flow/run@0.1.0");
    cm.run(["publish", "notes"])
        .code(1)
        .says("nothing was published");
    with("step", &reaching);
    cm.run(["build", "notes"]).code(0).says("dist/x.wasm");
}

#[test]
fn a_packed_file_can_be_installed() {
    let cm = notes();
    cm.run(["pack", "notes"])
        .code(0)
        .stdout("")
        .stderr(str![[r#"
Packed notes 1.0.0 ([DIGEST]) into notes-1.0.0.tar, 4.80 kB
Install it anywhere: cm install ./notes-1.0.0.tar

"#]]);
    let first = fs::read(cm.project().join("notes-1.0.0.tar")).expect("a file");
    cm.run([
        "pack",
        "notes",
        "-o",
        "out/other.tar",
        "--namespace",
        "acme",
    ])
    .code(0)
    .stderr(str![[r#"
Packed acme/notes 1.0.0 ([DIGEST]) into out/other.tar, 4.80 kB
Install it anywhere: cm install ./out/other.tar

"#]]);
    cm.run(["pack", "notes"]).code(0);
    let again = fs::read(cm.project().join("notes-1.0.0.tar")).expect("a file");
    assert!(first == again, "the same package made other bytes");
    cm.run(["pack", "notes", "-o", "notes.zip"])
        .code(2)
        .stdout("")
        .stderr(str![[r#"
cm::file-name

  × `notes.zip` does not end in `.tar`
  help: name it so: `cm install` knows such a file by that

"#]]);
    cm.run(["pack", "notes", "--namespace", "A b"]).code(2).stderr(str![[r#"
cm::package-name

  × `A b/notes` does not name a package: `A b` is not lowercase letters, digits and single hyphens, at most 64, a letter or digit at both ends
  help: write it as NAME or NAMESPACE/NAME, for example `acme/review`

"#]]);
    cm.run(["pack", "notes", "-o", "out/other.tar/x.tar"])
        .code(1)
        .calm();
    cm.run(["install", "./out/other.tar", "--yes"]).code(0);
    cm.run(["list"]).code(0).says("acme/notes");
}

/// What is written must not become a part of the package.
#[test]
fn nothing_is_written_into_the_package() {
    let cm = notes();
    let within = |arguments: &[&str]| {
        let mut command = cm.command(arguments);
        command.current_dir(cm.project().join("notes"));
        cm.ran(command)
    };
    let before = cm.json(["build", "notes", "--json"])["digest"].clone();
    within(&["pack"]).code(0).stderr(str![[r#"
Packed notes 1.0.0 ([DIGEST]) into [ROOT]/project/notes-1.0.0.tar, 4.80 kB
Install it anywhere: cm install [ROOT]/project/notes-1.0.0.tar

"#]]);
    assert!(cm.project().join("notes-1.0.0.tar").is_file());
    within(&["pack", "-o", "x.tar"])
        .code(2)
        .stdout("")
        .stderr(str![[r#"
cm::file-name

  × `x.tar` is in the package, and would become a part of it
  help: name one in another directory, like `../FILE`

"#]]);
    within(&["build", "--manifest", "agents/x.json"])
        .code(2)
        .stdout("")
        .says("is in the package");
    within(&["build", "--manifest", "../x.json"]).code(0);
    assert_eq!(cm.json(["build", "notes", "--json"])["digest"], before);
}

//! `cm publish`.

use std::{fs, os::unix::fs::PermissionsExt as _};

use snapbox::str;

use super::{HEAD, notes};
use crate::support::{is_root, skipped};

#[test]
fn it_says_what_to_type_next() {
    let cm = notes();
    cm.run(["publish", "notes", "--dry-run"])
        .code(0)
        .stdout("")
        .stderr(str![[r#"
Would publish notes 1.0.0 ([DIGEST]) in the registry [ROOT]/home/.codemachine/registry, 4.80 kB
Nothing was published: this was a dry run

"#]]);
    assert!(
        !cm.home().join("registry").exists(),
        "a dry run has written"
    );
    cm.run(["publish", "notes"])
        .code(0)
        .stdout("")
        .stderr(str![[r#"
Published notes 1.0.0 ([DIGEST]) in the registry [ROOT]/home/.codemachine/registry, 4.80 kB
note: it is not signed; `cm keys new NAME` makes a key, and publishing again signs it
Install it on this machine: cm install notes@1.0.0
For another one: cm pack notes

"#]]);
    cm.run([
        "publish",
        "notes",
        "--namespace",
        "acme",
        "--registry",
        "./shelf/",
    ])
    .code(0)
    .stderr(str![[r#"
Published acme/notes 1.0.0 ([DIGEST]) in the registry [ROOT]/project/shelf/, 4.80 kB
note: it is not signed; `cm keys new NAME` makes a key, and publishing again signs it
Install it on this machine: cm install acme/notes@1.0.0 --registry ./shelf/
For another one: cm pack notes --namespace acme

"#]]);
    cm.run(["install", "notes@1.0.0", "--yes"]).code(0);
}

#[test]
fn a_version_never_changes() {
    let cm = notes();
    cm.run(["publish", "notes"]).code(0);
    cm.run(["publish", "notes"])
        .code(0)
        .stdout("")
        .stderr(str![[r#"
Published already: notes 1.0.0 ([DIGEST]) in the registry [ROOT]/home/.codemachine/registry, 4.80 kB
note: it is not signed; `cm keys new NAME` makes a key, and publishing again signs it
Install it on this machine: cm install notes@1.0.0
For another one: cm pack notes

"#]]);
    cm.write("notes/README.md", "# Other notes\n");
    for arguments in [
        &["publish", "notes"][..],
        &["publish", "notes", "--dry-run"],
    ] {
        cm.run(arguments).code(1).stdout("").stderr(str![[r#"
cm::already-published

  × notes 1.0.0 is published in the registry [ROOT]/home/.codemachine/registry already, with other content
  help: a published version never changes: raise the version above 1.0.0 in cm.toml

"#]]);
    }
    cm.write("notes/cm.toml", HEAD.replace("1.0.0", "1.0.1"));
    cm.run(["publish", "notes"]).code(0);
}

#[test]
fn what_has_problems_is_not_published() {
    let cm = notes();
    cm.write(
        "notes/workflow.yaml",
        "name: Notes\nsteps:\n  - agent: nobody\n",
    );
    cm.run(["publish", "notes"])
        .code(1)
        .stdout("")
        .stderr(str![[r#"
cm::check

  × workflow.yaml:3:12: there is no agent `nobody`
   ╭─[workflow.yaml:3:12]
 2 │ steps:
 3 │   - agent: nobody
   ·            ───┬──
   ·               ╰── here
   ╰────
  help: agents: `writer`; or write agents/nobody.md
cm::bad-package

  × `notes` has a problem; nothing was published
  help: check it again with: cm check notes

"#]]);
    cm.write(
        "notes/workflow.yaml",
        "name: Notes\nsteps:\n  - run: make\n",
    );
    cm.run(["publish", "notes"])
        .code(1)
        .says("nothing was published");
    assert!(!cm.home().join("registry").exists());
}

#[test]
fn what_it_needs_must_be_published_first() {
    let cm = notes()
        .file("tools/cm.toml", HEAD.replace("notes", "tools"))
        .file(
            "tools/workflow.yaml",
            "name: Tools\nsteps:\n  - agent: one\n",
        )
        .file("tools/agents/one.md", "Say one.\n");
    cm.write(
        "notes/cm.toml",
        format!("{HEAD}[dependencies]\n\"acme/tools\" = \"^1\"\nclaude = \"*\"\n"),
    );
    cm.run(["publish", "notes"]).code(1).stdout("").stderr(str![[r#"
cm::unpublished-dependency

  × `notes` needs acme/tools ^1, and no such version is published in the registry [ROOT]/home/.codemachine/registry
  help: publish that first, or mend [dependencies] in cm.toml

"#]]);
    cm.run(["publish", "tools", "--namespace", "acme"]).code(0);
    cm.run(["publish", "notes"]).code(0);
}

#[test]
fn registries_that_are_none_or_cannot_be_written() {
    let cm = notes().file("file/thing", "");
    cm.run(["publish", "notes", "--registry", "team"])
        .code(2)
        .stdout("")
        .stderr(str![[r#"
cm::no-registry

  × there is no registry `team`; there is local
  help: see what there is: cm registry list

"#]]);
    cm.run(["publish", "notes", "--registry", "ftp://example.com"])
        .code(2)
        .stderr(str![[r#"
cm::registry-address

  × `ftp://example.com` is not the address of a registry: it begins with https:// or oci://
  help: write it like `https://registry.example.com/team`

"#]]);
    let thing = cm
        .project()
        .join("file/thing/registry")
        .display()
        .to_string();
    cm.run(["publish", "notes", "--registry", &thing]).code(1).stdout("").stderr(str![[r#"
cm::disk

  × cannot create the directory [ROOT]/project/file/thing/registry/blobs/sha256: Not a directory (os error 20)

"#]]);
    cm.run(["publish", "notes", "--registry", "http://127.0.0.1:9"])
        .code(1)
        .calm();
    if is_root() {
        return skipped(
            "a registry that cannot be written",
            "root can write everywhere",
        );
    }
    let shelf = cm.project().join("shelf");
    fs::create_dir(&shelf).expect("a directory");
    fs::set_permissions(&shelf, fs::Permissions::from_mode(0o555)).expect("its rights");
    let shelf = shelf.display().to_string();
    cm.run(["publish", "notes", "--registry", &shelf])
        .code(1)
        .calm()
        .says("cannot");
}

//! Archives, directories and repositories that somebody else has made.

use std::{fs, path::Path};

use tar::EntryType;

use super::{Case, refused, stage::Stage};
use crate::artifact::tests::component;

const REFUSED: &str = "refused-package";

/// An archive of these entries.
fn archive(stage: &mut Stage, entries: &[(&str, EntryType, &[u8])]) {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, kind, bytes) in entries {
        let mut header = tar::Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        if matches!(kind, EntryType::Symlink | EntryType::Link) {
            header.set_link_name("../../precious.txt").unwrap();
        }
        header.set_cksum();
        archive.append(&header, *bytes).unwrap();
    }
    let bytes = archive.into_inner().unwrap();
    tar_file(stage, &bytes);
}

fn tar_file(stage: &mut Stage, bytes: &[u8]) {
    stage.write("x.tar", bytes);
    stage.specs = vec![stage.path("x.tar").display().to_string()];
}

const FILE: EntryType = EntryType::Regular;

/// A directory with a package, and something in it.
fn directory(stage: &mut Stage, more: impl FnOnce(&Path)) {
    stage.write(
        "work/cm.toml",
        "[package]\nname = 'work'\nversion = '1.0.0'\n",
    );
    stage.write("work/workflow.yaml", "name: x\nsteps: []\n");
    stage.write("work/agents/a.md", "a");
    more(&stage.path("work"));
    stage.specs = vec![stage.path("work").display().to_string()];
}

/// A repository with such a directory in it.
fn repository(stage: &mut Stage, more: impl FnOnce(&Path)) {
    directory(stage, more);
    stage.repository = Some(stage.path("work"));
    stage.specs = vec!["git+https://example.com/evil.git#v1".into()];
}

/// Makes a package of it that has an engine.
fn engine(root: &Path, bytes: &[u8]) {
    let text = "[package]\nname = 'work'\nversion = '1.0.0'\n[[components]]\nkind = 'engine'\nname = 'x'\npath = 'dist/x.wasm'\n";
    fs::write(root.join("cm.toml"), text).unwrap();
    fs::create_dir(root.join("dist")).unwrap();
    fs::write(root.join("dist/x.wasm"), bytes).unwrap();
}

fn link(from: &Path, to: &str) {
    std::os::unix::fs::symlink(to, from).unwrap();
}

fn pipe(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

pub(super) fn cases() -> Vec<Case> {
    let odd = "no part of an image layout";
    vec![
        refused("an archive that leads up", REFUSED, odd, |stage| {
            archive(stage, &[("../../precious.txt", FILE, b"x")])
        }),
        refused("an archive with an absolute path", REFUSED, odd, |stage| {
            archive(stage, &[("/tmp/cm-hostile-evil", FILE, b"x")])
        }),
        refused(
            "an archive that leads up from its blobs",
            REFUSED,
            odd,
            |stage| {
                archive(
                    stage,
                    &[("blobs/sha256/../../../../precious.txt", FILE, b"x")],
                )
            },
        ),
        refused(
            "an archive with a link for its index",
            REFUSED,
            odd,
            |stage| archive(stage, &[("index.json", EntryType::Symlink, b"")]),
        ),
        refused("an archive with a hard link", REFUSED, odd, |stage| {
            archive(stage, &[("index.json", EntryType::Link, b"")])
        }),
        refused("an archive with a device", REFUSED, odd, |stage| {
            archive(stage, &[("index.json", EntryType::Char, b"")])
        }),
        refused("an archive with a pipe", REFUSED, odd, |stage| {
            archive(stage, &[("oci-layout", EntryType::Fifo, b"")])
        }),
        refused(
            "an archive with an index twice",
            REFUSED,
            "one of them twice",
            |stage| {
                archive(
                    stage,
                    &[("index.json", FILE, b"{}"), ("index.json", FILE, b"{}")],
                )
            },
        ),
        refused("an archive with a file of its own", REFUSED, odd, |stage| {
            archive(stage, &[("evil.sh", FILE, b"#!/bin/sh\n")])
        }),
        refused(
            "an archive without a package",
            REFUSED,
            "no index.json",
            |stage| archive(stage, &[("oci-layout", FILE, b"{}")]),
        ),
        refused(
            "an archive that is none",
            REFUSED,
            "not a tar archive",
            |stage| tar_file(stage, &[b'x'; 2000]),
        ),
        refused(
            "an archive that says it is huge",
            REFUSED,
            "ends too early",
            |stage| {
                let mut header = tar::Header::new_gnu();
                header.set_path("index.json").unwrap();
                header.set_size(1 << 40);
                header.set_mode(0o644);
                header.set_cksum();
                tar_file(stage, &[header.as_bytes().as_slice(), &[0; 512]].concat());
            },
        ),
        refused(
            "an archive with an index that is none",
            "not-a-registry",
            "index.json cannot be read",
            |stage| archive(stage, &[("index.json", FILE, b"[")]),
        ),
        refused(
            "a pipe in the place of a blob",
            "missing-content",
            "does not have the blob",
            |stage| {
                stage.publish();
                let digest = stage.digest(crate::oci::PROMPTS);
                let file = stage.path("registry/blobs/sha256").join(digest.hex());
                fs::remove_file(&file).unwrap();
                pipe(&file);
            },
        ),
        refused(
            "a pipe in the place of a manifest",
            "missing-content",
            "does not have the manifest",
            |stage| {
                stage.publish();
                let digest = stage.digest("manifest");
                let file = stage.path("registry/blobs/sha256").join(digest.hex());
                fs::remove_file(&file).unwrap();
                pipe(&file);
            },
        ),
        refused(
            "a link to a secret in the place of a blob",
            "digest-mismatch",
            "expected",
            |stage| {
                stage.publish();
                let digest = stage.digest(crate::oci::PROMPTS);
                let file = stage.path("registry/blobs/sha256").join(digest.hex());
                fs::remove_file(&file).unwrap();
                link(&file, "../../../precious.txt");
            },
        ),
        refused(
            "a link that leads out of a directory",
            "invalid-package",
            "leads out of the package",
            |stage| {
                directory(stage, |root| {
                    link(&root.join("agents/b.md"), "../../precious.txt")
                });
            },
        ),
        refused(
            "a folder that leads out of a directory",
            "invalid-package",
            "leads out of the package",
            |stage| {
                directory(stage, |root| link(&root.join("assets"), ".."));
            },
        ),
        refused(
            "a pipe in a directory",
            "invalid-package",
            "only files and directories",
            |stage| {
                directory(stage, |root| pipe(&root.join("agents/b.md")));
            },
        ),
        refused(
            "a manifest that is a pipe",
            "disk",
            "not a regular file",
            |stage| {
                directory(stage, |root| {
                    fs::remove_file(root.join("cm.toml")).unwrap();
                    pipe(&root.join("cm.toml"));
                });
            },
        ),
        refused(
            "a repository with a link that leads out",
            "invalid-package",
            "leads out of the package",
            |stage| {
                repository(stage, |root| link(&root.join("agents/b.md"), "/etc/passwd"));
            },
        ),
        refused(
            "a repository with a link to what is hidden",
            "invalid-package",
            "leads out of the package",
            |stage| {
                repository(stage, |root| {
                    fs::create_dir(root.join(".git")).unwrap();
                    fs::write(root.join(".git/config"), "token").unwrap();
                    link(&root.join("agents/b.md"), "../.git/config");
                });
            },
        ),
        refused(
            "a repository that does not say what it needs",
            REFUSED,
            "no cm.toml",
            |stage| {
                repository(stage, |root| fs::remove_file(root.join("cm.toml")).unwrap());
            },
        ),
        refused(
            "a repository whose cm.toml only names needs",
            REFUSED,
            "no cm.toml",
            |stage| {
                repository(stage, |root| {
                    fs::write(root.join("cm.toml"), "[dependencies]\n").unwrap()
                });
            },
        ),
        refused(
            "a repository whose component is a program",
            REFUSED,
            "not a valid WebAssembly component",
            |stage| {
                repository(stage, |root| engine(root, b"\x7fELF"));
            },
        ),
        refused(
            "a repository whose component wants more than it may have",
            "undeclared-import",
            "evil:host/spawn",
            |stage| {
                repository(stage, |root| {
                    engine(root, &component(&["evil:host/spawn@1.0.0"]))
                });
            },
        ),
        refused(
            "a directory whose component wants more than it may have",
            "undeclared-import",
            "evil:host/spawn",
            |stage| {
                directory(stage, |root| {
                    engine(root, &component(&["evil:host/spawn@1.0.0"]))
                });
            },
        ),
    ]
}

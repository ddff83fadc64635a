//! Files that would go elsewhere, are something else, or are one on some disks and
//! two on others.

use cm_types::Digest;
use serde_json::json;

use super::{Case, refused, stage::Stage};
use crate::oci;

const REFUSED: &str = "refused-package";

/// A second copy of a file, under this path.
fn twin(stage: &mut Stage, path: &str) {
    let mut twin = stage.forged.file("assets/empty").clone();
    twin["path"] = json!(path);
    stage.forged.config["files"]
        .as_array_mut()
        .unwrap()
        .push(twin);
    stage.forged.settle();
    stage.publish();
}

/// Two empty files, which alone would be fine.
fn pair(stage: &mut Stage, one: &str, two: &str) {
    let mut first = stage.forged.file("assets/empty").clone();
    first["path"] = json!(one);
    stage.forged.config["files"]
        .as_array_mut()
        .unwrap()
        .push(first);
    twin(stage, two);
}

/// The byte of the first header of the prompts' archive that says what the entry is.
fn entry(stage: &mut Stage, change: fn(&mut Vec<u8>)) {
    stage.forged.layer(oci::PROMPTS, change);
    stage.publish();
}

const KIND: usize = 156;

pub(super) fn cases() -> Vec<Case> {
    let same = "the same name on some disks";
    vec![
        refused(
            "a path that leads up",
            REFUSED,
            "lead out of the package",
            |stage| twin(stage, "../../precious.txt"),
        ),
        refused(
            "a path that leads up from within",
            REFUSED,
            "lead out of the package",
            |stage| twin(stage, "a/../../../precious.txt"),
        ),
        refused(
            "an absolute path",
            REFUSED,
            "does not begin with `/`",
            |stage| twin(stage, "/tmp/cm-hostile-evil"),
        ),
        refused(
            "a path of another system",
            REFUSED,
            "no backslash",
            |stage| twin(stage, "..\\..\\precious.txt"),
        ),
        refused(
            "a path on a drive",
            REFUSED,
            "no backslash, colon",
            |stage| twin(stage, "C:evil"),
        ),
        refused(
            "a path with an end in it",
            REFUSED,
            "control character",
            |stage| twin(stage, "agents/a.md\0.png"),
        ),
        refused(
            "a path for terminals",
            REFUSED,
            "control character",
            |stage| twin(stage, "agents/\u{1b}[2J.md"),
        ),
        refused("a path with a dot", REFUSED, "no `.` part", |stage| {
            twin(stage, "./agents/a.md")
        }),
        refused(
            "a path with an empty part",
            REFUSED,
            "no empty part",
            |stage| twin(stage, "agents//a.md"),
        ),
        refused("an empty path", REFUSED, "cannot be empty", |stage| {
            twin(stage, "")
        }),
        refused("a hidden file", REFUSED, "begins with a dot", |stage| {
            twin(stage, ".cm-installed.json")
        }),
        refused("a git hook", REFUSED, "begins with a dot", |stage| {
            twin(stage, ".git/hooks/post-checkout")
        }),
        refused(
            "a path that is too long",
            REFUSED,
            "at most 240 bytes",
            |stage| twin(stage, &"a".repeat(300)),
        ),
        refused(
            "a path that is too deep",
            REFUSED,
            "at most 16 parts",
            |stage| twin(stage, &format!("{}b", "a/".repeat(40))),
        ),
        refused("a file in two cases", REFUSED, same, |stage| {
            twin(stage, "assets/EMPTY")
        }),
        refused("a folder in two cases", REFUSED, same, |stage| {
            twin(stage, "Agents/other.md")
        }),
        refused("a manifest in two cases", REFUSED, same, |stage| {
            twin(stage, "CM.toml")
        }),
        refused("a letter of another width", REFUSED, same, |stage| {
            twin(stage, "assets/\u{ff45}mpty")
        }),
        refused("a letter in two compositions", REFUSED, same, |stage| {
            pair(stage, "assets/\u{e9}.md", "assets/e\u{301}.md")
        }),
        refused(
            "a letter that has two lower cases",
            REFUSED,
            same,
            |stage| pair(stage, "assets/\u{212a}.md", "assets/k.md"),
        ),
        refused("a file that is a folder too", REFUSED, same, |stage| {
            twin(stage, "assets/empty/x")
        }),
        refused("a file twice", REFUSED, "out of order", |stage| {
            twin(stage, "assets/empty")
        }),
        refused(
            "a file that no layer holds",
            REFUSED,
            "its files make",
            |stage| {
                let ghost =
                    json!({"path": "assets/ghost", "size": 3, "digest": Digest::of(b"boo")});
                stage.forged.config["files"]
                    .as_array_mut()
                    .unwrap()
                    .push(ghost);
                stage.forged.settle();
                stage.publish();
            },
        ),
        refused(
            "a file that is in no table",
            REFUSED,
            "its files make",
            |stage| {
                let files = stage.forged.config["files"].as_array_mut().unwrap();
                files.retain(|file| file["path"] != "agents/planner.md");
                stage.forged.settle();
                stage.publish();
            },
        ),
        refused(
            "a table with another digest",
            REFUSED,
            "its files have the digest",
            |stage| {
                stage.forged.config["digest"] = json!(Digest::of(b"another"));
                stage.publish();
            },
        ),
        refused("a symbolic link", REFUSED, "the archive's entry", |stage| {
            entry(stage, |bytes| bytes[KIND] = b'2')
        }),
        refused("a hard link", REFUSED, "the archive's entry", |stage| {
            entry(stage, |bytes| bytes[KIND] = b'1')
        }),
        refused(
            "a character device",
            REFUSED,
            "the archive's entry",
            |stage| entry(stage, |bytes| bytes[KIND] = b'3'),
        ),
        refused("a block device", REFUSED, "the archive's entry", |stage| {
            entry(stage, |bytes| bytes[KIND] = b'4')
        }),
        refused("a pipe", REFUSED, "the archive's entry", |stage| {
            entry(stage, |bytes| bytes[KIND] = b'6')
        }),
        refused(
            "a directory in place of a file",
            REFUSED,
            "the archive's entry",
            |stage| entry(stage, |bytes| bytes[KIND] = b'5'),
        ),
        refused(
            "another name in the archive",
            REFUSED,
            "the archive's entry",
            |stage| entry(stage, |bytes| bytes[..9].copy_from_slice(b"../../eve")),
        ),
        refused(
            "a file that can be executed",
            REFUSED,
            "the archive's entry",
            |stage| entry(stage, |bytes| bytes[102] = b'7'),
        ),
        refused(
            "a file that is executed as its owner",
            REFUSED,
            "the archive's entry",
            |stage| entry(stage, |bytes| bytes[101] = b'4'),
        ),
        refused(
            "other content in the archive",
            REFUSED,
            "has the digest",
            |stage| entry(stage, |bytes| bytes[512] ^= 1),
        ),
        refused(
            "a second archive behind the first",
            REFUSED,
            "its files make",
            |stage| {
                entry(stage, |bytes| bytes.extend(bytes.clone()));
            },
        ),
    ]
}

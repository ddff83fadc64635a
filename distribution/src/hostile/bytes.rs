//! Bytes that are not what they are said to be, too few, and too many.

use cm_types::Digest;
use serde_json::json;

use super::{Case, harmless, refused, stage::Stage};
use crate::oci::{self, Descriptor};

const MISMATCH: &str = "digest-mismatch";
const REFUSED: &str = "refused-package";

fn flipped(stage: &mut Stage, part: &str) {
    stage.publish();
    let digest = stage.digest(part);
    stage.tamper(digest, |bytes| *bytes.last_mut().unwrap() ^= 1);
}

fn cut(stage: &mut Stage, part: &str) {
    stage.publish();
    let digest = stage.digest(part);
    stage.tamper(digest, |bytes| bytes.truncate(bytes.len() / 2));
}

/// A manifest of any bytes.
fn manifest(stage: &mut Stage, bytes: &[u8]) {
    let (_, blobs) = stage.forged.parts();
    stage.put("acme/review:1.2.0", bytes, &blobs);
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        refused(
            "a changed manifest",
            MISMATCH,
            "the manifest sha256:",
            |stage| {
                stage.publish();
                let digest = stage.digest("manifest");
                stage.tamper(digest, |bytes| bytes.push(b' '));
            },
        ),
        refused("a changed config", MISMATCH, "the blob sha256:", |stage| {
            flipped(stage, "config")
        }),
        refused(
            "a changed component",
            MISMATCH,
            "the blob sha256:",
            |stage| flipped(stage, oci::WASM),
        ),
        refused("changed prompts", MISMATCH, "the blob sha256:", |stage| {
            flipped(stage, oci::PROMPTS)
        }),
        refused("changed assets", MISMATCH, "the blob sha256:", |stage| {
            flipped(stage, oci::ASSETS)
        }),
        refused("a changed README", MISMATCH, "the blob sha256:", |stage| {
            flipped(stage, oci::README)
        }),
        refused(
            "half a manifest",
            MISMATCH,
            "the manifest sha256:",
            |stage| cut(stage, "manifest"),
        ),
        refused("half a config", MISMATCH, "expected", |stage| {
            cut(stage, "config")
        }),
        refused("half a component", MISMATCH, "the blob sha256:", |stage| {
            cut(stage, oci::WASM)
        }),
        refused("half an archive", MISMATCH, "the blob sha256:", |stage| {
            cut(stage, oci::ASSETS)
        }),
        refused(
            "a layer that is not there",
            "missing-content",
            "does not have the blob",
            |stage| {
                let (manifest, mut blobs) = stage.forged.parts();
                blobs.retain(|_, bytes| !bytes.starts_with(b"\0asm"));
                stage.put("acme/review:1.2.0", &manifest, &blobs);
            },
        ),
        harmless(
            "a blob with more behind its end",
            |stage| {
                stage.publish();
                let digest = stage.digest(oci::PROMPTS);
                stage.tamper(digest, |bytes| bytes.extend([7; 9000]));
            },
            |stage| assert_eq!(stage.installed(), ["acme/review@1.2.0"]),
        ),
        refused(
            "a config that is longer than it says",
            MISMATCH,
            "expected",
            |stage| {
                let (bytes, blobs) = stage.forged.parts();
                let mut read: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
                let size = read["config"]["size"].as_u64().unwrap();
                read["config"]["size"] = json!(size - 1);
                let bytes = serde_json::to_vec(&read).unwrap();
                stage.put("acme/review:1.2.0", &bytes, &blobs);
            },
        ),
        refused(
            "a config of a terabyte",
            MISMATCH,
            "at most 4194304 bytes",
            |stage| {
                let (bytes, blobs) = stage.forged.parts();
                let mut read: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
                read["config"]["size"] = json!(1u64 << 40);
                let bytes = serde_json::to_vec(&read).unwrap();
                stage.put("acme/review:1.2.0", &bytes, &blobs);
            },
        ),
        refused(
            "a layer of a terabyte",
            REFUSED,
            "its files make",
            |stage| {
                stage.forged.manifest["layers"][2]["size"] = json!(1u64 << 40);
                stage.publish();
            },
        ),
        refused(
            "a file of a terabyte",
            REFUSED,
            "more than 64 MiB",
            |stage| {
                stage.forged.file("assets/empty")["size"] = json!(1u64 << 40);
                stage.forged.settle();
                stage.publish();
            },
        ),
        refused(
            "many large files",
            REFUSED,
            "more than 256 MiB together",
            |stage| {
                for number in 0..5 {
                    let file = json!({"path": format!("assets/{number}"), "size": 60 << 20, "digest": Digest::of(b"")});
                    stage.forged.config["files"]
                        .as_array_mut()
                        .unwrap()
                        .push(file);
                }
                stage.forged.settle();
                stage.publish();
            },
        ),
        refused("too many files", REFUSED, "more than 4096 files", |stage| {
            for number in 0..5000 {
                let file = json!({"path": format!("assets/{number}"), "size": 0, "digest": Digest::of(b"")});
                stage.forged.config["files"]
                    .as_array_mut()
                    .unwrap()
                    .push(file);
            }
            stage.forged.settle();
            stage.publish();
        }),
        refused("too many layers", REFUSED, "more than 64 layers", |stage| {
            for number in 0..70u8 {
                let layer = serde_json::to_value(Descriptor::of(oci::WASM, &[number])).unwrap();
                stage.forged.manifest["layers"]
                    .as_array_mut()
                    .unwrap()
                    .push(layer);
            }
            stage.publish();
        }),
        refused(
            "a layer that unpacks to more (gzip)",
            REFUSED,
            "no layer holds",
            |stage| {
                stage.forged.manifest["layers"][2]["mediaType"] =
                    json!(format!("{}+gzip", oci::PROMPTS));
                stage.publish();
            },
        ),
        refused(
            "a layer that unpacks to more (zstd)",
            REFUSED,
            "no layer holds",
            |stage| {
                stage.forged.manifest["layers"][3]["mediaType"] =
                    json!(format!("{}+zstd", oci::ASSETS));
                stage.publish();
            },
        ),
        refused(
            "a manifest that is too long",
            MISMATCH,
            "at most 1048576 bytes",
            |stage| {
                manifest(stage, &vec![b' '; 5 << 20]);
            },
        ),
        refused(
            "a manifest that nests without end",
            REFUSED,
            "cannot be read",
            |stage| {
                manifest(stage, &vec![b'['; 500_000]);
            },
        ),
        refused(
            "a manifest that is no JSON",
            REFUSED,
            "cannot be read",
            |stage| {
                manifest(stage, b"\x1b[2J\x00\xff");
            },
        ),
        refused(
            "an index in place of a manifest",
            REFUSED,
            "cannot be read",
            |stage| {
                manifest(stage, br#"{"schemaVersion":2,"manifests":[]}"#);
            },
        ),
        refused(
            "a manifest of version 1",
            REFUSED,
            "not one of OCI version 1",
            |stage| {
                stage.forged.manifest["schemaVersion"] = json!(1);
                stage.publish();
            },
        ),
        refused(
            "a container's image",
            REFUSED,
            "not a package of cm",
            |stage| {
                stage.forged.manifest["artifactType"] =
                    json!("application/vnd.docker.container.image.v1+json");
                stage.publish();
            },
        ),
        refused("a name for terminals", REFUSED, "\\u{1b}", |stage| {
            stage.forged.manifest["artifactType"] = json!("\u{1b}]0;evil\u{7}");
            stage.publish();
        }),
        refused(
            "a package that is about another",
            REFUSED,
            "not about another artifact",
            |stage| {
                let about = Descriptor::of(oci::MANIFEST, b"x");
                stage.forged.manifest["subject"] = serde_json::to_value(about).unwrap();
                stage.publish();
            },
        ),
    ]
}

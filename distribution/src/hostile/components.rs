//! Components that want more than they say, manifests that say less, and what would
//! be run.

use cm_types::Digest;
use serde_json::json;

use super::{Case, refused, stage::Stage};
use crate::{
    artifact::tests::component,
    canonical,
    oci::{self, Descriptor},
};

const REFUSED: &str = "refused-package";

/// Puts this into the place of the step.
fn step(stage: &mut Stage, bytes: &[u8]) {
    let file = stage.forged.file("dist/count.wasm");
    file["digest"] = json!(Digest::of(bytes));
    file["size"] = json!(bytes.len());
    stage.forged.settle();
    let new = bytes.to_vec();
    stage.forged.layer(oci::WASM, |old| *old = new);
    stage.publish();
}

/// Another `cm.toml` than the one that the config has.
fn manifest(stage: &mut Stage, change: impl FnOnce(&str) -> String) {
    let text = change(crate::artifact::tests::MANIFEST);
    stage.forged.replace("cm.toml", text.as_bytes());
    stage.publish();
}

/// A config of these bytes.
fn config(stage: &mut Stage, change: fn(&str) -> String) {
    let text = String::from_utf8(canonical::to_vec(&stage.forged.config).unwrap()).unwrap();
    let (manifest, blobs) = stage.forged.parts_with(change(&text).into_bytes());
    stage.put("acme/review:1.2.0", &manifest, &blobs);
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        refused(
            "a component with an import that none may have",
            "undeclared-import",
            "evil:host/spawn",
            |stage| {
                step(stage, &component(&["evil:host/spawn@1.0.0"]));
            },
        ),
        refused(
            "the same, and the config says so",
            "undeclared-import",
            "evil:host/spawn",
            |stage| {
                let known = &mut stage.forged.config["components"]["dist/count.wasm"];
                known["imports"] = json!({"evil:host/spawn@1.0.0": ["f"]});
                step(stage, &component(&["evil:host/spawn@1.0.0"]));
            },
        ),
        refused(
            "an engine that imports a workflow's world",
            "undeclared-import",
            "cm:flow/run",
            |stage| {
                stage.forged.config["manifest"]["components"][0]["kind"] = json!("engine");
                manifest(stage, |text| {
                    text.replace("kind = \"step\"", "kind = \"engine\"")
                });
            },
        ),
        refused(
            "imports that the config leaves out",
            REFUSED,
            "something else than its config says",
            |stage| {
                stage.forged.config["components"]["dist/count.wasm"]["imports"] = json!({});
                stage.publish();
            },
        ),
        refused(
            "a component that is a plain module",
            REFUSED,
            "not a component",
            |stage| {
                step(stage, &wat::parse_str("(module)").unwrap());
            },
        ),
        refused(
            "a component that is a program",
            REFUSED,
            "not a valid WebAssembly component",
            |stage| {
                step(stage, b"\x7fELF\x02\x01\x01 and so on");
            },
        ),
        refused(
            "a component that is a script",
            REFUSED,
            "not a valid WebAssembly component",
            |stage| {
                step(stage, b"#!/bin/sh\ntouch /tmp/cm-hostile-evil\n");
            },
        ),
        refused(
            "a component that ends too early",
            REFUSED,
            "not a valid WebAssembly component",
            |stage| {
                step(stage, b"\0asm\x0d\0\x01\0\x07\xff\xff\xff\xff\x0f");
            },
        ),
        refused(
            "a manifest that names a file it does not hold",
            REFUSED,
            "which it does not hold",
            |stage| {
                let files = stage.forged.config["files"].as_array_mut().unwrap();
                files.retain(|file| file["path"] != "dist/mine.wasm");
                stage.forged.settle();
                stage.publish();
            },
        ),
        refused(
            "a component that the config alone names",
            REFUSED,
            "name different components",
            |stage| {
                stage.forged.config["components"]["assets/empty"] =
                    json!({"imports": {}, "exports": {}});
                stage.publish();
            },
        ),
        refused(
            "a config that asks for less than its cm.toml",
            REFUSED,
            "say different things",
            |stage| {
                stage.forged.config["manifest"]["capabilities"] = json!({"workspace": "read"});
                stage.publish();
            },
        ),
        refused(
            "a cm.toml that needs more than its config",
            REFUSED,
            "say different things",
            |stage| {
                manifest(stage, |text| format!("{text}\nevil = \"*\"\n"));
            },
        ),
        refused(
            "a cm.toml with a hook",
            REFUSED,
            "its cm.toml cannot be read",
            |stage| {
                manifest(stage, |text| {
                    format!("{text}\n[scripts]\ninstall = \"touch /tmp/cm-hostile-evil\"\n")
                });
            },
        ),
        refused("a config with a hook", REFUSED, "cannot be read", |stage| {
            stage.forged.config["manifest"]["package"]["postinstall"] =
                json!("touch /tmp/cm-hostile-evil");
            stage.publish();
        }),
        refused("a config with a key twice", REFUSED, "canonical", |stage| {
            config(stage, |text| {
                text.replacen("\"claude\":", "\"claude\":\"^9\",\"claude\":", 1)
            });
        }),
        refused(
            "a config with other spaces",
            REFUSED,
            "canonical",
            |stage| {
                config(stage, |text| text.replacen(':', ": ", 1));
            },
        ),
        refused(
            "a config from the future",
            REFUSED,
            "schema version 2",
            |stage| {
                stage.forged.config["schemaVersion"] = json!(2);
                stage.publish();
            },
        ),
        refused(
            "a package for another cm",
            "conflict",
            "needs cm",
            |stage| {
                stage.forged.config["manifest"]["package"]["cm"] = json!(">=99");
                stage.publish();
            },
        ),
        refused(
            "a layer that no file is in",
            REFUSED,
            "no file is in its layer",
            |stage| {
                let extra = serde_json::to_value(Descriptor::of(oci::WASM, b"stray")).unwrap();
                stage.forged.manifest["layers"]
                    .as_array_mut()
                    .unwrap()
                    .push(extra);
                stage.publish();
            },
        ),
        refused("a layer twice", REFUSED, "occurs twice", |stage| {
            let layer = stage.forged.manifest["layers"][0].clone();
            stage.forged.manifest["layers"]
                .as_array_mut()
                .unwrap()
                .push(layer);
            stage.publish();
        }),
        refused(
            "a program with a path",
            REFUSED,
            "cannot be read",
            |stage| {
                stage.forged.config["manifest"]["capabilities"]["programs"] = json!(["/tmp/evil"]);
                stage.publish();
            },
        ),
    ]
}

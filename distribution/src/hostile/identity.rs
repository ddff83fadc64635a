//! Packages that pass for others, and versions that are not what they were.

use serde_json::json;

use super::{Case, harmless, refused, stage::Stage};
use crate::{
    Options,
    oci::{self, Descriptor},
};

const REFUSED: &str = "refused-package";

/// Publishes a version, locks it in the project, and installs it.
fn locked(stage: &mut Stage) {
    stage.project = true;
    stage.write(
        "project/cm.toml",
        "[dependencies]\n\"acme/review\" = \"^1\"\n",
    );
    stage.good("acme/review", "1.0.0", "");
    stage.install().unwrap();
}

/// Makes the tag of the version mean something else.
fn moved(stage: &Stage) {
    let more = "description = \"Another.\"\n";
    let other = super::stage::package("review", "1.0.0", more);
    let blobs = other
        .blobs()
        .map(|(blob, bytes)| (blob.digest, bytes.to_vec()));
    stage.put("acme/review:1.0.0", &other.manifest.bytes, &blobs.collect());
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        refused(
            "another package under this name",
            REFUSED,
            "calls itself evil 1.0.0",
            |stage| {
                let evil = stage.good("acme/evil", "1.0.0", "");
                stage.point(
                    "acme/review:1.0.0",
                    Descriptor::of(oci::MANIFEST, &evil.bytes),
                );
            },
        ),
        refused(
            "an old version under a new number",
            REFUSED,
            "calls itself review 1.0.0",
            |stage| {
                let old = stage.good("acme/review", "1.0.0", "");
                stage.point(
                    "acme/review:2.0.0",
                    Descriptor::of(oci::MANIFEST, &old.bytes),
                );
            },
        ),
        refused(
            "a version that its own cm.toml does not have",
            REFUSED,
            "say different things",
            |stage| {
                stage.forged.config["manifest"]["package"]["version"] = json!("1.3.0");
                let (manifest, blobs) = stage.forged.parts();
                stage.put("acme/review:1.3.0", &manifest, &blobs);
            },
        ),
        harmless(
            "a tag that moves after it was locked, where it is installed",
            |stage| {
                locked(stage);
                moved(stage);
            },
            |stage| assert_eq!(stage.installed(), ["acme/review@1.0.0"]),
        ),
        harmless(
            "a tag that moves after it was locked, on another machine",
            |stage| {
                locked(stage);
                moved(stage);
                let lock = std::fs::read(stage.path("project/cm.lock")).unwrap();
                std::fs::remove_dir_all(stage.path("home/imports")).unwrap();
                std::fs::remove_dir_all(stage.path("home/store")).unwrap();
                stage.write("lock-before", lock);
            },
            |stage| {
                let lock = std::fs::read(stage.path("project/cm.lock")).unwrap();
                assert_eq!(lock, std::fs::read(stage.path("lock-before")).unwrap());
                assert_eq!(stage.installed(), ["acme/review@1.0.0"]);
            },
        ),
        refused(
            "what was locked is gone, and the tag means something else",
            "missing-content",
            "does not have",
            |stage| {
                let before = stage.good("acme/review", "1.0.0", "");
                locked(stage);
                moved(stage);
                std::fs::remove_dir_all(stage.path("home/imports")).unwrap();
                std::fs::remove_dir_all(stage.path("home/store")).unwrap();
                let file = stage
                    .path("registry/blobs/sha256")
                    .join(before.digest.hex());
                std::fs::remove_file(file).unwrap();
            },
        ),
        refused(
            "a tag that moves under an exact version that was removed and kept",
            "digest-mismatch",
            "expected",
            |stage| {
                // Whoever has the digest gets those bytes or nothing.
                let before = stage.good("acme/review", "1.0.0", "");
                let server = stage.serve(super::wire::swapped);
                let host = server.address;
                stage.specs = vec![format!("oci://{host}/acme/review:1.0.0@{}", before.digest)];
            },
        ),
        refused(
            "a digest of another version",
            REFUSED,
            "is that of version 1.0.0",
            |stage| {
                let before = stage.good("acme/review", "1.0.0", "");
                stage.good("acme/review", "2.0.0", "");
                let host = stage.serve(|_, _| None).address;
                stage.specs = vec![format!("oci://{host}/acme/review:2.0.0@{}", before.digest)];
            },
        ),
        refused(
            "an upgrade that asks for more",
            "not-granted",
            "with `sh`",
            |stage| {
                stage.good(
                    "acme/review",
                    "1.0.0",
                    "[capabilities]\nprograms = ['git']\n",
                );
                stage.install().unwrap();
                stage.good(
                    "acme/review",
                    "1.1.0",
                    "[capabilities]\nprograms = ['git', 'sh']\n",
                );
                stage.options = Options::default();
            },
        ),
        refused(
            "a package that asks, and nobody has agreed",
            "not-granted",
            "nobody has agreed",
            |stage| {
                stage.good(
                    "acme/review",
                    "1.0.0",
                    "[capabilities]\nworkspace = 'write'\n",
                );
                stage.options = Options::default();
            },
        ),
        refused(
            "a need that asks, behind one that does not",
            "not-granted",
            "tools@1.0.0 could",
            |stage| {
                stage.good(
                    "tools",
                    "1.0.0",
                    "[capabilities]\nenvironment = ['AWS_*']\n",
                );
                stage.good("acme/review", "1.0.0", "[dependencies]\ntools = '*'\n");
                stage.options = Options::default();
            },
        ),
    ]
}

//! Publishers who are not who they were, versions that are withdrawn or too new, and
//! signatures that are none.

use super::{Case, harmless, refused, stage::Stage};
use crate::{
    Source, Which,
    oci::{self, Descriptor, ImageManifest},
    trust::{self, MINISIGN, NamespaceTrust, SigningKey, Trust, YankStatement},
};

const REVIEW: &str = "acme/review";

/// A version that is signed and installed, and a day of waiting.
fn established(stage: &mut Stage) -> SigningKey {
    let key = stage.key("ada");
    stage.signed(REVIEW, "1.0.0", &key);
    stage.install().unwrap();
    stage.hours = 24 * 60;
    key
}

fn yank(stage: &Stage, version: &str, key: &SigningKey) {
    let name = REVIEW.parse().unwrap();
    let version = version.parse().unwrap();
    let manifest = stage
        .layout()
        .manifest(&name, Which::Version(&version))
        .unwrap();
    let statement = YankStatement {
        subject: manifest.digest,
        version,
        reason: "broken".into(),
        at: stage.now(),
        undo: false,
    };
    trust::yank(&stage.layout(), &name, &statement, key).unwrap();
}

/// A key, and its signature of some bytes.
fn proof(key: &SigningKey, bytes: &[u8]) -> (String, String) {
    match key.sign(bytes, "comment").unwrap() {
        trust::Proof::Minisign { key, text } => (key, text),
        trust::Proof::Sigstore { .. } => unreachable!(),
    }
}

/// Something about a version that its publisher has not made.
fn attach(stage: &Stage, manifest: &oci::Document, kind: &str, (key, text): (String, String)) {
    let bytes = text.as_bytes();
    let about = ImageManifest {
        schema_version: 2,
        media_type: Some(oci::MANIFEST.into()),
        artifact_type: Some(kind.into()),
        config: Descriptor::of(oci::EMPTY, b"{}"),
        layers: vec![Descriptor::of(kind, bytes)],
        subject: Some(Descriptor::of(oci::MANIFEST, &manifest.bytes)),
        annotations: [("io.codemachine.minisign.key".to_owned(), key)].into(),
    };
    let name = REVIEW.parse().unwrap();
    stage
        .layout()
        .attach(&name, &about, &[b"{}", bytes])
        .unwrap();
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        refused(
            "a version that nobody has signed, after signed ones",
            "signature-missing",
            "no valid signature",
            |stage| {
                established(stage);
                stage.good(REVIEW, "1.1.0", "");
            },
        ),
        refused(
            "a version that another has signed",
            "signer-changed",
            "somebody else has published it",
            |stage| {
                established(stage);
                let thief = stage.key("eve");
                stage.signed(REVIEW, "1.1.0", &thief);
            },
        ),
        refused(
            "an older version that another has signed",
            "signer-changed",
            "somebody else has published it",
            |stage| {
                established(stage);
                let thief = stage.key("eve");
                stage.signed(REVIEW, "0.9.0", &thief);
                stage.specs = vec!["acme/review@0.9.0".into()];
            },
        ),
        refused(
            "the signature of another version",
            "signature-missing",
            "no valid signature",
            |stage| {
                let key = established(stage);
                let old = stage.good(REVIEW, "1.0.0", "");
                let new = stage.good(REVIEW, "1.1.0", "");
                attach(stage, &new, MINISIGN, proof(&key, &old.bytes));
            },
        ),
        refused(
            "a signature in the name of another key",
            "signature-missing",
            "no valid signature",
            |stage| {
                let key = established(stage);
                let thief = stage.key("eve");
                let new = stage.good(REVIEW, "1.1.0", "");
                let (own, theirs) = (proof(&key, b""), proof(&thief, &new.bytes));
                attach(stage, &new, MINISIGN, (own.0, theirs.1));
            },
        ),
        refused(
            "a signature that is none",
            "signature-missing",
            "no valid signature",
            |stage| {
                let key = established(stage);
                let new = stage.good(REVIEW, "1.1.0", "");
                let (public, _) = proof(&key, b"");
                attach(stage, &new, MINISIGN, (public, "\x1b[2Jtrust me".into()));
            },
        ),
        refused(
            "signatures of several strangers",
            "several-signers",
            "nothing says which of them",
            |stage| {
                let (one, two) = (stage.key("ada"), stage.key("eve"));
                let new = stage.signed(REVIEW, "1.0.0", &one);
                trust::sign(&stage.layout(), &REVIEW.parse().unwrap(), &new, &two).unwrap();
            },
        ),
        refused(
            "an unsigned package of a namespace that signs",
            "signature-missing",
            "packages of this namespace",
            |stage| {
                let key = stage.key("ada");
                let rule = NamespaceTrust {
                    signers: [key.signer().clone()].into(),
                    ..NamespaceTrust::default()
                };
                Trust::of(&stage.home())
                    .set_namespace("acme", rule)
                    .unwrap();
                stage.good(REVIEW, "1.0.0", "");
            },
        ),
        refused(
            "a yank of all versions that were clean",
            "older-versions-yanked",
            "all that there were, were yanked",
            |stage| {
                let key = established(stage);
                stage.signed(REVIEW, "1.0.1", &key);
                stage.install().unwrap();
                stage.hours += 24 * 60;
                yank(stage, "1.0.0", &key);
                yank(stage, "1.0.1", &key);
                stage.signed(REVIEW, "1.0.2", &key);
                stage.specs = vec!["acme/review@^1".into()];
                // Whoever comes new has nothing of it; what was seen is remembered.
                std::fs::remove_dir_all(stage.path("home/imports")).unwrap();
            },
        ),
        refused(
            "a version that its publisher has withdrawn",
            "conflict",
            "it was yanked",
            |stage| {
                let key = established(stage);
                stage.signed(REVIEW, "2.0.0", &key);
                yank(stage, "2.0.0", &key);
                stage.specs = vec!["acme/review@2.0.0".into()];
            },
        ),
        harmless(
            "a yank by somebody else",
            |stage| {
                let key = established(stage);
                stage.signed(REVIEW, "1.1.0", &key);
                let thief = stage.key("eve");
                yank(stage, "1.1.0", &thief);
            },
            |stage| {
                assert_eq!(
                    stage.installed(),
                    ["acme/review@1.1.0", "acme/review@1.0.0"]
                )
            },
        ),
        refused(
            "a version that is an hour old",
            "conflict",
            "versions of others are used after 3 days",
            |stage| {
                stage.registries("", "../registry");
                stage.good(REVIEW, "1.0.0", "");
                stage.specs = vec!["acme/review@1.0.0".into()];
            },
        ),
        harmless(
            "a version that is new, beside one that is not",
            |stage| {
                stage.registries("", "../registry");
                stage.good(REVIEW, "1.0.0", "");
                let _ = stage.install();
                stage.hours = 24 * 4;
                stage.good(REVIEW, "1.1.0", "");
            },
            |stage| assert_eq!(stage.installed(), ["acme/review@1.0.0"]),
        ),
        refused(
            "more statements than can be read",
            "too-many-statements",
            "what they say of it cannot be told",
            |stage| {
                let key = established(stage);
                let new = stage.signed(REVIEW, "1.1.0", &key);
                let mut index: oci::ImageIndex = serde_json::from_slice(
                    &std::fs::read(stage.path("registry/index.json")).unwrap(),
                )
                .unwrap();
                for number in 0..3000 {
                    let about = ImageManifest {
                        schema_version: 2,
                        media_type: Some(oci::MANIFEST.into()),
                        artifact_type: Some(trust::YANK.into()),
                        config: Descriptor::of(oci::EMPTY, b"{}"),
                        layers: vec![Descriptor::of(trust::YANK, number.to_string().as_bytes())],
                        subject: Some(Descriptor::of(oci::MANIFEST, &new.bytes)),
                        annotations: Default::default(),
                    };
                    let bytes = serde_json::to_vec(&about).unwrap();
                    let mut entry = Descriptor::of(oci::MANIFEST, &bytes);
                    entry.artifact_type = Some(trust::YANK.into());
                    stage.write(
                        &format!("registry/blobs/sha256/{}", entry.digest.hex()),
                        &bytes,
                    );
                    index.manifests.push(entry);
                }
                stage.write("registry/index.json", serde_json::to_vec(&index).unwrap());
            },
        ),
        refused(
            "a trust.json that was damaged",
            "trust-file",
            "trust.json cannot be read",
            |stage| {
                established(stage);
                stage.good(REVIEW, "1.1.0", "");
                stage.write("home/trust.json", "{");
            },
        ),
    ]
}

use proptest::prelude::*;

use super::*;

const TEXT: &[u8] = include_bytes!("bundles/cosign-v3-blob.txt");
const BUNDLE: &str = include_str!("bundles/cosign-v3-blob.sigstore.json");

fn sigstore(bundle: &str) -> Proof {
    Proof::Sigstore {
        bundle: bundle.to_owned(),
    }
}

/// An artifact about a manifest, as a stranger would make it.
fn attach(
    setting: &Setting,
    subject: Digest,
    kind: Option<&str>,
    key: Option<&str>,
    layers: &[(&str, &[u8])],
) -> Digest {
    let mut about = Descriptor::of(oci::MANIFEST, b"");
    about.digest = subject;
    let manifest = ImageManifest {
        schema_version: 2,
        media_type: Some(oci::MANIFEST.into()),
        artifact_type: kind.map(str::to_owned),
        config: Descriptor::of(oci::EMPTY, b"{}"),
        layers: layers.iter().map(|it| Descriptor::of(it.0, it.1)).collect(),
        subject: Some(about),
        annotations: key
            .map(|it| (statement::KEY_ANNOTATION.to_owned(), it.to_owned()))
            .into_iter()
            .collect(),
    };
    let blobs: Vec<&[u8]> = layers.iter().map(|it| it.1).collect();
    setting
        .memory
        .attach(&setting.name, &manifest, &blobs)
        .unwrap()
}

fn minisign(key: &SigningKey, message: &[u8]) -> String {
    match key.sign(message, "test").unwrap() {
        Proof::Minisign { text, .. } => text,
        Proof::Sigstore { .. } => unreachable!(),
    }
}

fn findings(setting: &Setting, version: &str) -> std::sync::Arc<Findings> {
    let digest = setting.digest(version);
    setting
        .guarded(|guard| guard.look(&setting.name, &v(version), digest))
        .unwrap()
}

#[test]
fn a_sigstore_bundle_through_a_registry() {
    let setting = Setting::new();
    let version = v("1.0.0");
    let manifest = setting.memory.put(&setting.name, &version, TEXT);
    let (_, proven) = attach_bundle(&setting.memory, &setting.name, &manifest, BUNDLE).unwrap();
    assert_eq!(
        proven.signer.as_identity().unwrap().0,
        "https://github.com/login/oauth"
    );
    assert_eq!(proven.at.unwrap().to_string().get(..10), Some("2025-12-03"));
    // Its proven time is older than three days, so it need not wait.
    assert_eq!(setting.objection("1.0.0").unwrap(), None);
    let admitted = setting.admit("1.0.0").unwrap();
    assert_eq!(admitted.signature.unwrap().signer, proven.signer);
    // The bundle of something else signs nothing here.
    let other = setting.publish("1.1.0", None);
    assert_eq!(
        code(attach_bundle(
            &setting.memory,
            &setting.name,
            &other,
            BUNDLE
        )),
        "bad-statement"
    );
    attach(
        &setting,
        other.digest,
        Some(SIGSTORE),
        None,
        &[(SIGSTORE, BUNDLE.as_bytes())],
    );
    assert_eq!(code(setting.admit("1.1.0")), "signature-missing");
    // A time that is proven and still to come is none.
    setting.set(-24 * 365);
    let setting = Setting {
        trust: Trust::of(&Home::at(setting.directory.path().join("new")).unwrap()),
        ..setting
    };
    assert!(setting.objection("1.0.0").unwrap().is_some());
}

#[test]
fn bundles_that_are_refused() {
    for (name, bundle) in [
        (
            "cve_2022_36056",
            include_str!("bundles/bundle_cve_2022_36056.txt.sigstore"),
        ),
        (
            "invalid_version",
            include_str!("bundles/bundle_invalid_version.txt.sigstore"),
        ),
        (
            "no_cert_v1",
            include_str!("bundles/bundle_no_cert_v1.txt.sigstore"),
        ),
        (
            "no_checkpoint",
            include_str!("bundles/bundle_no_checkpoint.txt.sigstore"),
        ),
        (
            "no_log_entry",
            include_str!("bundles/bundle_no_log_entry.txt.sigstore"),
        ),
        (
            "no_signed_time",
            include_str!("bundles/bundle_v3_no_signed_time.txt.sigstore.json"),
        ),
        (
            "two signatures",
            include_str!("bundles/dsse-2sigs.sigstore.json"),
        ),
        (
            "another root",
            include_str!("bundles/github-private-attestation.sigstore.json"),
        ),
        ("othername", include_str!("bundles/othername.sigstore.json")),
        ("nothing", ""),
        ("empty", "{}"),
    ] {
        assert!(sigstore(bundle).verify(TEXT).is_err(), "{name}");
    }
    assert!(sigstore(BUNDLE).verify(TEXT).is_ok());
    assert!(
        sigstore(BUNDLE)
            .verify(b"test content for cosigN\n")
            .is_err()
    );
    let large = format!("{BUNDLE}{}", " ".repeat(600 << 10));
    assert_eq!(
        sigstore(&large).verify(TEXT).unwrap_err(),
        "it is too large"
    );
}

/// Whatever is flipped: either it is refused, or the same signer has signed the same
/// at about the same time.
#[test]
fn flipped_bytes_of_a_bundle() {
    let proven = sigstore(BUNDLE).verify(TEXT).unwrap();
    let mut refused = 0;
    for at in (0..BUNDLE.len()).step_by(7) {
        let mut bytes = BUNDLE.as_bytes().to_vec();
        bytes[at] ^= 1;
        let flipped = String::from_utf8(bytes).unwrap();
        match sigstore(&flipped).verify(TEXT) {
            // Of its two proven times one can be left away.
            Ok(still) => {
                assert_eq!(still.signer, proven.signer, "byte {at}");
                let earlier = proven.at.unwrap().duration_since(still.at.unwrap());
                assert!((0..10).contains(&earlier.as_secs()), "byte {at}: {earlier}");
            }
            Err(_) => refused += 1,
        }
    }
    assert!(refused > BUNDLE.len() / 7 / 2, "{refused}");
}

#[test]
fn flipped_bytes_of_a_signature() {
    let setting = Setting::new();
    let key = setting.key("one");
    let message = b"a manifest";
    let text = minisign(&key, message);
    let proof = |text: String| Proof::Minisign {
        key: key.public().to_owned(),
        text,
    };
    assert!(proof(text.clone()).verify(message).is_ok());
    // The first line is for people, and not signed.
    let first = text.find('\n').unwrap() + 1;
    for at in first..text.len() {
        for bit in 0..7 {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let Ok(flipped) = String::from_utf8(bytes) else {
                continue;
            };
            // Line ends may be written in two ways; nothing else may.
            if flipped.lines().eq(text.lines()) {
                continue;
            }
            let verified = proof(flipped.clone()).verify(message);
            // What follows the last line is not read.
            assert!(
                verified.is_err() || at + 1 == text.len(),
                "byte {at}: {flipped}"
            );
        }
    }
    for at in 0..message.len() {
        let mut other = *message;
        other[at] ^= 1;
        assert!(proof(text.clone()).verify(&other).is_err());
    }
    // Signed by one, and said to be of another.
    let other = setting.key("two");
    let lies = Proof::Minisign {
        key: other.public().to_owned(),
        text,
    };
    assert!(lies.verify(message).is_err());
}

proptest! {
    #[test]
    fn any_text_is_survived(text in "(untrusted comment: .{0,20}\n)?[A-Za-z0-9+/=]{0,120}\n?(trusted comment: .{0,9})?\n?[A-Za-z0-9+/=]{0,100}", key in "RW[A-Za-z0-9+/]{54}") {
        let proof = Proof::Minisign { key, text: text.clone() };
        prop_assert!(proof.verify(b"x").is_err());
        prop_assert!(sigstore(&text).verify(b"x").is_err());
    }

    #[test]
    fn any_statement_is_survived(text in ".{0,200}") {
        let subject = Digest::of(b"x");
        prop_assert!(<YankStatement as statement::Statement>::read(&text, subject).is_err());
    }
}

#[test]
fn artifacts_that_lie() {
    let setting = Setting::new();
    let key = setting.key("one");
    let manifest = setting.publish("1.0.0", Some(&key));
    let other = setting.publish("2.0.0", Some(&key));
    let subject = manifest.digest;
    let statement = |subject: Digest| {
        format!(
            r#"{{"subject":"{subject}","version":"1.0.0","reason":"no","at":"2026-01-01T00:00:00Z"}}"#
        )
    };
    let own = statement(subject);
    let signed = |text: &str| minisign(&key, text.as_bytes());
    let public = Some(key.public());
    let yank_of = |text: &str, signature: &str| {
        attach(
            &setting,
            subject,
            Some(YANK),
            public,
            &[(YANK, text.as_bytes()), (MINISIGN, signature.as_bytes())],
        );
    };
    // The statement of another version, a changed one, one without a signature, and
    // such that are none.
    let elsewhere = statement(other.digest);
    yank_of(&elsewhere, &signed(&elsewhere));
    yank_of(&own.replace("no", "on"), &signed(&own));
    attach(
        &setting,
        subject,
        Some(YANK),
        public,
        &[(YANK, own.as_bytes())],
    );
    attach(
        &setting,
        subject,
        Some(YANK),
        None,
        &[(YANK, own.as_bytes()), (MINISIGN, signed(&own).as_bytes())],
    );
    attach(&setting, subject, Some(YANK), public, &[]);
    for text in [
        own.replace("2026-01-01", "2026-99-99"),
        own.replace("2026-01-01", "99999-01-01"),
        own.replace("\"1.0.0\"", "1"),
        own.replace("\"no\"", "\"no\\u001b[2J\""),
        own.replace("\"no\"", "\"\u{202e}no\""),
        own.replace("\"no\"", "\"no\",\"more\":1"),
        own.replace("\"no\"", "\"no\",\"reason\":\"yes\""),
        String::from_utf8(manifest.bytes.clone()).unwrap(),
    ] {
        yank_of(&text, &signed(&text));
    }
    // The right parts under a wrong name.
    let parts: &[(&str, &[u8])] = &[
        (YANK, own.as_bytes()),
        (MINISIGN, &signed(&own).into_bytes()),
    ];
    attach(&setting, subject, Some(ADVISORY), public, parts);
    attach(&setting, subject, Some(MINISIGN), public, parts);
    attach(&setting, subject, Some("application/json"), public, parts);
    attach(&setting, subject, None, public, parts);
    attach(
        &setting,
        subject,
        Some(SIGSTORE),
        None,
        &[(SIGSTORE, b"\xff\xfe")],
    );
    let found = findings(&setting, "1.0.0");
    assert_eq!(found.yanks, []);
    assert_eq!(found.advisories, []);
    assert_eq!(found.signatures.len(), 1);
    assert!(found.faults.len() >= 12, "{:#?}", found.faults);
    for fault in &found.faults {
        assert!(!fault.contains(char::is_control), "{fault:?}");
    }
    // And the real one.
    yank_of(&own, &signed(&own));
    assert_eq!(findings(&setting, "1.0.0").yanks.len(), 1);
}

#[test]
fn too_many_and_too_large() {
    let setting = Setting::new();
    let key = setting.key("one");
    let subject = setting.publish("1.0.0", Some(&key)).digest;
    // What is of no kind that matters does not matter.
    for number in 0..2000 {
        let text = number.to_string();
        attach(
            &setting,
            subject,
            Some("application/json"),
            None,
            &[("text/plain", text.as_bytes())],
        );
    }
    setting.admit("1.0.0").unwrap();
    let large = vec![b' '; 100 << 10];
    let huge = vec![b' '; 1 << 20];
    attach(
        &setting,
        subject,
        Some(YANK),
        Some(key.public()),
        &[(YANK, &large)],
    );
    attach(
        &setting,
        subject,
        Some(SIGSTORE),
        None,
        &[(SIGSTORE, &huge)],
    );
    let many: Vec<Vec<u8>> = (0..50u8).map(|it| vec![it; 9]).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|it| (MINISIGN, it.as_slice())).collect();
    attach(&setting, subject, Some(MINISIGN), Some(key.public()), &many);
    let faults = findings(&setting, "1.0.0").faults.clone();
    assert_eq!(faults.len(), 3, "{faults:?}");
    setting.admit("1.0.0").unwrap();
    // A blob that is not what its descriptor says.
    let bytes = b"something".to_vec();
    attach(
        &setting,
        subject,
        Some(MINISIGN),
        Some(key.public()),
        &[(MINISIGN, &bytes)],
    );
    setting
        .memory
        .blobs
        .lock()
        .unwrap()
        .insert(Digest::of(&bytes), b"else".to_vec());
    assert_eq!(findings(&setting, "1.0.0").faults.len(), 4);
    for number in 0..3000 {
        let text = number.to_string();
        attach(
            &setting,
            subject,
            Some(YANK),
            None,
            &[(YANK, text.as_bytes())],
        );
    }
    // A yank could be hidden among them.
    assert_eq!(code(setting.admit("1.0.0")), "too-many-statements");
}

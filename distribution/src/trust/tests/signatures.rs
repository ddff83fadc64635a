use super::*;

#[test]
fn who_has_signed_is_pinned_at_first_use() {
    let setting = Setting::new();
    let (one, two) = (setting.key("one"), setting.key("two"));
    setting.publish("1.0.0", Some(&one));
    let admitted = setting.admit("1.0.0").unwrap();
    assert_eq!(admitted.signature.unwrap().signer, *one.signer());
    assert!(admitted.pinned);
    assert!(!setting.admit("1.0.0").unwrap().pinned);

    setting.publish("1.1.0", Some(&two));
    setting.publish("1.2.0", None);
    for (version, expected) in [("1.1.0", "signer-changed"), ("1.2.0", "signature-missing")] {
        assert_eq!(code(setting.admit(version)), expected);
        assert_eq!(code(setting.objection(version)), expected);
    }
    let error = setting.admit("1.1.0").unwrap_err();
    let command = format!("cm trust accept acme/x --signer {}", two.signer());
    assert!(error.help().unwrap().contains(&command), "{error}");
    setting
        .trust
        .accept_signer(&setting.name, two.signer())
        .unwrap();
    setting.admit("1.1.0").unwrap();
    setting.admit("1.0.0").unwrap();

    // Exactly these bytes, and nothing that comes after.
    let error = setting.admit("1.2.0").unwrap_err();
    let command = format!(
        "cm trust accept acme/x --digest {}",
        setting.digest("1.2.0")
    );
    assert!(error.help().unwrap().contains(&command), "{error}");
    setting
        .trust
        .accept_digest(&setting.name, setting.digest("1.2.0"))
        .unwrap();
    let admitted = setting.admit("1.2.0").unwrap();
    assert!(admitted.accepted && admitted.signature.is_none());
    assert_eq!(setting.objection("1.2.0").unwrap(), None);
    setting.publish("1.3.0", None);
    assert_eq!(code(setting.admit("1.3.0")), "signature-missing");

    assert!(
        setting
            .trust
            .drop_signer(&setting.name, one.signer())
            .unwrap()
    );
    assert_eq!(code(setting.admit("1.0.0")), "signer-changed");
    assert!(setting.trust.forget(&setting.name).unwrap());
    setting.admit("1.0.0").unwrap();
}

#[test]
fn unsigned_may_become_signed_and_not_unsigned_again() {
    let setting = Setting::new();
    let key = setting.key("one");
    setting.publish("1.0.0", None);
    assert_eq!(setting.admit("1.0.0").unwrap().signature, None);
    setting.publish("1.1.0", Some(&key));
    assert!(setting.admit("1.1.0").unwrap().pinned);
    assert_eq!(code(setting.admit("1.0.0")), "signature-missing");
}

#[test]
fn a_namespace_says_who_publishes() {
    let setting = Setting::new();
    let (one, two) = (setting.key("one"), setting.key("two"));
    let rule = NamespaceTrust {
        signers: [one.signer().clone()].into(),
        own: false,
    };
    setting.trust.set_namespace("acme", rule).unwrap();
    setting.publish("1.0.0", None);
    setting.publish("1.1.0", Some(&two));
    let both = setting.publish("1.2.0", Some(&two));
    sign(&setting.memory, &setting.name, &both, &one).unwrap();
    assert_eq!(code(setting.admit("1.0.0")), "signature-missing");
    assert_eq!(code(setting.admit("1.1.0")), "signer-changed");
    let admitted = setting.admit("1.2.0").unwrap();
    assert_eq!(admitted.signature.unwrap().signer, *one.signer());
    assert!(!admitted.pinned);
    assert!(
        setting
            .trust
            .set_namespace("..", NamespaceTrust::default())
            .is_err()
    );
}

#[test]
fn of_several_signers_nobody_is_guessed() {
    let setting = Setting::new();
    let (one, two) = (setting.key("one"), setting.key("two"));
    let manifest = setting.publish("1.0.0", Some(&one));
    sign(&setting.memory, &setting.name, &manifest, &two).unwrap();
    assert_eq!(code(setting.admit("1.0.0")), "several-signers");
    setting
        .trust
        .accept_signer(&setting.name, one.signer())
        .unwrap();
    setting.admit("1.0.0").unwrap();
}

#[test]
fn evidence_is_kept() {
    let setting = Setting::new();
    let key = setting.key("one");
    setting.publish("1.0.0", Some(&key));
    let digest = setting.digest("1.0.0");
    let version = v("1.0.0");
    let offline = |setting: &Setting| {
        let clock = || setting.now();
        let guard = Guard::new(&setting.trust, &setting.memory)
            .with_clock(&clock)
            .offline();
        guard.admit(&setting.name, &version, digest)
    };
    assert_eq!(code(offline(&setting)), "signature-unknown");
    setting.admit("1.0.0").unwrap();
    // The registry forgets, or is gone.
    setting.memory.referrers.lock().unwrap().clear();
    setting.admit("1.0.0").unwrap();
    assert!(offline(&setting).unwrap().signature.is_some());
    // A file of evidence is no proof by itself.
    let file = setting.trust.evidence_file(digest);
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("RU", "RW")).unwrap();
    assert_eq!(code(offline(&setting)), "signature-missing");
    std::fs::write(&file, "{").unwrap();
    assert_eq!(code(offline(&setting)), "trust-file");
}

#[test]
fn a_damaged_trust_file_trusts_nobody() {
    let setting = Setting::new();
    setting.publish("1.0.0", None);
    setting.admit("1.0.0").unwrap();
    let file = setting.trust.path();
    for text in [
        "",
        "{",
        "[]",
        r#"{"schemaVersion":2}"#,
        r#"{"schemaVersion":1,"more":1}"#,
        r#"{"schemaVersion":1,"packages":{"../x":{}}}"#,
        r#"{"schemaVersion":1,"seen":{},"seen":{}}"#,
        r#"{"schemaVersion":1,"packages":{"acme/x":{"signers":["anybody"]}}}"#,
    ] {
        std::fs::write(&file, text).unwrap();
        assert_eq!(code(setting.admit("1.0.0")), "trust-file", "{text}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    }
}

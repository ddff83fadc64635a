use std::fs;

use super::*;

#[test]
fn made_listed_exported_and_used() {
    let setting = Setting::new();
    let keys = setting.trust.keys();
    assert_eq!(keys.list().unwrap(), []);
    let plain = keys.generate("plain", None).unwrap();
    let locked = keys.generate("locked", Some("secret")).unwrap();
    assert_eq!(keys.list().unwrap(), [locked.clone(), plain.clone()]);
    let exported = keys.export("plain").unwrap();
    assert!(
        exported.contains(plain.signer.as_key().unwrap()),
        "{exported}"
    );

    for (name, password, signer) in [
        ("plain", None, &plain.signer),
        ("locked", Some("secret"), &locked.signer),
    ] {
        let key = keys.open(name, password).unwrap();
        assert_eq!(key.signer(), signer);
        let proof = key.sign(b"text", "a comment").unwrap();
        assert_eq!(proof.verify(b"text").unwrap().signer, *signer);
        assert!(proof.verify(b"texts").is_err());
        assert!(!format!("{key:?}").contains("secret"));
    }
    for (name, password) in [
        ("locked", None),
        ("locked", Some("wrong")),
        ("plain", Some("any")),
        ("nobody", None),
        ("../x", None),
    ] {
        assert_eq!(code(keys.open(name, password)), "signing-key", "{name}");
    }
    // What is there stays.
    let before = fs::read(setting.directory.path().join("home/keys/plain.key")).unwrap();
    assert_eq!(code(keys.generate("plain", None)), "signing-key");
    let after = fs::read(setting.directory.path().join("home/keys/plain.key")).unwrap();
    assert_eq!(before, after);
    assert_eq!(code(keys.generate("../plain", None)), "signing-key");
    fs::write(
        setting.directory.path().join("home/keys/junk.pub"),
        "x\ny\n",
    )
    .unwrap();
    assert_eq!(keys.list().unwrap().len(), 2);
    assert_eq!(code(keys.export("junk")), "signing-key");
}

#[cfg(unix)]
#[test]
fn the_secret_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let setting = Setting::new();
    setting.trust.keys().generate("mine", None).unwrap();
    let file = setting.directory.path().join("home/keys/mine.key");
    assert_eq!(
        fs::metadata(file).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

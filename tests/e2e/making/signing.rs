//! `cm keys`, and what is signed with them.

use std::{fs, os::unix::fs::PermissionsExt as _};

use serde_json::Value;
use snapbox::str;

use super::notes;
use crate::support::Cm;

/// The signatures in a home's own registry.
fn signatures(cm: &Cm) -> usize {
    let index = fs::read(cm.home().join("registry/index.json")).expect("an index");
    let index: Value = serde_json::from_slice(&index).expect("JSON");
    let entries = index["manifests"].as_array().expect("manifests");
    let kind = |it: &&Value| {
        let kind = it["artifactType"].as_str().unwrap_or_default();
        kind.contains("minisign")
    };
    entries.iter().filter(kind).count()
}

#[test]
fn keys_are_made_listed_and_exported() {
    let cm = Cm::new();
    cm.run(["keys", "list"]).code(0).stdout("").stderr(str![[r#"
There are no keys; make one: cm keys new NAME

"#]]);
    let made = cm.run(["keys", "new", "release"]).code(0).stderr(str![[r#"
Made the key `release`
note: it has no password: whoever can read its file can sign with it

"#]]);
    let signer = made.out();
    let key = signer
        .trim()
        .strip_prefix("minisign:")
        .expect("a minisign key");
    let listed = cm.json(["keys", "list", "--json"]);
    assert_eq!(listed[0]["signer"], signer.trim());
    assert_eq!(listed[0]["secret"], true);
    cm.run(["keys", "list"]).code(0).says("release").says(key);
    cm.run(["keys", "export", "release"])
        .code(0)
        .stderr("")
        .says(key);
    let file = cm.home().join("keys/release.key");
    let mode = fs::metadata(&file).expect("a key").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let before = fs::read(&file).expect("a key");
    cm.run(["keys", "new", "release"])
        .code(1)
        .stdout("")
        .stderr(str![[r#"
cm::signing-key

  × the key `release` is there already: [ROOT]/home/.codemachine/keys/release.key
  help: a key is never replaced; choose another name

"#]]);
    assert_eq!(fs::read(&file).expect("a key"), before);
    cm.run(["keys", "new", "../up"]).code(1).stdout("").stderr(str![[r#"
cm::signing-key

  × the key `../up` cannot be called so: a name is lowercase letters, digits and single hyphens, at most 64, a letter or digit at both ends
  help: choose another name, for example `cm keys new release`

"#]]);
    cm.run(["keys", "export", "other"])
        .code(1)
        .stdout("")
        .stderr(str![[r#"
cm::signing-key

  × the key `other` is not there: there is no [ROOT]/home/.codemachine/keys/other.pub
  help: look at `cm keys list`, or make it with `cm keys new other`

"#]]);
}

#[test]
fn the_only_key_signs() {
    let cm = notes();
    cm.run(["publish", "notes"])
        .code(0)
        .says("it is not signed");
    assert_eq!(signatures(&cm), 0);
    cm.run(["keys", "new", "release"]).code(0);
    cm.run(["publish", "notes"]).code(0).stderr(str![[r#"
Published already: notes 1.0.0 ([DIGEST]) in the registry [ROOT]/home/.codemachine/registry, 4.80 kB, signed with the key `release`
Install it on this machine: cm install notes@1.0.0
For another one: cm pack notes

"#]]);
    cm.run(["publish", "notes"]).code(0);
    assert_eq!(signatures(&cm), 1, "the same signature was attached twice");
    cm.run(["keys", "new", "other"]).code(0);
    cm.run(["publish", "notes"])
        .code(2)
        .stdout("")
        .stderr(str![[r#"
cm::which-key

  × you have several keys: other, release
  help: name one with --key

"#]]);
    cm.run(["publish", "notes", "--no-sign"]).code(0);
    cm.run(["publish", "notes", "--key", "other"]).code(0);
    cm.run(["publish", "notes", "--key", "none"])
        .code(1)
        .stderr(str![[r#"
cm::signing-key

  × the key `none` is not there: there is no [ROOT]/home/.codemachine/keys/none.key
  help: look at `cm keys list`, or make it with `cm keys new none`

"#]]);
    cm.run(["publish", "notes", "--key", "other", "--no-sign"])
        .code(2);
}

#[test]
fn a_password_is_needed_before_anything_is_published() {
    let cm = notes();
    let with = |arguments: &[&str], password: &str| {
        let mut command = cm.command(arguments);
        command.env("CM_KEY_PASSWORD", password);
        cm.ran(command)
    };
    with(&["keys", "new", "release"], "sesame")
        .code(0)
        .stderr(str![[r#"
Made the key `release`

"#]]);
    cm.run(["publish", "notes"])
        .code(1)
        .stdout("")
        .stderr(str![[r#"
cm::signing-key

  × the key `release` has a password, and nobody is there to be asked
  help: put it into CM_KEY_PASSWORD

"#]]);
    with(&["publish", "notes"], "wrong").code(1).stderr(str![[r#"
cm::signing-key

  × the key `release` in [ROOT]/home/.codemachine/keys/release.key cannot be used: Wrong password for that key
  help: give the right password, or another key; `cm keys list` shows them

"#]]);
    assert!(
        !cm.home().join("registry").exists(),
        "something was published"
    );
    with(&["publish", "notes"], "sesame")
        .code(0)
        .says("signed with the key `release`");
    assert_eq!(signatures(&cm), 1);
}

#[test]
fn a_bundle_must_be_about_the_package() {
    let cm = notes().file("bundle.json", "{}");
    cm.run(["publish", "notes", "--bundle", "bundle.json"]).code(1).stdout("").stderr(str![[r#"
cm::bad-bundle

  × the bundle is not valid for this package: JSON error: missing field `verificationMaterial` at line 1 column 2
  help: make one about the file of: cm build --manifest FILE

"#]]);
    cm.run(["publish", "notes", "--bundle", "nowhere.json"])
        .code(2)
        .stdout("")
        .stderr(str![[r#"
cm::bad-bundle

  × the bundle nowhere.json cannot be read: No such file or directory (os error 2)
  help: make one about the file of: cm build --manifest FILE

"#]]);
    assert!(
        !cm.home().join("registry").exists(),
        "something was published"
    );
    // What is signed is written by `cm build`.
    let built = cm.json(["build", "notes", "--manifest", "manifest.json", "--json"]);
    let manifest: Value = serde_json::from_str(&cm.read("manifest.json")).expect("JSON");
    assert_eq!(
        manifest["annotations"]["org.opencontainers.image.title"],
        "notes"
    );
    assert!(
        built["digest"]
            .as_str()
            .expect("a digest")
            .starts_with("sha256:")
    );
}

use std::fs;

use proptest::prelude::*;

use super::*;
use crate::{Error, Kind, Outcome, Source};

#[test]
fn a_life() {
    let place = Place::new();
    let mut registry = place.registry();
    assert!(!place.home().root().exists(), "opening creates nothing");

    let done = registry
        .install(&place.package("p", "1.0.0", "one"), PLAIN)
        .unwrap();
    assert_eq!(
        (done.outcome, done.version.to_string().as_str()),
        (Outcome::New, "1.0.0")
    );
    assert_eq!(state(&registry), ["p@1.0.0* one"]);
    assert!(matches!(
        registry.find("p").unwrap().source(),
        Source::Installed(_)
    ));

    let done = registry
        .install(&place.package("p", "1.1.0", "two"), PLAIN)
        .unwrap();
    assert_eq!(done.outcome, Outcome::Beside);
    assert_eq!(state(&registry), ["p@1.1.0* two", "p@1.0.0 one"]);

    // Installing what is there makes it the active one: the way back.
    let done = registry
        .install(&place.package("p", "1.0.0", "one"), PLAIN)
        .unwrap();
    assert_eq!(done.outcome, Outcome::Unchanged);
    assert_eq!(state(&place.registry()), ["p@1.0.0* one", "p@1.1.0 two"]);

    let other = place.package("p", "1.0.0", "three");
    assert!(matches!(
        registry.install(&other, PLAIN),
        Err(Error::Differs { .. })
    ));
    assert_eq!(state(&place.registry()), ["p@1.0.0* one", "p@1.1.0 two"]);
    let done = registry.install(&other, FORCE).unwrap();
    assert_eq!(done.outcome, Outcome::Replaced);
    assert_eq!(state(&place.registry()), ["p@1.0.0* three", "p@1.1.0 two"]);
    assert_tidy(&place);

    let gone = registry.remove("p@1.0.0").unwrap();
    assert_eq!(gone.active.unwrap().to_string(), "1.1.0");
    assert_eq!(state(&place.registry()), ["p@1.1.0* two"]);
    assert!(matches!(
        registry.remove("p@9.0.0"),
        Err(Error::NoVersion { .. })
    ));
    assert_eq!(registry.remove("p").unwrap().active, None);
    assert!(state(&place.registry()).is_empty());
    assert!(matches!(registry.remove("p"), Err(Error::NoPackage { .. })));
    assert_tidy(&place);
}

#[cfg(unix)]
#[test]
fn a_home_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place
        .registry()
        .install(&place.package("p", "1.0.0", "one"), PLAIN)
        .unwrap();
    for directory in [place.home().root(), &place.home().imports()] {
        assert_eq!(
            fs::metadata(directory).unwrap().permissions().mode() & 0o777,
            0o700
        );
    }
}

#[test]
fn what_is_no_component_is_refused() {
    let place = Place::new();
    for (bytes, why) in [
        (&b"\0asm\x01\0\0\0"[..], "core"),
        (b"#!/bin/sh", "not WebAssembly"),
        (b"", "not WebAssembly"),
    ] {
        let root = place.package("p", "1.0.0", "x");
        fs::write(root.join("step.wasm"), bytes).unwrap();
        let error = place.registry().install(&root, PLAIN).unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
        assert!(
            Package::open(&root)
                .unwrap()
                .component(Kind::Step, "p")
                .is_err()
        );
    }
    let root = place.package("q", "1.0.0", "x");
    fs::remove_file(root.join("step.wasm")).unwrap();
    let error = place.registry().install(&root, PLAIN).unwrap_err();
    assert!(error.to_string().contains("step.wasm"), "{error}");
    let root = place.files(
        "empty",
        &[
            ("cm.toml", b"[package]\nname='e'\nversion='1.0.0'\n"),
            ("README.md", b""),
        ],
    );
    let error = place.registry().install(&root, PLAIN).unwrap_err();
    assert!(error.to_string().contains("nothing in it"), "{error}");
    let root = place.files(
        "later",
        &[
            (
                "cm.toml",
                b"[package]\nname='l'\nversion='1.0.0'\ncm='>=99'\n",
            ),
            ("workflow.yaml", b""),
        ],
    );
    let error = place.registry().install(&root, PLAIN).unwrap_err();
    assert!(matches!(error, Error::OtherCm { .. }), "{error}");
    assert!(state(&place.registry()).is_empty());
}

#[test]
fn first_party_names_need_force() {
    let place = Place::new();
    let root = place.package("claude", "2.0.0", "mine");
    let mut registry = place.registry();
    assert!(matches!(
        registry.install(&root, PLAIN),
        Err(Error::FirstParty { remove: false, .. })
    ));
    assert!(matches!(
        registry.remove("claude"),
        Err(Error::FirstParty { remove: true, .. })
    ));
    registry.install(&root, FORCE).unwrap();
    assert_eq!(
        registry.find("claude").unwrap().version().to_string(),
        "2.0.0"
    );
    assert_eq!(
        registry.find("claude@^1").unwrap().source(),
        &Source::Embedded
    );
    assert_eq!(
        registry
            .remove("claude")
            .unwrap()
            .active
            .unwrap()
            .to_string(),
        "1.2.0"
    );
    assert_eq!(registry.find("claude").unwrap().source(), &Source::Embedded);
}

#[test]
fn a_changed_copy_is_noticed_and_mended() {
    let place = Place::new();
    let root = place.package("p", "1.0.0", "one");
    let mut registry = place.registry();
    let copy = registry.install(&root, PLAIN).unwrap().path;
    let mut bytes = COMPONENT.to_vec();
    bytes.push(0);
    fs::write(copy.join("step.wasm"), bytes).unwrap();
    let package = registry.find("p").unwrap();
    assert!(matches!(
        package.component(Kind::Step, "p"),
        Err(Error::Damaged { .. })
    ));
    assert!(matches!(package.verify(), Err(Error::Damaged { .. })));
    assert_eq!(
        registry.install(&root, PLAIN).unwrap().outcome,
        Outcome::Replaced
    );
    registry
        .find("p")
        .unwrap()
        .component(Kind::Step, "p")
        .unwrap();

    let copy = registry.find("p").unwrap().directory().unwrap().to_owned();
    fs::remove_dir_all(copy).unwrap();
    assert!(matches!(registry.find("p"), Err(Error::Damaged { .. })));
    assert_eq!(registry.list().unwrap().len(), 2, "listing does not mind");
    registry.install(&root, PLAIN).unwrap();
    assert_eq!(state(&registry), ["p@1.0.0* one"]);
    assert_tidy(&place);
}

#[test]
fn a_directory_without_manifest_is_installed() {
    let place = Place::new();
    let root = place.files(
        "Loose Ends",
        &[
            ("workflow.yaml", b"a"),
            ("agents/a.md", b"hi"),
            ("src/x.rs", b""),
        ],
    );
    let mut registry = place.registry();
    registry.install(&root, PLAIN).unwrap();
    assert_eq!(state(&registry), ["loose-ends@0.0.0* hi"]);
    assert_eq!(registry.list().unwrap()[1].kinds, [Kind::Workflow]);
    registry.remove("loose-ends").unwrap();
}

#[test]
fn a_home_that_cannot_be_written_can_be_read() {
    let place = Place::new();
    place.files("", &[("home", b"a file")]);
    let (mut registry, notices) = Registry::open(place.home(), EMBEDDED).unwrap();
    assert!(notices.is_empty(), "{notices:?}");
    assert_eq!(registry.list().unwrap().len(), 1);
    registry.find("claude").unwrap();
    let error = registry
        .install(&place.package("p", "1.0.0", "one"), PLAIN)
        .unwrap_err();
    assert!(error.to_string().contains("home"), "{error}");
    assert!(matches!(registry.remove("p"), Err(Error::NoPackage { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn installing_and_removing_leaves_nothing(
        kept in "[a-m]{1,8}(-[a-z0-9]{1,4})?",
        passing in "[n-z]{1,8}(-[a-z0-9]{1,4})?",
        version in "[0-9]\\.[1-9]{1,3}\\.0(-[a-z]{1,5}\\.[1-9])?",
        prompt in ".{0,30}",
        force in any::<bool>(),
    ) {
        let place = Place::new();
        let mut registry = place.registry();
        registry.install(&place.package(&kept, "1.0.0", "stays"), PLAIN).unwrap();
        let before = snapshot(place.home().root());
        let root = place.package(&passing, &version, &prompt);
        registry.install(&root, InstallOptions { force }).unwrap();
        prop_assert_eq!(prompt_of(&registry.find(&passing).unwrap()), prompt);
        registry.remove(&passing).unwrap();
        prop_assert_eq!(snapshot(place.home().root()), before);
    }
}

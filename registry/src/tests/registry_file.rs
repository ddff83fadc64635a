use std::fs;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::Error;

fn read(place: &Place) -> Value {
    serde_json::from_slice(&fs::read(place.home().registry_file()).unwrap()).unwrap()
}

fn write(place: &Place, bytes: &[u8]) {
    fs::create_dir_all(place.home().imports()).unwrap();
    fs::write(place.home().registry_file(), bytes).unwrap();
}

/// The contents of the files that were set aside.
fn kept(place: &Place) -> Vec<Vec<u8>> {
    let mut found: Vec<_> = snapshot(&place.home().imports())
        .into_iter()
        .filter(|(name, _)| name.starts_with("registry.json.invalid-"))
        .map(|(_, bytes)| bytes)
        .collect();
    found.sort();
    found
}

#[test]
fn the_published_form() {
    let place = Place::new();
    let root = place.package("p", "1.0.0", "one");
    place.registry().install(&root, PLAIN).unwrap();
    place
        .registry()
        .install(&place.package("p", "1.1.0", "two"), PLAIN)
        .unwrap();
    let file = read(&place);
    assert_eq!(file["schemaVersion"], 1);
    let import = &file["imports"]["p"];
    let copy = place.home().imports().join("p/1.1.0");
    assert_eq!(import["name"], "p");
    assert_eq!(import["version"], "1.1.0");
    assert_eq!(import["path"], copy.to_str().unwrap());
    assert_eq!(
        import["resolvedPaths"]["prompts"],
        copy.join("agents").to_str().unwrap()
    );
    assert!(import["installedAt"].as_str().unwrap().ends_with('Z'));
    assert!(import["digest"].as_str().unwrap().starts_with("sha256:"));
    assert_eq!(import["kinds"], json!(["step", "workflow"]));
    let other = &import["versions"]["1.0.0"];
    assert_eq!(
        other["source"],
        fs::canonicalize(root).unwrap().to_str().unwrap()
    );
}

#[test]
fn what_others_wrote_is_kept() {
    let place = Place::new();
    place
        .registry()
        .install(&place.package("p", "1.0.0", "one"), PLAIN)
        .unwrap();
    let mut file = read(&place);
    let foreign = json!({"name": "ali", "version": "main", "source": "owner/ali", "path": "/x/ali", "resolvedPaths": {}});
    file["imports"]["ali"] = foreign.clone();
    file["imports"]["p"]["starred"] = json!(true);
    file["imports"]["p"]["components"][0]["note"] = json!("x");
    file["theme"] = json!({"dark": true});
    write(&place, file.to_string().as_bytes());

    let (mut registry, notices) = Registry::open(place.home(), EMBEDDED).unwrap();
    assert!(notices.is_empty(), "{notices:?}");
    assert_eq!(registry.foreign(), ["ali"]);
    assert!(matches!(registry.find("ali"), Err(Error::Foreign { .. })));
    assert!(matches!(registry.remove("ali"), Err(Error::Foreign { .. })));
    assert!(matches!(
        registry.install(&place.package("ali", "1.0.0", "x"), FORCE),
        Err(Error::Foreign { .. })
    ));
    registry
        .install(&place.package("q", "1.0.0", "x"), PLAIN)
        .unwrap();
    let after = read(&place);
    assert_eq!(after["imports"]["ali"], foreign);
    assert_eq!(after["theme"], file["theme"]);
    assert_eq!(after["imports"]["p"], file["imports"]["p"]);
}

#[test]
fn an_entry_that_leads_elsewhere_is_not_followed() {
    let place = Place::new();
    place
        .registry()
        .install(&place.package("p", "1.0.0", "one"), PLAIN)
        .unwrap();
    let whole = read(&place);
    for path in ["/x/..", "/x/2.0.0", "", "/", "/x/1.0.0+../../y/.."] {
        let mut file = whole.clone();
        file["imports"]["p"]["path"] = json!(path);
        write(&place, file.to_string().as_bytes());
        assert_eq!(place.registry().foreign(), ["p"], "{path}");
    }
    let mut file = whole.clone();
    file["imports"]["../p"] = whole["imports"]["p"].clone();
    file["imports"]["../p"]["name"] = json!("../p");
    write(&place, file.to_string().as_bytes());
    assert_eq!(place.registry().foreign(), ["../p"]);
}

#[test]
fn a_moved_home_still_works() {
    let place = Place::new();
    place
        .registry()
        .install(&place.package("p", "1.0.0", "one"), PLAIN)
        .unwrap();
    fs::rename(place.path("home"), place.path("moved")).unwrap();
    let home = Home::at(place.path("moved")).unwrap();
    assert_eq!(
        state(&Registry::open(home, EMBEDDED).unwrap().0),
        ["p@1.0.0* one"]
    );
}

#[test]
fn an_invalid_file_is_set_aside_and_made_again() {
    let whole = {
        let place = Place::new();
        place
            .registry()
            .install(&place.package("p", "1.0.0", "one"), PLAIN)
            .unwrap();
        fs::read(place.home().registry_file()).unwrap()
    };
    for bad in [
        &b""[..],
        b"hello",
        b"[]",
        b"{}",
        b"{\"schemaVersion\": \"1\", \"imports\": {}}",
        b"{\"schemaVersion\": 1, \"imports\": []}",
        b"{\"schemaVersion\": 1, \"imports\": {\"p\": 1}}",
        b"\xff\xfe",
        &whole[..whole.len() / 2],
        &vec![b'['; 100_000],
    ] {
        let place = Place::new();
        place
            .registry()
            .install(&place.package("p", "1.0.0", "one"), PLAIN)
            .unwrap();
        place
            .registry()
            .install(&place.package("p", "1.1.0", "two"), PLAIN)
            .unwrap();
        place
            .registry()
            .install(&place.package("q", "1.0.0", "x"), PLAIN)
            .unwrap();
        write(&place, bad);
        let (registry, notices) = Registry::open(place.home(), EMBEDDED).unwrap();
        assert_eq!(notices.len(), 1, "{notices:?}");
        assert!(notices[0].message.contains("was invalid"), "{}", notices[0]);
        assert_eq!(
            state(&registry),
            ["p@1.1.0* two", "p@1.0.0 one", "q@1.0.0* x"]
        );
        assert_eq!(kept(&place), [bad]);
        let (registry, notices) = Registry::open(place.home(), EMBEDDED).unwrap();
        assert_eq!((state(&registry).len(), notices.len()), (3, 0));
        // A second one does not overwrite the first.
        write(&place, b"again");
        place.registry();
        assert_eq!(kept(&place).len(), 2);
    }
}

#[test]
fn a_directory_in_its_place_is_set_aside_too() {
    let place = Place::new();
    fs::create_dir_all(place.home().registry_file().join("x")).unwrap();
    let (registry, notices) = Registry::open(place.home(), EMBEDDED).unwrap();
    assert_eq!((state(&registry).len(), notices.len()), (0, 1));
    assert!(place.home().registry_file().is_file());
}

#[test]
fn a_missing_file_is_made_up_for() {
    let place = Place::new();
    place
        .registry()
        .install(&place.package("p", "1.0.0", "one"), PLAIN)
        .unwrap();
    place.files(
        "home/imports",
        &[
            ("ali-workflow/config/main.js", b""),
            ("broken/1.0.0/cm.toml", b""),
        ],
    );
    fs::remove_file(place.home().registry_file()).unwrap();
    let (registry, notices) = Registry::open(place.home(), EMBEDDED).unwrap();
    assert_eq!(state(&registry), ["p@1.0.0* one"]);
    assert_eq!(notices.len(), 2, "{notices:?}");
    assert!(notices[1].message.contains("broken"), "{notices:?}");
    assert!(
        !place.home().registry_file().exists(),
        "reading writes nothing"
    );
}

#[test]
fn a_newer_file_is_read_and_not_written() {
    let place = Place::new();
    place
        .registry()
        .install(&place.package("p", "1.0.0", "one"), PLAIN)
        .unwrap();
    let mut file = read(&place);
    file["schemaVersion"] = json!(2);
    file["imports"]["q"] = json!(["another form"]);
    let bytes = file.to_string();
    write(&place, bytes.as_bytes());
    let (mut registry, notices) = Registry::open(place.home(), EMBEDDED).unwrap();
    assert_eq!(state(&registry), ["p@1.0.0* one"]);
    assert_eq!(notices[0].help.as_deref(), Some("upgrade cm"));
    let root = place.package("r", "1.0.0", "x");
    assert!(matches!(
        registry.install(&root, FORCE),
        Err(Error::Newer { version: 2, .. })
    ));
    assert!(matches!(registry.remove("p"), Err(Error::Newer { .. })));
    assert_eq!(
        fs::read(place.home().registry_file()).unwrap(),
        bytes.as_bytes()
    );
    assert!(kept(&place).is_empty());
}

#[test]
fn a_home_that_cannot_be_mended_is_read() {
    let place = Place::new();
    place
        .registry()
        .install(&place.package("p", "1.0.0", "one"), PLAIN)
        .unwrap();
    write(&place, b"bad");
    // As on a read-only disk.
    crate::fault::plan(1, crate::fault::Fault::Full);
    let (registry, notices) = Registry::open(place.home(), EMBEDDED).unwrap();
    assert!(crate::fault::clear());
    assert_eq!(state(&registry), ["p@1.0.0* one"]);
    assert!(
        notices[0].message.contains("could not be set aside"),
        "{notices:?}"
    );
    assert_eq!(fs::read(place.home().registry_file()).unwrap(), b"bad");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_the_file_holds_it_opens_and_is_not_lost(bytes in any::<Vec<u8>>()) {
        let place = Place::new();
        write(&place, &bytes);
        let (registry, notices) = Registry::open(place.home(), EMBEDDED).unwrap();
        prop_assert_eq!(registry.list().unwrap().len(), 1);
        prop_assert_eq!(notices.len(), 1);
        prop_assert_eq!(kept(&place), [bytes]);
    }
}

use super::*;
use crate::{Error, Kind, Origin, Source};

#[test]
fn versions() {
    let place = Place::new();
    let mut registry = place.registry();
    for (version, prompt) in [
        ("1.0.0", "a"),
        ("1.2.0", "bb"),
        ("2.0.0", "ccc"),
        ("1.1.0", "dddd"),
    ] {
        registry
            .install(&place.package("p", version, prompt), PLAIN)
            .unwrap();
    }
    for (text, version) in [
        ("p", "1.1.0"),
        ("p@^1", "1.1.0"),
        ("p@>=1.2, <2", "1.2.0"),
        ("p@>1.1", "2.0.0"),
        ("p@1.0.0", "1.0.0"),
        ("claude", "1.2.0"),
        ("claude@^1", "1.2.0"),
    ] {
        assert_eq!(
            registry.find(text).unwrap().version().to_string(),
            version,
            "{text}"
        );
    }
    let error = registry.find("p@^3").unwrap_err();
    assert_eq!(
        error.to_string(),
        "no version of `p` meets `^3`; there is 1.1.0, 2.0.0, 1.2.0, 1.0.0"
    );
    assert!(matches!(
        registry.find("p@newest"),
        Err(Error::BadName { .. })
    ));
    assert!(matches!(registry.find("../p"), Err(Error::BadName { .. })));
    let error = registry.find("cloude").unwrap_err();
    assert_eq!(error.help().unwrap(), "did you mean `claude`?");
    assert!(matches!(
        cm_types::Error::from(&error),
        cm_types::Error::Missing(_)
    ));
}

#[test]
fn components() {
    let place = Place::new();
    let mut registry = place.registry();
    let engine = |package: &str, component: &str| {
        let root = place.package(package, "1.0.0", "x");
        fs::write(
            root.join("cm.toml"),
            manifest(package, "1.0.0", "engine", component),
        )
        .unwrap();
        root
    };
    for (package, component) in [
        ("one", "fast"),
        ("two", "fast"),
        ("three", "claude"),
        ("four", "alone"),
    ] {
        registry
            .install(&engine(package, component), PLAIN)
            .unwrap();
    }
    let owner = |name: &str, own: Option<&Package>| {
        registry
            .component(Kind::Engine, name, own)
            .map(|(package, _)| package.name().to_owned())
    };
    assert_eq!(owner("alone", None).unwrap(), "four");
    // An installed package does not take the place of what is part of cm …
    assert_eq!(owner("claude", None).unwrap(), "claude");
    assert_eq!(owner("three:claude", None).unwrap(), "three");
    // … and of two, neither is taken by chance.
    let error = owner("fast", None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "several packages have engine `fast`: one, two"
    );
    assert_eq!(owner("two:fast", None).unwrap(), "two");
    // The package that is being run comes first.
    let own = Package::open(&engine("own", "fast")).unwrap();
    assert_eq!(owner("fast", Some(&own)).unwrap(), "own");
    assert_eq!(owner("own:fast", Some(&own)).unwrap(), "own");
    assert_eq!(owner("one:fast", Some(&own)).unwrap(), "one");
    let error = owner("claud", None).unwrap_err();
    assert_eq!(error.help().unwrap(), "did you mean `claude`?");
    assert!(matches!(
        owner("two:slow", None),
        Err(Error::NoComponent { .. })
    ));
    assert!(registry.component(Kind::Step, "fast", None).is_err());

    let engines = registry.engines().unwrap();
    let names: Vec<_> = engines
        .iter()
        .map(|it| format!("{}:{}", it.package, it.entry.name))
        .collect();
    assert_eq!(
        names,
        [
            "four:alone",
            "claude:claude",
            "three:claude",
            "one:fast",
            "two:fast"
        ]
    );
    assert_eq!(engines[1].origin, Origin::FirstParty);
    let (package, entry) = registry.component(Kind::Engine, "claude", None).unwrap();
    assert_eq!(package.source(), &Source::Embedded);
    assert_eq!(
        &*package.component(entry.kind, &entry.name).unwrap().bytes,
        COMPONENT
    );
}

use std::sync::Arc;

use tempfile::TempDir;

use super::*;
use crate::{
    Layout, Locked, Progress, Request, Sources, Wanted, fetch, layout::tests::package, resolve,
};

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn asking(text: &str, wanted: &str) -> Request {
    Request {
        who: "your project".into(),
        requirements: BTreeMap::from([(name(text), wanted.parse().unwrap())]),
        ..Request::default()
    }
}

fn built_in() -> Package {
    Package::embedded(cm_registry::EmbeddedPackage {
        manifest_toml: "[package]\nname = \"claude\"\nversion = \"1.0.0\"\n",
        files: &[],
    })
    .unwrap()
}

const NEEDS: &str = "[dependencies]\nclaude = \"^1\"\n";

#[test]
fn from_a_registry_to_a_lock_file_and_back() {
    let directory = TempDir::new().unwrap();
    let layout = Layout::at(directory.path().join("registry"));
    let store = Store::at(directory.path().join("store"));
    let review = name("acme/review");
    for version in ["1.0.0", "1.1.0"] {
        layout
            .publish(&review, &package("review", version, NEEDS))
            .unwrap();
    }
    let claude = built_in();
    let catalog = || {
        let catalog = Catalog::of(&layout).with_store(&store);
        catalog.with_built_in([&claude]).unwrap()
    };

    // What is part of the program does for the rest.
    let first = catalog();
    let resolution = resolve(&first, &asking("acme/review", "^1")).unwrap();
    assert_eq!(resolution.packages[&review].version, Version::new(1, 1, 0));
    let own = &resolution.packages[&name("claude")].version;
    assert!(first.is_built_in(&name("claude"), own));
    // A newer one in the registry is taken first.
    layout
        .publish(&name("claude"), &package("claude", "1.2.0", ""))
        .unwrap();
    let resolution = resolve(&catalog(), &asking("acme/review", "^1")).unwrap();
    assert_eq!(
        resolution.packages[&name("claude")].version,
        Version::new(1, 2, 0)
    );

    let (digest, contents) = first.look(&review, &Version::new(1, 1, 0)).unwrap();
    let wanted = Wanted {
        name: &review,
        version: &Version::new(1, 1, 0),
        digest,
        source: Some(&layout),
    };
    fetch(&store, &[wanted], &|_: &Progress| {}).unwrap();
    let locked = Locked {
        version: Version::new(1, 1, 0),
        source: layout.title(),
        manifest: digest,
        layers: contents
            .manifest
            .blobs()
            .iter()
            .map(|it| it.digest)
            .collect(),
        dependencies: BTreeSet::new(),
        signer: None,
    };
    let lock = Lock {
        packages: BTreeMap::from([(review.clone(), locked)]),
    };
    // Newer ones do not matter, nor does a registry that has forgotten it.
    layout
        .publish(&review, &package("review", "1.2.0", NEEDS))
        .unwrap();
    let mut request = asking("acme/review", "^1");
    request.locked = lock.versions();
    let again = catalog().with_lock(&lock);
    let resolution = resolve(&again, &request).unwrap();
    assert_eq!(resolution.packages[&review].version, Version::new(1, 1, 0));
    assert_eq!(
        again.look(&review, &Version::new(1, 1, 0)).unwrap().0,
        digest
    );
}

#[test]
fn objections_are_heard_unless_it_is_in_use() {
    let directory = TempDir::new().unwrap();
    let layout = Layout::at(directory.path());
    for version in ["1.0.0", "1.1.0"] {
        layout
            .publish(&name("x"), &package("x", version, ""))
            .unwrap();
    }
    let newest = Version::new(1, 1, 0);
    let young = |_: &Name, version: &Version, _: Digest| {
        Ok((*version == newest).then(|| "it is younger than 3 days".to_owned()))
    };
    let catalog = Catalog::of(&layout).with_objection(&young);
    let chosen = |request: &Request| {
        resolve(&catalog, request).unwrap().packages[&name("x")]
            .version
            .clone()
    };
    assert_eq!(chosen(&asking("x", "^1")), Version::new(1, 0, 0));
    let mut request = asking("x", "^1");
    request.locked.insert(name("x"), newest.clone());
    assert_eq!(chosen(&request), newest);
    let error = resolve(&catalog, &asking("x", "=1.1.0")).unwrap_err();
    assert!(error.to_string().contains("younger than 3 days"), "{error}");
}

#[test]
fn a_version_for_another_cm_is_passed_over() {
    let directory = TempDir::new().unwrap();
    let layout = Layout::at(directory.path());
    layout
        .publish(&name("x"), &package("x", "1.0.0", ""))
        .unwrap();
    layout
        .publish(&name("x"), &package("x", "1.1.0", "cm = \">=99\"\n"))
        .unwrap();
    let catalog = Catalog::of(&layout);
    let resolution = resolve(&catalog, &asking("x", "^1")).unwrap();
    assert_eq!(
        resolution.packages[&name("x")].version,
        Version::new(1, 0, 0)
    );
    let error = resolve(&catalog, &asking("x", "=1.1.0")).unwrap_err();
    assert!(error.to_string().contains("needs cm >=99"), "{error}");
}

#[test]
fn a_name_belongs_to_one_registry() {
    let directory = TempDir::new().unwrap();
    let public = Layout::at(directory.path().join("public"));
    let private = Layout::at(directory.path().join("private"));
    let ours = name("acme/review");
    // Somebody else publishes a higher version under our name.
    public
        .publish(&ours, &package("review", "99.0.0", ""))
        .unwrap();
    let sources = Sources::new(Arc::new(public)).with("acme", Arc::new(private.clone()));
    let error = resolve(&Catalog::of(&sources), &asking("acme/review", "*")).unwrap_err();
    assert!(matches!(error, Error::NoPackage { .. }), "{error}");
    private
        .publish(&ours, &package("review", "1.0.0", ""))
        .unwrap();
    let resolution = resolve(&Catalog::of(&sources), &asking("acme/review", "*")).unwrap();
    assert_eq!(resolution.packages[&ours].version, Version::new(1, 0, 0));
}

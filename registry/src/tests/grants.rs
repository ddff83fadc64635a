use std::path::Path;

use super::*;
use crate::{
    Arrival, Capabilities, Denial, Error, Grants, Kind, Policy, Provenance, Whence,
    WorkspaceAccess, difference,
};

fn caps(text: &str) -> Capabilities {
    text.parse().unwrap()
}

const WISHES: &str = "[capabilities]\nprograms = ['git', 'sh']\nenvironment = ['MINE_*']\nnetwork = ['*.example.com']\nworkspace = 'write'\n";

fn wishful(place: &Place, name: &str, version: &str) -> PathBuf {
    let root = place.package(name, version, "x");
    let text = manifest(name, version, "step", name) + WISHES;
    fs::write(root.join("cm.toml"), text).unwrap();
    root
}

#[test]
fn the_effective_is_what_is_declared_and_granted() {
    let declared =
        caps("programs=git,sh environment=MINE_*,PATH network=*.example.com workspace=write");
    let effective = |grants: &Grants| grants.effective(&declared).to_string();
    assert_eq!(effective(&Grants::all()), declared.to_string());
    assert_eq!(effective(&Grants::none()), "");
    // A part of a pattern, and a pattern around a part.
    let some = Grants::only(caps(
        "programs=git,curl environment=MINE_KEY,PA* network=api.example.com,*.org workspace=read",
    ));
    assert_eq!(
        effective(&some),
        "programs=git environment=PATH,MINE_KEY network=api.example.com workspace=read"
    );
    let mut denied = Grants::all();
    denied.deny(&caps("programs=sh environment=MINE_SECRET workspace=write"));
    assert_eq!(
        effective(&denied),
        "programs=git environment=PATH network=*.example.com workspace=read"
    );
    assert!(denied.undecided(&declared).is_empty());
    denied.grant(&caps("programs=sh workspace=write"));
    assert_eq!(
        effective(&denied),
        "programs=git,sh environment=PATH network=*.example.com workspace=write"
    );
    let mut unread = Grants::all();
    unread.deny(&caps("workspace=read"));
    assert_eq!(unread.effective(&declared).workspace, WorkspaceAccess::None);
    unread.grant(&caps("workspace=read"));
    assert_eq!(unread.effective(&declared).workspace, WorkspaceAccess::Read);
}

#[test]
fn an_upgrade_gets_what_the_old_one_had() {
    let old = caps("programs=git workspace=read");
    let new = caps("programs=git,sh environment=A workspace=write");
    let mut grants = Grants::all();
    grants.deny(&caps("environment=A"));
    let carried = grants.carried(&old);
    assert_eq!(carried.effective(&new), old);
    // What was said no to is not asked again.
    assert_eq!(
        carried.undecided(&new).to_string(),
        "programs=sh workspace=write"
    );
    let widening = difference(&old, &new);
    assert_eq!(widening.lines().len(), 3);
    assert!(
        widening.lines()[0].contains("run any command"),
        "{:?}",
        widening.lines()
    );
    assert!(difference(&new, &old).is_empty());
    assert!(
        difference(
            &caps("network=*.example.com"),
            &caps("network=API.example.com")
        )
        .is_empty()
    );
}

proptest::proptest! {
    #[test]
    fn nothing_is_had_that_was_not_declared_granted_and_left(
        words in proptest::collection::vec(("[abc_*]{1,3}", 0..3u8), 0..12),
    ) {
        let of = |which: u8, workspace: WorkspaceAccess| Capabilities {
            environment: words.iter().filter(|it| it.1 == which).map(|it| it.0.clone()).collect(),
            workspace,
            ..Capabilities::default()
        };
        let declared = of(0, WorkspaceAccess::Write);
        let (granted, denied) = (of(1, WorkspaceAccess::Read), of(2, WorkspaceAccess::Read));
        let mut grants = Grants::only(granted.clone());
        grants.deny(&denied);
        let effective = grants.effective(&declared);
        proptest::prop_assert!(effective.is_within(&declared));
        proptest::prop_assert!(effective.is_within(&granted));
        proptest::prop_assert_eq!(effective.without(&denied), effective);
    }
}

#[test]
fn refusals_name_the_command_that_allows_it() {
    let place = Place::new();
    let mut registry = place.registry();
    let package = Package::open(&wishful(&place, "p", "1.0.0")).unwrap();
    let mut arrival = Arrival::new(&package);
    arrival.grants = Some(Grants::only(caps("workspace=read")));
    registry.install_all(&[arrival]).unwrap();
    let found = place.registry().find("p").unwrap();
    assert_eq!(found.effective().to_string(), "workspace=read");
    assert!(!found.declares_program("git") && found.reads_the_workspace());
    let error = found.may_start("git").unwrap_err();
    assert_eq!(
        error.help().unwrap(),
        "cm install p@1.0.0 --grant programs=git"
    );
    assert!(matches!(
        cm_types::Error::from(&error),
        cm_types::Error::Denied(_)
    ));
    let error = found.may(&caps("environment=MINE_*")).unwrap_err();
    assert!(
        error
            .help()
            .unwrap()
            .ends_with("--grant 'environment=MINE_*'")
    );
    let error = found.may_start("curl").unwrap_err();
    assert!(matches!(
        error,
        Error::NotAllowed {
            why: Denial::Undeclared,
            ..
        }
    ));
    assert_eq!(error.code(), "undeclared-capability");

    // Granted later, for this process and the next, and after the file is lost.
    registry
        .regrant("p@1.0.0", |grants| grants.grant(&caps("programs=git")))
        .unwrap();
    assert!(registry.find("p").unwrap().declares_program("git"));
    fs::remove_file(place.home().registry_file()).unwrap();
    assert!(place.registry().find("p").unwrap().declares_program("git"));
    // Installing the same again gives nothing more.
    registry.install_package(&package, PLAIN).unwrap();
    assert!(!place.registry().find("p").unwrap().declares_program("sh"));
}

#[test]
fn hosts_and_variables_are_asked_about_one_by_one() {
    let place = Place::new();
    let mut text = manifest("caller", "1.0.0", "engine", "caller");
    text += "[capabilities]\nenvironment = ['MINE_*']\nnetwork = ['api.example.com', '*.example.org', 'b.example:443', 'c.example:8443']\n";
    let root = place.package("caller", "1.0.0", "x");
    fs::write(root.join("cm.toml"), text).unwrap();
    let package = Package::open(&root).unwrap();
    for host in [
        "api.example.com",
        "x.example.org",
        "b.example",
        "c.example:8443",
    ] {
        assert!(package.may_reach(host).is_ok(), "{host}");
    }
    for host in [
        "example.com",
        "evil-api.example.com",
        "api.example.com.evil.example",
        "api.example.com:8443",
        "example.org",
        "evilexample.org",
        "c.example",
    ] {
        let error = package.may_reach(host).unwrap_err();
        assert!(error.to_string().contains(host), "{error}");
    }
    assert!(package.may_see("MINE_KEY").is_ok());
    assert!(package.may_see("HOME").is_err());
}

#[test]
fn a_policy_wins() {
    let place = Place::new();
    let path = Path::new("policy.toml");
    let text = "[[rule]]\npackage = 'acme/*'\nallow = 'all'\n[[rule]]\npackage = '*'\nreason = 'no shells'\ndeny = { programs = ['sh'], network = ['*'] }\nallow = { workspace = 'read' }\n";
    let policy = Policy::parse(path, text, true).unwrap();
    let declared = caps("programs=git,sh network=a.org workspace=write");
    assert_eq!(
        policy.allowed("acme/x", &declared).to_string(),
        "programs=git workspace=write"
    );
    assert_eq!(policy.allowed("x", &declared).to_string(), "workspace=read");
    assert_eq!(
        policy.limit("x", &declared).to_string(),
        "programs=git workspace=write"
    );
    // A project that is not trusted only forbids.
    let theirs = Policy::parse(path, text, false).unwrap();
    assert!(theirs.allowed("acme/x", &declared).is_empty());
    assert_eq!(theirs.limit("x", &declared), policy.limit("x", &declared));
    let all = Policy::parse(path, "[[rule]]\npackage = 'x'\ndeny = 'all'\n", true).unwrap();
    assert!(all.limit("x", &declared).is_empty());
    assert_eq!(all.limit("acme/x", &declared), declared);

    place.files("home", &[("policy.toml", text.as_bytes())]);
    let mut registry = place.registry();
    registry
        .install(&wishful(&place, "p", "1.0.0"), PLAIN)
        .unwrap();
    let found = registry.find("p").unwrap();
    let error = found.may_start("sh").unwrap_err();
    assert!(error.to_string().contains("no shells"), "{error}");
    assert!(found.may_start("git").is_ok());
    assert!(registry.effective(&found).network.is_empty());
    // Also for a directory without a manifest.
    let loose = place.files("loose", &[("workflow.yaml", b"name: x\n")]);
    let loose = registry.governed(Package::open(&loose).unwrap());
    assert!(loose.declares_program("anything") && !loose.declares_program("sh"));

    for (text, line) in [
        ("[[rule]]\npackage = '../x'\n", 2),
        ("[[rule]]\npackage='x'\ndeny='some'\n", 3),
        ("rules = []\n", 1),
    ] {
        place.files("home", &[("policy.toml", text.as_bytes())]);
        let error = Registry::open(place.home(), EMBEDDED).unwrap_err();
        assert!(
            error.to_string().contains(&format!("policy.toml:{line}:")),
            "{error}"
        );
    }
}

#[test]
fn namespaces_live_beside_each_other() {
    let place = Place::new();
    let mut registry = place.registry();
    let make = |prompt: &str| Package::open(&place.package("review", "1.0.0", prompt)).unwrap();
    let (plain, acme) = (make("plain"), make("of acme"));
    let mut theirs = Arrival::new(&acme);
    theirs.name = "acme/review".into();
    theirs.provenance = Provenance {
        whence: Whence::Registry {
            registry: "local".into(),
            name: "acme/review".into(),
        },
        requirement: Some("^1".into()),
        signer: Some("minisign:x".into()),
        ..Provenance::default()
    };
    registry
        .install_all(&[Arrival::new(&plain), theirs])
        .unwrap();
    let expected = ["acme/review@1.0.0* of acme", "review@1.0.0* plain"];
    assert_eq!(state(&place.registry()), expected);
    let registry = place.registry();
    assert!(
        place
            .home()
            .imports()
            .join("acme/review/1.0.0/cm.toml")
            .is_file()
    );
    let listed = &registry.list().unwrap()[0];
    let from = listed.provenance.clone().unwrap();
    assert_eq!(from.whence.to_string(), "registry:local/acme/review");
    assert_eq!(
        (from.requirement.as_deref(), from.signer.as_deref()),
        (Some("^1"), Some("minisign:x"))
    );
    // Neither stands for the other, and the component says which.
    let component = |name: &str| {
        registry
            .component(Kind::Step, name, None)
            .map(|it| it.0.name().to_owned())
    };
    assert!(matches!(component("review"), Err(Error::Ambiguous { .. })));
    assert_eq!(component("acme/review:review").unwrap(), "acme/review");
    assert_eq!(component("review:review").unwrap(), "review");
    fs::remove_file(place.home().registry_file()).unwrap();
    assert_eq!(state(&place.registry()), expected);
    let mut registry = place.registry();
    registry.remove("review").unwrap();
    let error = registry.find("review").unwrap_err();
    assert_eq!(error.help().unwrap(), "did you mean `acme/review`?");
    registry.remove("acme/review").unwrap();
    assert!(!place.home().imports().join("acme").exists());
    // A package is not installed under a name that is not its own.
    let mut wrong = Arrival::new(&plain);
    wrong.name = "acme/other".into();
    assert!(matches!(
        registry.install_all(&[wrong]),
        Err(Error::BadName { .. })
    ));
}

#[test]
fn versions_by_dependency_and_pin() {
    let place = Place::new();
    let mut registry = place.registry();
    for version in ["1.0.0", "2.0.0"] {
        registry
            .install(&place.package("tools", version, version), PLAIN)
            .unwrap();
    }
    let own = place.package("own", "1.0.0", "x");
    let text = manifest("own", "1.0.0", "step", "other") + "[dependencies]\ntools = '^1'\n";
    fs::write(own.join("cm.toml"), text).unwrap();
    let own = Package::open(&own).unwrap();
    let version = |registry: &Registry, name: &str, own: Option<&Package>| {
        let found = registry.component(Kind::Step, name, own).unwrap();
        found.0.version().to_string()
    };
    for name in ["tools", "tools:tools"] {
        assert_eq!(version(&registry, name, Some(&own)), "1.0.0");
        assert_eq!(version(&registry, name, None), "2.0.0");
    }
    let pinned = place
        .registry()
        .with_pins([("tools".to_owned(), semver::Version::new(1, 0, 0))].into());
    assert_eq!(version(&pinned, "tools", None), "1.0.0");
    assert_eq!(pinned.find("tools").unwrap().version().to_string(), "1.0.0");
    registry.activate("tools@1.0.0").unwrap();
    assert_eq!(
        place
            .registry()
            .find("tools")
            .unwrap()
            .version()
            .to_string(),
        "1.0.0"
    );
}

#[test]
fn a_newer_version_of_what_is_part_of_cm_takes_precedence() {
    let place = Place::new();
    let mut registry = place.registry();
    let claude = |version: &str| {
        let root = place.package("claude", version, "x");
        fs::write(
            root.join("cm.toml"),
            manifest("claude", version, "engine", "claude"),
        )
        .unwrap();
        Package::open(&root).unwrap()
    };
    let (older, newer) = (claude("1.1.0"), claude("1.3.0"));
    let published = |package| {
        let whence = Whence::Registry {
            registry: "local".into(),
            name: "claude".into(),
        };
        let provenance = Provenance {
            whence,
            ..Provenance::default()
        };
        Arrival {
            provenance,
            ..Arrival::new(package)
        }
    };
    for package in [Arrival::new(&newer), published(&older)] {
        assert!(matches!(
            registry.install_all(&[package]),
            Err(Error::FirstParty { .. })
        ));
    }
    registry.install_all(&[published(&newer)]).unwrap();
    let found = place.registry();
    assert_eq!(found.find("claude").unwrap().version().to_string(), "1.3.0");
    let (package, _) = found.component(Kind::Engine, "claude", None).unwrap();
    assert_eq!(package.version().to_string(), "1.3.0");
    // A later cm brings a newer one.
    static LATER: &[EmbeddedPackage] = &[EmbeddedPackage {
        manifest_toml: "[package]\nname = 'claude'\nversion = '1.4.0'\n",
        files: &[],
    }];
    let later = Registry::open(place.home(), LATER).unwrap().0;
    assert_eq!(later.find("claude").unwrap().version().to_string(), "1.4.0");
    assert_eq!(
        later.find("claude@1.3.0").unwrap().version().to_string(),
        "1.3.0"
    );
}

/// Says how long it takes; a machine that is busy must not make it fail.
#[test]
fn a_thousand_packages_are_listed() {
    let place = Place::in_memory();
    let root = wishful(&place, "p", "1.0.0");
    let package = Package::open(&root).unwrap();
    let arrivals: Vec<_> = (0..1000)
        .map(|number| Arrival {
            name: format!("n{number}/p"),
            ..Arrival::new(&package)
        })
        .collect();
    place.registry().install_all(&arrivals).unwrap();
    let start = std::time::Instant::now();
    let list = place.registry().list().unwrap();
    println!("1000 packages listed in {:?}", start.elapsed());
    assert_eq!(list.len(), 1001);
}

use cm_registry::Home;
use tempfile::TempDir;

use super::*;

#[test]
fn a_home_without_a_file_has_a_directory() {
    let directory = TempDir::new().unwrap();
    let home = Home::at(directory.path()).unwrap();
    let mut registries = Registries::read(&home).unwrap();
    assert_eq!(registries.default_name(), "local");
    let acme: Name = "acme/x".parse().unwrap();
    assert!(registries.is_own(&acme));
    let entry = |url: &str, namespaces: &[&str]| RegistryEntry {
        url: url.to_owned(),
        namespaces: namespaces.iter().map(|&it| it.to_owned()).collect(),
        cooldown_days: None,
    };
    registries
        .add("company", entry("https://r.example.com/team", &["acme"]))
        .unwrap();
    assert_eq!(registries.registry_of(&acme), "company");
    assert!(!registries.is_own(&acme));
    let add = |name: &str, entry: RegistryEntry| {
        Registries::change(&home, |registries| registries.add(name, entry))
    };
    add("company", entry("https://r.example.com/team", &["acme"])).unwrap();
    let read = Registries::read(&home).unwrap();
    assert_eq!(read, registries);
    assert_eq!(
        read.source("company").unwrap().title(),
        "the registry https://r.example.com/team"
    );
    // A namespace belongs to one registry, and the default one has to be there.
    for wrong in [
        registries.add("other", entry("https://x.example.com", &["acme"])),
        registries.add("Bad", entry("https://x.example.com", &[])),
        registries.add("other", entry("ftp://x", &[])),
        registries.remove("nobody"),
        registries.set_default("nobody"),
    ] {
        assert!(wrong.is_err());
    }
    assert_eq!(Registries::read(&home).unwrap(), registries);
    registries.set_default("company").unwrap();
    registries.remove("company").unwrap();
    assert_eq!(registries.default_name(), "local");
}

#[test]
fn what_people_write_stays() {
    let directory = TempDir::new().unwrap();
    let home = Home::at(directory.path()).unwrap();
    let file = directory.path().join(Registries::FILE);
    let change = |name: &str| {
        let entry = RegistryEntry {
            url: "https://new.example.com".into(),
            namespaces: vec!["acme".into()],
            cooldown_days: Some(0),
        };
        Registries::change(&home, |it| it.add(name, entry)).unwrap();
        std::fs::read_to_string(&file).unwrap()
    };
    let new = "[registries.new]\nurl = \"https://new.example.com\"\nnamespaces = [\"acme\"]\ncooldown-days = 0\n";
    let text = change("new");
    assert!(
        text.starts_with("# The registries") && text.ends_with(new),
        "{text}"
    );
    let own = "# ours\n[registries.team] # the team's\nurl = \"/srv/packages\"\n";
    std::fs::write(&file, own).unwrap();
    assert_eq!(change("new"), format!("{own}\n{new}"));
    Registries::change(&home, |it| it.remove("new")).unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), own);
    // One that cannot be read is not written over.
    std::fs::write(&file, "[registries.x\n").unwrap();
    assert!(Registries::change(&home, |it| it.remove("new")).is_err());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "[registries.x\n");
}

#[test]
fn addresses_as_people_type_them() {
    for (text, meant) in [
        ("https://r.example.com/team/", "https://r.example.com/team"),
        ("r.example.com/team", "https://r.example.com/team"),
        ("localhost:5000", "http://localhost:5000"),
        ("oci://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("/srv/packages", "/srv/packages"),
    ] {
        assert_eq!(RegistryEntry::address(text).unwrap(), meant);
    }
    let here = std::env::current_dir().unwrap().join("packages");
    let relative = RegistryEntry::address("./packages").unwrap();
    assert_eq!(relative, here.display().to_string());
    for text in [
        "packages",
        "",
        "http://r.example.com",
        "ftp://r.example.com",
        "https://a:b@c",
    ] {
        assert!(RegistryEntry::address(text).is_err(), "{text}");
    }
}

#[test]
fn mistakes_have_a_place() {
    let directory = TempDir::new().unwrap();
    let home = Home::at(directory.path()).unwrap();
    let file = directory.path().join(Registries::FILE);
    for (text, shown) in [
        ("default = 1\n", "registries.toml:1: "),
        ("\n[registries.x]\nurll = ''\n", "registries.toml:3: "),
        ("default = 'x'\n", "its default, `x`, is not one"),
    ] {
        std::fs::write(&file, text).unwrap();
        let error = Registries::read(&home).unwrap_err().to_string();
        assert!(error.contains(shown), "{error}");
    }
}

use super::*;
use proptest::prelude::*;
use tempfile::TempDir;

fn locked(version: &str, needs: &[&str]) -> Locked {
    Locked {
        version: version.parse().unwrap(),
        source: "https://registry.example.com/cm".into(),
        manifest: Digest::of(version.as_bytes()),
        layers: BTreeSet::from([Digest::of(b"1"), Digest::of(b"2")]),
        dependencies: needs.iter().map(|name| name.parse().unwrap()).collect(),
        signer: None,
    }
}

fn sample() -> Lock {
    let packages = [
        ("claude", locked("1.0.0", &[])),
        ("acme/review", locked("0.2.0-rc.1", &["claude"])),
    ];
    Lock {
        packages: packages
            .map(|(name, it)| (name.parse().unwrap(), it))
            .into(),
    }
}

#[test]
fn what_it_looks_like() {
    let text = sample().text().unwrap();
    let (head, rest) = text.split_at(text.rfind("[[package]]").unwrap());
    assert!(head.starts_with(&format!(
        "{HEAD}version = 1\n\n[[package]]\nname = \"acme/review\""
    )));
    let expected = format!(
        "\
         [[package]]\nname = \"claude\"\nversion = \"1.0.0\"\nsource = \"https://registry.example.com/cm\"\n\
         manifest = \"{}\"\nlayers = [\n    \"{}\",\n    \"{}\",\n]\n",
        Digest::of(b"1.0.0"),
        Digest::of(b"1"),
        Digest::of(b"2"),
    );
    assert_eq!(rest, expected);
    assert!(text.contains("dependencies = [\"claude\"]"), "{text}");
}

#[test]
fn it_is_written_in_one_move_and_only_when_it_changed() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join(Lock::FILE);
    assert_eq!(Lock::read(&path).unwrap(), None);
    sample().write(&path).unwrap();
    assert_eq!(Lock::read(&path).unwrap(), Some(sample()));
    let before = std::fs::metadata(&path).unwrap().modified().unwrap();
    sample().write(&path).unwrap();
    assert_eq!(
        std::fs::metadata(&path).unwrap().modified().unwrap(),
        before
    );
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn what_is_wrong_with_it() {
    let text = sample().text().unwrap();
    for (text, why) in [
        (
            text.replace("version = 1\n", "version = 2\nnew = true\n"),
            "use a newer one",
        ),
        (text.replacen("sha256:", "sha255:", 1), "cm.lock:8: "),
        (
            text.replace("[[package]]", "[[package]]\nsurprise = 1"),
            "surprise",
        ),
        (
            text.replace("\"acme/review\"", "\"claude\""),
            "occurs twice",
        ),
        (
            text.replace("[\"claude\"]", "[\"other\"]"),
            "which is not in it",
        ),
        (text.replace("0.2.0-rc.1", "0.2"), "cm.lock:6: "),
        (format!("<<<<<<< ours\n{text}"), "cm.lock:1: two versions"),
        ("version".into(), "cm.lock:1"),
        (String::new(), "version"),
    ] {
        let error = Lock::parse(Path::new("cm.lock"), &text).unwrap_err();
        assert!(error.to_string().contains(why), "{why}: {error}");
        assert!(error.help().unwrap().contains("cm update"));
    }
}

proptest! {
    #[test]
    fn there_and_back(names in proptest::collection::btree_set("([a-z]{1,4}/)?[a-z]{1,4}", 0..5), source in "[ -~é\\n\"]{0,20}", signer in proptest::option::of("[ -~]{0,9}")) {
        let names: Vec<Name> = names.iter().map(|name| name.parse().unwrap()).collect();
        let mut lock = Lock::default();
        for (number, name) in names.iter().enumerate() {
            let mut locked = locked(&format!("1.{number}.0"), &[]);
            locked.source.clone_from(&source);
            locked.signer.clone_from(&signer);
            locked.dependencies = names.iter().take(number).cloned().collect();
            lock.packages.insert(name.clone(), locked);
        }
        let text = lock.text().unwrap();
        let read = Lock::parse(Path::new("cm.lock"), &text).unwrap();
        prop_assert_eq!(&read, &lock);
        prop_assert_eq!(read.text().unwrap(), text);
    }

    #[test]
    fn any_text_is_survived(text in ".{0,200}") {
        let _ = Lock::parse(Path::new("cm.lock"), &text);
    }
}

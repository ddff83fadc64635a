use std::{
    fs::{self, File},
    time::{Duration, SystemTime},
};

use cm_types::Digest;
use proptest::prelude::*;

use super::*;
use crate::{Error, Kind, MAX_FILE_BYTES, Source};

#[test]
fn a_directory_with_a_workflow_is_a_package() {
    let place = Place::new();
    let root = place.files(
        "My Project!",
        &[
            ("workflow.yaml", b"a"),
            ("workflows/other.yaml", b"b"),
            ("workflows/notes.txt", b"b"),
            ("agents/a.md", b"c"),
            ("notes.md", b"d"),
            ("src/main.rs", b"not part of it"),
            ("program.bin", b"not part of it"),
            (".env", b"secret"),
        ],
    );
    let package = Package::open(&root).unwrap();
    assert_eq!(package.name(), "my-project");
    assert_eq!(package.version().to_string(), "0.0.0");
    assert!(matches!(package.source(), Source::Directory(_)));
    let paths = package.paths("").unwrap();
    assert_eq!(
        paths,
        [
            "agents/a.md",
            "notes.md",
            "workflow.yaml",
            "workflows/notes.txt",
            "workflows/other.yaml"
        ]
    );
    let workflows = package.workflows().unwrap();
    let names: Vec<_> = workflows
        .iter()
        .map(|it| (it.name.as_str(), it.main))
        .collect();
    assert_eq!(names, [("my-project", true), ("other", false)]);
    assert!(matches!(
        package.read("src/main.rs"),
        Err(Error::NoFile { .. })
    ));
    // Work in the project does not make it another package.
    let before = package.digest().unwrap();
    fs::write(root.join("src/main.rs"), "changed").unwrap();
    assert_eq!(Package::open(&root).unwrap().digest().unwrap(), before);
    fs::write(root.join("agents/a.md"), "changed").unwrap();
    assert_ne!(Package::open(&root).unwrap().digest().unwrap(), before);
}

#[test]
fn a_directory_without_either_is_none() {
    let place = Place::new();
    let root = place.files("x", &[("workflow.yml", b"")]);
    let error = Package::open(&root).unwrap_err();
    assert!(error.help().unwrap().contains("workflow.yml"), "{error}");
    let error = Package::open(&place.path("nowhere")).unwrap_err();
    assert!(error.to_string().contains("nowhere"), "{error}");
    let error = Package::open(&root.join("workflow.yml")).unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn no_path_leads_out() {
    use std::os::unix::fs::symlink;
    let place = Place::new();
    place.files("", &[("secret.md", b"secret"), ("folder/x.md", b"secret")]);
    let root = place.package("p", "1.0.0", "hello");
    fs::write(root.join(".env"), "secret").unwrap();
    symlink("../secret.md", root.join("out.md")).unwrap();
    symlink(place.path("folder"), root.join("folder")).unwrap();
    symlink(".env", root.join("env.md")).unwrap();
    symlink("agents/a.md", root.join("inside.md")).unwrap();
    symlink("loop.md", root.join("loop.md")).unwrap();
    let package = Package::open(&root).unwrap();
    for path in [
        "../secret.md",
        "/etc/passwd",
        "out.md",
        "folder/x.md",
        "env.md",
        ".env",
        "agents/../../secret.md",
        "",
        "a\0b",
    ] {
        assert!(
            matches!(package.read(path), Err(Error::Escape { .. })),
            "{path:?}: {:?}",
            package.read(path)
        );
    }
    assert_eq!(&*package.read("inside.md").unwrap(), b"hello");
    assert!(package.read("loop.md").is_err());
    assert!(matches!(
        package.read("cm.toml/x"),
        Err(Error::NoFile { .. })
    ));
    assert!(matches!(package.read("agents"), Err(Error::Io { .. })));
    // Reading goes on without what cannot be installed …
    assert_eq!(
        package.paths("").unwrap(),
        [
            "agents/a.md",
            "cm.toml",
            "inside.md",
            "step.wasm",
            "workflow.yaml"
        ]
    );
    // … and installing refuses it.
    let error = place.registry().install(&root, PLAIN).unwrap_err();
    assert!(matches!(error, Error::Invalid { .. }), "{error}");
    assert!(state(&place.registry()).is_empty());
}

#[cfg(unix)]
#[test]
fn a_fifo_is_refused_and_not_waited_for() {
    let place = Place::new();
    let root = place.package("p", "1.0.0", "hello");
    let made = std::process::Command::new("mkfifo")
        .arg(root.join("pipe.md"))
        .status();
    assert!(made.unwrap().success());
    let error = place.registry().install(&root, PLAIN).unwrap_err();
    assert!(error.to_string().contains("pipe.md"), "{error}");
    assert!(Package::open(&root).unwrap().read("pipe.md").is_err());
}

#[test]
fn limits() {
    let place = Place::new();
    let root = place.package("p", "1.0.0", "hello");
    File::create(root.join("big.md"))
        .unwrap()
        .set_len(MAX_FILE_BYTES + 1)
        .unwrap();
    let package = Package::open(&root).unwrap();
    assert!(matches!(
        package.read("big.md"),
        Err(Error::TooLarge { .. })
    ));
    assert!(matches!(
        place.registry().install(&root, PLAIN),
        Err(Error::TooLarge { .. })
    ));
    fs::remove_file(root.join("big.md")).unwrap();
    for number in 0..=crate::MAX_FILES {
        File::create(root.join(format!("{number}.md"))).unwrap();
    }
    assert!(matches!(
        place.registry().install(&root, PLAIN),
        Err(Error::TooLarge { .. })
    ));
    fs::write(root.join("cm.toml"), "#".repeat(300 << 10)).unwrap();
    assert!(matches!(Package::open(&root), Err(Error::TooLarge { .. })));
}

#[test]
fn folders_that_can_be_made_again_are_left_out_but_for_components() {
    let place = Place::new();
    let text = manifest("p", "1.0.0", "step", "x").replace("step.wasm", "target/x.wasm");
    let root = place.files(
        "p",
        &[
            ("cm.toml", text.as_bytes()),
            (
                "target/CACHEDIR.TAG",
                b"Signature: 8a477f597d28d172789f06886806bc55",
            ),
            ("target/x.wasm", COMPONENT),
            ("target/other", b""),
            ("node_modules/x/y.js", b""),
            (".git/config", b""),
        ],
    );
    let package = Package::open(&root).unwrap();
    assert_eq!(package.paths("").unwrap(), ["cm.toml", "target/x.wasm"]);
    place.registry().install(&root, PLAIN).unwrap();
    let package = place.registry().find("p").unwrap();
    assert_eq!(
        package.component(Kind::Step, "x").unwrap().digest,
        Digest::of(COMPONENT)
    );
}

#[test]
fn embedded_packages_read_like_others() {
    static GIVEN: &str = "0000000000000000000000000000000000000000000000000000000000000000";
    static FILES: &[EmbeddedFile] = &[
        EmbeddedFile {
            path: "x.wasm",
            bytes: COMPONENT,
            digest: Some(GIVEN),
        },
        EmbeddedFile::new("workflow.yaml", b"name: x"),
        EmbeddedFile {
            path: "y.wasm",
            bytes: COMPONENT,
            digest: Some("not a digest"),
        },
    ];
    let package = Package::embedded(EmbeddedPackage {
        manifest_toml: "[package]\nname='e'\nversion='1.0.0'\n[[components]]\nkind='engine'\nname='x'\npath='x.wasm'\n[[components]]\nkind='step'\nname='y'\npath='y.wasm'\n",
        files: FILES,
    })
    .unwrap();
    assert_eq!(package.paths("w").unwrap(), ["workflow.yaml"]);
    // Taken as given: nothing is hashed.
    assert_eq!(
        package.component(Kind::Engine, "x").unwrap().digest.hex(),
        GIVEN
    );
    assert_eq!(
        package.component(Kind::Step, "y").unwrap().digest,
        Digest::of(COMPONENT)
    );
    assert!(matches!(package.read("../x"), Err(Error::NoFile { .. })));
    assert!(package.read("cm.toml").is_ok());
    let error = package.component(Kind::Engine, "xx").unwrap_err();
    assert_eq!(error.code(), "no-component");
}

#[test]
fn a_digest_is_that_of_sha256sum() {
    let place = Place::new();
    let root = place.files("p", &[("workflow.yaml", b"b"), ("agents/a.md", b"a")]);
    let lines = format!(
        "{}  agents/a.md\n{}  workflow.yaml\n",
        Digest::of(b"a").hex(),
        Digest::of(b"b").hex()
    );
    assert_eq!(
        Package::open(&root).unwrap().digest().unwrap(),
        Digest::of(lines.as_bytes())
    );
    let unsorted = [
        ("workflow.yaml", Digest::of(b"b")),
        ("agents/a.md", Digest::of(b"a")),
    ];
    assert_eq!(
        crate::contents::digest(unsorted),
        Digest::of(lines.as_bytes())
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_digest_depends_on_paths_and_contents_alone(
        files in proptest::collection::btree_map("[a-c]{1,2}(/[a-c]{1,2}x)?\\.md", ".{0,8}", 1..6),
        order in any::<prop::sample::Index>(),
        age in 0_u64..1_000_000,
    ) {
        let place = Place::new();
        let mut files: Vec<_> = files.into_iter().collect();
        let write = |name: &str, files: &[(String, String)]| {
            let root = place.package("p", "1.0.0", name);
            for (path, text) in files {
                let file = root.join("agents").join(path);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(&file, text).unwrap();
                let time = SystemTime::UNIX_EPOCH + Duration::from_secs(age);
                File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
            }
            fs::write(root.join("agents/a.md"), "same").unwrap();
            Package::open(&root).unwrap().digest().unwrap()
        };
        let first = write("1", &files);
        let middle = order.index(files.len());
        files.rotate_left(middle);
        prop_assert_eq!(write("22", &files), first);
        files[0].1.push('!');
        if files[0].0 != "a.md" {
            prop_assert_ne!(write("333", &files), first);
        }
    }
}

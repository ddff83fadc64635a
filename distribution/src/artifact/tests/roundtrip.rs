use super::*;
use crate::oci;
use cm_registry::{EmbeddedFile, EmbeddedPackage};

#[test]
fn a_package_comes_back_as_it_was() {
    let artifact = made(&files()).unwrap();
    let (_directory, into) = unpacked(&artifact).unwrap();
    let mut expected: Vec<_> = files()
        .into_iter()
        .map(|(path, bytes)| (path.to_owned(), bytes))
        .collect();
    expected.sort();
    assert_eq!(tree(&into), expected);

    let package = Package::open(&into).unwrap();
    assert_eq!(package.digest().unwrap(), artifact.config().digest);
    let again = Artifact::make(&package, &MakeOptions::default()).unwrap();
    assert_eq!(again.digest(), artifact.digest());
}

#[test]
fn the_same_files_make_the_same_digest() {
    let first = made(&files()).unwrap();

    let directory = TempDir::new().unwrap();
    let mut files = files();
    files.reverse();
    write(directory.path(), &files);
    #[cfg(unix)]
    for (path, mode) in [("workflow.yaml", 0o600), ("cm.toml", 0o755)] {
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
        fs::set_permissions(directory.path().join(path), permissions).unwrap();
    }
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
    let file = fs::File::options()
        .append(true)
        .open(directory.path().join("README.md"));
    file.unwrap().set_modified(old).unwrap();
    fs::write(directory.path().join(".hidden"), "not part of it").unwrap();
    let second = Artifact::make(
        &Package::open(directory.path()).unwrap(),
        &MakeOptions::default(),
    )
    .unwrap();
    assert_eq!(first.manifest, second.manifest);

    // What is published does not change from one cm to the next.
    assert_eq!(
        first.digest().to_string(),
        "sha256:1ea1312c82a82f93a0039361bb46dc067e65b7c091f6d6036931a36b33536fe4"
    );
}

#[test]
fn a_package_that_is_compiled_in_makes_the_same() {
    static FILES: [EmbeddedFile; 1] = [EmbeddedFile::new("workflow.yaml", b"name: A\n")];
    const TEXT: &str = "[package]\nname = \"a\"\nversion = \"1.0.0\"\n";
    let embedded = Package::embedded(EmbeddedPackage {
        manifest_toml: TEXT,
        files: &FILES,
    });
    let embedded = Artifact::make(&embedded.unwrap(), &MakeOptions::default()).unwrap();
    let directory = made(&[
        ("cm.toml", TEXT.into()),
        ("workflow.yaml", "name: A\n".into()),
    ]);
    assert_eq!(embedded.digest(), directory.unwrap().digest());
}

#[test]
fn any_change_is_another_digest() {
    let first = made(&files()).unwrap().digest();
    for index in 0..files().len() {
        let mut files = files();
        if !files[index].0.ends_with(".wasm") {
            files[index].1.push(b'\n');
            assert_ne!(made(&files).unwrap().digest(), first, "{}", files[index].0);
        }
    }
}

#[test]
fn the_parts_are_where_they_belong() {
    let artifact = made(&files()).unwrap();
    let layers: Vec<_> = artifact
        .contents
        .manifest
        .layers
        .iter()
        .map(|layer| {
            let title = layer.annotations.get(oci::TITLE).map(String::as_str);
            (layer.media_type.as_str(), title)
        })
        .collect();
    assert_eq!(
        layers,
        [
            (oci::WASM, Some("dist/count.wasm")),
            (oci::WASM, Some("dist/mine.wasm")),
            (oci::PROMPTS, None),
            (oci::ASSETS, None),
            (oci::README, Some("README.md")),
        ]
    );
    let imports = &artifact.config().components["dist/count.wasm"].imports;
    assert_eq!(imports["cm:flow/run@0.1.0"], ["f"]);
    assert_eq!(artifact.blobs().count(), 6);
}

#[test]
fn one_can_be_loaded_to_be_published_elsewhere() {
    let artifact = made(&files()).unwrap();
    let loaded = Artifact::load("it", artifact.manifest.clone(), &artifact).unwrap();
    assert_eq!(loaded.contents, artifact.contents);
    assert_eq!(loaded.blobs, artifact.blobs);
    let mut damaged = artifact.clone();
    for bytes in damaged.blobs.values_mut() {
        bytes[1] ^= 1;
    }
    let error = Artifact::load("it", artifact.manifest.clone(), &damaged).unwrap_err();
    assert!(matches!(error, Error::Mismatch { .. }), "{error}");
}

#[test]
fn two_equal_components_are_one_layer() {
    let mut files = files();
    let same = component(&[]);
    for (path, bytes) in &mut files {
        if path.ends_with(".wasm") {
            bytes.clone_from(&same);
        }
    }
    let artifact = made(&files).unwrap();
    assert_eq!(artifact.contents.manifest.layers.len(), 4);
    unpacked(&artifact).unwrap();
}

#[test]
fn what_cannot_be_published() {
    let fails = |files: &[(&str, Vec<u8>)]| made(files).unwrap_err().to_string();

    let mut loose = files();
    loose.retain(|(path, _)| *path != "cm.toml");
    assert!(fails(&loose).contains("no cm.toml"));

    let with = |path: &'static str, bytes: Vec<u8>| {
        let mut files = files();
        files.retain(|(known, _)| *known != path);
        files.push((path, bytes));
        files
    };
    let error = fails(&with("assets/EMPTY", Vec::new()));
    assert!(error.contains("same name"), "{error}");
    let error = fails(&with("Assets/other", Vec::new()));
    assert!(error.contains("same name"), "{error}");
    // One letter, composed in two ways.
    let mut files = with("assets/\u{e9}", Vec::new());
    files.push(("assets/e\u{301}", Vec::new()));
    assert!(fails(&files).contains("same name"));

    let core = wat::parse_str("(module)").unwrap();
    assert!(fails(&with("dist/mine.wasm", core)).contains("component"));
    assert!(fails(&with("dist/mine.wasm", b"text".to_vec())).contains("not a valid"));
    let mut cut = component(&["cm:flow/run@0.1.0"]);
    cut.pop();
    assert!(fails(&with("dist/count.wasm", cut)).contains("not a valid"));
}

#[test]
fn imports_that_no_manifest_can_cover() {
    for (path, import, refused) in [
        ("dist/count.wasm", "evil:host/spawn@1.0.0", true),
        ("dist/count.wasm", "cm:flow/runner@0.1.0", true),
        ("dist/count.wasm", "cm:flow/files@0.1.0", false),
        ("dist/mine.wasm", "cm:flow/run@0.1.0", true),
        ("dist/mine.wasm", "wasi:io/streams@0.2.0", false),
    ] {
        let mut files = files();
        files.retain(|(known, _)| *known != path);
        files.push((path, component(&[import])));
        match made(&files) {
            Err(Error::Imports { import: named, .. }) => {
                assert!(refused, "{path} {import}");
                assert_eq!(named, import);
            }
            result => assert!(!refused && result.is_ok(), "{path} {import}: {result:?}"),
        }
    }
    // A bare function is no interface, and a nested component's import is its own affair.
    let mut files = files();
    files.retain(|(known, _)| *known != "dist/mine.wasm");
    let bare = wat::parse_str("(component (import \"f\" (func)))").unwrap();
    let nested = wat::parse_str(
        "(component (component (import \"evil:a/b\" (instance (export \"f\" (func))))))",
    )
    .unwrap();
    let with = |bytes| [files.clone(), vec![("dist/mine.wasm", bytes)]].concat();
    assert!(matches!(made(&with(bare)), Err(Error::Imports { .. })));
    assert!(made(&with(nested)).is_ok());
}

use std::{collections::BTreeMap, thread};

use cm_registry::{EmbeddedPackage, Package};
use tempfile::TempDir;

use super::*;
use crate::MakeOptions;

/// A small package.
pub(crate) fn package(name: &str, version: &str, more: &'static str) -> Artifact {
    let text = format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\n{more}");
    let package = EmbeddedPackage {
        manifest_toml: text.leak(),
        files: &[],
    };
    Artifact::make(
        &Package::embedded(package).unwrap(),
        &MakeOptions::default(),
    )
    .unwrap()
}

/// Something that is about an artifact.
pub(crate) fn about(subject: &Artifact, kind: &str, blob: &[u8]) -> ImageManifest {
    ImageManifest {
        schema_version: 2,
        media_type: Some(oci::MANIFEST.into()),
        artifact_type: Some(kind.into()),
        config: Descriptor::of(oci::EMPTY, b"{}"),
        layers: vec![Descriptor::of("application/json", blob)],
        subject: Some(Descriptor::of(oci::MANIFEST, &subject.manifest.bytes)),
        annotations: BTreeMap::new(),
    }
}

/// What every kind of registry does.
pub(crate) fn behaves(source: &dyn Source, namespace: &str) {
    let name: Name = format!("{namespace}/review").parse().unwrap();
    let nobody: Name = format!("{namespace}/reviwe").parse().unwrap();
    let first = package("review", "1.2.0", "");
    let second = package("review", "1.10.0-rc.1", "");

    let error = source.versions(&name).unwrap_err();
    assert!(matches!(error, Error::NoPackage { .. }), "{error}");
    assert_eq!(source.publish(&name, &first).unwrap(), Published::New);
    assert_eq!(source.publish(&name, &first).unwrap(), Published::Already);
    assert_eq!(source.publish(&name, &second).unwrap(), Published::New);

    // What is published stays.
    let other = package("review", "1.2.0", "description = \"Another.\"\n");
    let error = source.publish(&name, &other).unwrap_err();
    assert!(matches!(error, Error::Exists { .. }), "{error}");
    let error = source.publish(&nobody, &first).unwrap_err();
    assert!(matches!(error, Error::Unfit { .. }), "{error}");

    let versions: Vec<_> = source
        .versions(&name)
        .unwrap()
        .iter()
        .map(Version::to_string)
        .collect();
    assert_eq!(versions, ["1.2.0", "1.10.0-rc.1"]);
    let version = Version::new(1, 2, 0);
    for which in [Which::Version(&version), Which::Digest(first.digest())] {
        let (document, contents) = source.contents(&name, which).unwrap();
        assert_eq!(document, first.manifest);
        assert_eq!(&contents, &first.contents);
    }
    let layer = &first.contents.manifest.layers[0];
    let whole = source.small_blob(&name, layer, 1 << 20).unwrap();
    for start in [0, 1, 700, layer.size - 1, layer.size] {
        let mut part = Vec::new();
        source.blob(&name, layer, start, &mut part).unwrap();
        assert_eq!(part, whole[start as usize..], "from {start}");
    }

    let error = source
        .manifest(&name, Which::Version(&Version::new(9, 0, 0)))
        .unwrap_err();
    assert!(error.to_string().contains("1.10.0-rc.1, 1.2.0"), "{error}");
    assert!(error.help().unwrap().contains("@1.2.0"), "{error:?}");
    let absent = Digest::of(b"absent");
    let error = source.manifest(&name, Which::Digest(absent)).unwrap_err();
    assert!(matches!(error, Error::Missing { .. }), "{error}");
    let error = source
        .small_blob(&name, &Descriptor::of("x", b"absent"), 100)
        .unwrap_err();
    assert!(matches!(error, Error::Missing { .. }), "{error}");
    let error = source.versions(&nobody).unwrap_err();
    assert!(matches!(error, Error::NoPackage { .. }), "{error}");
    if let Some(names) = source.names().unwrap() {
        assert!(names.contains(&name));
        assert_eq!(error.help().unwrap(), format!("did you mean `{name}`?"));
    }

    assert_eq!(source.referrers(&name, first.digest()).unwrap(), []);
    for (kind, blob) in [("application/a", b"one"), ("application/b", b"two")] {
        let referrer = about(&first, kind, blob);
        let digest = source.attach(&name, &referrer, &[b"{}", blob]).unwrap();
        assert_eq!(
            source.attach(&name, &referrer, &[b"{}", blob]).unwrap(),
            digest
        );
    }
    assert!(
        source
            .attach(&name, &about(&first, "application/c", b"x"), &[b"{}"])
            .is_err()
    );
    let found = source.referrers(&name, first.digest()).unwrap();
    let mut kinds: Vec<_> = found.iter().map(|it| it.manifest.kind()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["application/a", "application/b"]);
    assert_eq!(source.referrers(&name, second.digest()).unwrap(), []);
    // Referrers are no versions.
    assert_eq!(source.versions(&name).unwrap().len(), 2);
}

#[test]
fn a_directory_is_a_registry() {
    let directory = TempDir::new().unwrap();
    let layout = Layout::at(directory.path().join("registry"));
    behaves(&layout, "acme");
    let marker = fs::read(layout.root().join("oci-layout")).unwrap();
    assert_eq!(marker, br#"{"imageLayoutVersion":"1.0.0"}"#);
}

#[test]
fn nothing_is_made_by_looking() {
    let directory = TempDir::new().unwrap();
    let layout = Layout::at(directory.path().join("registry"));
    assert!(layout.versions(&"acme/x".parse().unwrap()).is_err());
    assert_eq!(layout.names().unwrap(), Some(vec![]));
    assert!(!layout.root().exists());
}

#[test]
fn what_is_damaged_is_said_and_mended() {
    let directory = TempDir::new().unwrap();
    let layout = Layout::at(directory.path());
    let name: Name = "acme/review".parse().unwrap();
    let artifact = package("review", "1.0.0", "");
    layout.publish(&name, &artifact).unwrap();
    let layer = artifact.contents.manifest.layers[0].clone();
    for (descriptor, flip) in [(&layer, true), (&layer, false)] {
        let file = layout.blob_file(descriptor.digest);
        let mut bytes = fs::read(&file).unwrap();
        if flip {
            bytes[0] ^= 1;
        } else {
            bytes.pop();
        }
        fs::write(&file, bytes).unwrap();
        let error = layout.small_blob(&name, descriptor, 1 << 20).unwrap_err();
        assert!(matches!(error, Error::Mismatch { .. }), "{error}");
    }
    // The last one has another length: publishing the same again mends it.
    assert_eq!(
        layout.publish(&name, &artifact).unwrap(),
        Published::Already
    );
    layout.small_blob(&name, &layer, 1 << 20).unwrap();

    let manifest = layout.blob_file(artifact.digest());
    let mut bytes = fs::read(&manifest).unwrap();
    bytes[20] ^= 1;
    fs::write(&manifest, bytes).unwrap();
    let error = layout
        .manifest(&name, Which::Version(&Version::new(1, 0, 0)))
        .unwrap_err();
    assert!(matches!(error, Error::Mismatch { .. }), "{error}");

    fs::write(layout.index_file(), "{").unwrap();
    let error = layout.versions(&name).unwrap_err();
    assert!(error.to_string().contains("index.json"), "{error}");
    assert!(layout.publish(&name, &artifact).is_err());
    assert_eq!(fs::read_to_string(layout.index_file()).unwrap(), "{");
}

#[test]
fn many_writers_lose_nothing() {
    let directory = TempDir::new().unwrap();
    thread::scope(|scope| {
        for writer in 0..4 {
            let layout = Layout::at(directory.path());
            scope.spawn(move || {
                for patch in 0..5 {
                    let name = format!("p{writer}");
                    let artifact = package(&name, &format!("1.0.{patch}"), "");
                    layout
                        .publish(&Name::within("acme", &name).unwrap(), &artifact)
                        .unwrap();
                }
            });
        }
    });
    let layout = Layout::at(directory.path());
    let names = layout.names().unwrap().unwrap();
    assert_eq!(names.len(), 4);
    for name in names {
        assert_eq!(layout.versions(&name).unwrap().len(), 5);
    }
}

#[test]
fn only_strict_versions_are_versions() {
    for tag in [
        "1.0",
        "v1.0.0",
        "latest",
        "1.0.0+build",
        "01.0.0",
        "sha256-00",
        "1.0.0_b",
    ] {
        assert_eq!(version_of_tag(tag), None, "{tag}");
    }
    assert!(version_of_tag("1.0.0-rc.1").is_some());
    assert!(read_reference("acme/x:1.0.0").is_some());
    assert!(read_reference("acme/x").is_none());
    assert!(read_reference("../x:1.0.0").is_none());
}

//! cm's own client against this server.

use std::{collections::BTreeMap, sync::Arc, thread};

use cm_distribution::{
    Error, Published, Source, Which,
    oci::{self, Descriptor, ImageManifest},
};
use semver::Version;

use super::*;

pub(super) fn about(subject: &Artifact, kind: &str, blob: &[u8]) -> ImageManifest {
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

#[test]
fn everything_a_source_does() {
    let registry = Registry::start();
    let remote = registry.remote(None);
    let name = name("acme/review");
    let first = package("review", "1.2.0", "", &[("README.md", b"# Hello")]);
    let second = package("review", "1.10.0-rc.1", "", &[]);
    assert!(matches!(
        remote.versions(&name),
        Err(Error::NoPackage { .. })
    ));
    assert_eq!(remote.publish(&name, &first).unwrap(), Published::New);
    assert_eq!(remote.publish(&name, &first).unwrap(), Published::Already);
    assert_eq!(remote.publish(&name, &second).unwrap(), Published::New);
    let other = package("review", "1.2.0", "description = \"Another.\"\n", &[]);
    let error = remote.publish(&name, &other).unwrap_err();
    assert!(matches!(error, Error::Exists { .. }), "{error}");

    let versions: Vec<_> = remote.versions(&name).unwrap();
    assert_eq!(
        versions,
        [Version::new(1, 2, 0), "1.10.0-rc.1".parse().unwrap()]
    );
    assert_eq!(
        remote.names().unwrap().as_deref(),
        Some(std::slice::from_ref(&name))
    );
    for which in [
        Which::Version(&Version::new(1, 2, 0)),
        Which::Digest(first.digest()),
    ] {
        let (document, contents) = remote.contents(&name, which).unwrap();
        assert_eq!(document, first.manifest);
        assert_eq!(contents, first.contents);
    }
    for (blob, bytes) in first.blobs() {
        for start in [0, 1, blob.size - 1, blob.size] {
            let mut part = Vec::new();
            remote.blob(&name, blob, start, &mut part).unwrap();
            assert_eq!(part, bytes[start as usize..]);
        }
    }

    assert_eq!(remote.referrers(&name, first.digest()).unwrap(), []);
    for (kind, blob) in [("application/a", b"one"), ("application/b", b"two")] {
        let referrer = about(&first, kind, blob);
        let digest = remote.attach(&name, &referrer, &[b"{}", blob]).unwrap();
        assert_eq!(
            remote.attach(&name, &referrer, &[b"{}", blob]).unwrap(),
            digest
        );
    }
    let found = remote.referrers(&name, first.digest()).unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(remote.referrers(&name, second.digest()).unwrap(), []);
    assert_eq!(remote.versions(&name).unwrap().len(), 2);

    // The directory is the same registry without the server, and the other way round.
    let layout = registry.layout();
    assert_eq!(layout.versions(&name).unwrap(), versions);
    assert_eq!(layout.referrers(&name, first.digest()).unwrap().len(), 2);
    let (_, contents) = layout
        .contents(&name, Which::Digest(first.digest()))
        .unwrap();
    assert_eq!(contents, first.contents);
    let third = package("review", "2.0.0", "", &[]);
    layout.publish(&name, &third).unwrap();
    let signature = about(&third, "application/c", b"three");
    layout
        .attach(&name, &signature, &[b"{}", b"three"])
        .unwrap();
    assert_eq!(remote.versions(&name).unwrap().len(), 3);
    assert_eq!(remote.referrers(&name, third.digest()).unwrap().len(), 1);
    let listed = registry
        .wire()
        .get(&format!("/v2/acme/review/referrers/{}", third.digest()));
    assert!(listed.text().contains("application/c"));
    // The native list was used: nobody wrote the tag that stands in for it.
    let tags = registry.wire().get("/v2/acme/review/tags/list");
    assert!(!tags.text().contains("sha256-"), "{}", tags.text());
    // Nothing lies around.
    let kept = registry.layout().root().join("uploads/kept/acme~review");
    assert_eq!(std::fs::read_dir(kept).unwrap().count(), 0);
}

#[test]
fn packages_without_a_namespace() {
    let registry = Registry::start();
    let remote = registry.remote(None);
    let artifact = package("review", "1.0.0", "", &[]);
    remote.publish(&name("review"), &artifact).unwrap();
    assert_eq!(remote.versions(&name("review")).unwrap().len(), 1);
    assert!(remote.versions(&name("acme/review")).is_err());
    assert_eq!(registry.wire().get("/p/review/1.0.0").status, 200);
}

#[test]
fn several_writers_and_servers_lose_nothing() {
    let one = Registry::start();
    let two = Registry::over(Arc::clone(&one.directory), Options::default());
    thread::scope(|scope| {
        for writer in 0..4 {
            let remotes = [one.remote(None), two.remote(None)];
            let layout = one.layout();
            scope.spawn(move || {
                for patch in 0..6 {
                    let own = format!("p{writer}");
                    let version = format!("1.0.{patch}");
                    let artifact = package(&own, &version, "", &[("a.txt", b"the same for all")]);
                    let name = name(&format!("acme/{own}"));
                    match remotes.get(patch % 3) {
                        Some(remote) => remote.publish(&name, &artifact).unwrap(),
                        None => layout.publish(&name, &artifact).unwrap(),
                    };
                }
            });
        }
    });
    for remote in [
        &one.remote(None) as &dyn Source,
        &two.remote(None),
        &one.layout(),
    ] {
        let names = remote.names().unwrap().unwrap();
        assert_eq!(names.len(), 4);
        for name in names {
            let versions = remote.versions(&name).unwrap();
            assert_eq!(versions.len(), 6);
            for version in versions {
                remote.contents(&name, Which::Version(&version)).unwrap();
            }
        }
    }
}

#[test]
fn one_of_many_at_once_wins() {
    let registry = Registry::start();
    let name = name("acme/review");
    let digests: Vec<_> = thread::scope(|scope| {
        let racers: Vec<_> = (0..6)
            .map(|number| {
                let (remote, name) = (registry.remote(None), name.clone());
                scope.spawn(move || {
                    let more = format!("description = \"Number {number}.\"\n");
                    let artifact = package("review", "1.0.0", &more, &[]);
                    remote
                        .publish(&name, &artifact)
                        .ok()
                        .map(|_| artifact.digest())
                })
            })
            .collect();
        racers
            .into_iter()
            .filter_map(|it| it.join().unwrap())
            .collect()
    });
    assert_eq!(digests.len(), 1);
    let version = Version::new(1, 0, 0);
    let there = registry
        .remote(None)
        .manifest(&name, Which::Version(&version))
        .unwrap();
    assert_eq!(there.digest, digests[0]);
}

//! Registries that lie, and what becomes of credentials.

use super::{
    server::{Asked, Reply, Server},
    *,
};
use crate::remote::pages::MAX_PAGES;

fn remote(server: &Server) -> Remote {
    Remote::with_credentials(&server.url(), None).unwrap()
}

fn says(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> (Server, Remote) {
    let server = Server::start(answer);
    let remote = remote(&server);
    (server, remote)
}

fn fetch(remote: &Remote, blob: &Descriptor, start: u64) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    remote.blob(&name(), blob, start, &mut bytes)?;
    Ok(bytes)
}

#[test]
fn statuses_are_told_apart() {
    let body = r#"{"errors":[{"code":"X","message":"be\u001b[31mcause"}]}"#;
    for (status, code, word) in [
        (401, "unauthorized", "401"),
        (403, "forbidden", "because"),
        (404, "no-package", "there is no package `acme/review`"),
        (418, "not-a-registry", "418"),
        (429, "too-many-requests", "7 s"),
        (500, "registry-fault", "500"),
        (503, "registry-fault", "because"),
    ] {
        let (_server, remote) = says(move |_| {
            let headers = [
                ("retry-after", "7"),
                ("www-authenticate", "Basic realm=\"x\""),
            ];
            Reply::new(status, &headers, body)
        });
        let error = remote.versions(&name()).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.help().is_some(), "{error}");
        let text = error.to_string().replace("[31m", "");
        assert!(text.contains(word) && !text.contains('\u{1b}'), "{text}");
    }
    let nobody = Remote::with_credentials("http://127.0.0.1:1", None).unwrap();
    let error = nobody.versions(&name()).unwrap_err();
    assert_eq!(error.code(), "unreachable", "{error}");
    assert!(error.is_passing());
}

#[test]
fn who_does_not_speak_tls_cannot_be_reached() {
    let server = Server::start(|_| Reply::new(200, &[], r#"{"tags":["1.0.0"]}"#));
    let url = format!("https://{}", server.address);
    let remote = Remote::with_credentials(&url, password("secret")).unwrap();
    let error = remote.versions(&name()).unwrap_err();
    assert!(
        matches!(error, Error::Registry(RegistryError::Unreachable { .. })),
        "{error}"
    );
}

#[test]
fn nothing_is_read_without_end() {
    let (_server, remote) = says(|_| Reply::endless());
    let version = Version::new(1, 0, 0);
    for error in [
        remote
            .manifest(&name(), Which::Version(&version))
            .unwrap_err(),
        remote.versions(&name()).unwrap_err(),
        remote.referrers(&name(), Digest::of(b"x")).unwrap_err(),
        fetch(&remote, &Descriptor::of("x", &[0; 100_000]), 0).unwrap_err(),
    ] {
        assert!(matches!(error, Error::Mismatch { .. }), "{error}");
    }
    let (server, remote) = says(|asked| {
        let next = format!("<{}x>; rel=\"next\"", asked.path);
        Reply::new(200, &[("link", &next)], r#"{"tags":["1.0.0"]}"#)
    });
    let error = remote.versions(&name()).unwrap_err();
    assert!(error.to_string().contains("does not end"), "{error}");
    assert!(server.asked().len() <= MAX_PAGES);
}

#[test]
fn lists_do_not_go_on_elsewhere() {
    let other = Server::start(|_| Reply::new(200, &[], r#"{"tags":["2.0.0"]}"#));
    let next = format!("<{}/x>; rel=\"next\"", other.url());
    let (_server, remote) =
        says(move |_| Reply::new(200, &[("link", &next)], r#"{"tags":["1.0.0"]}"#));
    assert!(matches!(
        remote.versions(&name()),
        Err(Error::Registry(RegistryError::Protocol { .. }))
    ));
    assert!(other.asked().is_empty());
}

#[test]
fn blobs_that_are_not_what_they_should_be() {
    let blob = Descriptor::of("x", b"expected");
    for (reply, short) in [("expecte", true), ("expected!", true), ("EXPECTED", false)] {
        let (_server, remote) = says(move |_| Reply::new(200, &[], reply));
        assert_eq!(fetch(&remote, &blob, 0).is_err(), short, "{reply}");
        let error = remote.small_blob(&name(), &blob, 100).unwrap_err();
        assert!(matches!(error, Error::Mismatch { .. }), "{error}");
    }
    // The connection ends early: worth another try.
    let (_server, remote) = says(|_| Reply::head(200, &[], 8).and(b"exp"));
    let error = fetch(&remote, &blob, 0).unwrap_err();
    assert!(error.is_passing(), "{error}");
    // More than the descriptor says is not even asked for.
    let (server, remote) = says(|_| Reply::endless());
    assert!(remote.small_blob(&name(), &blob, 7).is_err());
    assert!(server.asked().is_empty());
}

#[test]
fn parts_are_the_ones_that_were_asked_for() {
    let blob = Descriptor::of("x", b"expected");
    let (_server, whole) = says(|_| Reply::new(200, &[], "expected"));
    assert_eq!(fetch(&whole, &blob, 3).unwrap(), b"ected");
    let (server, part) = says(|_| Reply::new(206, &[("content-range", "bytes 3-7/8")], "ected"));
    assert_eq!(fetch(&part, &blob, 3).unwrap(), b"ected");
    assert_eq!(server.asked()[0].header("range"), Some("bytes=3-"));
    let (_server, other) = says(|_| Reply::new(206, &[("content-range", "bytes 0-4/8")], "expec"));
    assert!(matches!(
        fetch(&other, &blob, 3),
        Err(Error::Registry(RegistryError::Protocol { .. }))
    ));
}

/// A download that breaks is gone on with where it broke.
#[test]
fn broken_downloads_are_gone_on_with() {
    let bytes: Vec<u8> = (0..100_000u32).map(|it| (it % 251) as u8).collect();
    let blob = Descriptor::of("x", &bytes);
    let half = bytes.len() / 2;
    let (server, remote) = says(move |asked| match asked.header("range") {
        None => Reply::head(200, &[], bytes.len()).and(&bytes[..half]),
        Some(range) => {
            let start = range
                .strip_prefix("bytes=")
                .and_then(|it| it.strip_suffix('-'));
            let start: usize = start.unwrap().parse().unwrap();
            let said = format!("bytes {start}-{}/{}", bytes.len() - 1, bytes.len());
            Reply::new(206, &[("content-range", &said)], &bytes[start..])
        }
    });
    let directory = tempfile::TempDir::new().unwrap();
    let store = crate::Store::at(directory.path());
    store.fetch_blob(&remote, &name(), &blob, &|_| {}).unwrap();
    store.verify(&blob).unwrap();
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[1].header("range"), Some("bytes=50000-"));
}

#[test]
fn a_tag_that_moved_is_not_what_was_locked() {
    let artifact = package("review", "1.0.0", "");
    let other = artifact.manifest.bytes.clone();
    let (_server, remote) = says(move |_| Reply::new(200, &[], &other));
    let locked = Which::Digest(Digest::of(b"what was locked"));
    let error = remote.manifest(&name(), locked).unwrap_err();
    assert!(matches!(error, Error::Mismatch { .. }), "{error}");
}

#[test]
fn one_package_does_not_pass_for_another() {
    let artifact = package("evil", "1.0.0", "");
    let config = canonical_config(&artifact);
    let manifest = artifact.manifest.bytes.clone();
    let (_server, remote) = says(move |asked| {
        let blob = asked.path.contains("/blobs/");
        Reply::new(200, &[], if blob { &config } else { &manifest })
    });
    for (text, version) in [("acme/review", "1.0.0"), ("acme/evil", "2.0.0")] {
        let version = version.parse().unwrap();
        let error = remote
            .contents(&text.parse().unwrap(), Which::Version(&version))
            .unwrap_err();
        assert!(
            error.to_string().contains("calls itself evil 1.0.0"),
            "{error}"
        );
    }
}

fn canonical_config(artifact: &Artifact) -> Vec<u8> {
    let config = artifact.contents.manifest.config.digest;
    let mut blobs = artifact.blobs();
    blobs
        .find(|(blob, _)| blob.digest == config)
        .unwrap()
        .1
        .to_vec()
}

#[test]
fn credentials_do_not_follow_a_redirect() {
    let other = Server::start(|_| Reply::new(200, &[], "expected"));
    let location = format!("{}/elsewhere", other.url());
    let server = Server::start(move |asked| match asked.header("authorization") {
        None => Reply::new(401, &[("www-authenticate", "Basic realm=\"x\"")], ""),
        Some(_) => Reply::new(307, &[("location", &location)], ""),
    });
    let remote = Remote::with_credentials(&server.url(), password("secret")).unwrap();
    let blob = Descriptor::of("x", b"expected");
    assert_eq!(fetch(&remote, &blob, 0).unwrap(), b"expected");
    let asked = other.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].header("authorization"), None);

    // Only blobs may be elsewhere.
    let version = Version::new(1, 0, 0);
    let error = remote
        .manifest(&name(), Which::Version(&version))
        .unwrap_err();
    assert!(
        matches!(error, Error::Registry(RegistryError::Protocol { .. })),
        "{error}"
    );
    assert_eq!(other.asked().len(), 1);
}

#[test]
fn who_is_elsewhere_cannot_ask_for_credentials() {
    let other =
        Server::start(|_| Reply::new(401, &[("www-authenticate", "Basic realm=\"x\"")], ""));
    let location = other.url();
    let server = Server::start(move |_| Reply::new(302, &[("location", &location)], ""));
    let remote = Remote::with_credentials(&server.url(), password("secret")).unwrap();
    assert!(fetch(&remote, &Descriptor::of("x", b"x"), 0).is_err());
    assert!(
        other
            .asked()
            .iter()
            .all(|it| it.header("authorization").is_none())
    );
}

#[test]
fn redirects_end() {
    let (server, remote) = says(|_| Reply::new(302, &[("location", "/v2/again")], ""));
    assert!(remote.versions(&name()).is_err());
    assert!(server.asked().len() < 10);
    for to in [
        "http://registry.example.com/x",
        "file:///etc/passwd",
        "",
        "ftp://x/",
    ] {
        let (_server, remote) = says(move |_| Reply::new(302, &[("location", to)], ""));
        let error = fetch(&remote, &Descriptor::of("x", b"x"), 0).unwrap_err();
        assert!(
            matches!(error, Error::Registry(RegistryError::Protocol { .. })),
            "{to}: {error}"
        );
    }
}

#[test]
fn credentials_are_not_sent_where_they_are_not_safe() {
    for realm in [
        "http://auth.example.com/token",
        "ftp://x/",
        "//x",
        "nonsense",
    ] {
        let header = format!("Bearer realm=\"{realm}\",service=\"x\"");
        let server = Server::start(move |_| Reply::new(401, &[("www-authenticate", &header)], ""));
        let remote = Remote::with_credentials(&server.url(), password("secret")).unwrap();
        let error = remote.versions(&name()).unwrap_err();
        assert!(error.to_string().contains("would not be safe"), "{error}");
        assert!(
            server
                .asked()
                .iter()
                .all(|it| it.header("authorization").is_none())
        );
    }
}

/// A registry with tokens: the password goes to who gives them, the token to the
/// registry.
fn with_tokens(token: &'static str) -> (Server, std::sync::Arc<Server>) {
    let realm = std::sync::Arc::new(Server::start(move |asked| {
        if asked.header("authorization") == Some("Basic YWRhOnNlY3JldA==")
            || asked
                .body
                .windows(22)
                .any(|it| it == b"refresh_token=identity")
        {
            Reply::new(200, &[], format!(r#"{{"token":"{token}"}}"#))
        } else {
            Reply::new(401, &[], "")
        }
    }));
    let header = format!("Bearer realm=\"{}/token\",service=\"r\"", realm.url());
    let server = Server::start(move |asked| {
        if asked.header("authorization") == Some("Bearer good") {
            Reply::new(200, &[], r#"{"tags":["1.0.0","latest","sha256-00"]}"#)
        } else {
            Reply::new(401, &[("www-authenticate", &header)], "")
        }
    });
    (server, realm)
}

#[test]
fn tokens() {
    let (server, realm) = with_tokens("good");
    let remote = Remote::with_credentials(&server.url(), password("secret")).unwrap();
    for _ in 0..3 {
        assert_eq!(remote.versions(&name()).unwrap(), [Version::new(1, 0, 0)]);
    }
    let asked = realm.asked();
    assert_eq!(asked.len(), 1, "the token is kept");
    assert_eq!(
        asked[0].path,
        "/token?scope=repository%3Aacme%2Freview%3Apull&service=r"
    );
    assert!(server.asked().iter().all(|it| {
        it.header("authorization")
            .is_none_or(|it| it == "Bearer good")
    }));

    let identity = Some(Credentials::Identity("identity".into()));
    let remote = Remote::with_credentials(&server.url(), identity).unwrap();
    remote.versions(&name()).unwrap();
    assert_eq!(realm.asked()[1].method, "POST");

    let remote = Remote::with_credentials(&server.url(), password("wrong")).unwrap();
    let error = remote.versions(&name()).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Registry(RegistryError::Unauthorized { known: true, .. })
        ),
        "{error}"
    );
    let remote = Remote::with_credentials(&server.url(), None).unwrap();
    let error = remote.versions(&name()).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Registry(RegistryError::Unauthorized { known: false, .. })
        ),
        "{error}"
    );
}

#[test]
fn tokens_are_not_believed() {
    for (token, code) in [
        ("bad", "unauthorized"),
        (r"a\r\nx: y", "not-a-registry"),
        ("", "unauthorized"),
    ] {
        let (server, _realm) = with_tokens(token);
        let remote = Remote::with_credentials(&server.url(), password("secret")).unwrap();
        assert_eq!(
            remote.versions(&name()).unwrap_err().code(),
            code,
            "{token}"
        );
    }
}

#[test]
fn uploads_do_not_go_elsewhere() {
    let other = Server::start(|_| Reply::new(201, &[], ""));
    let location = format!("{}/upload", other.url());
    let (_server, remote) = says(move |asked| match asked.method.as_str() {
        "POST" => Reply::new(202, &[("location", &location)], ""),
        _ => Reply::new(404, &[], ""),
    });
    let error = remote
        .publish(&name(), &package("review", "1.0.0", ""))
        .unwrap_err();
    assert!(
        matches!(error, Error::Registry(RegistryError::Protocol { .. })),
        "{error}"
    );
    assert!(other.asked().is_empty());
}

#[test]
fn referrers_are_read_and_not_believed() {
    let artifact = package("review", "1.0.0", "");
    let subject = artifact.digest();
    let good = serde_json::to_vec(&about(&artifact, "application/a", b"x")).unwrap();
    let stray =
        serde_json::to_vec(&about(&package("b", "1.0.0", ""), "application/a", b"x")).unwrap();
    let mut index = oci::ImageIndex::default();
    for bytes in [&good, &stray] {
        let mut entry = Descriptor::of(oci::MANIFEST, bytes);
        entry.artifact_type = Some("application/wrong".into());
        index.manifests.push(entry);
    }
    index.manifests.push(Descriptor::of(oci::MANIFEST, b"gone"));
    let index = serde_json::to_vec(&index).unwrap();
    let (good_digest, stray_digest) = (Digest::of(&good), Digest::of(&stray));
    // The endpoint is a web page that says 200; the list is under the tag.
    let (_server, remote) = says(move |asked| {
        let ends = |digest: Digest| asked.path.ends_with(&digest.to_string());
        match asked.path.as_str() {
            path if path.contains("/referrers/") => Reply::new(200, &[], "<html>"),
            path if path.contains("/sha256-") => Reply::new(200, &[], &index),
            _ if ends(good_digest) => Reply::new(200, &[], &good),
            _ if ends(stray_digest) => Reply::new(200, &[], &stray),
            _ => Reply::new(404, &[], ""),
        }
    });
    let found = remote.referrers(&name(), subject).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].document.digest, good_digest);
    assert_eq!(found[0].manifest.kind(), "application/a");
}

#[test]
fn a_list_of_referrers_that_is_withheld_is_not_an_empty_one() {
    for status in [401, 403, 429, 500, 503] {
        let (_server, remote) = says(move |_| Reply::new(status, &[], ""));
        assert!(
            remote.referrers(&name(), Digest::of(b"x")).is_err(),
            "{status}"
        );
    }
}

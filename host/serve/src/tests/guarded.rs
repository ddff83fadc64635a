//! Who may do what.

use base64::{Engine, engine::general_purpose::STANDARD};
use cm_distribution::{Error, RegistryError, Source};

use super::{remote::about, *};

fn basic(secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("someone:{secret}")))
}

#[test]
fn tokens() {
    let registry = Registry::guarded(false);
    let review = name("acme/review");
    let artifact = package("review", "1.0.0", "", &[]);
    let publish = |token: Option<&str>, to: &Name| registry.remote(token).publish(to, &artifact);

    for token in [None, Some("wrong"), Some("acme"), Some("")] {
        let error = publish(token, &review).unwrap_err();
        assert!(
            matches!(error, Error::Registry(RegistryError::Unauthorized { .. })),
            "{error}"
        );
    }
    for (token, to, said) in [
        ("reader-secret", "acme/review", "for reading only"),
        ("acme-secret", "other/review", "not for other/review"),
        ("acme-secret", "review", "not for review"),
    ] {
        let error = publish(Some(token), &name(to)).unwrap_err();
        assert!(
            matches!(error, Error::Registry(RegistryError::Forbidden { .. })),
            "{error}"
        );
        assert!(error.to_string().contains(said), "{error}");
    }
    publish(Some("acme-secret"), &review).unwrap();
    publish(Some("all-secret"), &name("other/review")).unwrap();
    publish(Some("all-secret"), &name("review")).unwrap();

    // Reading.
    assert_eq!(
        registry
            .remote(Some("reader-secret"))
            .versions(&review)
            .unwrap()
            .len(),
        1
    );
    let remote = registry.remote(None);
    assert!(matches!(
        remote.versions(&review),
        Err(Error::Registry(RegistryError::Unauthorized { .. }))
    ));
    let bearer = Credentials::Bearer("reader-secret".into());
    let bearer = Remote::with_credentials(&registry.url(), Some(bearer)).unwrap();
    assert_eq!(bearer.versions(&review).unwrap().len(), 1);
    let remote = registry.remote(Some("acme-secret"));
    assert!(matches!(
        remote.versions(&name("other/review")),
        Err(Error::Registry(RegistryError::Forbidden { .. }))
    ));
    // What one may not read is not listed either.
    assert_eq!(
        remote.names().unwrap().as_deref(),
        Some(std::slice::from_ref(&review))
    );
    assert_eq!(
        registry
            .remote(Some("reader-secret"))
            .names()
            .unwrap()
            .unwrap()
            .len(),
        3
    );
    let signature = about(&artifact, "application/a", b"x");
    let error = registry
        .remote(Some("reader-secret"))
        .attach(&review, &signature, &[b"{}", b"x"]);
    assert!(matches!(
        error,
        Err(Error::Registry(RegistryError::Forbidden { .. }))
    ));
}

#[test]
fn pages_need_tokens_too() {
    let registry = Registry::guarded(false);
    let artifact = package("review", "1.0.0", "", &[]);
    for space in ["acme", "secret"] {
        let name = name(&format!("{space}/review"));
        registry
            .remote(Some("all-secret"))
            .publish(&name, &artifact)
            .unwrap();
    }
    let wire = registry.wire();
    for path in [
        "/",
        "/p/acme/review",
        "/p/nobody/nothing",
        "/api/search?q=",
        "/v2/",
        "/v2/_catalog",
    ] {
        let got = wire.get(path);
        assert_eq!(got.status, 401, "{path}");
        assert!(
            got.header("www-authenticate")
                .unwrap()
                .starts_with("Basic ")
        );
    }
    let with = |path: &str| {
        wire.ask(
            "GET",
            path,
            &[("authorization", &basic("acme-secret"))],
            b"",
        )
    };
    assert_eq!(with("/v2/").status, 200);
    for path in ["/", "/api/search?q=", "/v2/_catalog"] {
        let got = with(path);
        assert_eq!(got.status, 200);
        assert!(got.text().contains("acme/review") && !got.text().contains("secret/review"));
    }
    assert_eq!(with("/p/acme/review").status, 200);
    assert_eq!(with("/p/secret/review").status, 403);
}

#[test]
fn reading_may_need_none() {
    let registry = Registry::guarded(true);
    let review = name("acme/review");
    let artifact = package("review", "1.0.0", "", &[]);
    registry
        .remote(Some("acme-secret"))
        .publish(&review, &artifact)
        .unwrap();
    assert_eq!(registry.remote(None).versions(&review).unwrap().len(), 1);
    let other = package("review", "1.1.0", "", &[]);
    let error = registry.remote(None).publish(&review, &other).unwrap_err();
    assert!(
        matches!(error, Error::Registry(RegistryError::Unauthorized { .. })),
        "{error}"
    );
    let wire = registry.wire();
    assert_eq!(wire.get("/p/acme/review").status, 200);
    // A wrong token is refused also where none is needed.
    let got = wire.ask("GET", "/v2/", &[("authorization", &basic("wrong"))], b"");
    assert_eq!(got.status, 401);
}

/// A blob can be had only through a repository that it belongs to.
#[test]
fn a_digest_is_not_a_key() {
    let registry = Registry::guarded(false);
    let artifact = package("review", "1.0.0", "", &[("secret.txt", b"the plans")]);
    let remote = registry.remote(Some("all-secret"));
    remote.publish(&name("secret/review"), &artifact).unwrap();
    let layer = artifact.contents.manifest.layers[0].digest;
    let wire = registry.wire();
    let auth = basic("acme-secret");
    let with = |method: &str, path: &str| wire.ask(method, path, &[("authorization", &auth)], b"");
    assert_eq!(
        with("GET", &format!("/v2/secret/review/blobs/{layer}")).status,
        403
    );
    assert_eq!(
        with("GET", &format!("/v2/acme/review/blobs/{layer}")).status,
        404
    );
    let manifest = artifact.digest();
    assert_eq!(
        with("GET", &format!("/v2/acme/review/manifests/{manifest}")).status,
        404
    );
    // To mount it from there needs the right to read it there.
    let path = format!("/v2/acme/review/blobs/uploads/?mount={layer}&from=secret/review");
    assert_eq!(with("POST", &path).status, 202);
    assert_eq!(
        with("GET", &format!("/v2/acme/review/blobs/{layer}")).status,
        404
    );
    let auth = basic("all-secret");
    let got = wire.ask("POST", &path, &[("authorization", &auth)], b"");
    assert_eq!(got.status, 201);
    let got = wire.ask(
        "GET",
        &format!("/v2/acme/review/blobs/{layer}"),
        &[("authorization", &auth)],
        b"",
    );
    assert_eq!(got.status, 200);
}

#[test]
fn browsers_do_not_publish() {
    let registry = Registry::start();
    let wire = registry.wire();
    let path = "/v2/acme/review/blobs/uploads/";
    assert_eq!(wire.ask("POST", path, &[], b"").status, 202);
    for header in [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ] {
        assert_eq!(wire.ask("POST", path, &[header], b"").status, 403);
    }
    // A name of somebody else's that leads to this machine.
    for path in ["/", "/v2/", "/v2/_catalog", "/api/search"] {
        assert_eq!(
            wire.ask("GET", path, &[("host", "evil.example:5000")], b"")
                .status,
            421
        );
    }
}

#[tokio::test]
async fn nobody_listens_to_all_without_tokens() {
    let directory = TempDir::new().unwrap();
    let bind = |tokens| {
        let options = Options {
            listen: "0.0.0.0:0".parse().unwrap(),
            tokens,
            ..Options::default()
        };
        Server::bind(Layout::at(directory.path()), options)
    };
    let error = bind(None).await.err().unwrap();
    assert_eq!(error.code(), "unguarded-registry");
    assert!(error.help().unwrap().contains("--token-file"));
    assert!(bind(Some(Tokens::new(Vec::new()))).await.is_ok());
}

#[test]
fn reading_only() {
    let registry = Registry::with(Options {
        read_only: true,
        ..Options::default()
    });
    let review = name("acme/review");
    let artifact = package("review", "1.0.0", "", &[]);
    let error = registry
        .remote(None)
        .publish(&review, &artifact)
        .unwrap_err();
    assert!(error.to_string().contains("for reading only"), "{error}");
    registry.layout().publish(&review, &artifact).unwrap();
    assert_eq!(registry.remote(None).versions(&review).unwrap().len(), 1);
}

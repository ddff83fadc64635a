//! Requests as no client of ours sends them.

use std::{
    io::Write,
    thread::sleep,
    time::{Duration, Instant},
};

use cm_distribution::{Source, oci};

use super::{remote::about, wire::read, *};

const BLOBS: &str = "/v2/acme/review/blobs";

fn published() -> (Registry, Artifact) {
    let registry = Registry::start();
    let artifact = package("review", "1.0.0", "", &[("README.md", b"0123456789")]);
    registry
        .remote(None)
        .publish(&name("acme/review"), &artifact)
        .unwrap();
    (registry, artifact)
}

fn begin(wire: &Wire) -> String {
    let got = wire.ask("POST", &format!("{BLOBS}/uploads/"), &[], b"");
    assert_eq!(got.status, 202);
    assert_eq!(got.header("range"), Some("0-0"));
    got.header("location").unwrap().to_owned()
}

#[test]
fn blobs() {
    let (registry, artifact) = published();
    let wire = registry.wire();
    let layer = artifact
        .contents
        .manifest
        .layers
        .iter()
        .find(|it| it.media_type == oci::README);
    let blob = format!("{BLOBS}/{}", layer.unwrap().digest);
    let got = wire.ask("HEAD", &blob, &[], b"");
    assert_eq!(
        (got.status, got.header("content-length")),
        (200, Some("10"))
    );
    assert!(got.body.is_empty());
    for (range, status, body, part) in [
        ("bytes=0-", 206, "0123456789", Some("bytes 0-9/10")),
        ("bytes=3-4", 206, "34", Some("bytes 3-4/10")),
        ("bytes=-2", 206, "89", Some("bytes 8-9/10")),
        ("bytes=10-", 416, "", Some("bytes */10")),
        ("bytes=0-1,4-5", 200, "0123456789", None),
        ("nonsense", 200, "0123456789", None),
    ] {
        let got = wire.ask("GET", &blob, &[("range", range)], b"");
        assert_eq!((got.status, got.text()), (status, body), "{range}");
        assert_eq!(got.header("content-range"), part, "{range}");
        assert_eq!(got.header("x-content-type-options"), Some("nosniff"));
    }
    let got = wire.get(&format!("{BLOBS}/{}", Digest::of(b"nothing")));
    assert_eq!((got.status, got.code().as_str()), (404, "BLOB_UNKNOWN"));
    let got = wire.get(&format!("{BLOBS}/sha256:123"));
    assert_eq!((got.status, got.code().as_str()), (400, "DIGEST_INVALID"));
    for path in [blob.as_str(), "/v2/acme/review/manifests/1.0.0"] {
        let got = wire.ask("DELETE", path, &[], b"");
        assert_eq!((got.status, got.code().as_str()), (405, "UNSUPPORTED"));
    }
}

#[test]
fn uploads() {
    let (registry, _) = published();
    let wire = registry.wire();
    let bytes = b"first and second";
    let digest = Digest::of(bytes);
    let there = |digest: Digest| {
        wire.ask("HEAD", &format!("{BLOBS}/{digest}"), &[], b"")
            .status
    };

    // In pieces.
    let at = begin(&wire);
    let piece =
        |range: &str, bytes: &[u8]| wire.ask("PATCH", &at, &[("content-range", range)], bytes);
    assert_eq!(piece("0-5", b"first ").status, 202);
    let got = piece("0-5", b"first ");
    assert_eq!((got.status, got.header("range")), (416, Some("0-5")));
    let got = wire.get(&at);
    assert_eq!((got.status, got.header("range")), (204, Some("0-5")));
    assert_eq!(piece("6-9", b"and ").status, 202);
    let got = wire.ask("PUT", &format!("{at}?digest={digest}"), &[], b"second");
    assert_eq!(got.status, 201, "{}", got.text());
    assert_eq!(got.header("location").unwrap(), format!("{BLOBS}/{digest}"));
    assert_eq!(there(digest), 200);
    assert_eq!(wire.get(&at).code(), "BLOB_UPLOAD_UNKNOWN");

    // In one request, with an encoded colon.
    let other = Digest::of(b"other");
    let path = format!("{BLOBS}/uploads/?digest=sha256%3A{}", other.hex());
    assert_eq!(wire.ask("POST", &path, &[], b"other").status, 201);
    assert_eq!(there(other), 200);

    // Not what it should be.
    let at = begin(&wire);
    let got = wire.ask(
        "PUT",
        &format!("{at}?digest={}", Digest::of(b"a")),
        &[],
        b"b",
    );
    assert_eq!((got.status, got.code().as_str()), (400, "DIGEST_INVALID"));
    assert_eq!(there(Digest::of(b"a")), 404);
    assert_eq!(there(Digest::of(b"b")), 404);
    assert_eq!(wire.get(&at).status, 404);
    let at = begin(&wire);
    for query in [
        "",
        "?digest=",
        "?digest=sha256:../../../etc/passwd",
        "?digest=md5:00",
    ] {
        assert_eq!(
            wire.ask("PUT", &format!("{at}{query}"), &[], b"").status,
            400,
            "{query}"
        );
    }
    // Somebody else's.
    let elsewhere = at.replace("acme/review", "acme/other");
    assert_eq!(wire.ask("PATCH", &elsewhere, &[], b"x").status, 404);
    assert_eq!(wire.ask("DELETE", &at, &[], b"").status, 204);
    assert_eq!(wire.get(&at).status, 404);
    // Nothing is left of any.
    let open = registry.layout().root().join("uploads/open");
    assert_eq!(std::fs::read_dir(open).unwrap().count(), 0);
}

#[test]
fn manifests() {
    let (registry, artifact) = published();
    let wire = registry.wire();
    let put = |path: &str, media_type: &str, bytes: &[u8]| {
        let path = format!("/v2/{path}");
        let got = wire.ask("PUT", &path, &[("content-type", media_type)], bytes);
        (
            got.status,
            if got.status < 300 {
                String::new()
            } else {
                got.code()
            },
        )
    };
    let bytes = artifact.manifest.bytes.as_slice();
    let refused = |status: u16, code: &str| (status, code.to_owned());
    let tag = "acme/review/manifests/1.0.0";

    let got = wire.get(&format!("/v2/{tag}"));
    assert_eq!(got.header("content-type"), Some(oci::MANIFEST));
    assert_eq!(
        got.header("docker-content-digest").unwrap(),
        artifact.digest().to_string()
    );
    assert_eq!(got.body, bytes);
    let etag = got.header("etag").unwrap();
    assert_eq!(
        wire.ask(
            "GET",
            &format!("/v2/{tag}"),
            &[("if-none-match", etag)],
            b""
        )
        .status,
        304
    );
    assert_eq!(
        wire.get("/v2/acme/review/manifests/9.0.0").code(),
        "MANIFEST_UNKNOWN"
    );
    assert_eq!(wire.get("/v2/acme/other/tags/list").code(), "NAME_UNKNOWN");

    assert_eq!(put(tag, oci::MANIFEST, bytes).0, 201);
    assert_eq!(
        put(tag, "application/json", bytes),
        refused(400, "MANIFEST_INVALID")
    );
    assert_eq!(
        put(tag, oci::MANIFEST, b"{"),
        refused(400, "MANIFEST_INVALID")
    );
    let wrong = format!("acme/review/manifests/{}", Digest::of(b"x"));
    assert_eq!(
        put(&wrong, oci::MANIFEST, bytes),
        refused(400, "DIGEST_INVALID")
    );
    // Its blobs are not in this repository.
    let there = "other/review/manifests/1.0.0";
    assert_eq!(
        put(there, oci::MANIFEST, bytes),
        refused(400, "MANIFEST_BLOB_UNKNOWN")
    );
    // Published as what it is not.
    let as_other = "acme/review/manifests/2.0.0";
    assert_eq!(
        put(as_other, oci::MANIFEST, bytes),
        refused(400, "MANIFEST_INVALID")
    );
    let large = vec![b' '; (1 << 20) + 1];
    assert_eq!(
        put(tag, oci::MANIFEST, &large),
        refused(413, "SIZE_INVALID")
    );

    // A version never changes, whatever it is; another tag does.
    let empty = Digest::of(b"{}");
    wire.ask(
        "POST",
        &format!("{BLOBS}/uploads/?digest={empty}"),
        &[],
        b"{}",
    );
    let plain = |number: u32| {
        let config = format!(
            r#"{{"mediaType":"{}","digest":"{empty}","size":2}}"#,
            oci::EMPTY
        );
        format!(
            r#"{{"schemaVersion":2,"mediaType":"{}","artifactType":"application/x","config":{config},"layers":[{config}],"annotations":{{"n":"{number}"}}}}"#,
            oci::MANIFEST
        )
    };
    let (one, two) = (plain(1), plain(2));
    assert_eq!(
        put(tag, oci::MANIFEST, one.as_bytes()),
        refused(409, "TAG_IMMUTABLE")
    );
    let kept = wire.get(&format!("/v2/{tag}"));
    assert_eq!(kept.body, bytes);
    for text in [&one, &two] {
        assert_eq!(
            put(
                "acme/review/manifests/latest",
                oci::MANIFEST,
                text.as_bytes()
            )
            .0,
            201
        );
    }
    assert_eq!(wire.get("/v2/acme/review/manifests/latest").text(), two);
    let by_digest = format!("acme/review/manifests/{}", Digest::of(one.as_bytes()));
    assert_eq!(put(&by_digest, oci::MANIFEST, one.as_bytes()).0, 201);
    assert_eq!(wire.get(&format!("/v2/{by_digest}")).text(), one);
    // The size that a manifest says a blob has is the blob's.
    let lie = one.replace("\"size\":2", "\"size\":3");
    let lied = put("acme/review/manifests/lie", oci::MANIFEST, lie.as_bytes());
    assert_eq!(lied, refused(400, "MANIFEST_BLOB_UNKNOWN"));
}

#[test]
fn lists() {
    let (registry, artifact) = published();
    let remote = registry.remote(None);
    for version in ["1.1.0", "1.2.0", "2.0.0"] {
        remote
            .publish(&name("acme/review"), &package("review", version, "", &[]))
            .unwrap();
    }
    let wire = registry.wire();
    let mut path = "/v2/acme/review/tags/list?n=3".to_owned();
    let mut all = Vec::new();
    loop {
        let got = wire.get(&path);
        let page: serde_json::Value = serde_json::from_slice(&got.body).unwrap();
        assert_eq!(page["name"], "acme/review");
        all.extend(
            page["tags"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it.as_str().unwrap().to_owned()),
        );
        let Some(link) = got.header("link") else {
            break;
        };
        path = link.split(['<', '>']).nth(1).unwrap().to_owned();
    }
    assert_eq!(all, ["1.0.0", "1.1.0", "1.2.0", "2.0.0"]);
    assert!(
        wire.get("/v2/acme/review/tags/list?n=0")
            .text()
            .contains("\"tags\":[]")
    );
    assert!(
        wire.get("/v2/acme/review/tags/list?last=1.2.0")
            .text()
            .contains("[\"2.0.0\"]")
    );

    for (kind, blob) in [("application/a", b"one"), ("application/b", b"two")] {
        let referrer = about(&artifact, kind, blob);
        remote
            .attach(&name("acme/review"), &referrer, &[b"{}", blob])
            .unwrap();
    }
    let path = format!("/v2/acme/review/referrers/{}", artifact.digest());
    let got = wire.get(&path);
    assert_eq!(got.header("content-type"), Some(oci::INDEX));
    assert_eq!(got.text().matches("artifactType").count(), 2);
    let got = wire.get(&format!("{path}?artifactType=application/b"));
    assert_eq!(got.header("oci-filters-applied"), Some("artifactType"));
    assert!(got.text().contains("application/b") && !got.text().contains("application/a"));
    let got = wire.get(&format!("/v2/acme/review/referrers/{}", Digest::of(b"x")));
    assert_eq!(got.status, 200);
    assert!(got.text().contains("\"manifests\":[]"));
}

#[test]
fn tricks_find_nothing() {
    let (registry, _) = published();
    let wire = registry.wire();
    for path in [
        "/v2/..%2f..%2f/manifests/1.0.0",
        "/v2/../../etc/passwd",
        "/v2/acme/review/blobs/..%2f..%2findex.json",
        "/v2/acme/review/blobs/sha256:..%2f..%2findex.json",
        "/v2/acme/review/manifests/..%2f1.0.0",
        "/v2/acme%2freview/manifests/1.0.0",
        "/p/..%2f..%2fetc",
        "/index.json",
        "/%00",
        "/uploads/open",
    ] {
        let got = wire.get(path);
        assert!((400..500).contains(&got.status), "{path}: {}", got.status);
        assert!(!got.text().contains("imageLayoutVersion") && !got.text().contains("root:"));
        if path.starts_with("/v2/") {
            got.code();
        }
    }
    let got = wire.ask("GET", "/v2/", &[("x", &"y".repeat(100_000))], b"");
    assert_eq!(got.status, 431);
    let many: Vec<_> = (0..200)
        .map(|number| (format!("x-{number}"), "y"))
        .collect();
    let many: Vec<_> = many
        .iter()
        .map(|(name, value)| (name.as_str(), *value))
        .collect();
    assert_eq!(wire.ask("GET", "/v2/", &many, b"").status, 431);
    assert_eq!(wire.raw(b"\x16\x03\x01 not http\r\n\r\n").status, 400);
    assert_eq!(wire.ask("OPTIONS", "/", &[], b"").status, 405);
}

#[test]
fn slow_clients_are_left() {
    let registry = Registry::with(Options {
        limits: hasty(),
        ..Options::default()
    });
    let wire = registry.wire();
    let patience = Duration::from_secs(30);

    // A head that does not end, and one that does not begin.
    let start = Instant::now();
    let silent = wire.open();
    let mut slow = wire.open();
    slow.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n")
        .unwrap();
    for mut stream in [silent, slow] {
        let mut rest = Vec::new();
        let _ = std::io::Read::read_to_end(&mut stream, &mut rest);
    }
    assert!(start.elapsed() < patience);

    // A body that stops, and one that trickles.
    for pause in [Duration::from_secs(60), Duration::from_millis(50)] {
        let mut stream = wire.open();
        let head = "POST /v2/acme/x/blobs/uploads/?digest=sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000000\r\n\r\n";
        stream.write_all(head.as_bytes()).unwrap();
        let start = Instant::now();
        let other = stream.try_clone().unwrap();
        let trickle = std::thread::spawn(move || {
            let mut other = other;
            while start.elapsed() < patience && other.write_all(b"x").is_ok() {
                sleep(pause.min(Duration::from_millis(700)));
                if pause > Duration::from_secs(1) {
                    break;
                }
            }
        });
        assert_eq!(read(stream).status, 408);
        assert!(start.elapsed() < patience);
        trickle.join().unwrap();
    }
}

#[test]
fn who_takes_nothing_is_left() {
    let registry = Registry::with(Options {
        limits: Limits {
            connections: 2,
            ..hasty()
        },
        ..Options::default()
    });
    let artifact = package("review", "1.0.0", "", &[("a.bin", &noise(8 << 20, 1))]);
    let layout = registry.layout();
    layout.publish(&name("acme/review"), &artifact).unwrap();
    let layer = artifact
        .contents
        .manifest
        .layers
        .iter()
        .max_by_key(|it| it.size)
        .unwrap();
    let wire = registry.wire();
    // All connections there may be, and nobody reads from them.
    let held: Vec<_> = (0..2)
        .map(|_| {
            let mut stream = wire.open();
            let ask = format!(
                "GET {BLOBS}/{} HTTP/1.1\r\nhost: localhost\r\n\r\n",
                layer.digest
            );
            stream.write_all(ask.as_bytes()).unwrap();
            stream
        })
        .collect();
    // Others wait until these are closed, and are answered.
    let start = Instant::now();
    assert_eq!(wire.get("/v2/").status, 200);
    assert!(start.elapsed() < Duration::from_secs(30));
    drop(held);
}

#[test]
fn limits_of_what_is_sent() {
    let limits = Limits {
        blob_bytes: 1000,
        uploads: 2,
        referrers: 2,
        ..Limits::default()
    };
    let registry = Registry::with(Options {
        limits,
        ..Options::default()
    });
    let wire = registry.wire();
    let at = begin(&wire);
    let got = wire.ask("PATCH", &at, &[], &[0; 1001]);
    assert_eq!((got.status, got.code().as_str()), (413, "SIZE_INVALID"));
    // Without saying how much comes.
    let at = begin(&wire);
    let mut chunked = format!("PATCH {at} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n").into_bytes();
    for _ in 0..3 {
        chunked.extend_from_slice(b"190\r\n");
        chunked.extend_from_slice(&[b'x'; 400]);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    assert_eq!(wire.raw(&chunked).status, 413);
    begin(&wire);
    begin(&wire);
    let got = wire.ask("POST", &format!("{BLOBS}/uploads/"), &[], b"");
    assert_eq!((got.status, got.code().as_str()), (429, "TOOMANYREQUESTS"));
}

#[test]
fn referrers_have_a_limit() {
    let limits = Limits {
        referrers: 2,
        ..Limits::default()
    };
    let registry = Registry::with(Options {
        limits,
        ..Options::default()
    });
    let artifact = package("review", "1.0.0", "", &[]);
    let remote = registry.remote(None);
    remote.publish(&name("acme/review"), &artifact).unwrap();
    let attach = |blob: &[u8]| {
        remote.attach(
            &name("acme/review"),
            &about(&artifact, "application/a", blob),
            &[b"{}", blob],
        )
    };
    attach(b"1").unwrap();
    attach(b"2").unwrap();
    assert!(attach(b"3").unwrap_err().to_string().contains("429"));
    attach(b"1").unwrap();
}

//! Registries that lie, withhold, redirect, and want to know what is none of theirs.

use std::sync::{Arc, Mutex};

use super::{Case, harmless, refused, stage::Stage};
use crate::{
    Layout, Name, Source, Which,
    oci::{self, Descriptor, ImageIndex},
    remote::tests::server::{Asked, Reply, Server},
};

const MISMATCH: &str = "digest-mismatch";

/// What an honest registry says: what is in a directory.
pub(super) fn answer(asked: &Asked, layout: &Layout) -> Reply {
    honest(asked, layout).unwrap_or_else(|| Reply::new(404, &[], ""))
}

fn honest(asked: &Asked, layout: &Layout) -> Option<Reply> {
    let path = asked.path.split('?').next()?.strip_prefix("/v2/")?;
    let mut parts: Vec<&str> = path.split('/').collect();
    let (last, kind) = (parts.pop()?, parts.pop()?);
    if last == "_catalog" {
        return Some(Reply::new(200, &[], r#"{"repositories":[]}"#));
    }
    let name: Name = parts.join("/").parse().ok()?;
    match kind {
        "tags" => {
            let versions = layout.versions(&name).ok()?;
            let tags: Vec<String> = versions.iter().map(ToString::to_string).collect();
            let body = serde_json::json!({"name": name.to_string(), "tags": tags});
            Some(Reply::new(200, &[], body.to_string()))
        }
        "manifests" => {
            let document = match last.parse() {
                Ok(digest) => layout.manifest(&name, Which::Digest(digest)),
                Err(_) => layout.manifest(&name, Which::Version(&last.parse().ok()?)),
            };
            let headers = [("content-type", oci::MANIFEST)];
            Some(Reply::new(200, &headers, document.ok()?.bytes))
        }
        "blobs" => Some(Reply::new(200, &[], blob(layout, last)?)),
        "referrers" => {
            let mut index = ImageIndex::default();
            for it in layout.referrers(&name, last.parse().ok()?).ok()? {
                let mut entry = Descriptor::of(oci::MANIFEST, &it.document.bytes);
                entry.artifact_type = it.manifest.artifact_type;
                index.manifests.push(entry);
            }
            let headers = [("content-type", oci::INDEX)];
            Some(Reply::new(200, &headers, serde_json::to_vec(&index).ok()?))
        }
        _ => None,
    }
}

fn blob(layout: &Layout, digest: &str) -> Option<Vec<u8>> {
    let file = layout
        .root()
        .join("blobs/sha256")
        .join(digest.strip_prefix("sha256:")?);
    std::fs::read(file).ok()
}

/// Another manifest than the one whose digest is asked for.
pub(super) fn swapped(asked: &Asked, _: &Layout) -> Option<Reply> {
    let other = super::stage::package("review", "1.0.0", "license = \"evil\"\n");
    let here = asked.path.contains("/manifests/sha256:");
    here.then(|| Reply::new(200, &[], other.manifest.bytes))
}

/// Publishes the forgery as it was before it became one, and serves it with a twist.
fn twisted(
    stage: &mut Stage,
    twist: impl Fn(&Asked, &Layout) -> Option<Reply> + Send + Sync + 'static,
) {
    stage.publish();
    stage.serve(twist);
}

/// Says this to whoever asks for something of the kind.
fn says(stage: &mut Stage, kind: &'static str, reply: fn(&Asked, &Layout) -> Reply) {
    twisted(stage, move |asked, layout| {
        asked.path.contains(kind).then(|| reply(asked, layout))
    });
}

fn status(stage: &mut Stage, status: u16) {
    twisted(stage, move |_, _| {
        let headers = [
            ("retry-after", "7"),
            ("www-authenticate", "Basic realm=\"x\""),
        ];
        let body = r#"{"errors":[{"message":"be\u001b[31mcause"}]}"#;
        Some(Reply::new(status, &headers, body))
    });
}

/// Sends whoever asks for something of the kind to another host, and gives what that
/// one was asked.
fn elsewhere(stage: &mut Stage, kind: &'static str, honest: bool) {
    stage.publish();
    let layout = stage.layout();
    let other = Server::start(move |asked| match honest {
        true => answer(asked, &layout),
        false => Reply::new(401, &[("www-authenticate", "Basic realm=\"x\"")], ""),
    });
    let url = other.url();
    stage.servers.push(other);
    let server = stage.serve(move |asked, _| {
        if asked.header("authorization").is_none() {
            return Some(Reply::new(
                401,
                &[("www-authenticate", "Basic realm=\"x\"")],
                "",
            ));
        }
        let to = format!("{url}{}", asked.path);
        asked
            .path
            .contains(kind)
            .then(|| Reply::new(307, &[("location", &to)], ""))
    });
    let host = server.address.to_string();
    stage.credentials(&host);
}

fn nothing_was_told(stage: &Stage) {
    let asked = stage.servers[0].asked();
    assert!(
        asked.iter().all(|it| it.header("authorization").is_none()),
        "{asked:?}"
    );
}

fn refuses_to_tell(stage: &mut Stage, realm: &'static str) {
    let header = format!("Bearer realm=\"{realm}\",service=\"x\"");
    stage.publish();
    let server =
        stage.serve(move |_, _| Some(Reply::new(401, &[("www-authenticate", &header)], "")));
    let host = server.address.to_string();
    stage.credentials(&host);
}

pub(super) fn cases() -> Vec<Case> {
    let safe = "would not be safe";
    vec![
        harmless(
            "a registry that means well",
            |stage| twisted(stage, |_, _| None),
            |stage| {
                assert_eq!(stage.installed(), ["acme/review@1.2.0"]);
            },
        ),
        refused(
            "a registry that gives other bytes for a manifest's digest",
            MISMATCH,
            "expected",
            |stage| {
                let seen = Arc::new(Mutex::new(0));
                twisted(stage, move |asked, layout| {
                    // Honest for the tag, and not for what it has led to.
                    let by_digest = asked.path.contains("/manifests/sha256:");
                    *seen.lock().unwrap() += 1;
                    by_digest.then(|| swapped(asked, layout)).flatten()
                });
                let digest = stage.digest("manifest");
                let host = stage.servers[0].address;
                stage.specs = vec![format!("oci://{host}/acme/review@{digest}")];
            },
        ),
        refused("other bytes for a config", MISMATCH, "expected", |stage| {
            says(stage, "/blobs/", |asked, layout| {
                let mut bytes = blob(layout, asked.path.rsplit('/').next().unwrap()).unwrap();
                bytes[3] ^= 1;
                Reply::new(200, &[], bytes)
            });
        }),
        refused(
            "a blob that is longer than it says",
            MISMATCH,
            "expected",
            |stage| {
                says(stage, "/blobs/", |asked, layout| {
                    let mut bytes = blob(layout, asked.path.rsplit('/').next().unwrap()).unwrap();
                    bytes.push(b' ');
                    Reply::new(200, &[], bytes)
                });
            },
        ),
        refused("a blob that never ends", MISMATCH, "expected", |stage| {
            says(stage, "/blobs/", |_, _| Reply::endless())
        }),
        refused(
            "a manifest that never ends, over the wire",
            MISMATCH,
            "at most",
            |stage| says(stage, "/manifests/", |_, _| Reply::endless()),
        ),
        refused(
            "a list of versions that never ends",
            MISMATCH,
            "at most",
            |stage| says(stage, "/tags/", |_, _| Reply::endless()),
        ),
        refused(
            "a list of versions without a last page",
            "not-a-registry",
            "does not end",
            |stage| {
                says(stage, "/tags/", |asked, _| {
                    let next = format!("<{}x>; rel=\"next\"", asked.path);
                    Reply::new(200, &[("link", &next)], r#"{"tags":["1.2.0"]}"#)
                });
            },
        ),
        refused(
            "a list of versions that goes on elsewhere",
            "not-a-registry",
            "",
            |stage| {
                says(stage, "/tags/", |_, _| {
                    let next = "<http://127.0.0.1:9/v2/x>; rel=\"next\"";
                    Reply::new(200, &[("link", next)], r#"{"tags":["1.2.0"]}"#)
                });
            },
        ),
        refused(
            "a blob whose connection breaks",
            "unreachable",
            "the connection broke",
            |stage| {
                says(stage, "/blobs/", |_, _| {
                    Reply::head(200, &[], 100_000).and(b"half")
                });
            },
        ),
        refused(
            "a part of a blob that was not asked for",
            "not-a-registry",
            "",
            |stage| {
                says(stage, "/blobs/", |_, _| {
                    Reply::new(206, &[("content-range", "bytes 7-9/10")], "abc")
                });
            },
        ),
        refused(
            "a blob in another encoding",
            MISMATCH,
            "expected",
            |stage| {
                says(stage, "/blobs/", |_, _| {
                    Reply::new(
                        200,
                        &[("content-encoding", "gzip")],
                        b"\x1f\x8b\x08\0\0\0\0\0\0\x03bomb",
                    )
                });
            },
        ),
        refused(
            "a web page for a manifest",
            "refused-package",
            "cannot be read",
            |stage| says(stage, "/manifests/", |_, _| Reply::new(200, &[], "<html>")),
        ),
        refused(
            "a web page for a list of versions",
            "not-a-registry",
            "",
            |stage| says(stage, "/tags/", |_, _| Reply::new(200, &[], "<html>")),
        ),
        refused(
            "bytes that are no HTTP",
            "unreachable",
            "cannot be reached",
            |stage| says(stage, "/v2/", |_, _| Reply::raw(b"SSH-2.0-evil\r\n")),
        ),
        refused(
            "signatures that are withheld",
            "registry-fault",
            "500",
            |stage| says(stage, "/referrers/", |_, _| Reply::new(500, &[], "")),
        ),
        harmless(
            "a web page for a list of signatures",
            |stage| says(stage, "/referrers/", |_, _| Reply::new(200, &[], "<html>")),
            |stage| {
                assert_eq!(stage.installed(), ["acme/review@1.2.0"]);
            },
        ),
        refused("401", "unauthorized", "wants credentials (401)", |stage| {
            status(stage, 401)
        }),
        refused("403", "forbidden", "be[31mcause", |stage| {
            status(stage, 403)
        }),
        refused(
            "404",
            "no-package",
            "there is no package `acme/review`",
            |stage| status(stage, 404),
        ),
        refused("429", "too-many-requests", "7 s", |stage| {
            status(stage, 429)
        }),
        refused("500", "registry-fault", "be[31mcause", |stage| {
            status(stage, 500)
        }),
        harmless(
            "a blob on another host",
            |stage| elsewhere(stage, "/blobs/", true),
            |stage| {
                assert_eq!(stage.installed(), ["acme/review@1.2.0"]);
                assert!(!stage.servers[0].asked().is_empty());
                nothing_was_told(stage);
            },
        ),
        refused(
            "a blob on another host that wants credentials",
            "not-a-registry",
            "",
            |stage| elsewhere(stage, "/blobs/", false),
        ),
        refused(
            "a manifest on another host",
            "not-a-registry",
            "",
            |stage| elsewhere(stage, "/manifests/", true),
        ),
        refused(
            "a list of versions on another host",
            "not-a-registry",
            "",
            |stage| elsewhere(stage, "/tags/", true),
        ),
        refused("redirects in a circle", "not-a-registry", "", |stage| {
            says(stage, "/blobs/", |asked, _| {
                Reply::new(302, &[("location", &asked.path)], "")
            });
        }),
        refused("a redirect to a file", "not-a-registry", "", |stage| {
            says(stage, "/blobs/", |_, _| {
                Reply::new(302, &[("location", "file:///etc/passwd")], "")
            });
        }),
        refused(
            "a redirect to a host without encryption",
            "not-a-registry",
            "",
            |stage| {
                says(stage, "/blobs/", |_, _| {
                    Reply::new(302, &[("location", "http://registry.example.com/x")], "")
                });
            },
        ),
        refused(
            "credentials for a stranger, unencrypted",
            "not-a-registry",
            safe,
            |stage| refuses_to_tell(stage, "http://auth.example.com/token"),
        ),
        refused(
            "credentials for what is no address",
            "not-a-registry",
            safe,
            |stage| refuses_to_tell(stage, "//x"),
        ),
        refused(
            "nobody there",
            "unreachable",
            "cannot be reached",
            |stage| {
                stage.registries("cooldown-days = 0\n", "http://127.0.0.1:1");
            },
        ),
        refused(
            "a registry that is not asked at all",
            "offline",
            "is not on this machine",
            |stage| {
                stage.publish();
                stage.options.offline = true;
            },
        ),
    ]
}

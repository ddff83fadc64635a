//! What people see.

use cm_distribution::{
    Source, Which,
    trust::{Keys, SIGSTORE, YANK, YankStatement, sign, yank},
};

use super::{remote::about, wire::Got, *};

const ENGINE: &str = r#"(component
    (import "wasi:cli/environment@0.2.0" (instance (export "get-environment" (func))))
    (core module $m (func (export "f")))
    (core instance $i (instantiate $m))
    (func $f (canon lift (core func $i "f")))
    (instance $adapter (export "describe" (func $f)) (export "begin" (func $f)))
    (export "cm:engine/adapter@0.1.0" (instance $adapter)))"#;

const MANIFEST: &str = r#"description = "Reviews <b>& mends</b> what \"agents\" wrote"
license = "Apache-2.0"
cm = ">=0.1"
[[components]]
kind = "engine"
name = "reviewer"
path = "components/reviewer.wasm"
[capabilities]
programs = ["claude", "git"]
environment = ["ANTHROPIC_*"]
network = ["api.example.com"]
workspace = "write"
[dependencies]
claude = "^0.1"
"#;

const README: &str = "# Review\n\nReviews **everything**. See [the docs](https://docs.example.com).\n\n\
    ## Use\n\n```sh\ncm run review\n```\n\n| Step | Engine |\n|:--|--:|\n| plan | claude |\n\n\
    > Not for production.\n\n- [x](javascript:alert(1))\n- <script>alert(2)</script>\n\
    - <img src=x onerror=alert(3)>\n- ![pixel](https://tracker.example.com/p.gif)\n";

fn registry() -> Registry {
    let registry = Registry::start();
    let remote = registry.remote(None);
    let engine = wat::parse_str(ENGINE).unwrap();
    let files: [(&str, &[u8]); 2] = [
        ("components/reviewer.wasm", &engine),
        ("README.md", README.as_bytes()),
    ];
    let keys = Keys::at(registry.directory.path().join("keys"));
    keys.generate("release", None).unwrap();
    let key = keys.open("release", None).unwrap();
    let review = name("acme/review");
    for version in ["1.0.0", "1.1.0", "2.0.0-rc.1"] {
        let artifact = package("review", version, MANIFEST, &files);
        remote.publish(&review, &artifact).unwrap();
        let attach = |kind: &str, bytes: &[u8]| {
            let about = about(&artifact, kind, bytes);
            remote.attach(&review, &about, &[b"{}", bytes]).unwrap();
        };
        match version {
            "1.0.0" => {
                let manifest = remote.manifest(&review, Which::Digest(artifact.digest()));
                sign(&remote, &review, &manifest.unwrap(), &key).unwrap();
                let statement = YankStatement {
                    subject: artifact.digest(),
                    version: version.parse().unwrap(),
                    reason: "it <b>deletes</b> files".into(),
                    at: jiff::Timestamp::now(),
                    undo: false,
                };
                yank(&remote, &review, &statement, &key).unwrap();
            }
            // What anybody could send.
            "1.1.0" => {
                attach(SIGSTORE, b"sig");
                attach(YANK, b"no");
            }
            _ => {}
        }
    }
    let flow: [(&str, &[u8]); 1] = [("workflow.yaml", b"name: x\n")];
    let artifact = package(
        "fix-tests",
        "0.3.0",
        "description = \"Fixes tests until they pass\"\n",
        &flow,
    );
    remote.publish(&name("acme/fix-tests"), &artifact).unwrap();
    remote.publish(&name("tools/fix-tests"), &artifact).unwrap();
    registry
}

/// The text of a page, one line for each piece.
fn text(got: &Got) -> String {
    let mut text = String::new();
    let mut inside = false;
    for letter in got.text().chars() {
        match letter {
            '<' => {
                inside = true;
                text.push('\n');
            }
            '>' if inside => inside = false,
            letter if !inside => text.push(letter),
            _ => {}
        }
    }
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    lines.join("\n")
}

/// What holds for every page.
fn sound(got: &Got) {
    let html = got.text();
    let policy = got.header("content-security-policy").unwrap();
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert_eq!(got.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(got.header("x-frame-options"), Some("DENY"));
    for bad in [
        "<script",
        "<img",
        "<iframe",
        " style=",
        "javascript:",
        " onerror=\"",
        "src=",
    ] {
        // `src=` in text is escaped with its angle bracket.
        let found = html.match_indices(bad).find(|(at, _)| {
            let before = &html[..*at];
            before.rfind('<') > before.rfind('>') || bad.starts_with('<')
        });
        assert!(found.is_none(), "{bad}: {html}");
    }
    assert_eq!(html.matches("<h1").count(), 1);
    assert_eq!(html.matches("<main").count(), 1);
    assert!(html.contains("<html lang=\"en\">") && html.contains("<label for=\"q\">"));
    // Headings leave out no level.
    let mut level = 1;
    for (at, _) in html.match_indices("<h") {
        if let Some(digit) = html[at + 2..].chars().next().and_then(|it| it.to_digit(10)) {
            assert!(digit <= level + 1, "h{digit} after h{level}");
            level = digit;
        }
    }
    for tag in [
        "section", "ul", "li", "table", "tr", "td", "th", "details", "code", "div", "a", "p", "dl",
    ] {
        let opened =
            html.matches(&format!("<{tag}>")).count() + html.matches(&format!("<{tag} ")).count();
        assert_eq!(
            opened,
            html.matches(&format!("</{tag}>")).count(),
            "{tag}: {html}"
        );
    }
}

#[test]
fn the_list() {
    let registry = registry();
    let wire = registry.wire();
    let got = wire.get("/");
    sound(&got);
    let shown = text(&got);
    for line in [
        "3 packages",
        "acme/review",
        "1.1.0",
        "Reviews &lt;b&gt;&amp; mends&lt;/b&gt; what &quot;agents&quot; wrote",
        "engine",
        "starts claude, git",
        "talks to api.example.com",
        "changes files",
        "tools/fix-tests",
        "workflow",
        "asks for nothing",
    ] {
        assert!(shown.lines().any(|it| it == line), "{line}: {shown}");
    }
    let got = wire.get("/?q=tests+UNTIL");
    sound(&got);
    assert!(text(&got).contains("2 packages") && !text(&got).contains("acme/review"));
    let got = wire.get("/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&page=99999999999999999999");
    sound(&got);
    assert!(text(&got).contains("0 packages"));
    assert!(got.text().contains("value=\"&quot;&gt;&lt;script&gt;"));
    let style = got.text().split("href=\"/style.css").nth(1).unwrap();
    let style = wire.get(&format!("/style.css{}", style.split('"').next().unwrap()));
    assert_eq!(
        (style.status, style.header("content-type")),
        (200, Some("text/css; charset=utf-8"))
    );
    let got = wire.get("/favicon.ico");
    assert_eq!(got.status, 404);
    sound(&got);
}

#[test]
fn many_packages_have_pages() {
    let registry = Registry::start();
    let layout = registry.layout();
    for number in 0..60 {
        let own = format!("p{number:02}");
        layout
            .publish(
                &name(&format!("acme/{own}")),
                &package(&own, "1.0.0", "", &[]),
            )
            .unwrap();
    }
    let wire = registry.wire();
    let first = wire.get("/?q=acme");
    sound(&first);
    assert!(first.text().contains("/?q=acme&amp;page=2") && first.text().contains("acme/p49"));
    assert!(!first.text().contains("acme/p50"));
    let second = wire.get("/?q=acme&page=2");
    sound(&second);
    assert!(second.text().contains("acme/p50") && second.text().contains("acme/p59"));
}

#[test]
fn a_package() {
    let registry = registry();
    let wire = registry.wire();
    let got = wire.get("/p/acme/review");
    sound(&got);
    let shown = text(&got);
    let command = format!("cm install acme/review@1.1.0 --registry {}", registry.url());
    for line in [
        command.as_str(),
        "Reads and changes them.",
        "ANTHROPIC_*",
        "<h3>Review</h3>",
        "<strong>everything</strong>",
        "&lt;script&gt;alert(2)&lt;/script&gt;",
        "&lt;img src=x onerror=alert(3)&gt;",
        "image: pixel",
        "cm:engine/adapter@0.1.0",
        "wasi:cli/environment@0.2.0",
        "get-environment",
        "describe",
        "Serves as engine <code>reviewer</code>.",
        "Signature (Sigstore)",
        "is not valid",
        "Apache-2.0",
        "2.0.0-rc.1",
    ] {
        assert!(
            shown.contains(line) || got.text().contains(line),
            "{line}: {shown}"
        );
    }
    assert!(!shown.contains("This is not the newest"));
    // A yank that nobody has signed is none.
    assert!(!shown.contains("withdrawn"));
    assert_eq!(shown.matches("\nyanked\n").count(), 1);
    let old = wire.get("/p/acme/review/1.0.0");
    sound(&old);
    let shown = text(&old);
    for line in [
        "This is not the newest version",
        "\nyanked\n",
        "by the one who has signed it: it &lt;b&gt;deletes&lt;/b&gt; files",
        "\nvalid\n",
        "\nRW",
        "\nYank\n",
    ] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    for path in [
        "/p/acme/nobody",
        "/p/acme/review/9.9.9",
        "/p/acme",
        "/nothing",
    ] {
        let got = wire.get(path);
        assert_eq!(got.status, 404, "{path}");
        sound(&got);
    }
}

#[test]
fn a_hostile_package() {
    let registry = Registry::start();
    let evil = "\"><script>alert(1)</script><img src=x onerror=alert(2)>' \\u202E";
    let more = format!(
        "description = \"{}\"\nlicense = \"{}\"\n[capabilities]\nprograms = [\"<script>x\"]\n",
        evil.replace('"', "\\\""),
        "<b onmouseover=alert(1)>"
    );
    let readme = "<script>alert(1)</script>\n\n<style>*{display:none}</style>\n\n[a](<javascript:alert(1)> \"x\" onclick=y)\n\n\
        [b]: data:text/html,<script>x</script>\n\n[b]\n\n`</code><script>y</script>`\n\n<a href=\"javascript:z\">z</a>\n\n\
        # <svg onload=x>\n\n|<script>|\n|-|\n|</td><script>|\n";
    let artifact = package("evil", "1.0.0", &more, &[("README.md", readme.as_bytes())]);
    registry
        .remote(None)
        .publish(&name("acme/evil"), &artifact)
        .unwrap();
    // What a page shows of components is what the config says of them.
    let wire = registry.wire();
    for path in ["/", "/p/acme/evil", "/p/acme/evil/1.0.0", "/?q=alert"] {
        let got = wire.get(path);
        assert_eq!(got.status, 200, "{path}");
        let html = got.text();
        for bad in [
            "<script",
            "<img",
            "<svg",
            "<style",
            "<b ",
            "<a href=\"javascript",
            "<a href=\"data",
        ] {
            assert!(!html.contains(bad), "{path}: {bad}: {html}");
        }
        assert!(!html.contains('\u{202e}'), "{path}");
    }
    let got = wire.get("/api/search?q=evil");
    assert_eq!(got.header("content-type"), Some("application/json"));
    assert_eq!(got.header("x-content-type-options"), Some("nosniff"));
}

#[test]
fn names_of_interfaces_are_text() {
    use std::collections::BTreeMap;
    let artifact = package(
        "review",
        "1.0.0",
        MANIFEST,
        &[("components/reviewer.wasm", &wat::parse_str(ENGINE).unwrap())],
    );
    // As a liar would write it.
    let evil = "<script>alert(1)</script>".to_owned();
    let lie = cm_distribution::Interfaces {
        imports: BTreeMap::from([(evil.clone(), vec![evil.clone(), format!("[method]{evil}")])]),
        exports: BTreeMap::from([(evil.clone(), vec![])]),
    };
    let about = crate::shelf::About {
        manifest: artifact.config().manifest.clone(),
        components: BTreeMap::from([("components/reviewer.wasm".to_owned(), lie)]),
        files: 1,
        workflows: false,
        size: 1,
        readme: None,
        annotations: BTreeMap::new(),
    };
    let html = crate::web::interfaces::section(&about);
    assert!(
        html.contains("&lt;script&gt;") && !html.contains("<script"),
        "{html}"
    );
}

#[test]
fn searching_by_program() {
    let registry = registry();
    let got = registry.wire().get("/api/search?q=fix&n=1");
    let read: serde_json::Value = serde_json::from_slice(&got.body).unwrap();
    assert_eq!(read["total"], 2);
    assert_eq!(read["packages"].as_array().unwrap().len(), 1);
    let got = registry.wire().get("/api/search?q=review");
    let read: serde_json::Value = serde_json::from_slice(&got.body).unwrap();
    let first = &read["packages"][0];
    assert_eq!(first["name"], "acme/review");
    assert_eq!(first["version"], "1.1.0");
    assert_eq!(first["capabilities"]["programs"][1], "git");
    assert_eq!(first["components"][0], "engine");
}

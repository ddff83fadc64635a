//! `cm registry`: what is known of registries, signing in, and serving one.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    os::unix::fs::PermissionsExt as _,
    process::{Child, Stdio},
};

use rustix::process::Signal;
use serde_json::Value;
use snapbox::str;

use crate::support::{Cm, PATIENCE, Ran, end, same, signal};

/// A registry that is served by `cm`.
pub(crate) struct Served {
    child: Option<Child>,
    /// `http://127.0.0.1:PORT`.
    pub(crate) url: String,
}

impl Served {
    /// Starts `cm registry serve` on a free port.
    pub(crate) fn start(cm: &Cm, arguments: &[&str]) -> Self {
        let mut command = cm.command(["registry", "serve", "--listen", "127.0.0.1:0"]);
        let mut child = command
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("cm starts");
        let mut url = String::new();
        let out = child.stdout.as_mut().expect("its output");
        BufReader::new(out).read_line(&mut url).expect("a line");
        assert!(url.starts_with("http://127.0.0.1:"), "{url:?}");
        Self {
            child: Some(child),
            url: url.trim_end().to_owned(),
        }
    }

    fn host(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// What a browser gets for a page.
    fn page(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.host()).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let host = self.host();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        )
        .expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer
    }

    /// Ends it as Ctrl-C does.
    fn stop(mut self, cm: &Cm) -> Ran {
        let child = self.child.take().expect("it runs");
        signal(child.id(), Signal::INT);
        cm.finished(child)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            end(child.id());
            let _ = child.wait();
        }
    }
}

/// With a package in `NAME/`, which asks for a shell.
pub(crate) fn package(cm: &Cm, name: &str, version: &str, more: &str) {
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"{version}\"\n{more}\n\
         [capabilities]\nprograms = [\"sh\"]\n"
    );
    cm.write(&format!("{name}/cm.toml"), manifest);
    cm.write(
        &format!("{name}/workflow.yaml"),
        "name: Any\nsteps: [{ run: 'true' }]\n",
    );
}

/// `cm registry login`, with the password on its standard input.
fn login(cm: &Cm, registry: &str, password: &str) -> Ran {
    let mut command = cm.command(["registry", "login", registry, "--password-stdin"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cm starts");
    let mut input = child.stdin.take().expect("its input");
    writeln!(input, "{password}").expect("it reads");
    drop(input);
    cm.finished(child)
}

/// Makes a token.
fn token(cm: &Cm, arguments: &[&str]) -> String {
    let all = ["registry", "token", "--file", "tokens.toml"];
    let ran = cm.run(all.iter().chain(arguments)).code(0);
    ran.out().trim().to_owned()
}

#[test]
fn registries_are_added_and_removed() {
    let cm = Cm::bare();
    cm.run(["registry", "list"])
        .stdout(str![[r#"
NAME  ADDRESS  NAMESPACES  NEW VERSIONS WAIT
local  [ROOT]/home/.codemachine/registry  all others

"#]])
        .code(0);
    cm.run([
        "registry",
        "add",
        "team",
        "https://registry.example.com/team/",
        "--namespace",
        "acme",
        "--cooldown-days",
        "1",
    ])
    .stderr(str![[r#"
Added the registry team: https://registry.example.com/team
If it wants to know who you are: cm registry login team

"#]])
    .code(0);
    cm.run(["registry", "add", "mirror", "./packages", "--default"])
        .code(0);
    cm.run(["registry", "list"])
        .stdout(str![[r#"
NAME  ADDRESS  NAMESPACES  NEW VERSIONS WAIT
local  [ROOT]/home/.codemachine/registry
[RUN]  [ROOT]/project/packages  all others
team  https://registry.example.com/team  acme  1 day

"#]])
        .code(0);
    let file = fs::read_to_string(cm.home().join("registries.toml")).expect("a file");
    same(
        &file.replace(&cm.root().display().to_string(), "[ROOT]"),
        str![[r#"
default = "mirror"
# The registries that cm knows. A name belongs to one of them: its namespace's, or
# else the default one. `cm registry` changes this file; so may you.

[registries.team]
url = "https://registry.example.com/team"
namespaces = ["acme"]
cooldown-days = 1

[registries.mirror]
url = "[ROOT]/project/packages"

"#]],
    );
    let rows = cm.json(["registry", "list", "--json"]);
    let schema = cm.json(["schema", "registries"]);
    assert!(jsonschema::is_valid(&schema, &rows), "{rows}");
    cm.run(["registry", "remove", "mirror"])
        .says("The default one is `local` now")
        .code(0);
    cm.run(["registry", "default", "team"]).code(0);
    for (arguments, said) in [
        (
            vec![
                "add",
                "other",
                "https://x.example.com",
                "--namespace",
                "acme",
            ],
            "belongs to",
        ),
        (vec!["add", "other", "http://x.example.com"], "use https"),
        (
            vec!["add", "other", "https://ada:secret@x.example.com"],
            "cm registry login",
        ),
        (
            vec!["add", "other", "packages"],
            "neither a URL nor the path",
        ),
        (vec!["remove", "local"], "always there"),
        (vec!["remove", "nobody"], "there is local, team"),
        (vec!["default", "nobody"], "there is local, team"),
        (vec!["login", "local"], "is a directory"),
        (vec!["login", "nobody"], "there is local, team"),
    ] {
        let ran = cm
            .run(["registry"].iter().chain(&arguments))
            .says(said)
            .calm();
        assert_ne!(ran.output().status.code(), Some(0), "{ran}");
    }
}

#[test]
fn a_registry_that_anybody_here_may_use() {
    let cm = Cm::new();
    let served = Served::start(&cm, &["packages"]);
    package(&cm, "review", "1.0.0", "");
    let arguments = [
        "publish",
        "review",
        "--namespace",
        "acme",
        "--registry",
        &served.url,
    ];
    cm.run(arguments).code(0);
    let page = served.page("/");
    assert!(page.contains("acme/review") && page.contains("cm registry add team http://"));

    let other = Cm::new();
    let add = [
        "registry",
        "add",
        "team",
        &served.url,
        "--namespace",
        "acme",
    ];
    other
        .run(add.iter().chain(&["--cooldown-days", "0"]))
        .code(0);
    other.run(["install", "acme/review", "--yes"]).code(0);
    other.run(["list"]).says("acme/review").code(0);
    other
        .run(["verify"])
        .stdout(str![[r#"
NAME  VERSION  STATE  SIGNED BY  BUILT FROM
acme/review  1.0.0  ok  nobody

"#]])
        .stderr("1 version is as it was installed\n")
        .code(0);
    served.stop(&cm).says("Ended").code(0);
    // What was installed needs no registry.
    other.run(["verify", "--offline"]).code(0);
    other.run(["audit"]).says("cannot be reached").code(1);
}

#[test]
fn tokens_say_who_may_do_what() {
    let cm = Cm::new();
    let writer = token(&cm, &["ci", "--write", "--namespace", "acme"]);
    let reader = token(&cm, &["ada"]);
    let file = cm.read("tokens.toml");
    assert!(!file.contains(&writer) && !file.contains(&reader), "{file}");
    let served = Served::start(&cm, &["packages", "--token-file", "tokens.toml"]);
    let url = served.url.as_str();
    package(&cm, "review", "1.0.0", "");
    let publish = [
        "publish",
        "review",
        "--namespace",
        "acme",
        "--registry",
        url,
    ];

    cm.run(publish)
        .says("wants credentials (401)")
        .says("cm registry login 127.0.0.1")
        .code(1);
    assert!(served.page("/").starts_with("HTTP/1.1 401"));
    let config = cm.root().join("home/.docker/config.json");
    login(&cm, url, "wrong")
        .says("does not accept the credentials")
        .code(1);
    assert!(!config.exists());

    login(&cm, url, &reader).code(0);
    cm.run(publish).says("for reading only").code(1);
    // What others have there stays.
    let mut own: Value = serde_json::from_slice(&fs::read(&config).expect("a file")).expect("JSON");
    own["auths"]["other.example.com"] = serde_json::json!({ "auth": "YTpi" });
    own["HttpHeaders"] = serde_json::json!({ "X": "y" });
    fs::write(&config, own.to_string()).expect("a file");
    login(&cm, served.host(), &writer)
        .stderr(str![[r#"
Signed in at http://127.0.0.1:[PORT] as token
The password is in [ROOT]/home/.docker/config.json, which only you can read

"#]])
        .says_not(&writer)
        .code(0);
    let now: Value = serde_json::from_slice(&fs::read(&config).expect("a file")).expect("JSON");
    assert_eq!(now["HttpHeaders"], own["HttpHeaders"]);
    assert_eq!(
        now["auths"]["other.example.com"],
        own["auths"]["other.example.com"]
    );
    assert_ne!(now["auths"][served.host()], own["auths"][served.host()]);
    let mode = fs::metadata(&config).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    cm.run(publish).code(0);
    let elsewhere = [
        "publish",
        "review",
        "--namespace",
        "other",
        "--registry",
        url,
    ];
    cm.run(elsewhere).says("not for other/review").code(1);

    let other = Cm::new();
    other
        .run([
            "registry",
            "add",
            "team",
            url,
            "--default",
            "--cooldown-days",
            "0",
        ])
        .code(0);
    other
        .run(["install", "acme/review", "--yes"])
        .says("401")
        .code(1);
    login(&other, "team", &reader).code(0);
    other.run(["install", "acme/review", "--yes"]).code(0);
}

#[test]
fn reading_may_be_for_everybody() {
    let cm = Cm::new();
    let writer = token(&cm, &["ci", "--write"]);
    let arguments = [
        "packages",
        "--token-file",
        "tokens.toml",
        "--anonymous-read",
    ];
    let served = Served::start(&cm, &arguments);
    assert!(served.page("/").starts_with("HTTP/1.1 200"));
    package(&cm, "review", "1.0.0", "");
    let publish = ["publish", "review", "--registry", &served.url];
    cm.run(publish).says("401").code(1);
    login(&cm, &served.url, "wrong")
        .says("does not accept")
        .code(1);
    login(&cm, &served.url, &writer).code(0);
    cm.run(publish).code(0);
    let other = Cm::new();
    other
        .run(["info", "review", "--registry", &served.url])
        .says("1.0.0")
        .code(0);
}

#[test]
fn programs_that_keep_passwords_are_used() {
    let cm = Cm::new().program("docker-credential-test", "cat > \"$HOME/kept\"");
    let secret = token(&cm, &["ada"]);
    let served = Served::start(&cm, &["packages", "--token-file", "tokens.toml"]);
    let docker = cm.root().join("home/.docker");
    fs::create_dir(&docker).expect("a directory");
    fs::write(docker.join("config.json"), r#"{ "credsStore": "test" }"#).expect("a file");
    login(&cm, &served.url, &secret)
        .says("kept by docker-credential-test")
        .code(0);
    let kept = fs::read_to_string(cm.root().join("home/kept")).expect("it was started");
    let kept: Value = serde_json::from_str(&kept).expect("JSON");
    assert_eq!(
        (kept["ServerURL"].as_str(), kept["Secret"].as_str()),
        (Some(served.host()), Some(&*secret))
    );
    let config = fs::read_to_string(docker.join("config.json")).expect("a file");
    assert!(
        config.contains("credsStore") && !config.contains("\"auth\""),
        "{config}"
    );
}

#[test]
fn pages_show_what_packages_say_as_text() {
    let cm = Cm::new();
    let served = Served::start(&cm, &["packages"]);
    let evil = r#"description = "<script>alert(1)</script><img src=x onerror=alert(2)>""#;
    package(&cm, "evil", "1.0.0", evil);
    cm.write(
        "evil/README.md",
        "# <svg onload=x>\n\n[a](javascript:alert(1)) <script>y</script>\n",
    );
    cm.run([
        "publish",
        "evil",
        "--namespace",
        "acme",
        "--registry",
        &served.url,
    ])
    .code(0);
    for path in [
        "/",
        "/p/acme/evil",
        "/p/acme/evil/1.0.0",
        "/?q=%3Cscript%3E",
        "/p/acme/%3Cb%3E",
    ] {
        let page = served.page(path);
        let policy = "content-security-policy: default-src 'none'; style-src 'self'";
        assert!(page.contains(policy), "{path}: {page}");
        for bad in ["<script", "<img", "<svg", "<b>alert", "href=\"javascript"] {
            assert!(!page.contains(bad), "{path}: {bad}: {page}");
        }
    }
    // A name that is no name does not get there, and asks nobody.
    cm.run(["info", "acme/<b>", "--registry", &served.url])
        .calm()
        .code(2);
}

#[test]
fn what_is_served_is_guarded() {
    let cm = Cm::new();
    cm.run(["registry", "serve", "packages", "--listen", "0.0.0.0:0"])
        .says("there are no tokens")
        .says("--token-file FILE")
        .code(1);
    // A person's own registry: what lies there counts as theirs.
    package(&cm, "review", "1.0.0", "");
    cm.run(["publish", "review"]).code(0);
    let served = Served::start(&cm, &[]);
    assert!(served.page("/").contains("review"));
    package(&cm, "review", "1.1.0", "");
    cm.run(["publish", "review", "--registry", &served.url])
        .says("for reading only")
        .code(1);
    let port = served.host().to_owned();
    cm.run(["registry", "serve", "packages", "--listen", &port])
        .says("another program listens there")
        .code(1);
    for (text, said) in [("tokens = 1", "line 1"), ("", "it has no tokens")] {
        cm.write("bad.toml", text);
        cm.run(["registry", "serve", "packages", "--token-file", "bad.toml"])
            .says(said)
            .code(1);
    }
    cm.run(["registry", "serve", "bad.toml"])
        .says("is not a directory")
        .code(2);
    served.stop(&cm).code(0);
}

//! The registries that the same things are done with.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Instant,
};

use crate::support::{Cm, PATIENCE};

/// `ada` with the password `secret`.
const HTPASSWD: &str = "ada:$2y$05$IvLfD/AY42EHmdj8uP5Sz.3uypwk9vwtDERpmeOKHYDKCYlW0FPb2\n";

/// A registry that several machines can reach.
pub(super) struct Registry {
    pub(super) url: String,
    /// Of `ada`; empty where nobody is asked for one.
    password: String,
    process: Option<Child>,
    _directory: tempfile::TempDir,
}

impl Drop for Registry {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

impl Registry {
    /// A directory.
    pub(super) fn directory() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        Self {
            url: directory.path().join("registry").display().to_string(),
            password: String::new(),
            process: None,
            _directory: directory,
        }
    }

    /// The one that companies run, with a password; none where it is not installed.
    pub(super) fn docker() -> Option<Self> {
        let program = docker_registry()?;
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path().display();
        let port = free_port();
        fs::write(directory.path().join("htpasswd"), HTPASSWD).expect("a file");
        let file = directory.path().join("config.yml");
        let config = format!(
            "version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: {root}/data\n\
             http:\n  addr: 127.0.0.1:{port}\nauth:\n  htpasswd:\n    realm: test\n    path: {root}/htpasswd\n"
        );
        fs::write(&file, config).expect("a file");
        let process = Command::new(program)
            .arg("serve")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < PATIENCE, "docker-registry does not start");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        Some(Self {
            url: format!("http://127.0.0.1:{port}/team"),
            password: "secret".into(),
            process: Some(process),
            _directory: directory,
        })
    }

    /// The one that is part of `cm`, where who publishes needs a token.
    pub(super) fn embedded() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let tokens = directory.path().join("tokens.toml");
        let cm = Cm::bare();
        let made = cm.ran({
            let mut command = cm.command(["registry", "token", "ada", "--write", "--file"]);
            command.arg(&tokens);
            command
        });
        let token = made.code(0).out().trim().to_owned();
        let mut process = cm
            .command(["registry", "serve", "--listen", "127.0.0.1:0"])
            .arg("--token-file")
            .arg(&tokens)
            .arg(directory.path().join("packages"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let mut url = String::new();
        let out = process.stdout.take().expect("it was piped");
        BufReader::new(out).read_line(&mut url).expect("a line");
        Self {
            url: url.trim().to_owned(),
            password: token,
            process: Some(process),
            _directory: directory,
        }
    }

    /// Signs this machine in.
    pub(super) fn sign_in(&self, cm: &Cm) {
        if self.password.is_empty() {
            return;
        }
        let arguments = [
            "registry",
            "login",
            &self.url,
            "--user",
            "ada",
            "--password-stdin",
        ];
        let mut child = cm
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("cm starts");
        let mut stdin = child.stdin.take().expect("it was piped");
        writeln!(stdin, "{}", self.password).expect("it listens");
        drop(stdin);
        cm.finished(child).code(0);
    }

    /// Makes it the registry of the namespace `acme`, whose new versions are taken at once.
    pub(super) fn add_to(&self, cm: &Cm) {
        cm.run([
            "registry",
            "add",
            "team",
            &self.url,
            "--namespace",
            "acme",
            "--cooldown-days",
            "0",
        ])
        .code(0);
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// Where Debian's registry is, if it is.
fn docker_registry() -> Option<PathBuf> {
    let named = std::env::var_os("CM_DOCKER_REGISTRY").map(PathBuf::from);
    let usual = ["/usr/bin/docker-registry", "/usr/local/bin/docker-registry"];
    let mut all = named.into_iter().chain(usual.map(PathBuf::from));
    let found = all.find(|path| path.exists());
    if found.is_none() {
        crate::support::skipped("docker-registry", "it is not installed");
    }
    found
}

//! Against the registry that Debian has, `docker-registry`. Skipped where it is
//! not installed, unless CM_REQUIRE_REGISTRY=1.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use super::*;
use tempfile::TempDir;

/// `ada` with the password `secret`.
const HTPASSWD: &str = "ada:$2y$05$IvLfD/AY42EHmdj8uP5Sz.3uypwk9vwtDERpmeOKHYDKCYlW0FPb2\n";

struct Registry {
    process: Child,
    port: u16,
    directory: TempDir,
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Registry {
    fn start(guarded: bool) -> Option<Self> {
        let named = std::env::var_os("CM_DOCKER_REGISTRY").map(PathBuf::from);
        let usual = ["/usr/bin/docker-registry", "/usr/local/bin/docker-registry"];
        let mut all = named.into_iter().chain(usual.map(PathBuf::from));
        let Some(program) = all.find(|path| path.exists()) else {
            let required = std::env::var("CM_REQUIRE_REGISTRY").is_ok_and(|it| it == "1");
            assert!(!required, "docker-registry is not installed");
            eprintln!("skipped: docker-registry is not installed");
            return None;
        };
        let directory = TempDir::new().unwrap();
        let root = directory.path().display();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let auth = if guarded {
            fs::write(directory.path().join("htpasswd"), HTPASSWD).unwrap();
            format!("auth:\n  htpasswd:\n    realm: test\n    path: {root}/htpasswd\n")
        } else {
            String::new()
        };
        let config = format!(
            "version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: {root}/data\n\
             http:\n  addr: 127.0.0.1:{port}\n{auth}"
        );
        let file = directory.path().join("config.yml");
        fs::write(&file, config).unwrap();
        let process = Command::new(program)
            .arg("serve")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "it does not start"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(Self {
            process,
            port,
            directory,
        })
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/team", self.port)
    }

    fn blob(&self, digest: Digest) -> std::path::PathBuf {
        let hex = digest.hex();
        let blobs = self
            .directory
            .path()
            .join("data/docker/registry/v2/blobs/sha256");
        blobs.join(&hex[..2]).join(hex).join("data")
    }
}

#[test]
fn docker_registry() {
    let Some(registry) = Registry::start(false) else {
        return;
    };
    let remote = Remote::with_credentials(&registry.url(), None).unwrap();
    behaves(&remote, "acme");
    let names = remote.names().unwrap().unwrap();
    assert_eq!(names, [name()]);

    // Somebody changes what the registry holds.
    let artifact = package("review", "3.0.0", "");
    remote.publish(&name(), &artifact).unwrap();
    let layer = &artifact.contents.manifest.layers[0];
    let file = registry.blob(layer.digest);
    let mut bytes = fs::read(&file).unwrap();
    bytes[600] ^= 1;
    fs::write(&file, &bytes).unwrap();
    let error = remote.small_blob(&name(), layer, 1 << 20).unwrap_err();
    assert!(matches!(error, Error::Mismatch { .. }), "{error}");
}

#[test]
fn docker_registry_with_passwords() {
    let Some(registry) = Registry::start(true) else {
        return;
    };
    let with = |credentials| Remote::with_credentials(&registry.url(), credentials).unwrap();
    behaves(&with(password("secret")), "acme");
    for (credentials, known) in [(None, false), (password("wrong"), true)] {
        let remote = with(credentials);
        let version = Version::new(1, 2, 0);
        for error in [
            remote.versions(&name()).unwrap_err(),
            remote
                .contents(&name(), Which::Version(&version))
                .unwrap_err(),
            remote
                .publish(&name(), &package("review", "4.0.0", ""))
                .unwrap_err(),
        ] {
            match &error {
                Error::Registry(RegistryError::Unauthorized { known: said, .. }) => {
                    assert_eq!(*said, known)
                }
                _ => panic!("{error}"),
            }
            assert!(
                error
                    .help()
                    .unwrap()
                    .contains("cm registry login 127.0.0.1"),
                "{error}"
            );
        }
    }
    let remote = with(password("secret"));
    assert!(remote.versions(&name()).unwrap().len() == 2);

    // The credentials that Docker keeps, in the file and with a helper.
    let home = TempDir::new().unwrap();
    let host = format!("127.0.0.1:{}", registry.port);
    let file = format!(r#"{{"auths":{{"{host}":{{"auth":"YWRhOnNlY3JldA=="}}}}}}"#);
    assert!(as_child(&registry, home.path(), &file));
    let helper = home.path().join("docker-credential-cmtest");
    fs::write(
        &helper,
        "#!/bin/sh\nread host\n[ \"$1\" = get ] && [ \"$host\" = \"$HOST\" ] && echo '{\"Username\":\"ada\",\"Secret\":\"secret\"}'\n",
    )
    .unwrap();
    #[cfg(unix)]
    fs::set_permissions(&helper, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let file = format!(r#"{{"credHelpers":{{"{host}":"cmtest"}}}}"#);
    assert!(as_child(&registry, home.path(), &file));
    // Those for another host are not for this one.
    let file = r#"{"auths":{"127.0.0.1:1":{"auth":"YWRhOnNlY3JldA=="}}}"#;
    assert!(!as_child(&registry, home.path(), file));
}

/// Runs the test below in a process with another environment.
fn as_child(registry: &Registry, home: &Path, config: &str) -> bool {
    fs::write(home.join("config.json"), config).unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let status = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "--ignored",
            "remote::tests::real::with_dockers_credentials",
        ])
        .env("DOCKER_CONFIG", home)
        .env("PATH", format!("{}:{path}", home.display()))
        .env("HOST", format!("127.0.0.1:{}", registry.port))
        .env("CM_TEST_URL", registry.url())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.unwrap().success()
}

#[test]
#[ignore = "run by the test above"]
fn with_dockers_credentials() {
    let remote = Remote::new(&std::env::var("CM_TEST_URL").unwrap()).unwrap();
    remote.versions(&name()).unwrap();
}

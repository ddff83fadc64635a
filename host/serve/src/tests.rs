use std::{net::SocketAddr, sync::Arc, thread::JoinHandle};

use cm_distribution::{Artifact, Credentials, Layout, MakeOptions, Name, Remote};
use cm_registry::Package;
use cm_types::Digest;
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::{Access, Limits, Options, Server, Token, Tokens};

mod crash;
mod guarded;
mod pages;
mod raw;
mod remote;
mod speed;
mod wire;

use wire::Wire;

/// A registry in a directory of its own.
struct Registry {
    directory: Arc<TempDir>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Registry {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Registry {
    fn start() -> Self {
        Self::with(Options::default())
    }

    fn with(options: Options) -> Self {
        Self::over(Arc::new(TempDir::new().unwrap()), options)
    }

    fn over(directory: Arc<TempDir>, mut options: Options) -> Self {
        options.listen.set_port(0);
        let layout = Layout::at(directory.path().join("registry"));
        let (stop, stopped) = oneshot::channel::<()>();
        let (tell, address) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let server = Server::bind(layout, options).await.unwrap();
                tell.send(server.address()).unwrap();
                let end = async {
                    let _ = stopped.await;
                };
                server.run(end).await;
            });
        });
        Self {
            directory,
            address: address.recv().unwrap(),
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Guarded: `reader`, `acme` (writes in acme) and `all` (writes everywhere).
    fn guarded(anonymous_read: bool) -> Self {
        let token = |name: &str, access, namespaces: Option<&str>| Token {
            name: name.to_owned(),
            sha256: Digest::of(format!("{name}-secret").as_bytes()),
            access,
            namespaces: namespaces.map(|one| [one.to_owned()].into()),
        };
        let tokens = Tokens::new(vec![
            token("reader", Access::Read, None),
            token("acme", Access::Write, Some("acme")),
            token("all", Access::Write, None),
        ]);
        Self::with(Options {
            tokens: Some(tokens),
            anonymous_read,
            ..Options::default()
        })
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn layout(&self) -> Layout {
        Layout::at(self.directory.path().join("registry"))
    }

    fn remote(&self, token: Option<&str>) -> Remote {
        let credentials = token.map(|token| Credentials::Password {
            user: "whoever".into(),
            password: token.to_owned(),
        });
        Remote::with_credentials(&self.url(), credentials).unwrap()
    }

    fn wire(&self) -> Wire {
        Wire::to(self.address)
    }
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// A package with these files beside its `cm.toml`.
fn package(of: &str, version: &str, more: &str, files: &[(&str, &[u8])]) -> Artifact {
    let directory = TempDir::new().unwrap();
    let text = format!("[package]\nname = \"{of}\"\nversion = \"{version}\"\n{more}");
    std::fs::write(directory.path().join("cm.toml"), text).unwrap();
    for (path, bytes) in files {
        let path = directory.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let package = Package::open(directory.path()).unwrap();
    Artifact::make(&package, &MakeOptions::default()).unwrap()
}

/// Bytes that no program makes shorter.
fn noise(length: usize, mut seed: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length);
    while bytes.len() < length {
        seed = seed
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        bytes.extend_from_slice(&seed.to_be_bytes()[..4]);
    }
    bytes.truncate(length);
    bytes
}

/// Limits that a test can wait for.
fn hasty() -> Limits {
    Limits {
        head: std::time::Duration::from_millis(300),
        silence: std::time::Duration::from_millis(500),
        slowest: 1 << 20,
        ..Limits::default()
    }
}

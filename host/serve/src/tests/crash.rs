//! The server's process is killed in the middle of uploads, again and again.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use cm_distribution::{Source, Which};

use super::*;

const ROUNDS: usize = 25;

struct Process(Child, String);

impl Process {
    /// The same program, running nothing but the function below.
    fn start(root: &std::path::Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "--ignored",
                "--nocapture",
                "tests::crash::only_serve",
            ])
            .env("CM_TEST_LAYOUT", root)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.map_while(Result::ok).find_map(|line| {
            line.split_once("listens on ")
                .map(|(_, address)| address.to_owned())
        });
        Self(child, format!("http://{}", line.unwrap()))
    }

    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[tokio::test]
#[ignore = "run by the test below, in a process of its own"]
async fn only_serve() {
    let root = std::env::var_os("CM_TEST_LAYOUT").unwrap();
    let options = Options {
        listen: "127.0.0.1:0".parse().unwrap(),
        ..Options::default()
    };
    let server = Server::bind(Layout::at(root), options).await.unwrap();
    println!("listens on {}", server.address());
    server.run(std::future::pending()).await;
}

#[test]
fn a_killed_server_leaves_a_good_layout() {
    let directory = TempDir::new().unwrap();
    let root = directory.path().join("registry");
    let name = name("acme/review");
    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        let process = Process::start(&root);
        let remote = Remote::with_credentials(&process.1, None).unwrap();
        let artifact = package(
            "review",
            &format!("1.0.{round}"),
            "",
            &[
                ("a.bin", &noise(1 << 20, round as u64)),
                ("README.md", b"# Read me"),
            ],
        );
        let publishing = {
            let name = name.clone();
            thread::spawn(move || remote.publish(&name, &artifact).ok().map(|_| artifact))
        };
        // At another moment each time: an upload takes some of these.
        thread::sleep(Duration::from_millis(2 * round as u64));
        process.kill();
        acknowledged.extend(publishing.join().unwrap());

        let layout = Layout::at(&root);
        let versions = layout.versions(&name).unwrap_or_default();
        for version in &versions {
            let (_, contents) = layout.contents(&name, Which::Version(version)).unwrap();
            for blob in contents.manifest.blobs() {
                layout.small_blob(&name, blob, 1 << 30).unwrap();
            }
        }
        for artifact in &acknowledged {
            let version = &artifact.config().manifest.package.version;
            let there = layout.manifest(&name, Which::Version(version)).unwrap();
            assert_eq!(there.digest, artifact.digest());
        }
    }
    // What the killed ones left is removed by the next, and all goes on.
    let process = Process::start(&root);
    let remote = Remote::with_credentials(&process.1, None).unwrap();
    let last = package("review", "2.0.0", "", &[]);
    remote.publish(&name, &last).unwrap();
    let open = || fs::read_dir(root.join("uploads/open")).unwrap().count();
    for _ in 0..600 {
        if open() == 0 {
            break;
        }
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(open(), 0);
    process.kill();
}

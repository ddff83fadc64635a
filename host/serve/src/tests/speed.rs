//! How long a package of 5 MB takes; printed, and bounded generously.

use std::time::{Duration, Instant};

use cm_distribution::Source;

use super::*;

#[test]
fn five_megabytes() {
    let registry = Registry::start();
    let mut published = Vec::new();
    let mut fetched = Vec::new();
    for round in 0..5 {
        let name = name("acme/large");
        let artifact = package(
            "large",
            &format!("1.0.{round}"),
            "",
            &[
                ("a.bin", &noise(5 << 20, 77 + round)),
                ("README.md", b"# Large"),
            ],
        );
        let start = Instant::now();
        registry.remote(None).publish(&name, &artifact).unwrap();
        published.push(start.elapsed());
        let start = Instant::now();
        let remote = registry.remote(None);
        let version = &artifact.config().manifest.package.version;
        let (_, contents) = remote
            .contents(&name, cm_distribution::Which::Version(version))
            .unwrap();
        for layer in &contents.manifest.layers {
            remote.small_blob(&name, layer, 1 << 30).unwrap();
        }
        fetched.push(start.elapsed());
    }
    published.sort();
    fetched.sort();
    println!(
        "5 MB: published in {:?}, fetched in {:?} (medians)",
        published[2], fetched[2]
    );
    assert!(published[2] < Duration::from_secs(10) && fetched[2] < Duration::from_secs(10));
}

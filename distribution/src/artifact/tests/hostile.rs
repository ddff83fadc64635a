//! Artifacts that somebody made to do harm. Their digests are right: whoever
//! makes an artifact works them out.

use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::oci::{self, Descriptor, Document};

/// An artifact whose config and layers were changed and whose manifest fits them.
pub(crate) struct Forged {
    pub(crate) config: Value,
    pub(crate) manifest: Value,
    pub(crate) blobs: BTreeMap<Digest, Vec<u8>>,
}

impl Forged {
    pub(crate) fn new() -> Self {
        let artifact = made(&files()).unwrap();
        Self {
            config: serde_json::to_value(artifact.config()).unwrap(),
            manifest: serde_json::from_slice(&artifact.manifest.bytes).unwrap(),
            blobs: artifact.blobs.clone(),
        }
    }

    pub(crate) fn file(&mut self, path: &str) -> &mut Value {
        let files = self.config["files"].as_array_mut().unwrap();
        files.iter_mut().find(|file| file["path"] == path).unwrap()
    }

    /// Makes the table of files sorted and its digest right.
    pub(crate) fn settle(&mut self) {
        let files = self.config["files"].as_array_mut().unwrap();
        files.sort_by_key(|file| file["path"].as_str().unwrap().to_owned());
        let table: Vec<FileEntry> = serde_json::from_value(self.config["files"].clone()).unwrap();
        let digest =
            cm_registry::package_digest(table.iter().map(|file| (file.path.as_str(), file.digest)));
        self.config["digest"] = json!(digest);
    }

    pub(crate) fn layer(&mut self, media_type: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let layers = self.manifest["layers"].as_array_mut().unwrap();
        let layer = layers
            .iter_mut()
            .find(|layer| layer["mediaType"] == media_type);
        let layer = layer.unwrap();
        let digest: Digest = layer["digest"].as_str().unwrap().parse().unwrap();
        let mut bytes = self.blobs.remove(&digest).unwrap();
        change(&mut bytes);
        let new = Descriptor::of(media_type, &bytes);
        layer["digest"] = json!(new.digest);
        layer["size"] = json!(new.size);
        self.blobs.insert(new.digest, bytes);
    }

    /// Puts other bytes in the place of a prompt's, and makes all else fit.
    pub(crate) fn replace(&mut self, path: &str, bytes: &[u8]) {
        let file = self.file(path);
        file["digest"] = json!(Digest::of(bytes));
        file["size"] = json!(bytes.len());
        self.settle();
        let config: Config = serde_json::from_value(self.config.clone()).unwrap();
        let files = files();
        let prompts = config.files_in(place::Place::Prompts).map(|file| {
            let known = files.iter().find(|(known, _)| *known == file.path).unwrap();
            let new = file.path == path;
            (file.path.as_str(), if new { bytes } else { &known.1 })
        });
        let archive = archive::write(prompts);
        self.layer(oci::PROMPTS, |bytes| *bytes = archive);
    }

    /// As somebody would publish it: the manifest, and all blobs.
    pub(crate) fn parts(&self) -> (Vec<u8>, BTreeMap<Digest, Vec<u8>>) {
        let config = canonical::to_vec(&self.config).unwrap();
        self.parts_with(config)
    }

    pub(crate) fn parts_with(&self, config: Vec<u8>) -> (Vec<u8>, BTreeMap<Digest, Vec<u8>>) {
        let mut manifest = self.manifest.clone();
        let descriptor = Descriptor::of(oci::CONFIG, &config);
        manifest["config"] = serde_json::to_value(&descriptor).unwrap();
        let mut blobs = self.blobs.clone();
        blobs.insert(descriptor.digest, config);
        (canonical::to_vec(&manifest).unwrap(), blobs)
    }

    fn read(&self) -> Result<Artifact, Error> {
        let config = canonical::to_vec(&self.config).unwrap();
        self.with_config(&config)
    }

    fn with_config(&self, config: &[u8]) -> Result<Artifact, Error> {
        let mut manifest = self.manifest.clone();
        manifest["config"] = serde_json::to_value(Descriptor::of(oci::CONFIG, config)).unwrap();
        let manifest = Document::new(canonical::to_vec(&manifest).unwrap());
        let contents = Contents::read("review 1.2.0", &manifest.bytes, config)?;
        Ok(Artifact {
            manifest,
            contents,
            blobs: self.blobs.clone(),
        })
    }

    /// Why it is refused, and that nothing was written.
    #[track_caller]
    fn refused(&self) -> String {
        let directory = TempDir::new().unwrap();
        let into = directory.path().join("package");
        let error = self
            .read()
            .and_then(|artifact| artifact.contents.unpack("review 1.2.0", &artifact, &into))
            .expect_err("a forged artifact was taken");
        assert_eq!(tree(directory.path()), []);
        assert!(!into.exists());
        error.to_string()
    }
}

#[test]
fn a_forgery_without_a_change_is_the_artifact() {
    let mut forged = Forged::new();
    forged.settle();
    let artifact = forged.read().unwrap();
    assert_eq!(artifact.digest(), made(&files()).unwrap().digest());
    unpacked(&artifact).unwrap();
}

#[test]
fn paths_that_lead_elsewhere() {
    for path in [
        "../evil",
        "/etc/passwd",
        "a/../../evil",
        "a//b",
        "./a",
        "a\\..\\b",
        "C:evil",
        ".git/hooks/x",
        "a\u{0}b",
        "",
        "assets/EMPTY",
        "assets/empty/x",
        "AGENTS/x",
        "assets/\u{ff45}mpty",
    ] {
        let mut forged = Forged::new();
        let mut twin = forged.file("assets/empty").clone();
        twin["path"] = json!(path);
        forged.config["files"].as_array_mut().unwrap().push(twin);
        forged.settle();
        let why = forged.refused();
        assert!(why.contains("is refused"), "{path:?}: {why}");
    }
}

#[test]
fn tables_that_lie() {
    let mut twice = Forged::new();
    let again = twice.file("workflow.yaml").clone();
    twice.config["files"].as_array_mut().unwrap().push(again);
    twice.settle();
    assert!(twice.refused().contains("out of order"));

    let mut order = Forged::new();
    order.config["files"].as_array_mut().unwrap().reverse();
    assert!(order.refused().contains("out of order"));

    let mut missing = Forged::new();
    let files = missing.config["files"].as_array_mut().unwrap();
    files.retain(|file| file["path"] != "dist/mine.wasm");
    missing.settle();
    assert!(missing.refused().contains("does not hold"));

    let mut unlisted = Forged::new();
    let files = unlisted.config["files"].as_array_mut().unwrap();
    files.retain(|file| file["path"] != "agents/planner.md");
    unlisted.settle();
    assert!(unlisted.refused().contains("its files make"));

    let mut extra = Forged::new();
    let ghost = json!({"path": "assets/ghost", "size": 3, "digest": Digest::of(b"boo")});
    extra.config["files"].as_array_mut().unwrap().push(ghost);
    extra.settle();
    assert!(extra.refused().contains("its files make"));

    let mut bomb = Forged::new();
    bomb.file("assets/empty")["size"] = json!(1u64 << 40);
    bomb.settle();
    assert!(bomb.refused().contains("MiB"));
    bomb.file("assets/empty")["size"] = json!(u64::MAX);
    assert!(bomb.refused().contains("MiB"));

    let mut many = Forged::new();
    for number in 0..5000 {
        let empty =
            json!({"path": format!("assets/{number}"), "size": 0, "digest": Digest::of(b"")});
        many.config["files"].as_array_mut().unwrap().push(empty);
    }
    many.settle();
    assert!(many.refused().contains("more than 4096 files"));

    let mut digest = Forged::new();
    digest.config["digest"] = json!(Digest::of(b"another"));
    assert!(digest.refused().contains("its files have the digest"));
}

#[test]
fn archives_that_lie() {
    type Change = fn(&mut Vec<u8>);
    let changes: [(&str, Change); 5] = [
        // A symbolic link, a device, a directory in place of the file.
        ("a link", |bytes| bytes[156] = b'2'),
        ("a device", |bytes| bytes[156] = b'3'),
        ("another name", |bytes| bytes[0] = b'/'),
        ("executable", |bytes| bytes[106] = b'7'),
        ("content", |bytes| bytes[512] ^= 1),
    ];
    for (what, change) in changes {
        let mut forged = Forged::new();
        forged.layer(oci::PROMPTS, change);
        let why = forged.refused();
        assert!(why.contains("agents/planner.md"), "{what}: {why}");
    }
    let mut short = Forged::new();
    short.layer(oci::PROMPTS, |bytes| bytes.truncate(700));
    assert!(short.refused().contains("its files make"));
    let mut long = Forged::new();
    long.layer(oci::PROMPTS, |bytes| bytes.extend([0; 512]));
    assert!(long.refused().contains("its files make"));
    let mut packed = Forged::new();
    packed.manifest["layers"][2]["mediaType"] =
        json!("application/vnd.codemachine.prompts.v1.tar+gzip");
    assert!(packed.refused().contains("no layer holds"));
}

#[test]
fn manifests_that_lie() {
    let mut kind = Forged::new();
    kind.manifest["artifactType"] = json!("application/vnd.wasm.config.v0+json");
    assert!(kind.refused().contains("not a package of cm"));

    let mut stray = Forged::new();
    let extra = Descriptor::of(oci::WASM, b"stray");
    stray.manifest["layers"]
        .as_array_mut()
        .unwrap()
        .push(serde_json::to_value(extra).unwrap());
    assert!(stray.refused().contains("no file is in its layer"));

    let mut double = Forged::new();
    let layer = double.manifest["layers"][0].clone();
    double.manifest["layers"]
        .as_array_mut()
        .unwrap()
        .push(layer);
    assert!(double.refused().contains("twice"));

    let mut about = Forged::new();
    about.manifest["subject"] = serde_json::to_value(Descriptor::of(oci::MANIFEST, b"x")).unwrap();
    assert!(about.refused().contains("about another"));

    let mut config = Forged::new();
    config.config["surprise"] = json!(1);
    assert!(config.refused().contains("cannot be read"));

    let forged = Forged::new();
    let canonical = String::from_utf8(canonical::to_vec(&forged.config).unwrap()).unwrap();
    let doubled = canonical.replacen("\"claude\":", "\"claude\":\"^9\",\"claude\":", 1);
    let spaced = canonical.replacen(':', ": ", 1);
    for text in [doubled, spaced] {
        let error = forged.with_config(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("canonical"), "{error}");
    }

    let mut newer = Forged::new();
    newer.config["manifest"]["package"]["cm"] = json!(">=99");
    assert!(newer.refused().contains("needs cm"));
}

#[test]
fn a_config_that_says_less_than_the_files() {
    let mut quiet = Forged::new();
    quiet.config["manifest"]["capabilities"] = json!({"workspace": "read"});
    assert!(quiet.refused().contains("say different things"));

    let mut fewer = Forged::new();
    fewer.config["components"]["dist/count.wasm"]["imports"] = json!({});
    assert!(fewer.refused().contains("something else"));

    // The component wants more than it could have, and the config is silent.
    let mut more = Forged::new();
    let evil = component(&["evil:host/spawn@1.0.0"]);
    let (digest, size) = (Digest::of(&evil), evil.len());
    let file = more.file("dist/count.wasm");
    file["digest"] = json!(digest);
    file["size"] = json!(size);
    more.settle();
    more.layer(oci::WASM, |bytes| *bytes = evil);
    assert!(more.refused().contains("evil:host/spawn"));
}

#[test]
fn every_flipped_byte_is_noticed() {
    let artifact = made(&[
        (
            "cm.toml",
            "[package]\nname = \"a\"\nversion = \"1.0.0\"\n".into(),
        ),
        ("workflow.yaml", "name: A\n".into()),
        ("x.txt", "x".into()),
    ])
    .unwrap();
    let config = canonical::to_vec(artifact.config()).unwrap();
    for at in 0..config.len() {
        let mut config = config.clone();
        config[at] ^= 1;
        assert!(Contents::read("a", &artifact.manifest.bytes, &config).is_err());
    }
    let layers: Vec<_> = artifact
        .contents
        .manifest
        .layers
        .iter()
        .map(|it| it.digest)
        .collect();
    for digest in layers {
        let length = artifact.blobs[&digest].len();
        // All headers' first bytes are among them; the rest are tested in memory.
        for at in (0..length).step_by(32) {
            let mut flipped = artifact.clone();
            flipped.blobs.get_mut(&digest).unwrap()[at] ^= 1;
            assert!(unpacked(&flipped).is_err(), "byte {at} of {digest}");
        }
        for length in (0..length).step_by(128) {
            let mut cut = artifact.clone();
            cut.blobs.get_mut(&digest).unwrap().truncate(length);
            assert!(unpacked(&cut).is_err(), "{length} bytes of {digest}");
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_survived(manifest in proptest::collection::vec(any::<u8>(), 0..300), config in ".{0,200}") {
        prop_assert!(Contents::read("a", &manifest, config.as_bytes()).is_err());
        prop_assert!(Config::read("a", &manifest).is_err());
    }

    /// Changed anywhere, a manifest is refused or means the same.
    #[test]
    fn manifests_are_read_strictly(at in any::<prop::sample::Index>(), with in any::<u8>()) {
        let artifact = made(&[("cm.toml", "[package]\nname = \"a\"\nversion = \"1.0.0\"\n".into()), ("workflow.yaml", "name: A\n".into())]).unwrap();
        let config = canonical::to_vec(artifact.config()).unwrap();
        let mut bytes = artifact.manifest.bytes.clone();
        let at = at.index(bytes.len());
        bytes[at] = with;
        if let Ok(read) = Contents::read("a", &bytes, &config) {
            prop_assert_eq!(read.config, artifact.contents.config);
        }
    }
}

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use cm_registry::{EmbeddedFile, EmbeddedPackage, Home, Package, Registry};
use cm_types::Digest;
use jiff::{SignedDuration, Timestamp};
use semver::Version;
use tempfile::TempDir;

use crate::{
    Artifact, Choices, Error, Layout, MakeOptions, Name, Options, Registries, Source, Spec, Store,
    Vetting, Which, Workspace,
    artifact::tests::hostile::Forged,
    canonical,
    oci::{self, Descriptor, Document, ImageIndex},
    remote::tests::server::{Asked, Reply, Server},
    trust::{self, Guard, Keys, SigningKey, Trust},
};

static EMBEDDED: &[EmbeddedPackage] = &[EmbeddedPackage {
    manifest_toml: "[package]\nname = 'claude'\nversion = '1.0.0'\n",
    files: &[EmbeddedFile::new("agents/a.md", b"embedded")],
}];

/// A person's home, a registry in a directory, what somebody has forged, and things
/// beside them that nobody may touch.
pub(super) struct Stage {
    root: TempDir,
    /// `review` 1.2.0, not yet published.
    pub(super) forged: Forged,
    /// What is asked for.
    pub(super) specs: Vec<String>,
    pub(super) options: Options,
    /// How long it is after the beginning.
    pub(super) hours: i64,
    pub(super) servers: Vec<Server>,
    /// What there is in the repository that is cloned.
    pub(super) repository: Option<PathBuf>,
    pub(super) project: bool,
    /// Home of whoever runs the tests, and of Docker's configuration.
    user: PathBuf,
}

impl Stage {
    pub(super) fn new(user: &Path) -> Self {
        let stage = Self {
            root: TempDir::new().unwrap(),
            forged: Forged::new(),
            specs: vec!["acme/review".into()],
            options: Options {
                choices: Choices {
                    all: true,
                    ..Choices::default()
                },
                ..Options::default()
            },
            hours: 0,
            servers: Vec::new(),
            repository: None,
            project: false,
            user: user.to_owned(),
        };
        stage.write("precious.txt", "mine");
        stage.write("project/cm.toml", "[dependencies]\n");
        stage.registries("cooldown-days = 0\n", "../registry");
        let _ = fs::remove_file(user.join("config.json"));
        stage
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub(super) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Writes `registries.toml`, with one registry.
    pub(super) fn registries(&self, more: &str, url: &str) {
        let text = format!("default = 'main'\n[registries.main]\nurl = '{url}'\n{more}");
        self.write("home/registries.toml", text);
    }

    pub(super) fn layout(&self) -> Layout {
        Layout::at(self.path("registry"))
    }

    pub(super) fn home(&self) -> Home {
        Home::at(self.path("home")).unwrap()
    }

    fn blob(&self, digest: Digest) -> PathBuf {
        self.path("registry/blobs/sha256").join(digest.hex())
    }

    /// Publishes without looking at what: manifest, blobs, and the entry.
    pub(super) fn put(&self, reference: &str, manifest: &[u8], blobs: &BTreeMap<Digest, Vec<u8>>) {
        let digest = Digest::of(manifest);
        let all = blobs.iter().map(|(digest, bytes)| (*digest, &**bytes));
        for (digest, bytes) in all.chain([(digest, manifest)]) {
            let file = self.blob(digest);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, bytes).unwrap();
        }
        self.point(reference, Descriptor::of(oci::MANIFEST, manifest));
    }

    /// Makes a tag mean this, whatever it meant before.
    pub(super) fn point(&self, reference: &str, to: Descriptor) {
        let file = self.path("registry/index.json");
        let mut index: ImageIndex = match fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap(),
            Err(_) => ImageIndex::default(),
        };
        let other =
            |it: &Descriptor| it.annotations.get(oci::REF_NAME).map(|it| &**it) != Some(reference);
        index.manifests.retain(other);
        let mut to = to.with(oci::REF_NAME, reference);
        to.artifact_type = Some(oci::PACKAGE.into());
        index.manifests.push(to);
        fs::create_dir_all(self.path("registry")).unwrap();
        fs::write(file, canonical::to_vec(&index).unwrap()).unwrap();
    }

    /// Publishes the forgery.
    pub(super) fn publish(&self) {
        let (manifest, blobs) = self.forged.parts();
        self.put("acme/review:1.2.0", &manifest, &blobs);
    }

    /// Publishes something harmless.
    pub(super) fn good(&self, name: &str, version: &str, more: &'static str) -> Document {
        let name: Name = name.parse().unwrap();
        let artifact = package(name.package(), version, more);
        self.layout().publish(&name, &artifact).unwrap();
        artifact.manifest
    }

    /// Changes the bytes under a digest.
    pub(super) fn tamper(&self, digest: Digest, change: impl FnOnce(&mut Vec<u8>)) {
        let file = self.blob(digest);
        let mut bytes = fs::read(&file).unwrap();
        change(&mut bytes);
        fs::write(file, bytes).unwrap();
    }

    /// The digest of what a version is, of its config, or of a layer.
    pub(super) fn digest(&self, part: &str) -> Digest {
        let name: Name = "acme/review".parse().unwrap();
        let versions = self.layout().versions(&name).unwrap();
        let which = Which::Version(versions.last().unwrap());
        let document = self.layout().manifest(&name, which).unwrap();
        let manifest: oci::ImageManifest = serde_json::from_slice(&document.bytes).unwrap();
        match part {
            "manifest" => document.digest,
            "config" => manifest.config.digest,
            kind => {
                let mut layers = manifest.layers.iter();
                layers.find(|it| it.media_type == kind).unwrap().digest
            }
        }
    }

    /// Serves the registry over HTTP, as the twist has it.
    pub(super) fn serve(
        &mut self,
        twist: impl Fn(&Asked, &Layout) -> Option<Reply> + Send + Sync + 'static,
    ) -> &Server {
        let layout = self.layout();
        let server = Server::start(move |asked| {
            twist(asked, &layout).unwrap_or_else(|| super::wire::answer(asked, &layout))
        });
        self.registries("cooldown-days = 0\n", &server.url());
        self.servers.push(server);
        self.servers.last().unwrap()
    }

    /// Credentials for a host, as Docker keeps them.
    pub(super) fn credentials(&self, host: &str) {
        // ada:secret
        let text = format!(r#"{{"auths":{{"{host}":{{"auth":"YWRhOnNlY3JldA=="}}}}}}"#);
        fs::write(self.user.join("config.json"), text).unwrap();
    }

    /// Another person's key.
    pub(super) fn key(&self, name: &str) -> SigningKey {
        let keys = Keys::at(self.path("others"));
        keys.generate(name, None).unwrap();
        keys.open(name, None).unwrap()
    }

    /// Publishes something harmless and signs it.
    pub(super) fn signed(&self, name: &str, version: &str, key: &SigningKey) -> Document {
        let document = self.good(name, version, "");
        trust::sign(&self.layout(), &name.parse().unwrap(), &document, key).unwrap();
        document
    }

    pub(super) fn now(&self) -> Timestamp {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        start + SignedDuration::from_hours(self.hours)
    }

    /// Installs what is asked for, or does it for the project.
    pub(super) fn install(&self) -> Result<(), Error> {
        let home = self.home();
        let trust = Trust::of(&home);
        let registries = Registries::read(&home)?;
        let vetted = Vetted {
            stage: self,
            trust: &trust,
            registries: &registries,
        };
        let git = |_: &str, _: Option<&str>, into: &Path| {
            let from = self.repository.as_ref().unwrap();
            let copied = Command::new("cp").arg("-a").args([from, into]).status();
            assert!(copied.unwrap().success());
            Ok("abc123".to_owned())
        };
        let mut workspace = Workspace::open(home)?.with_vetting(&vetted).with_git(&git);
        if self.project {
            workspace = workspace.with_project(self.path("project"));
        }
        let (mut registry, _) = workspace.registry(EMBEDDED)?;
        let specs: Result<Vec<Spec>, Error> = self.specs.iter().map(|it| it.parse()).collect();
        let plan = if self.project {
            workspace.sync(&registry, &self.options)?
        } else {
            workspace.install(&registry, &specs?, &self.options)?
        };
        workspace.apply(&mut registry, plan)?;
        Ok(())
    }

    /// What is installed, and sound.
    pub(super) fn installed(&self) -> Vec<String> {
        let (registry, _) = Registry::open(self.home(), EMBEDDED).unwrap();
        let list = registry.list().unwrap().into_iter();
        let found = list.filter(|it| it.digest.is_some());
        found
            .map(|it| {
                let text = format!("{}@{}", it.name, it.version);
                registry.find(&text).unwrap().verify().unwrap();
                text
            })
            .collect()
    }

    /// Everything that is no business of installing: what is beside the home, and the
    /// home of whoever runs this.
    pub(super) fn outside(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.root.path().to_owned(), self.user.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let kind = fs::symlink_metadata(&path).unwrap().file_type();
                if kind.is_dir() {
                    if path != self.path("home") {
                        folders.push(path);
                    }
                } else if kind.is_file() {
                    found.insert(path.clone(), fs::read(path).unwrap());
                } else {
                    found.insert(path, Vec::new());
                }
            }
        }
        // A lock file of the registry in a directory, and of the project.
        found.retain(|path, _| !path.ends_with("index.lock") && !path.ends_with("cm.lock"));
        found
    }

    /// The home has nothing in it that does not belong there.
    pub(super) fn is_sound(&self, case: &str) {
        let names = |folder: &str| -> Vec<String> {
            let entries = fs::read_dir(self.path(folder))
                .into_iter()
                .flatten()
                .flatten();
            entries
                .map(|it| it.file_name().into_string().unwrap())
                .collect()
        };
        let known = [
            "evidence",
            "imports",
            "registries.toml",
            "store",
            "tmp",
            "trust",
            "trust.json",
            "trust.lock",
        ];
        for name in names("home") {
            assert!(known.contains(&name.as_str()), "{case}: home/{name}");
        }
        assert_eq!(names("home/tmp"), [""; 0], "{case}");
        assert!(
            names("home/imports").iter().all(|it| it != ".staging"),
            "{case}"
        );
        let installed = self.installed();
        for namespace in ["acme", "evil"] {
            for package in names(&format!("home/imports/{namespace}")) {
                for version in names(&format!("home/imports/{namespace}/{package}")) {
                    let name = format!("{namespace}/{package}@{version}");
                    assert!(installed.contains(&name), "{case}: {name}");
                }
            }
        }
        for hex in names("home/store/sha256") {
            let bytes = fs::read(self.path("home/store/sha256").join(&hex)).unwrap();
            assert_eq!(Digest::of(&bytes).hex(), hex, "{case}");
        }
    }
}

static WORKFLOW: &[EmbeddedFile] = &[EmbeddedFile::new("workflow.yaml", b"name: x\nsteps: []\n")];

/// A package that does no harm.
pub(super) fn package(name: &str, version: &str, more: &str) -> Artifact {
    let text = format!("[package]\nname = '{name}'\nversion = '{version}'\n{more}");
    let package = EmbeddedPackage {
        manifest_toml: text.leak(),
        files: WORKFLOW,
    };
    let package = Package::embedded(package).unwrap();
    Artifact::make(&package, &MakeOptions::default()).unwrap()
}

/// Whether a text can be shown on a terminal.
pub(super) fn printable(text: &str) -> bool {
    let odd = |it: char| (it.is_control() && it != '\n') || ('\u{202a}'..='\u{202e}').contains(&it);
    !text.contains(odd)
}

/// The rules of trust, as the program applies them.
struct Vetted<'a> {
    stage: &'a Stage,
    trust: &'a Trust,
    registries: &'a Registries,
}

impl Vetted<'_> {
    fn ask<T>(
        &self,
        source: &dyn Source,
        name: &Name,
        question: impl FnOnce(&Guard<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let clock = || self.stage.now();
        let own = |name: &Name| self.registries.is_own(name);
        let store = Store::of(&self.stage.home());
        let mut guard = Guard::new(self.trust, source)
            .with_store(&store)
            .with_clock(&clock)
            .with_own(&own);
        if let Some(cooldown) = self.registries.cooldown_of(name, None) {
            guard = guard.with_cooldown(cooldown);
        }
        question(&guard)
    }
}

impl Vetting for Vetted<'_> {
    fn objection(
        &self,
        source: &dyn Source,
        name: &Name,
        version: &Version,
        digest: Digest,
    ) -> Result<Option<String>, Error> {
        self.ask(source, name, |guard| guard.objection(name, version, digest))
    }

    fn admit(
        &self,
        source: &dyn Source,
        name: &Name,
        version: &Version,
        digest: Digest,
    ) -> Result<Option<String>, Error> {
        let admitted = self.ask(source, name, |guard| guard.admit(name, version, digest))?;
        Ok(admitted.signature.map(|it| it.signer.to_string()))
    }
}

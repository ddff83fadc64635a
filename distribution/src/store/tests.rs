use std::{
    io::Write,
    process::{Command, Stdio},
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use semver::Version;
use tempfile::TempDir;

use super::*;
use crate::{
    Artifact, Layout, Name, Published, Referrer, RegistryError, Source, Which,
    layout::tests::package,
};

/// A registry that breaks in a way that a test wants.
struct Broken {
    layout: Layout,
    /// The connection ends after so many bytes.
    cut: u64,
    /// Every byte is another one.
    lies: bool,
    served: AtomicU64,
    asked: AtomicUsize,
}

struct Cut<'a>(&'a mut dyn Write, &'a Broken, u64);

impl Write for Cut<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let most = usize::try_from(self.2).unwrap().min(bytes.len());
        if most == 0 {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        let mut bytes = bytes[..most].to_vec();
        if self.1.lies {
            bytes.iter_mut().for_each(|byte| *byte ^= 1);
        }
        self.0.write_all(&bytes)?;
        self.2 -= most as u64;
        self.1.served.fetch_add(most as u64, Ordering::Relaxed);
        Ok(most)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Source for Broken {
    fn title(&self) -> String {
        "the test".into()
    }
    fn names(&self) -> Result<Option<Vec<Name>>, Error> {
        self.layout.names()
    }
    fn versions(&self, name: &Name) -> Result<Vec<Version>, Error> {
        self.layout.versions(name)
    }
    fn manifest(&self, name: &Name, which: Which<'_>) -> Result<Document, Error> {
        self.layout.manifest(name, which)
    }
    fn blob(
        &self,
        name: &Name,
        blob: &Descriptor,
        start: u64,
        sink: &mut dyn Write,
    ) -> Result<(), Error> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let mut sink = Cut(sink, self, self.cut);
        self.layout
            .blob(name, blob, start, &mut sink)
            .map_err(|error| {
                Error::Registry(RegistryError::Unreachable {
                    source_name: self.title(),
                    why: error.to_string(),
                })
            })
    }
    fn publish(&self, name: &Name, artifact: &Artifact) -> Result<Published, Error> {
        self.layout.publish(name, artifact)
    }
    fn referrers(&self, _: &Name, _: Digest) -> Result<Vec<Referrer>, Error> {
        Ok(Vec::new())
    }
    fn attach(&self, _: &Name, _: &ImageManifest, _: &[&[u8]]) -> Result<Digest, Error> {
        Ok(Digest::of(b""))
    }
}

struct Setting {
    directory: TempDir,
    layout: Layout,
    store: Store,
    name: Name,
    version: Version,
    artifact: Artifact,
}

impl Setting {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let layout = Layout::at(directory.path().join("registry"));
        let name: Name = "acme/review".parse().unwrap();
        let artifact = package("review", "1.0.0", "");
        layout.publish(&name, &artifact).unwrap();
        Self {
            store: Store::at(directory.path().join("store")),
            version: Version::new(1, 0, 0),
            directory,
            layout,
            name,
            artifact,
        }
    }

    fn broken(&self, cut: u64, lies: bool) -> Broken {
        Broken {
            layout: self.layout.clone(),
            cut,
            lies,
            served: AtomicU64::new(0),
            asked: AtomicUsize::new(0),
        }
    }

    fn fetch(&self, source: Option<&dyn Source>) -> Result<Contents, Error> {
        let wanted = Wanted {
            name: &self.name,
            version: &self.version,
            digest: self.artifact.digest(),
            source,
        };
        fetch(&self.store, &[wanted], &|_| {}).map(|mut all| all.remove(0))
    }

    fn layer(&self) -> &Descriptor {
        &self.artifact.contents.manifest.layers[0]
    }

    fn parts(&self) -> usize {
        let parts = fs::read_dir(self.store.parts()).unwrap().flatten();
        parts.filter(|it| it.path().extension().is_none()).count()
    }
}

#[test]
fn fetched_once_and_then_here() {
    let setting = Setting::new();
    let error = setting.fetch(None).unwrap_err();
    assert!(error.to_string().contains("acme/review 1.0.0"), "{error}");
    assert!(!setting.store.root().exists());

    let seen = std::sync::Mutex::new(Vec::new());
    let wanted = Wanted {
        name: &setting.name,
        version: &setting.version,
        digest: setting.artifact.digest(),
        source: Some(&setting.layout),
    };
    fetch(&setting.store, &[wanted, wanted], &|it| {
        seen.lock().unwrap().push(it.clone())
    })
    .unwrap();
    let all: u64 = setting.artifact.blobs().map(|(blob, _)| blob.size).sum();
    let last = seen.lock().unwrap().iter().map(|it| it.done).max();
    assert_eq!(last, Some(all));
    assert_eq!(setting.parts(), 0);

    let contents = setting.fetch(None).unwrap();
    assert_eq!(contents, setting.artifact.contents);
    let into = setting.directory.path().join("package");
    setting.store.unpack("it", &contents, &into).unwrap();
    assert!(into.join("cm.toml").exists());
}

#[test]
fn a_broken_connection_is_gone_on_with() {
    let setting = Setting::new();
    let size = setting.layer().size;
    let broken = setting.broken(size / 2 + 1, false);
    setting.fetch(Some(&broken)).unwrap();
    let config = setting.artifact.contents.manifest.config.size;
    // Not one byte of the layer came twice.
    assert!(broken.served.load(Ordering::Relaxed) <= size + config);

    // Given up, and gone on with by the next one.
    let setting = Setting::new();
    let broken = setting.broken(600, false);
    let error = setting.fetch(Some(&broken)).unwrap_err();
    assert!(
        matches!(error, Error::Registry(RegistryError::Unreachable { .. })),
        "{error}"
    );
    assert_eq!(setting.parts(), 1);
    assert!(!setting.store.has(setting.layer()));
    let whole = setting.broken(u64::MAX, false);
    setting.fetch(Some(&whole)).unwrap();
    assert!(whole.served.load(Ordering::Relaxed) < size);
}

#[test]
fn lies_are_not_kept() {
    let setting = Setting::new();
    let lies = setting.broken(u64::MAX, true);
    let store = &setting.store;
    let error = store
        .fetch_blob(&lies, &setting.name, setting.layer(), &|_| {})
        .unwrap_err();
    assert!(matches!(error, Error::Mismatch { .. }), "{error}");
    assert!(!store.has(setting.layer()));
    assert_eq!(setting.parts(), 0);
}

#[test]
fn leftovers_that_are_wrong_do_no_harm() {
    for leftover in [vec![b'x'; 100], vec![b'x'; 1 << 20]] {
        let setting = Setting::new();
        let parts = setting.store.parts();
        fs::create_dir_all(&parts).unwrap();
        fs::write(parts.join(setting.layer().digest.hex()), leftover).unwrap();
        setting.fetch(Some(&setting.layout)).unwrap();
        setting.store.verify(setting.layer()).unwrap();
    }
}

#[test]
fn what_is_damaged_is_fetched_again() {
    let setting = Setting::new();
    let contents = setting.fetch(Some(&setting.layout)).unwrap();
    let file = setting.store.file(setting.layer().digest);
    let mut bytes = fs::read(&file).unwrap();
    bytes[520] ^= 1;
    fs::write(&file, bytes).unwrap();
    let into = setting.directory.path().join("package");
    let error = setting.store.unpack("it", &contents, &into).unwrap_err();
    assert!(
        matches!(error, Error::Refused { .. } | Error::Mismatch { .. }),
        "{error}"
    );
    assert!(!into.exists() && !file.exists());
    setting.fetch(Some(&setting.layout)).unwrap();
    setting.store.unpack("it", &contents, &into).unwrap();
    // A manifest too.
    fs::write(setting.store.file(setting.artifact.digest()), "{}").unwrap();
    setting.fetch(Some(&setting.layout)).unwrap();
    assert_eq!(setting.fetch(None).unwrap(), contents);
}

#[test]
fn clearing_up_keeps_what_is_needed() {
    let setting = Setting::new();
    setting.fetch(Some(&setting.layout)).unwrap();
    let stray = setting.store.keep(b"stray").unwrap();
    fs::write(setting.store.parts().join("half"), "abc").unwrap();
    let keep = BTreeSet::from([setting.artifact.digest()]);
    let swept = setting.store.sweep(&keep).unwrap();
    assert_eq!((swept.blobs, swept.bytes), (1, 8));
    assert!(!setting.store.file(stray).exists());
    setting.fetch(None).unwrap();
    setting.store.sweep(&BTreeSet::new()).unwrap();
    assert!(setting.fetch(None).is_err());
    assert_eq!(
        Store::at("/nonexistent/x").sweep(&keep).unwrap(),
        Swept::default()
    );
}

#[test]
fn many_at_once() {
    let setting = Setting::new();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| setting.fetch(Some(&setting.layout)).unwrap());
        }
    });
    assert_eq!(setting.parts(), 0);
    sound(&setting.store);
}

/// Lets nobody have a blob before somebody else asks for one too.
struct Together(Layout, std::sync::Barrier);

impl Source for Together {
    fn title(&self) -> String {
        self.0.title()
    }
    fn names(&self) -> Result<Option<Vec<Name>>, Error> {
        self.0.names()
    }
    fn versions(&self, name: &Name) -> Result<Vec<Version>, Error> {
        self.0.versions(name)
    }
    fn manifest(&self, name: &Name, which: Which<'_>) -> Result<Document, Error> {
        self.0.manifest(name, which)
    }
    fn blob(
        &self,
        name: &Name,
        blob: &Descriptor,
        start: u64,
        sink: &mut dyn Write,
    ) -> Result<(), Error> {
        // The config comes before, alone.
        if blob.media_type != crate::oci::CONFIG {
            self.1.wait();
        }
        self.0.blob(name, blob, start, sink)
    }
    fn publish(&self, name: &Name, artifact: &Artifact) -> Result<Published, Error> {
        self.0.publish(name, artifact)
    }
    fn referrers(&self, name: &Name, subject: Digest) -> Result<Vec<Referrer>, Error> {
        self.0.referrers(name, subject)
    }
    fn attach(&self, name: &Name, it: &ImageManifest, blobs: &[&[u8]]) -> Result<Digest, Error> {
        self.0.attach(name, it, blobs)
    }
}

/// It would never end if one blob was waited for before the next was asked for.
#[test]
fn blobs_are_fetched_at_once() {
    let setting = Setting::new();
    let others: Vec<_> = (0..4)
        .map(|number| {
            let name: Name = format!("acme/p{number}").parse().unwrap();
            let artifact = package(name.package(), "1.0.0", "");
            setting.layout.publish(&name, &artifact).unwrap();
            (name, artifact.digest())
        })
        .collect();
    let together = Together(setting.layout.clone(), std::sync::Barrier::new(4));
    let wanted: Vec<_> = others
        .iter()
        .map(|(name, digest)| Wanted {
            name,
            version: &setting.version,
            digest: *digest,
            source: Some(&together),
        })
        .collect();
    fetch(&setting.store, &wanted, &|_| {}).unwrap();
    sound(&setting.store);
}

#[test]
fn a_package_under_a_false_name_is_refused() {
    let mut setting = Setting::new();
    setting.version = Version::new(2, 0, 0);
    let error = setting.fetch(Some(&setting.layout)).unwrap_err();
    assert!(
        error.to_string().contains("calls itself review 1.0.0"),
        "{error}"
    );
}

/// Every blob is what its name says.
fn sound(store: &Store) {
    for entry in fs::read_dir(store.blobs()).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.extension().is_none() {
            let hex = path.file_name().unwrap().to_str().unwrap().to_owned();
            assert_eq!(Digest::of(&fs::read(&path).unwrap()).hex(), hex);
        }
    }
}

#[test]
fn killed_at_any_moment() {
    let directory = TempDir::new().unwrap();
    let layout = Layout::at(directory.path().join("registry"));
    let store = Store::at(directory.path().join("store"));
    let name: Name = "acme/review".parse().unwrap();
    let mut published = 0;
    for round in 0..60u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "--ignored",
                "store::tests::publishes_and_fetches",
            ])
            .env("CM_TEST_DIRECTORY", directory.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_millis(5 + round * 7 % 41));
        child.kill().unwrap();
        child.wait().unwrap();
        sound(&store);
        // Every version that is there is there whole, and none is lost.
        let versions = layout.versions(&name).unwrap_or_default();
        assert!(versions.len() >= published);
        published = versions.len();
        for version in versions {
            let (_, contents) = layout.contents(&name, Which::Version(&version)).unwrap();
            for blob in contents.manifest.blobs() {
                layout.small_blob(&name, blob, 1 << 20).unwrap();
            }
        }
    }
    assert!(published > 0, "no child came far enough");
}

#[test]
#[ignore = "run by the test above"]
fn publishes_and_fetches() {
    let directory = PathBuf::from(std::env::var_os("CM_TEST_DIRECTORY").unwrap());
    let layout = Layout::at(directory.join("registry"));
    let store = Store::at(directory.join("store"));
    let name: Name = "acme/review".parse().unwrap();
    let first = layout.versions(&name).map_or(0, |it| it.len() as u64);
    for patch in first..first + 1000 {
        let version = Version::new(1, 0, patch);
        let artifact = package("review", &version.to_string(), "");
        layout.publish(&name, &artifact).unwrap();
        let wanted = Wanted {
            name: &name,
            version: &version,
            digest: artifact.digest(),
            source: Some(&layout),
        };
        fetch(&store, &[wanted], &|_| {}).unwrap();
    }
}

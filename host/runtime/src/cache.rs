use std::{
    fs::{self, DirBuilder, Metadata, OpenOptions},
    hash::{Hash, Hasher},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Mutex,
};

use cm_types::Digest;
use sha2::{Digest as _, Sha256};
use wasmtime::{Engine, component::Component};

use crate::entry::Entry;

/// Compiled code on disk: `DIRECTORY/COMPONENT/COMPILER.cwasm`.
///
/// Nothing in it is needed: what is missing, damaged, made by another compiler or
/// writable by others is compiled again and replaced.
pub(crate) struct Cache {
    directory: PathBuf,
    /// The engine's compatibility hash: version, configuration and processor.
    compiler: String,
    warning: Mutex<Option<String>>,
}

impl Cache {
    pub(crate) fn new(directory: PathBuf, engine: &Engine) -> Self {
        let mut hasher = Fingerprint(Sha256::new());
        engine.precompile_compatibility_hash().hash(&mut hasher);
        let compiler = Digest::from(<[u8; 32]>::from(hasher.0.finalize())).hex();
        Self {
            directory,
            compiler,
            warning: Mutex::new(None),
        }
    }

    /// Why compiled code could not be kept; the first reason only.
    pub(crate) fn warning(&self) -> Option<String> {
        self.warning.lock().ok()?.clone()
    }

    /// The compiled component, if there is one that can be trusted.
    pub(crate) fn load(&self, engine: &Engine, component: Digest) -> Option<Component> {
        // Read once, and checked and loaded from that: a file that is mapped could
        // be changed between the two.
        let file = self.read(component).ok()?;
        let code = Entry::open(&file, component, &self.compiler)?;
        deserialize(engine, code).ok()
    }

    /// Keeps a compiled component. Failing to is worth a warning, not an error.
    pub(crate) fn store(&self, component: Digest, code: Vec<u8>) {
        let sealed = Entry::seal(code, component, &self.compiler);
        if let Err(error) = self.write(component, &sealed)
            && let Ok(mut warning) = self.warning.lock()
        {
            warning.get_or_insert_with(|| {
                let directory = self.directory.display();
                format!(
                    "compiled components cannot be kept in {directory} ({error}): every start \
                     compiles them again"
                )
            });
        }
    }

    fn home(&self, component: Digest) -> PathBuf {
        self.directory.join(component.hex())
    }

    fn name(&self) -> String {
        format!("{}.cwasm", self.compiler)
    }

    fn read(&self, component: Digest) -> io::Result<Vec<u8>> {
        let home = self.home(component);
        own(&fs::symlink_metadata(&self.directory)?)?;
        own(&fs::symlink_metadata(&home)?)?;
        let mut file = OpenOptions::new()
            .read(true)
            .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed())
            .open(home.join(self.name()))?;
        let metadata = file.metadata()?;
        own(&metadata)?;
        if !metadata.is_file() {
            return Err(io::Error::other("not a file"));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn write(&self, component: Digest, bytes: &[u8]) -> io::Result<()> {
        let home = self.home(component);
        private(&self.directory)?;
        private(&home)?;
        // Temporary files are made with mode 0600.
        let mut file = tempfile::NamedTempFile::new_in(&home)?;
        file.write_all(bytes)?;
        file.persist(home.join(self.name()))?;
        Ok(())
    }
}

/// Makes the directory, for its owner alone. One that others may write to is refused,
/// not mended: somebody may already be inside.
fn private(directory: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)?;
    let metadata = fs::symlink_metadata(directory)?;
    own(&metadata)?;
    if !metadata.is_dir() {
        return Err(io::Error::other("not a directory"));
    }
    Ok(())
}

/// Compiled code is executed, so only its owner may have been able to write it.
fn own(metadata: &Metadata) -> io::Result<()> {
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::other("it belongs to somebody else"));
    }
    if !metadata.is_symlink() && metadata.mode() & 0o022 != 0 {
        return Err(io::Error::other("others may write to it"));
    }
    if metadata.is_symlink() {
        return Err(io::Error::other("it is a link"));
    }
    Ok(())
}

/// The only place where compiled code is turned into something that can be called.
fn deserialize(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: `deserialize` trusts the bytes to be the unchanged output of
    // `Engine::precompile_component`. They are: the caller has checked that they lie
    // in a file and directories that only this user can write, and that their
    // SHA-256, taken together with the component's digest and the compatibility hash
    // of this engine, is the one that was stored when they were compiled. Wasmtime
    // itself compares its version and the engine's settings once more.
    unsafe { Component::deserialize(engine, code) }
}

/// A `Hasher` that is the same in every build.
struct Fingerprint(Sha256);

impl Hasher for Fingerprint {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::config;

    const SMALLEST: &[u8] = b"\0asm\x0d\0\x01\0";

    type Change = fn(&mut wasmtime::Config);

    const CHANGES: [Change; 4] = [
        |config| _ = config.consume_fuel(false),
        |config| _ = config.epoch_interruption(false),
        |config| {
            _ = config
                .memory_guard_size(1 << 16)
                .memory_reservation(1 << 20)
        },
        |config| _ = config.cranelift_nan_canonicalization(false),
    ];

    fn digest() -> Digest {
        Digest::of(SMALLEST)
    }

    /// A cache with an entry, made by an engine with this change.
    fn made_by(directory: &Path, change: Change) -> (Cache, Engine) {
        let mut config = config();
        change(&mut config);
        let engine = Engine::new(&config).unwrap();
        let cache = Cache::new(directory.to_owned(), &engine);
        let code = engine.precompile_component(SMALLEST).unwrap();
        cache.store(digest(), code);
        assert_eq!(cache.warning(), None);
        (cache, engine)
    }

    #[test]
    fn code_of_another_configuration_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        for (at, change) in CHANGES.into_iter().enumerate() {
            let path = directory.path().join(at.to_string());
            let (ours, engine) = made_by(&path, |_| {});
            let (theirs, their_engine) = made_by(&path, change);
            assert_ne!(ours.name(), theirs.name(), "{at}");
            assert!(ours.load(&engine, digest()).is_some(), "{at}");
            assert!(theirs.load(&their_engine, digest()).is_some(), "{at}");
            // Put in the place of ours.
            let home = ours.home(digest());
            fs::rename(home.join(theirs.name()), home.join(ours.name())).unwrap();
            assert!(ours.load(&engine, digest()).is_none(), "{at}");
        }
    }

    #[test]
    fn wasmtime_refuses_what_would_not_be_safe() {
        // With the right name and even the right seal. (The last change is safe: it
        // only makes numbers differ.)
        for (at, change) in CHANGES.into_iter().take(3).enumerate() {
            let directory = tempfile::tempdir().unwrap();
            let (cache, engine) = made_by(&directory.path().join("cache"), |_| {});
            let mut config = config();
            change(&mut config);
            let other = Engine::new(&config).unwrap();
            cache.store(digest(), other.precompile_component(SMALLEST).unwrap());
            assert!(cache.load(&engine, digest()).is_none(), "{at}");
        }
    }
}

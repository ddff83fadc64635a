use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::Path,
};

use cm_registry::Manifest;
use cm_types::Digest;
use sha2::{Digest as _, Sha256};

use super::{Blobs, Contents, FileEntry, archive, imports, make::covered, place::Place};
use crate::{Error, disk, oci};

impl Contents {
    /// Writes the package's files into a new directory, which must not exist, and
    /// checks them: their digests, that `cm.toml` says what the config says, and
    /// that no component imports more than was said. Leaves nothing on failure. Does
    /// not wait for the disk: installing makes a copy that does.
    pub fn unpack(&self, what: &str, blobs: &dyn Blobs, into: &Path) -> Result<(), Error> {
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        // It is new, so nothing in it can be a link that leads out.
        builder
            .create(into)
            .map_err(|error| Error::io("create the directory", into, error))?;
        let unpacked = Unpacking {
            contents: self,
            what,
            into,
        }
        .run(blobs);
        if unpacked.is_err() {
            let _ = fs::remove_dir_all(into);
        }
        unpacked
    }
}

struct Unpacking<'a> {
    contents: &'a Contents,
    what: &'a str,
    into: &'a Path,
}

impl Unpacking<'_> {
    fn run(&self, blobs: &dyn Blobs) -> Result<(), Error> {
        let config = &self.contents.config;
        for place in [Place::Component, Place::Readme] {
            for file in config.files_in(place) {
                let Some(layer) = self.contents.layer_of(file) else {
                    return Err(self.refused(format!("no layer holds `{}`", file.path)));
                };
                let mut bytes = blobs.open(layer)?;
                self.write(file, &mut bytes)?;
                let more = bytes.read(&mut [0]);
                if more.map_err(|error| self.unreadable(error))? > 0 {
                    return Err(self.refused(format!("`{}` is longer than it says", file.path)));
                }
            }
        }
        for (place, media_type) in [(Place::Prompts, oci::PROMPTS), (Place::Assets, oci::ASSETS)] {
            if let Some(layer) = self.contents.archive(media_type) {
                let bytes = blobs.open(layer)?;
                archive::read(bytes, config.files_in(place), |file, bytes| {
                    self.write(file, bytes).map_err(Failed::Ours)
                })
                .map_err(|failed| match failed {
                    Failed::Ours(error) => error,
                    Failed::Archive(error) => self.unreadable(error),
                })?;
            }
        }
        self.check()
    }

    /// Writes one file, and no more bytes than the table of files says.
    fn write(&self, file: &FileEntry, bytes: &mut dyn Read) -> Result<(), Error> {
        let path = self.into.join(&file.path);
        if let Some(parent) = path.parent() {
            disk::create_directories(parent)?;
        }
        let failed = |error| Error::io("write", &path, error);
        let mut to = File::create_new(&path).map_err(failed)?;
        let mut hash = Sha256::new();
        let mut left = file.size;
        let mut buffer = vec![0; 64 << 10];
        while left > 0 {
            let most = buffer
                .len()
                .min(usize::try_from(left).unwrap_or(buffer.len()));
            let window = buffer.get_mut(..most).unwrap_or_default();
            let count = match bytes.read(window) {
                Ok(0) => {
                    return Err(self.refused(format!("`{}` is shorter than it says", file.path)));
                }
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.unreadable(error)),
            };
            let read = window.get(..count).unwrap_or_default();
            hash.update(read);
            to.write_all(read).map_err(failed)?;
            left -= count as u64;
        }
        let digest = Digest::from(<[u8; 32]>::from(hash.finalize()));
        if digest != file.digest {
            return Err(self.refused(format!(
                "`{}` has the digest {digest} and not {}",
                file.path, file.digest
            )));
        }
        Ok(())
    }

    /// What the config says of the package is what its files say.
    fn check(&self) -> Result<(), Error> {
        let config = &self.contents.config;
        let file = self.into.join(Manifest::FILE);
        let read = |path: &Path| fs::read(path).map_err(|error| Error::io("read", path, error));
        let text = String::from_utf8(read(&file)?)
            .map_err(|_| self.refused("its cm.toml is not UTF-8".into()))?;
        let manifest = Manifest::parse(Manifest::FILE, &text)
            .map_err(|error| self.refused(format!("its cm.toml cannot be read: {error}")))?;
        if manifest != config.manifest {
            return Err(self.refused("its cm.toml and its config say different things".into()));
        }
        for (path, said) in &config.components {
            let found = imports::interfaces(&read(&self.into.join(path))?)
                .map_err(|why| self.refused(format!("`{path}` {why}")))?;
            // First, as it says what the component wants.
            covered(config, path, &found)?;
            if found != *said {
                return Err(self.refused(format!(
                    "`{path}` imports or exports something else than its config says"
                )));
            }
        }
        Ok(())
    }

    fn refused(&self, why: String) -> Error {
        Error::refused(self.what, why)
    }

    fn unreadable(&self, error: io::Error) -> Error {
        self.refused(error.to_string())
    }
}

enum Failed {
    Ours(Error),
    Archive(io::Error),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Archive(error)
    }
}

use std::borrow::Cow;

use cm_types::Digest;

/// A package compiled into the program.
#[derive(Clone, Copy, Debug)]
pub struct EmbeddedPackage {
    /// The text of its `cm.toml`.
    pub manifest_toml: &'static str,
    /// Its files, `cm.toml` apart.
    pub files: &'static [EmbeddedFile],
}

/// A file compiled into the program.
#[derive(Clone, Copy, Debug)]
pub struct EmbeddedFile {
    /// With `/`, relative to the package's directory.
    pub path: &'static str,
    /// What is in it.
    pub bytes: &'static [u8],
    /// The 64 hexadecimal digits of its SHA-256, if the build has worked them
    /// out: then nothing is hashed at start-up.
    pub digest: Option<&'static str>,
}

impl EmbeddedFile {
    /// A file whose digest is worked out when it is asked for.
    pub const fn new(path: &'static str, bytes: &'static [u8]) -> Self {
        Self {
            path,
            bytes,
            digest: None,
        }
    }

    pub(crate) fn digest(&self) -> Digest {
        self.digest
            .and_then(|hex| format!("sha256:{hex}").parse().ok())
            .unwrap_or_else(|| Digest::of(self.bytes))
    }
}

impl EmbeddedPackage {
    /// All files, the manifest included, sorted by path.
    pub(crate) fn files(&self) -> Vec<EmbeddedFile> {
        let mut files = self.files.to_vec();
        files.retain(|file| file.path != crate::Manifest::FILE);
        files.push(EmbeddedFile::new(
            crate::Manifest::FILE,
            self.manifest_toml.as_bytes(),
        ));
        files.sort_by_key(|file| file.path);
        files
    }

    pub(crate) fn file(&self, path: &str) -> Option<EmbeddedFile> {
        if path == crate::Manifest::FILE {
            return Some(EmbeddedFile::new(
                crate::Manifest::FILE,
                self.manifest_toml.as_bytes(),
            ));
        }
        self.files.iter().find(|file| file.path == path).copied()
    }

    pub(crate) fn read(&self, path: &str) -> Option<Cow<'static, [u8]>> {
        self.file(path).map(|file| Cow::Borrowed(file.bytes))
    }
}

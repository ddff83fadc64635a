//! The ways to make a [`Package`].

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use semver::Version;

use super::{Contents, Package, Source};
use crate::{
    EmbeddedPackage, Error, Grants, Manifest, ManifestError, ProjectManifest, contents::Tree, disk,
    names, record::Record,
};

/// A manifest larger than that is none.
const MAX_MANIFEST_BYTES: u64 = 256 << 10;

impl Package {
    /// Opens a directory with a `cm.toml`, or with a `workflow.yaml` and no
    /// `cm.toml` that says what it is: then its name is the directory's and its
    /// version 0.0.0.
    pub fn open(directory: &Path) -> Result<Self, Error> {
        let root = canonical(directory)?;
        let shown = directory.join(Manifest::FILE);
        let project = read_manifest(&root, &shown)?.unwrap_or_default();
        let manifest = match project.package {
            Some(manifest) => manifest,
            None if root.join(Self::WORKFLOW).is_file() => {
                let name = root.file_name().unwrap_or_default().to_string_lossy();
                let mut manifest = Manifest::unnamed(names::nearest(&name));
                manifest.dependencies = project.dependencies;
                return Ok(Self::in_tree(
                    manifest,
                    Source::Directory(root.clone()),
                    root,
                    true,
                ));
            }
            None => {
                let near = ["workflow.yml", "workflow.YAML", "Workflow.yaml"];
                let near = near.iter().find(|name| root.join(name).is_file());
                return Err(Error::NotAPackage {
                    path: directory.to_owned(),
                    near: near.map(|&name| name.to_owned()),
                });
            }
        };
        check_cm(&manifest)?;
        Ok(Self::in_tree(
            manifest,
            Source::Directory(root.clone()),
            root,
            false,
        ))
    }

    /// Opens an installed copy.
    pub(crate) fn installed(directory: &Path, record: &Record) -> Result<Self, Error> {
        let damaged = |what: &str| Error::Damaged {
            package: format!("{} {}", record.name, record.version),
            what: what.to_owned(),
        };
        let Ok(root) = fs::canonicalize(directory) else {
            return Err(damaged("its directory"));
        };
        let found = read_manifest(&root, &directory.join(Manifest::FILE))?;
        let found = found.unwrap_or_default();
        let loose = found.package.is_none();
        let bare = names::bare(&record.name);
        let manifest = found.package.unwrap_or_else(|| Manifest {
            dependencies: found.dependencies,
            ..Manifest::unnamed(bare)
        });
        let package = &manifest.package;
        if package.name != bare || package.version != record.version {
            return Err(damaged(Manifest::FILE));
        }
        check_cm(&manifest)?;
        let mut opened = Self::in_tree(manifest, Source::Installed(root.clone()), root, loose);
        opened.name.clone_from(&record.name);
        opened.grants = record.grants.clone();
        opened.digest = OnceLock::from(record.digest);
        opened.recorded = Some(Box::new(record.clone()));
        Ok(opened)
    }

    /// Opens a package that is compiled in.
    pub fn embedded(package: EmbeddedPackage) -> Result<Self, Error> {
        let manifest = Manifest::parse("embedded cm.toml", package.manifest_toml)?;
        Ok(Self {
            name: manifest.package.name.clone(),
            manifest,
            grants: Grants::all(),
            policy: Arc::default(),
            source: Source::Embedded,
            contents: Contents::Embedded(package),
            digest: OnceLock::new(),
            recorded: None,
        })
    }

    fn in_tree(manifest: Manifest, source: Source, root: PathBuf, loose: bool) -> Self {
        let tree = Tree::new(root, manifest.package.name.clone(), loose);
        let contents = Contents::Tree(tree);
        Self {
            name: manifest.package.name.clone(),
            manifest,
            grants: Grants::all(),
            policy: Arc::default(),
            source,
            contents,
            digest: OnceLock::new(),
            recorded: None,
        }
    }
}

fn canonical(directory: &Path) -> Result<PathBuf, Error> {
    let root = fs::canonicalize(directory)
        .map_err(|error| Error::io("open the package directory", directory, error))?;
    if root.is_dir() {
        Ok(root)
    } else {
        let error = std::io::ErrorKind::NotADirectory.into();
        Err(Error::io("open the package directory", directory, error))
    }
}

fn read_manifest(root: &Path, shown: &Path) -> Result<Option<ProjectManifest>, Error> {
    let bytes = match disk::read(&root.join(Manifest::FILE), MAX_MANIFEST_BYTES) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => {
            return Err(Error::TooLarge {
                package: root.display().to_string(),
                what: Manifest::FILE.into(),
                limit: format!("{} KiB", MAX_MANIFEST_BYTES >> 10),
            });
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("read", shown, error)),
    };
    parse_manifest(&shown.display().to_string(), &bytes).map(Some)
}

/// Reads the bytes of a `cm.toml`.
pub(crate) fn parse_manifest(file: &str, bytes: &[u8]) -> Result<ProjectManifest, Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(ProjectManifest::parse(file, text)?),
        Err(error) => {
            let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let message = "is not UTF-8 from here on".to_owned();
            Err(ManifestError::at(file.to_owned(), &valid, valid.len(), message, None).into())
        }
    }
}

fn check_cm(manifest: &Manifest) -> Result<(), Error> {
    let Some(wanted) = &manifest.package.cm else {
        return Ok(());
    };
    let text = env!("CARGO_PKG_VERSION");
    let Ok(mut have) = Version::parse(text) else {
        return Ok(());
    };
    // A pre-release of 0.2 counts as 0.2: semver's own rule would let nothing match it.
    have.pre = semver::Prerelease::EMPTY;
    if wanted.matches(&have) {
        return Ok(());
    }
    Err(Error::OtherCm {
        package: manifest.package.name.clone(),
        wanted: wanted.to_string(),
        have: text.to_owned(),
    })
}

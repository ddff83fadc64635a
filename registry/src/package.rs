use std::{
    borrow::Cow,
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use cm_types::Digest;
use semver::Version;

use crate::{
    EmbeddedPackage, Error, Grants, Manifest, Policy,
    contents::{self, Tree},
    record::Record,
};

mod component;
mod open;
mod rights;

pub use component::Component;
pub(crate) use open::parse_manifest;

/// A package that can be read, wherever it is.
#[derive(Clone, Debug)]
pub struct Package {
    manifest: Manifest,
    /// What it is called here: with the namespace it was published in.
    name: String,
    source: Source,
    contents: Contents,
    digest: OnceLock<Digest>,
    /// What the registry knows of its components, to notice changed files.
    recorded: Option<Box<Record>>,
    grants: Grants,
    policy: Arc<Policy>,
}

/// Where a package is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A directory that somebody works in.
    Directory(PathBuf),
    /// A copy below `imports/`.
    Installed(PathBuf),
    /// Compiled into the program.
    Embedded,
}

/// A workflow file of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkflowEntry {
    /// The package's name for `workflow.yaml`, else the file's without its ending.
    pub name: String,
    /// Its path in the package.
    pub path: String,
    /// Whether it is the one meant by the package's name alone.
    pub main: bool,
}

#[derive(Clone, Debug)]
enum Contents {
    Tree(Tree),
    Embedded(EmbeddedPackage),
}

impl Package {
    /// The file that makes any directory a package.
    pub const WORKFLOW: &str = "workflow.yaml";

    /// What it says about itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Its name: the manifest's, for an installed package with the namespace it was
    /// published in.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it has no manifest: it is the person's own directory, then, and has
    /// nowhere to say what it needs.
    pub fn is_loose(&self) -> bool {
        matches!(&self.contents, Contents::Tree(tree) if tree.is_loose())
    }

    /// Its version.
    pub fn version(&self) -> &Version {
        &self.manifest.package.version
    }

    /// Where it is.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Its directory; none when it is compiled in.
    pub fn directory(&self) -> Option<&Path> {
        match &self.contents {
            Contents::Tree(tree) => Some(tree.root()),
            Contents::Embedded(_) => None,
        }
    }

    /// The digest of its files' paths and contents. For a directory all files
    /// are read, once; for an installed copy it is known.
    pub fn digest(&self) -> Result<Digest, Error> {
        if let Some(digest) = self.digest.get() {
            return Ok(*digest);
        }
        let digest = self.work_out_digest()?;
        Ok(*self.digest.get_or_init(|| digest))
    }

    /// Whether an installed copy still is what was installed.
    pub fn verify(&self) -> Result<(), Error> {
        match &self.recorded {
            Some(record) if self.work_out_digest()? != record.digest => {
                Err(self.damaged("the package"))
            }
            _ => Ok(()),
        }
    }

    fn work_out_digest(&self) -> Result<Digest, Error> {
        let files = match &self.contents {
            Contents::Embedded(package) => package
                .files()
                .iter()
                .map(|file| (file.path.to_owned(), file.digest()))
                .collect(),
            Contents::Tree(_) => {
                let mut files = Vec::new();
                self.each_file(|path, bytes| {
                    files.push((path.to_owned(), Digest::of(bytes)));
                    Ok(())
                })?;
                files
            }
        };
        Ok(contents::digest(
            files.iter().map(|(path, digest)| (path.as_str(), *digest)),
        ))
    }

    /// Reads all files in the order of their paths; refuses what cannot be part
    /// of a package, and more than the limits.
    pub fn each_file(
        &self,
        mut visit: impl FnMut(&str, &[u8]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        match &self.contents {
            Contents::Embedded(package) => package
                .files()
                .iter()
                .try_for_each(|file| visit(file.path, file.bytes)),
            Contents::Tree(tree) => {
                let mut total = 0;
                for path in tree.paths(&self.component_paths(), true)? {
                    let bytes = tree.read(&path)?;
                    total += bytes.len() as u64;
                    if total > contents::MAX_PACKAGE_BYTES {
                        let limit = contents::mebibytes(contents::MAX_PACKAGE_BYTES);
                        return Err(tree.too_large("the package".into(), limit));
                    }
                    visit(&path, &bytes)?;
                }
                Ok(())
            }
        }
    }

    /// The paths of its files that begin with `prefix`, sorted. What could not
    /// be installed is left out.
    pub fn paths(&self, prefix: &str) -> Result<Vec<String>, Error> {
        let mut paths = match &self.contents {
            Contents::Tree(tree) => tree.paths(&self.component_paths(), false)?,
            Contents::Embedded(package) => package
                .files()
                .iter()
                .map(|file| file.path.to_owned())
                .collect(),
        };
        paths.retain(|path| path.starts_with(prefix));
        Ok(paths)
    }

    /// Reads one of its files. No path leads out of the package.
    pub fn read(&self, path: &str) -> Result<Cow<'static, [u8]>, Error> {
        match &self.contents {
            Contents::Tree(tree) => tree.read(path).map(Cow::Owned),
            Contents::Embedded(package) => package.read(path).ok_or_else(|| Error::NoFile {
                package: self.name().to_owned(),
                path: path.to_owned(),
            }),
        }
    }

    /// Its workflow files: `workflow.yaml` and `workflows/*.yaml`.
    pub fn workflows(&self) -> Result<Vec<WorkflowEntry>, Error> {
        let mut found = Vec::new();
        for path in self.paths("workflow")? {
            if path == Self::WORKFLOW {
                found.insert(
                    0,
                    WorkflowEntry {
                        name: self.name().to_owned(),
                        path,
                        main: true,
                    },
                );
            } else if let Some(name) = workflow_name(&path) {
                found.push(WorkflowEntry {
                    name: name.to_owned(),
                    path,
                    main: false,
                });
            }
        }
        Ok(found)
    }

    fn component_paths(&self) -> Vec<&str> {
        let paths: BTreeSet<_> = self
            .manifest
            .components
            .iter()
            .map(|entry| entry.path.as_str())
            .collect();
        paths.into_iter().collect()
    }

    fn damaged(&self, what: &str) -> Error {
        Error::Damaged {
            package: format!("{} {}", self.name(), self.version()),
            what: what.to_owned(),
        }
    }
}

/// The name of the workflow in this file, if it is one of `workflows/*.yaml`.
pub(crate) fn workflow_name(path: &str) -> Option<&str> {
    let name = path.strip_prefix("workflows/")?.strip_suffix(".yaml")?;
    (!name.is_empty() && !name.contains('/')).then_some(name)
}

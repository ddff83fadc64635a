//! Tests of the whole: through the public types, on a real disk.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::{EmbeddedFile, EmbeddedPackage, Home, InstallOptions, Package, Registry};

mod concurrent;
mod contents;
mod crash;
mod grants;
mod install;
mod manifest;
mod many;
mod registry_file;
mod resolve;

/// The smallest thing that looks like a component.
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
const FORCE: InstallOptions = InstallOptions { force: true };
const PLAIN: InstallOptions = InstallOptions { force: false };

/// What is part of cm, in these tests.
static EMBEDDED: &[EmbeddedPackage] = &[EmbeddedPackage {
    manifest_toml: "[package]\nname = 'claude'\nversion = '1.2.0'\n[[components]]\nkind = 'engine'\nname = 'claude'\npath = 'claude.wasm'\n",
    files: &[EmbeddedFile::new("claude.wasm", COMPONENT)],
}];

/// A home and some directories to install from.
struct Place {
    directory: TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            directory: TempDir::new().unwrap(),
        }
    }

    /// In memory where that is to be had, for tests that make thousands of changes
    /// and wait for each of them to be on the disk.
    fn in_memory() -> Self {
        TempDir::new_in("/dev/shm").map_or_else(|_| Self::new(), |directory| Self { directory })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn home(&self) -> Home {
        Home::at(self.path("home")).unwrap()
    }

    fn registry(&self) -> Registry {
        Registry::open(self.home(), EMBEDDED).unwrap().0
    }

    /// A directory with these files.
    fn files(&self, name: &str, files: &[(&str, &[u8])]) -> PathBuf {
        let root = self.path(name);
        for (path, bytes) in files {
            let file = root.join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, bytes).unwrap();
        }
        root
    }

    /// A package with a workflow, an agent, and a step of the same name.
    fn package(&self, name: &str, version: &str, prompt: &str) -> PathBuf {
        let manifest = manifest(name, version, "step", name);
        let directory = format!("{name}-{version}-{}", prompt.len());
        self.files(
            &directory,
            &[
                ("cm.toml", manifest.as_bytes()),
                ("workflow.yaml", b"name: x\n"),
                ("agents/a.md", prompt.as_bytes()),
                ("step.wasm", COMPONENT),
            ],
        )
    }
}

fn manifest(name: &str, version: &str, kind: &str, component: &str) -> String {
    format!(
        "[package]\nname = \"{name}\"\nversion = \"{version}\"\n\n[[components]]\nkind = \"{kind}\"\nname = \"{component}\"\npath = \"step.wasm\"\n"
    )
}

/// All files below a directory with their contents.
fn snapshot(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            if path.is_dir() {
                files.insert(format!("{name}/"), Vec::new());
                folders.push(path);
            } else {
                files.insert(name, fs::read(path).unwrap());
            }
        }
    }
    files
}

/// What is installed, each package opened and checked.
fn state(registry: &Registry) -> Vec<String> {
    let mut lines = Vec::new();
    for it in registry.list().unwrap() {
        let Some(digest) = it.digest else { continue };
        let package = registry
            .find(&format!("{}@{}", it.name, it.version))
            .unwrap();
        package.verify().unwrap();
        assert_eq!(package.digest().unwrap(), digest);
        let mark = if it.active { "*" } else { "" };
        lines.push(format!(
            "{}@{}{mark} {}",
            it.name,
            it.version,
            prompt_of(&package)
        ));
    }
    lines
}

fn prompt_of(package: &Package) -> String {
    String::from_utf8(package.read("agents/a.md").unwrap().into_owned()).unwrap()
}

/// The directories below imports/ are those that registry.json refers to, and
/// nothing else is left.
fn assert_tidy(place: &Place) {
    let registry = place.registry();
    let imports = place.home().imports();
    let mut wanted: Vec<String> = vec!["registry.json".into(), "registry.lock".into()];
    let mut have: Vec<String> = Vec::new();
    for it in registry
        .list()
        .unwrap()
        .iter()
        .filter(|it| it.digest.is_some())
    {
        let package = registry
            .find(&format!("{}@{}", it.name, it.version))
            .unwrap();
        let root = package.directory().unwrap().to_owned();
        let imports = fs::canonicalize(&imports).unwrap();
        wanted.push(
            root.strip_prefix(imports)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned(),
        );
    }
    for path in snapshot(&imports).into_keys() {
        let mut parts = path.trim_end_matches('/').split('/');
        match (parts.next(), parts.next()) {
            // In a namespace: the package's own name, then the copy.
            (Some(space), Some(name)) if crate::is_name(name) => match parts.next() {
                Some(copy) => have.push(format!("{space}/{name}/{copy}")),
                None => assert!(
                    wanted.iter().any(|it| it.starts_with(&path)),
                    "{path} is left"
                ),
            },
            (Some(package), Some(copy)) => have.push(format!("{package}/{copy}")),
            (Some(file), None) if !path.ends_with('/') => have.push(file.to_owned()),
            (Some(folder), None) => {
                assert!(
                    wanted
                        .iter()
                        .any(|it| it.starts_with(&format!("{folder}/"))),
                    "{folder} is left"
                );
            }
            _ => {}
        }
    }
    have.sort();
    have.dedup();
    wanted.sort();
    assert_eq!(have, wanted);
}

use std::{
    fs,
    path::{Path, PathBuf},
};

use cm_registry::Package;
use tempfile::TempDir;

use super::*;
use crate::canonical;

pub(crate) mod hostile;
mod roundtrip;

pub(crate) const MANIFEST: &str = r#"
[package]
name = "review"
version = "1.2.0"
description = "Reviews."
license = "MIT"
cm = ">=0.1"

[[components]]
kind = "step"
name = "count"
path = "dist/count.wasm"

[[components]]
kind = "engine"
name = "mine"
path = "dist/mine.wasm"

[capabilities]
programs = ["git"]
workspace = "read"

[dependencies]
claude = "^1"
"#;

/// A component that imports these interfaces, with a function each.
pub(crate) fn component(imports: &[&str]) -> Vec<u8> {
    let imports: String = imports
        .iter()
        .map(|name| format!("(import \"{name}\" (instance (export \"f\" (func))))"))
        .collect();
    wat::parse_str(format!("(component {imports})")).unwrap()
}

fn files() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("cm.toml", MANIFEST.into()),
        ("README.md", "# Review\n".into()),
        ("workflow.yaml", "name: Review\n".into()),
        ("agents/planner.md", "Plan.\n".into()),
        ("agents/planner/01-risks.md", "Risks.\n".into()),
        ("tests/one.json", "{}".into()),
        ("assets/empty", Vec::new()),
        (
            "dist/count.wasm",
            component(&["cm:flow/run@0.1.0", "wasi:cli/stdout@0.2.0"]),
        ),
        ("dist/mine.wasm", component(&[])),
    ]
}

fn write(root: &Path, files: &[(&str, Vec<u8>)]) {
    for (path, bytes) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

fn made(files: &[(&str, Vec<u8>)]) -> Result<Artifact, Error> {
    let directory = TempDir::new().unwrap();
    write(directory.path(), files);
    let package = Package::open(directory.path()).unwrap();
    Artifact::make(&package, &MakeOptions::default())
}

fn unpacked(artifact: &Artifact) -> Result<(TempDir, PathBuf), Error> {
    let directory = TempDir::new().unwrap();
    let into = directory.path().join("package");
    artifact.contents.unpack("review 1.2.0", artifact, &into)?;
    Ok((directory, into))
}

/// All files below a directory, sorted.
fn tree(root: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                found.push((name, fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

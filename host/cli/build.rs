//! Puts the first-party packages into the program: the components that
//! `cargo xtask guests` has built, and the packages that are files.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = fs::canonicalize(&root).expect("the workspace");
    let guests =
        std::env::var_os("CM_GUESTS_DIR").map_or(root.join("target/guests"), PathBuf::from);
    println!("cargo::rerun-if-env-changed=CM_GUESTS_DIR");
    let mut missing = Vec::new();
    let mut packages = String::new();
    for kind in ["controllers", "engines", "workflows"] {
        let folder = root.join("plugins").join(kind);
        println!("cargo::rerun-if-changed={}", folder.display());
        for package in entries(&folder) {
            if package.join("cm.toml").is_file() {
                embed(&package, &guests, &mut packages, &mut missing);
            }
        }
    }
    if !missing.is_empty() {
        println!(
            "cargo::warning=built without {}: run `cargo xtask build` for a complete `cm`",
            missing.join(", ")
        );
    }
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("an output directory"));
    let code = format!("pub(crate) static PACKAGES: &[EmbeddedPackage] = &[\n{packages}];\n");
    fs::write(out.join("packages.rs"), code).expect("the list of packages");
}

/// A package with a component has that alone; one that is files has all of them.
fn embed(package: &Path, guests: &Path, packages: &mut String, missing: &mut Vec<String>) {
    let manifest = package.join("cm.toml");
    let name = package
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    let text = fs::read_to_string(&manifest).expect("a readable cm.toml");
    let mut files = Vec::new();
    if text.contains("[[components]]") {
        let component = guests.join(format!("{name}.wasm"));
        println!("cargo::rerun-if-changed={}", component.display());
        if !component.is_file() {
            return missing.push(name);
        }
        files.push((format!("{name}.wasm"), component));
    } else {
        collect(package, package, &mut files);
    }
    let _ = writeln!(
        packages,
        "    EmbeddedPackage {{ manifest_toml: include_str!({manifest:?}), files: &["
    );
    for (path, file) in files {
        let bytes = fs::read(&file).expect("a readable file");
        let digest: String = Sha256::digest(&bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let _ = writeln!(
            packages,
            "        EmbeddedFile {{ path: {path:?}, bytes: include_bytes!({file:?}), digest: Some({digest:?}) }},"
        );
    }
    packages.push_str("    ] },\n");
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, PathBuf)>) {
    for entry in entries(folder) {
        if entry.is_dir() {
            collect(root, &entry, files);
        } else if entry.file_name().is_some_and(|name| name != "cm.toml") {
            let path = entry
                .strip_prefix(root)
                .expect("a file below")
                .to_string_lossy()
                .into_owned();
            files.push((path, entry));
        }
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of packages");
    let mut paths: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.sort();
    paths
}

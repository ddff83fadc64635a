//! Making the copy of a package, and its record.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use cm_types::Digest;
use serde_json::{Map, Value};

use crate::{
    Arrival, Error, Kind, Manifest, Package, ProjectManifest, contents, disk,
    package::{parse_manifest, workflow_name},
    record::{ComponentRecord, Record},
    wasm,
};

/// Copies a package, checking what is copied, and gives each file's digest.
pub(super) fn copy(package: &Package, staged: &Path) -> Result<BTreeMap<String, Digest>, Error> {
    let name = package.name();
    let mut files = BTreeMap::new();
    let mut folders = BTreeSet::new();
    disk::create_directories(staged)?;
    package.each_file(|path, bytes| {
        if path == Manifest::FILE && !is_of(package, parse_manifest(path, bytes)?) {
            return Err(Error::invalid(
                name,
                "its cm.toml was changed while it was being installed",
            ));
        }
        if package
            .manifest()
            .components
            .iter()
            .any(|entry| entry.path == path)
            && let Some(why) = wasm::objection(bytes)
        {
            return Err(Error::invalid(name, format!("`{path}` {why}")));
        }
        let file = staged.join(path);
        if let Some(folder) = file.parent()
            && folders.insert(folder.to_owned())
        {
            disk::create_directories(folder)?;
        }
        disk::write(&file, bytes)?;
        files.insert(path.to_owned(), Digest::of(bytes));
        Ok(())
    })?;
    folders
        .iter()
        .try_for_each(|folder| disk::sync_directory(folder))?;
    let works = files
        .keys()
        .any(|path| path == Package::WORKFLOW || workflow_name(path).is_some());
    if !works && package.manifest().components.is_empty() {
        return Err(Error::invalid(
            name,
            "there is nothing in it: no workflow.yaml, no workflows/*.yaml, no component",
        ));
    }
    Ok(files)
}

/// Whether this is what a package's `cm.toml` said when the package was opened.
fn is_of(package: &Package, now: ProjectManifest) -> bool {
    match now.package {
        Some(now) => now == *package.manifest(),
        None => package.is_loose() && now.dependencies == package.manifest().dependencies,
    }
}

/// What registry.json will say of the copy, its place apart.
pub(super) fn describe(arrival: &Arrival<'_>, files: &BTreeMap<String, Digest>) -> Record {
    let package = arrival.package;
    let manifest = package.manifest();
    let component = |entry: &crate::ComponentEntry| {
        files.get(&entry.path).map(|digest| ComponentRecord {
            kind: entry.kind,
            name: entry.name.clone(),
            path: entry.path.clone(),
            digest: *digest,
            extra: Map::new(),
        })
    };
    let mut kinds: BTreeSet<_> = manifest.components.iter().map(|entry| entry.kind).collect();
    if files
        .keys()
        .any(|path| path == Package::WORKFLOW || workflow_name(path).is_some())
    {
        kinds.insert(Kind::Workflow);
    }
    let mut record = Record {
        name: arrival.name.clone(),
        version: package.version().clone(),
        source: String::new(),
        path: String::new(),
        installed_at: jiff::Timestamp::now().to_string(),
        resolved_paths: BTreeMap::new(),
        digest: contents::digest(files.iter().map(|(path, digest)| (path.as_str(), *digest))),
        kinds: kinds.into_iter().collect(),
        components: manifest.components.iter().filter_map(component).collect(),
        capabilities: manifest.capabilities.clone(),
        description: manifest.package.description.clone(),
        dependencies: manifest.dependencies.clone(),
        manifest: None,
        requirement: None,
        dependency: false,
        signer: None,
        grants: arrival.grants.clone().unwrap_or_default(),
        extra: Map::new(),
    };
    record.arrive(&arrival.provenance);
    record
}

/// Fills in what depends on where the copy goes.
pub(super) fn complete(record: &mut Record, path: &Path, files: &BTreeMap<String, Digest>) {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    record.path = text(path);
    let has = |folder: &str| files.keys().any(|file| file.starts_with(folder));
    let mut resolve = |key: &str, target: PathBuf| {
        record
            .resolved_paths
            .insert(key.to_owned(), Value::String(text(&target)));
    };
    if files.contains_key(Manifest::FILE) {
        resolve("config", path.join(Manifest::FILE));
    }
    if has("workflows/") {
        resolve("workflows", path.join("workflows"));
    } else if files.contains_key(Package::WORKFLOW) {
        resolve("workflows", path.to_owned());
    }
    if has("agents/") {
        resolve("prompts", path.join("agents"));
    }
}

//! An OCI image layout in a `.tar`.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read, Write},
    path::Path,
};

use crate::{Error, Layout, disk};

/// An archive of ours is not larger.
const MAX_BYTES: u64 = 1 << 30;
/// And has no more entries.
const MAX_ENTRIES: usize = 10_000;

/// Writes a layout as an archive, in one move. The same layout makes the same bytes.
pub(super) fn write(layout: &Layout, to: &Path) -> Result<(), Error> {
    let failed = |error| Error::io("write", to, error);
    let parent = super::apply::parent(to);
    disk::create_directories(parent)?;
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    let new = disk::fresh(parent, &name);
    let written = File::create_new(&new).and_then(|file| {
        let mut archive = tar::Builder::new(file);
        for path in ["oci-layout", "index.json"] {
            append(&mut archive, layout.root(), path)?;
        }
        let folder = "blobs/sha256";
        let entries = fs::read_dir(layout.root().join(folder))?;
        let names: io::Result<BTreeSet<String>> = entries
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect();
        for name in names?.iter().filter(|name| is_digest(name)) {
            append(&mut archive, layout.root(), &format!("{folder}/{name}"))?;
        }
        let mut file = archive.into_inner()?;
        file.flush()?;
        file.sync_all()?;
        fs::rename(&new, to)
    });
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written.map_err(failed)
}

fn append(archive: &mut tar::Builder<File>, root: &Path, path: &str) -> io::Result<()> {
    let bytes = fs::read(root.join(path))?;
    let mut header = tar::Header::new_ustar();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header.set_entry_type(tar::EntryType::Regular);
    archive.append_data(&mut header, path, bytes.as_slice())
}

/// Reads an archive into a directory. What is not part of a layout is refused: a
/// link, a device, another path, the same file twice.
pub(super) fn open(path: &Path, into: &Path) -> Result<Layout, Error> {
    let what = path.display().to_string();
    let refused = |why: &str| Error::refused(what.clone(), why);
    let unreadable = |error: io::Error| Error::io("read", path, error);
    let file = File::open(path).map_err(unreadable)?;
    if !file.metadata().map_err(unreadable)?.is_file() {
        return Err(refused("it is not a file"));
    }
    let mut archive = tar::Archive::new(file.take(MAX_BYTES));
    let root = into.join("layout");
    disk::create_directories(&root.join("blobs").join("sha256"))?;
    let mut seen = BTreeSet::new();
    for (number, entry) in archive.entries().map_err(unreadable)?.enumerate() {
        let broken = |error: io::Error| refused(&format!("it is not a tar archive: {error}"));
        let mut entry = entry.map_err(broken)?;
        let name = entry.path_bytes();
        let name = String::from_utf8_lossy(&name)
            .trim_end_matches('/')
            .to_owned();
        let name = name.strip_prefix("./").unwrap_or(&name).to_owned();
        if entry.header().entry_type().is_dir()
            && matches!(name.as_str(), "." | "" | "blobs" | "blobs/sha256")
        {
            continue;
        }
        let blob = name.strip_prefix("blobs/sha256/").is_some_and(is_digest);
        let known = blob || matches!(name.as_str(), "oci-layout" | "index.json");
        if !known || !entry.header().entry_type().is_file() {
            let why = format!("`{}` is no part of an image layout", name.escape_debug());
            return Err(refused(&why));
        }
        if number > MAX_ENTRIES || !seen.insert(name.clone()) {
            return Err(refused("it has too many entries, or one of them twice"));
        }
        let to = root.join(&name);
        let mut file = File::create_new(&to).map_err(|error| Error::io("write", &to, error))?;
        let size = entry.size();
        let copied = io::copy(&mut entry, &mut file).map_err(broken)?;
        if copied != size {
            return Err(refused("it ends too early"));
        }
    }
    if !seen.contains("index.json") {
        return Err(refused("it has no index.json"));
    }
    Ok(Layout::at(root))
}

fn is_digest(name: &str) -> bool {
    name.len() == 64
        && name
            .bytes()
            .all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
}

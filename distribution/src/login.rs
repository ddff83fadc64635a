//! Credentials for registries, kept where Docker keeps them.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use cm_registry::Home;
use serde_json::{Map, Value, json};

use crate::{Credentials, Error, Remote, disk};

#[cfg(test)]
mod tests;

/// A file larger than that is none.
const MAX_BYTES: u64 = 4 << 20;

/// Hands credentials to a program that keeps them: given what follows
/// `docker-credential-` in its name and what it reads. Starting programs is not this
/// crate's room.
pub type Keeper<'a> = dyn Fn(&str, &str) -> Result<(), String> + 'a;

/// Where credentials are kept now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// In this file, which only its owner can read.
    File(PathBuf),
    /// By the program `docker-credential-…`.
    Program(String),
}

/// Signs in at a registry: asks it whether it takes the credentials, and keeps them
/// in Docker's configuration.
///
/// # Errors
/// When it does not take them, or they cannot be kept; then nothing has changed.
pub fn sign_in(
    home: &Home,
    url: &str,
    user: &str,
    password: &str,
    keeper: &Keeper<'_>,
) -> Result<Kept, Error> {
    let credentials = Credentials::Password {
        user: user.to_owned(),
        password: password.to_owned(),
    };
    let remote = Remote::with_credentials(url, Some(credentials))?;
    remote.enter()?;
    let directory = directory().ok_or_else(|| Error::Credentials {
        host: remote.host().to_owned(),
        why: "neither DOCKER_CONFIG nor HOME is set".into(),
    })?;
    disk::create_directories(home.root())?;
    let _lock = disk::Lock::acquire(&home.root().join("login.lock"))?;
    keep(&directory, remote.host(), user, password, keeper)
}

/// Where Docker's configuration is.
fn directory() -> Option<PathBuf> {
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".docker"));
    std::env::var_os("DOCKER_CONFIG")
        .filter(|it| !it.is_empty())
        .map(PathBuf::from)
        .or_else(home)
}

fn keep(
    directory: &Path,
    host: &str,
    user: &str,
    password: &str,
    keeper: &Keeper<'_>,
) -> Result<Kept, Error> {
    let file = directory.join("config.json");
    // Many keep such files elsewhere, and a link in their place.
    let file = fs::canonicalize(&file).unwrap_or(file);
    let wrong = |why: String| Error::Credentials {
        host: host.to_owned(),
        why,
    };
    let unreadable = |why: &str| wrong(format!("{}: {why}", file.display()));
    let bytes = disk::read(&file, MAX_BYTES)?.unwrap_or_default();
    let mut config: Map<String, Value> = match bytes.trim_ascii() {
        b"" => Map::new(),
        bytes => serde_json::from_slice(bytes).map_err(|it| unreadable(&it.to_string()))?,
    };
    let program = program(&config, host);
    let entry = config
        .entry("auths")
        .or_insert_with(|| json!({}))
        .as_object_mut()
        .ok_or_else(|| unreadable("its `auths` is not an object"))?
        .entry(host)
        .or_insert_with(|| json!({}))
        .as_object_mut()
        .ok_or_else(|| unreadable("an entry of its `auths` is not an object"))?;
    // They would come before what is kept now.
    for old in [
        "auth",
        "identitytoken",
        "registrytoken",
        "username",
        "password",
    ] {
        entry.remove(old);
    }
    if let Some(program) = &program {
        let text = json!({ "ServerURL": host, "Username": user, "Secret": password });
        keeper(program, &text.to_string()).map_err(wrong)?;
    } else {
        let auth = STANDARD.encode(format!("{user}:{password}"));
        entry.insert("auth".into(), auth.into());
    }
    write(&file, &config).map_err(|error| Error::io("write", &file, error))?;
    Ok(match program {
        Some(program) => Kept::Program(program),
        None => Kept::File(file),
    })
}

/// The program that keeps the credentials for this host, if one does.
fn program(config: &Map<String, Value>, host: &str) -> Option<String> {
    let text = |value: Option<&Value>| {
        let text = value?.as_str()?;
        (!text.is_empty()).then(|| text.to_owned())
    };
    let own = config.get("credHelpers").and_then(|all| all.get(host));
    text(own).or_else(|| text(config.get("credsStore")))
}

/// Writes it in one move, for its owner alone.
fn write(file: &Path, config: &Map<String, Value>) -> io::Result<()> {
    let mut bytes = Vec::new();
    // As Docker itself does.
    let tabs = serde_json::ser::PrettyFormatter::with_indent(b"\t");
    let mut writer = serde_json::Serializer::with_formatter(&mut bytes, tabs);
    serde::Serialize::serialize(config, &mut writer)?;
    bytes.push(b'\n');
    let directory = file.parent().unwrap_or(Path::new("."));
    disk::create_directories(directory).map_err(io::Error::other)?;
    let new = disk::fresh(directory, "config.json");
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&new).and_then(|mut opened| {
        opened.write_all(&bytes)?;
        opened.sync_all()?;
        fs::rename(&new, file)
    });
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written?;
    disk::sync_directory(directory).map_err(io::Error::other)
}

//! Reading registry.json, whatever state it is in.

use std::{fs, io, path::Path, time::Duration};

use crate::{Error, Home, Notice, disk, index::Index, lock::Lock, record::Record, sweep::Sweep};

/// A registry.json larger than that is none.
const MAX_BYTES: u64 = 16 << 20;
/// How long somebody who only reads waits to mend an invalid file.
const PATIENCE: Duration = Duration::from_secs(2);

enum Found {
    Nothing,
    Good(Index),
    /// What is wrong.
    Bad(String),
    Unreadable(io::Error),
}

/// For reading: never fails, and says in notices what is not as it should be.
pub(crate) fn load(home: &Home) -> (Index, Vec<Notice>) {
    let file = home.registry_file();
    match look(home) {
        Found::Good(index) => {
            let notice = index.newer.map(|version| {
                Notice::new(format!(
                    "{} has schemaVersion {version}, from a newer cm; it is read as far as it is understood",
                    file.display()
                ))
                .with_help("upgrade cm")
            });
            (index, notice.into_iter().collect())
        }
        Found::Nothing => rebuild(home, "is missing"),
        Found::Unreadable(error) => {
            let why = format!("cannot be read: {error}");
            let (index, mut notices) = rebuild(home, &why);
            if notices.is_empty() {
                notices.push(Notice::new(format!("{} {why}", file.display())));
            }
            (index, notices)
        }
        Found::Bad(why) => match mend(home) {
            Ok(mended) => mended,
            Err(error) => {
                let (index, mut notices) = rebuild(home, &format!("is invalid: {why}"));
                notices.insert(
                    0,
                    Notice::new(format!(
                        "{} is invalid ({why}) and could not be set aside: {error}",
                        file.display()
                    )),
                );
                (index, notices)
            }
        },
    }
}

/// For changing, under the lock.
pub(crate) fn load_to_change(home: &Home) -> Result<(Index, Vec<Notice>), Error> {
    let file = home.registry_file();
    match look(home) {
        Found::Good(index) => match index.newer {
            Some(version) => Err(Error::Newer { file, version }),
            None => Ok((index, Vec::new())),
        },
        Found::Nothing => Ok(rebuild(home, "is missing")),
        Found::Bad(why) => set_aside(home, &why),
        Found::Unreadable(error) => Err(Error::io("read", file, error)),
    }
}

/// Writes registry.json. For who holds the lock.
pub(crate) fn save(home: &Home, index: &Index) -> Result<(), Error> {
    let file = home.registry_file();
    match index.bytes() {
        Ok(bytes) => disk::replace(&file, &bytes),
        Err(error) => Err(Error::io("write", file, error.into())),
    }
}

fn look(home: &Home) -> Found {
    let file = home.registry_file();
    match disk::read(&file, MAX_BYTES) {
        Ok(Some(bytes)) => Index::parse(&bytes).map_or_else(Found::Bad, Found::Good),
        Ok(None) => Found::Bad(format!("it has more than {} MiB", MAX_BYTES >> 20)),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Found::Nothing
        }
        Err(_) if file.is_dir() => Found::Bad("it is a directory".into()),
        Err(error) => Found::Unreadable(error),
    }
}

fn mend(home: &Home) -> Result<(Index, Vec<Notice>), Error> {
    let _lock = Lock::acquire(home, PATIENCE)?;
    match look(home) {
        Found::Bad(why) => set_aside(home, &why),
        // Somebody else was faster.
        _ => Ok(load(home)),
    }
}

fn set_aside(home: &Home, why: &str) -> Result<(Index, Vec<Notice>), Error> {
    let file = home.registry_file();
    let now = jiff::Timestamp::now()
        .strftime("%Y%m%dT%H%M%SZ")
        .to_string();
    let mut number = 0;
    // The invalid file keeps its place until the new one replaces it, so that a
    // crash in between finds it again.
    let kept = loop {
        let suffix = if number == 0 {
            String::new()
        } else {
            format!("-{number}")
        };
        let kept = file.with_file_name(format!("registry.json.invalid-{now}{suffix}"));
        number += 1;
        match disk::keep_as(&file, &kept) {
            Ok(()) => break kept,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 1000 => {}
            Err(error) => return Err(Error::io("set aside the invalid", file, error)),
        }
    };
    disk::sync_directory(&home.imports())?;
    let (index, mut notices) = rebuild(home, "was invalid");
    save(home, &index)?;
    // This one says it all.
    notices.retain(|notice| notice.help.is_some());
    let count = index.ours().count();
    notices.insert(
        0,
        Notice::new(format!(
            "{} was invalid ({why}); it is kept as {}, and a new one was made from the {count} package(s) installed below {}",
            file.display(),
            kept.display(),
            home.imports().display(),
        )),
    );
    Ok((index, notices))
}

/// What is installed, from the copies themselves.
fn rebuild(home: &Home, why: &str) -> (Index, Vec<Notice>) {
    let imports = home.imports();
    let unfinished = Sweep::read(home).add;
    let mut index = Index::default();
    let mut notices = Vec::new();
    let mut records = Vec::new();
    let version = |name: &str| semver::Version::parse(name).is_ok();
    let mut packages = directories(&imports, crate::names::valid);
    for namespace in packages.clone() {
        let inside = directories(&imports.join(&namespace), crate::names::valid);
        packages.extend(inside.iter().map(|name| format!("{namespace}/{name}")));
    }
    for package in packages {
        for copy in directories(&imports.join(&package), version) {
            let place = format!("{package}/{copy}");
            if unfinished.contains(&place) {
                continue;
            }
            match read_record(&imports.join(&place)) {
                Ok(record) if record.place().as_deref() == Some(&*place) => records.push(record),
                Ok(_) => notices.push(left_out(
                    &imports.join(&place),
                    "its record names another place",
                )),
                Err(why) => notices.push(left_out(&imports.join(&place), &why)),
            }
        }
    }
    // The highest version becomes the active one; of two copies of one version,
    // the later.
    records.sort_by(|a, b| (&a.version, &a.installed_at).cmp(&(&b.version, &b.installed_at)));
    for record in records {
        index.put(record, true);
    }
    let count = index.ours().count();
    if count > 0 {
        notices.insert(
            0,
            Notice::new(format!(
                "{} {why}; going by the {count} package(s) found below {}",
                home.registry_file().display(),
                imports.display(),
            )),
        );
    }
    (index, notices)
}

fn left_out(directory: &Path, why: &str) -> Notice {
    Notice::new(format!("{} is left out: {why}", directory.display())).with_help(format!(
        "install it again: cm install {}",
        directory.display()
    ))
}

fn read_record(directory: &Path) -> Result<Record, String> {
    match disk::read(&directory.join(Record::FILE), 1 << 20) {
        Ok(Some(bytes)) => serde_json::from_slice(&bytes)
            .map_err(|error| format!("its record is invalid: {error}")),
        Ok(None) => Err("its record is too large".into()),
        Err(error) => Err(format!("its record cannot be read: {error}")),
    }
}

/// The names of the directories in a directory that could be ours, sorted.
fn directories(path: &Path, ours: impl Fn(&str) -> bool) -> Vec<String> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| ours(name))
        .collect();
    names.sort();
    names
}

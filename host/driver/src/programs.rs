//! What is known of engines' programs, by the files that they are: their versions, which
//! need not be asked for again until a file changes, and what was said about them.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, Write as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use cm_registry::Home;
use serde::{Deserialize, Serialize};

/// What is written is not longer; anything else that lies there is none of ours.
const LONGEST: u64 = 1024 * 1024;
/// So much is remembered of what was said.
const MOST_TOLD: usize = 500;

/// The file that a program is, as it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramFile {
    /// Where it is, without links.
    pub path: PathBuf,
    /// When it was written last: nanoseconds since 1970.
    modified: u64,
    /// The same for when it was put there, which no installer can choose.
    changed: i64,
    size: u64,
}

/// What is written down in a home about programs.
#[derive(Clone, Debug)]
pub struct Programs {
    home: Home,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Written {
    #[serde(default)]
    versions: Vec<Version>,
    /// Engines with a version, about which the person was told something.
    #[serde(default)]
    told: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Version {
    engine: String,
    #[serde(flatten)]
    file: ProgramFile,
    version: Option<String>,
}

impl ProgramFile {
    /// The one that this name stands for on this PATH.
    pub fn find(program: &str, path: &OsStr) -> Option<Self> {
        let found = cm_effects::find_program(program, path)?;
        let path = fs::canonicalize(found).ok()?;
        let metadata = fs::metadata(&path).ok()?;
        let modified = metadata.modified().ok()?;
        let modified = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
        Some(Self {
            path,
            modified: u64::try_from(modified.as_nanos()).unwrap_or(u64::MAX),
            changed: metadata
                .ctime()
                .saturating_mul(1_000_000_000)
                .saturating_add(metadata.ctime_nsec()),
            size: metadata.len(),
        })
    }
}

impl Programs {
    /// Those of this home. Nothing is made before something is written.
    pub fn of(home: &Home) -> Self {
        Self { home: home.clone() }
    }

    /// The version that an engine's program said it has while it was this file; none when
    /// it was not asked yet, `Some(None)` when it did not say.
    pub fn version(&self, engine: &str, file: &ProgramFile) -> Option<Option<String>> {
        let mut known = self.read().versions.into_iter();
        let same = |known: &Version| known.engine == engine && known.file == *file;
        known.find(same).map(|known| known.version)
    }

    /// Writes down which version it says it has.
    ///
    /// # Errors
    /// When the home cannot be written.
    pub fn keep(&self, engine: &str, file: &ProgramFile, version: Option<&str>) -> io::Result<()> {
        self.change(|written| {
            let other = |known: &Version| known.engine != engine || known.file.path != file.path;
            written.versions.retain(other);
            written.versions.push(Version {
                engine: engine.to_owned(),
                file: file.clone(),
                version: version.map(str::to_owned),
            });
        })
    }

    /// Whether the person is told about this version for the first time. It is written
    /// down that they were.
    ///
    /// # Errors
    /// When the home cannot be written.
    pub fn tell_once(&self, engine: &str, version: &str) -> io::Result<bool> {
        let what = format!("{engine} {version}");
        if self.read().told.contains(&what) {
            return Ok(false);
        }
        let mut first = false;
        self.change(|written| {
            first = !written.told.contains(&what);
            if first {
                written.told.push(what);
                let over = written.told.len().saturating_sub(MOST_TOLD);
                written.told.drain(..over);
            }
        })?;
        Ok(first)
    }

    fn path(&self) -> PathBuf {
        self.home.root().join("programs.json")
    }

    /// What is written; nothing, when it cannot be read: all of it can be found out again.
    fn read(&self) -> Written {
        read(&self.path()).unwrap_or_default()
    }

    fn change(&self, change: impl FnOnce(&mut Written)) -> io::Result<()> {
        let root = self.home.root();
        self.home.create(root).map_err(io::Error::other)?;
        let lock = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(root.join("programs.lock"))?;
        lock.lock()?;
        let mut written = self.read();
        change(&mut written);
        let mut draft = tempfile::NamedTempFile::new_in(root)?;
        draft.write_all(&serde_json::to_vec(&written)?)?;
        let kept = draft.persist(self.path());
        kept.map(drop).map_err(|error| error.error)
    }
}

fn read(path: &Path) -> Option<Written> {
    let metadata = fs::symlink_metadata(path).ok()?;
    if !metadata.is_file() || metadata.len() > LONGEST {
        return None;
    }
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    struct Place {
        held: tempfile::TempDir,
        programs: Programs,
    }

    impl Place {
        fn new() -> Self {
            let held = tempfile::tempdir().unwrap();
            let home = Home::at(held.path().join("home")).unwrap();
            let programs = Programs::of(&home);
            Self { held, programs }
        }

        fn program(&self, text: &str) -> ProgramFile {
            let file = self.held.path().join("real");
            fs::write(&file, text).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
            let link = self.held.path().join("agent");
            if !link.exists() {
                symlink(&file, &link).unwrap();
            }
            ProgramFile::find("agent", self.held.path().as_os_str()).unwrap()
        }
    }

    #[test]
    fn a_version_holds_until_the_file_changes() {
        let place = Place::new();
        let programs = &place.programs;
        let one = place.program("one");
        assert!(one.path.ends_with("real"));
        assert_eq!(programs.version("a", &one), None);
        programs.keep("a", &one, Some("1.0")).unwrap();
        programs.keep("b", &one, None).unwrap();
        assert_eq!(programs.version("a", &one), Some(Some("1.0".into())));
        assert_eq!(programs.version("b", &one), Some(None));
        let other = place.program("other");
        assert_ne!(one, other);
        assert_eq!(programs.version("a", &other), None);
        programs.keep("a", &other, Some("2.0")).unwrap();
        assert_eq!(programs.version("a", &one), None);
        assert_eq!(programs.read().versions.len(), 2);
    }

    #[test]
    fn a_person_is_told_once() {
        let programs = Place::new().programs;
        for (engine, version, first) in [
            ("a", "1.0", true),
            ("a", "1.0", false),
            ("a", "1.1", true),
            ("b", "1.0", true),
            ("a", "1.0", false),
        ] {
            assert_eq!(programs.tell_once(engine, version).unwrap(), first);
        }
    }

    #[test]
    fn what_is_damaged_is_found_out_again() {
        let place = Place::new();
        let file = place.program("one");
        place.programs.keep("a", &file, Some("1.0")).unwrap();
        for text in ["{", "[]", ""] {
            fs::write(place.programs.path(), text).unwrap();
            assert_eq!(place.programs.version("a", &file), None);
            place.programs.keep("a", &file, Some("1.0")).unwrap();
            let known = place.programs.version("a", &file);
            assert_eq!(known, Some(Some("1.0".into())));
        }
    }
}

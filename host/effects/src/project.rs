//! The project's text files, for guests that may look at them.

use std::{
    fs,
    io::{self, Read as _},
    path::{Component, Path, PathBuf},
};

mod pattern;

pub(crate) use pattern::Pattern;

/// The largest file that is read, in bytes.
pub const MAX_FILE: u64 = 4 * 1024 * 1024;
/// How many files a pattern may match.
pub const MAX_MATCHES: usize = 1000;
/// How many directory entries are looked at for one pattern.
const MAX_ENTRIES: usize = 200_000;

/// Where a project keeps its runs.
const STATE: &str = ".codemachine";

/// The files of one project. Nothing outside of its directory is reached, by no path and
/// over no link; nor is what the database of its runs is made of.
#[derive(Clone, Debug)]
pub struct Project {
    root: PathBuf,
}

/// Why a file of the project was not read.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// No relative path with `/`.
    #[error("`{0}` is no path in the project: it must be relative, with `/` and without `..`")]
    Path(String),
    /// Over a link.
    #[error("`{0}` leads out of the project, over a link")]
    Outside(String),
    /// Part of the journal.
    #[error("`{0}` belongs to the journal of the project's runs, which is not handed out")]
    Reserved(String),
    /// Not there.
    #[error("the project has no file `{0}`")]
    Missing(String),
    /// A directory, a pipe, …
    #[error("`{0}` is no file")]
    NotAFile(String),
    /// Not UTF-8.
    #[error("`{0}` is not a text file: it is not UTF-8")]
    NotText(String),
    /// Larger than [`MAX_FILE`].
    #[error("`{0}` is larger than {MAX_FILE} bytes, and larger files are not read")]
    TooLarge(String),
    /// More than [`MAX_MATCHES`].
    #[error("`{0}` matches more than {MAX_MATCHES} files, or lies in too large a tree; narrow it")]
    TooMany(String),
    /// The system says no.
    #[error("`{path}` cannot be read: {source}")]
    Io {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
}

impl Project {
    /// The project in this directory.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// A text file, by its relative path.
    ///
    /// # Errors
    /// When it is not there, not text, too large, or not to be had.
    pub fn read(&self, path: &str) -> Result<String, ProjectError> {
        let named = || path.to_owned();
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => ProjectError::Missing(named()),
            _ => ProjectError::Io {
                path: named(),
                source: error,
            },
        };
        let relative = relative(path)?;
        let root = fs::canonicalize(&self.root).map_err(failed)?;
        let found = fs::canonicalize(root.join(relative)).map_err(failed)?;
        let inside = found
            .strip_prefix(&root)
            .map_err(|_| ProjectError::Outside(named()))?;
        if is_reserved(inside) {
            return Err(ProjectError::Reserved(named()));
        }
        let metadata = fs::metadata(&found).map_err(failed)?;
        // Opening a pipe would wait for its other end.
        if !metadata.is_file() {
            return Err(ProjectError::NotAFile(named()));
        }
        let mut bytes = Vec::new();
        let file = fs::File::open(&found).map_err(failed)?;
        // What grows while it is read is not read for ever.
        file.take(MAX_FILE + 1)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        if bytes.len() as u64 > MAX_FILE {
            return Err(ProjectError::TooLarge(named()));
        }
        String::from_utf8(bytes).map_err(|_| ProjectError::NotText(named()))
    }

    /// The files that match a pattern, sorted: `*` and `?` within a name, `**` for any
    /// directories. Hidden files only where the pattern names the dot.
    ///
    /// # Errors
    /// When it is no relative path, or matches too much.
    pub fn matching(&self, pattern: &str) -> Result<Vec<String>, ProjectError> {
        relative(pattern)?;
        let wanted = Pattern::new(pattern);
        let mut search = Search {
            root: &self.root,
            pattern,
            found: Vec::new(),
            entries: 0,
        };
        search.look("", &wanted)?;
        let mut found = search.found;
        found.sort();
        found.dedup();
        Ok(found)
    }
}

struct Search<'pattern> {
    root: &'pattern Path,
    pattern: &'pattern str,
    found: Vec<String>,
    entries: usize,
}

impl Search<'_> {
    /// Looks through one directory, whose path is empty or ends with `/`.
    fn look(&mut self, directory: &str, wanted: &Pattern) -> Result<(), ProjectError> {
        // A directory that cannot be listed has nothing that matches.
        let Ok(entries) = fs::read_dir(self.root.join(directory)) else {
            return Ok(());
        };
        for entry in entries.flatten() {
            self.entries += 1;
            let name = entry.file_name();
            let (Some(name), Ok(kind)) = (name.to_str(), entry.file_type()) else {
                continue;
            };
            let path = format!("{directory}{name}");
            if is_reserved(Path::new(&path)) {
                continue;
            }
            // Directories behind links are not searched: they may lead in a circle.
            if kind.is_dir() {
                for rest in wanted.below(name) {
                    self.look(&format!("{path}/"), &rest)?;
                }
            } else if wanted.is_met_by(name) && self.is_a_file_inside(&path) {
                self.found.push(path);
            }
            if self.found.len() > MAX_MATCHES || self.entries > MAX_ENTRIES {
                return Err(ProjectError::TooMany(self.pattern.to_owned()));
            }
        }
        Ok(())
    }

    fn is_a_file_inside(&self, path: &str) -> bool {
        let found = fs::canonicalize(self.root.join(path));
        let (Ok(found), Ok(root)) = (found, fs::canonicalize(self.root)) else {
            return false;
        };
        let inside = found.strip_prefix(&root);
        inside.is_ok_and(|inside| !is_reserved(inside)) && found.is_file()
    }
}

/// A path that stays where it is, whatever is there.
fn relative(path: &str) -> Result<&Path, ProjectError> {
    let wrong = || ProjectError::Path(path.to_owned());
    let parts = Path::new(path).components();
    let stays = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    let fine = !path.is_empty() && !path.contains(['\\', '\0']);
    if fine && parts.clone().all(stays) {
        Ok(Path::new(path))
    } else {
        Err(wrong())
    }
}

/// Whether it is part of the journal. Everything else below `.codemachine` is the
/// person's or a package's: inputs, plans, what was kept.
pub(crate) fn is_reserved(path: &Path) -> bool {
    let mut parts = path.iter().filter_map(|part| part.to_str());
    if parts.next() != Some(STATE) {
        return false;
    }
    parts.next().is_some_and(|name| {
        matches!(name, "runs" | "blobs")
            || name.starts_with("journal.")
            || name.starts_with(".new-")
    })
}

#[cfg(test)]
mod tests;

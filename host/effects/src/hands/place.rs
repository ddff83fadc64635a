//! Where the tools may reach.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

use cm_types::Permissions;

use super::{Hands, Refusal};
use crate::project::is_reserved;

impl Hands {
    /// Something that is there, by its real path.
    pub(super) fn existing(&self, path: &str) -> Result<PathBuf, Refusal> {
        let wanted = self.wanted(path)?;
        let found = fs::canonicalize(&wanted).map_err(|error| match error.kind() {
            // Whether there is something outside is nobody's business.
            io::ErrorKind::NotFound if self.is_outside_at_first_sight(&wanted) => outside(path),
            io::ErrorKind::NotFound => Refusal::failed(format!("there is no `{path}`")),
            _ => Refusal::failed(format!("`{path}` cannot be reached: {error}")),
        })?;
        self.within(path, found)
    }

    /// A file to write: one that is there, or a place where one can be made.
    pub(super) fn writable(&self, path: &str) -> Result<PathBuf, Refusal> {
        let wanted = self.wanted(path)?;
        if let Ok(there) = fs::symlink_metadata(&wanted) {
            let found = fs::canonicalize(&wanted).map_err(|_| match there.is_symlink() {
                true => Refusal::Denied(format!("`{path}` is a link that leads nowhere")),
                false => Refusal::failed(format!("`{path}` cannot be reached")),
            })?;
            let found = self.within(path, found)?;
            return match found.is_file() {
                true => Ok(found),
                false => Err(Refusal::failed(format!("`{path}` is no file"))),
            };
        }
        // The nearest directory that is there decides where the rest would be.
        let mut rest = Vec::new();
        let mut at = wanted.as_path();
        while fs::symlink_metadata(at).is_err() {
            let mut parts = at.components();
            match parts.next_back() {
                Some(Component::Normal(name)) => rest.push(name.to_owned()),
                _ => return Err(outside(path)),
            }
            at = parts.as_path();
        }
        let mut found = fs::canonicalize(at)
            .map_err(|error| Refusal::failed(format!("`{path}` cannot be reached: {error}")))?;
        found.extend(rest.iter().rev());
        self.within(path, found)
    }

    /// As a model is told: relative to the working directory where it can be.
    pub(super) fn shown(&self, path: &Path) -> String {
        let directory = fs::canonicalize(&self.directory);
        let inside = directory.ok().and_then(|directory| {
            let inside = path.strip_prefix(directory).ok()?;
            Some(inside.to_owned())
        });
        inside.as_deref().unwrap_or(path).display().to_string()
    }

    fn wanted(&self, path: &str) -> Result<PathBuf, Refusal> {
        if path.contains('\0') {
            return Err(Refusal::failed("a path holds no NUL character"));
        }
        // An absolute path stays as it is.
        Ok(self.directory.join(path))
    }

    fn is_outside_at_first_sight(&self, wanted: &Path) -> bool {
        let climbs = wanted.components().any(|part| part == Component::ParentDir);
        let mut all = std::iter::once(&self.directory).chain(&self.directories);
        self.permissions != Permissions::Full
            && (climbs || !all.any(|directory| wanted.starts_with(directory)))
    }

    /// A real path, if it may be reached.
    fn within(&self, path: &str, found: PathBuf) -> Result<PathBuf, Refusal> {
        let mut allowed = self.permissions == Permissions::Full;
        for directory in std::iter::once(&self.directory).chain(&self.directories) {
            let Ok(directory) = fs::canonicalize(directory) else {
                continue;
            };
            let Ok(inside) = found.strip_prefix(&directory) else {
                continue;
            };
            if is_reserved(inside) {
                return Err(Refusal::Denied(format!(
                    "`{path}` belongs to the journal of the project's runs, which is not handed out"
                )));
            }
            allowed = true;
        }
        match allowed {
            true => Ok(found),
            false => Err(outside(path)),
        }
    }
}

fn outside(path: &str) -> Refusal {
    Refusal::Denied(format!(
        "`{path}` is outside of the directories that this turn may use"
    ))
}

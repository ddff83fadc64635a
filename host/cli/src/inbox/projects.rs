//! The projects in which this person has run something: one file each in their home,
//! named by the hash of the project's path, with the path in it.

use std::{
    ffi::OsString,
    fs, io,
    io::Write as _,
    os::unix::ffi::{OsStrExt as _, OsStringExt as _},
    path::{Path, PathBuf},
};

use cm_registry::Home;
use cm_types::Digest;

use crate::{packaging, view};

/// A path is not longer; anything else that lies there is none of ours.
const LONGEST: u64 = 64 * 1024;

/// Enters a project. The run goes on without it, but nobody finds it from elsewhere.
pub(crate) fn remember(project: &Path) {
    let entered = packaging::home().map_err(|error| error.to_string());
    let entered = entered.and_then(|home| enter(&home, project));
    if let Err(why) = entered {
        let project = view::text::clean(&project.display().to_string());
        view::notice(&format!(
            "`cm inbox` will not list {project}: {}",
            view::text::one_line(&why, 200)
        ));
    }
}

fn enter(home: &Home, project: &Path) -> Result<(), String> {
    let directory = directory(home);
    let file = directory.join(Digest::of(project.as_os_str().as_bytes()).hex());
    if file.is_file() {
        return Ok(());
    }
    home.create(&directory).map_err(|error| error.to_string())?;
    let written = || {
        let mut draft = tempfile::NamedTempFile::new_in(&directory)?;
        draft.write_all(project.as_os_str().as_bytes())?;
        draft.write_all(b"\n")?;
        draft.persist(&file).map_err(|error| error.error)
    };
    let unwritable = |error: io::Error| format!("{} cannot be written: {error}", file.display());
    written().map(drop).map_err(unwritable)
}

/// The projects that are still there, in the order of their paths.
pub(crate) fn known() -> Vec<PathBuf> {
    let Ok(home) = packaging::home() else {
        return Vec::new();
    };
    let mut projects: Vec<_> = entered(&home)
        .into_iter()
        .map(|(_, project)| project)
        .filter(|project| project.is_dir())
        .collect();
    projects.sort();
    projects.dedup();
    projects
}

/// Forgets the projects that are gone, or only says which those are.
pub(crate) fn forget_gone(dry_run: bool) -> Vec<PathBuf> {
    let Ok(home) = packaging::home() else {
        return Vec::new();
    };
    let gone = entered(&home)
        .into_iter()
        // What cannot be looked at may well be there. One that comes back is entered with
        // its next run.
        .filter(|(_, project)| matches!(project.try_exists(), Ok(false)))
        .filter(|(file, _)| dry_run || fs::remove_file(file).is_ok());
    let mut gone: Vec<_> = gone.map(|(_, project)| project).collect();
    gone.sort();
    gone
}

fn directory(home: &Home) -> PathBuf {
    home.root().join("projects")
}

/// All files that say a path, each with it.
fn entered(home: &Home) -> Vec<(PathBuf, PathBuf)> {
    let Ok(entries) = fs::read_dir(directory(home)) else {
        return Vec::new();
    };
    let files = entries.flatten().map(|entry| entry.path());
    files
        .filter_map(|file| {
            let project = path_in(&file)?;
            Some((file, project))
        })
        .collect()
}

fn path_in(file: &Path) -> Option<PathBuf> {
    let metadata = fs::symlink_metadata(file).ok()?;
    if !metadata.is_file() || metadata.len() > LONGEST {
        return None;
    }
    let mut bytes = fs::read(file).ok()?;
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    let project = PathBuf::from(OsString::from_vec(bytes));
    project.is_absolute().then_some(project)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_entered_once_with_all_its_bytes() {
        let root = tempfile::tempdir().unwrap();
        let home = Home::at(root.path().join("home")).unwrap();
        assert_eq!(entered(&home), []);
        let strange = PathBuf::from(OsString::from_vec(b"/a\n\xff b\n".to_vec()));
        for project in [Path::new("/a/b"), &strange, Path::new("/a/b")] {
            enter(&home, project).unwrap();
        }
        fs::write(directory(&home).join("notes"), "not a path").unwrap();
        fs::create_dir(directory(&home).join("folder")).unwrap();
        let mut found: Vec<_> = entered(&home).into_iter().map(|(_, path)| path).collect();
        found.sort();
        assert_eq!(found, [PathBuf::from("/a/b"), strange]);
    }
}

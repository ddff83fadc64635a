use std::{
    ffi::OsStr,
    fs, io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use crate::LaunchError;

/// The program that this name stands for: the first executable file of that name in
/// the directories of `path`. A name with a `/` in it is a path and is not searched for.
///
/// Directories of `path` that are not absolute are skipped: they would let the
/// workspace that an agent writes to decide what runs.
pub fn find_program(name: &str, path: &OsStr) -> Option<PathBuf> {
    if name.contains('/') {
        let program = PathBuf::from(name);
        return check(&program).is_ok().then_some(program);
    }
    candidates(name, path).find(|candidate| check(candidate).is_ok())
}

/// As [`find_program`], with the reason when there is none. What comes back is absolute
/// whenever `directory` is.
pub(crate) fn locate(
    name: &str,
    path: Option<&OsStr>,
    directory: &Path,
) -> Result<PathBuf, LaunchError> {
    let missing = |searched: String| LaunchError::NotInstalled {
        program: name.to_owned(),
        searched,
    };
    if name.contains('/') {
        let program = directory.join(name);
        return match check(&program) {
            Ok(()) => Ok(program),
            Err(None) => Err(missing(format!("`{}`", program.display()))),
            Err(Some(why)) => Err(LaunchError::NotExecutable { path: program, why }),
        };
    }
    let Some(path) = path.filter(|path| !path.is_empty()) else {
        return Err(missing("the PATH, which is empty".to_owned()));
    };
    let mut unusable = None;
    for candidate in candidates(name, path) {
        match check(&candidate) {
            Ok(()) => return Ok(candidate),
            Err(None) => {}
            // A shell goes on searching, too; the first reason is the one to tell.
            Err(Some(why)) => {
                unusable.get_or_insert(LaunchError::NotExecutable {
                    path: candidate,
                    why,
                });
            }
        }
    }
    Err(unusable.unwrap_or_else(|| missing(format!("the PATH ({})", path.display()))))
}

fn candidates(name: &str, path: &OsStr) -> impl Iterator<Item = PathBuf> {
    let searchable = !name.is_empty();
    std::env::split_paths(path)
        .filter(move |directory| searchable && directory.is_absolute())
        .map(move |directory| directory.join(name))
}

/// `Err(None)`: there is nothing of that name.
fn check(path: &Path) -> Result<(), Option<String>> {
    let file = fs::metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => None,
        _ => Some(error.to_string()),
    })?;
    if file.is_dir() {
        return Err(Some("it is a directory".to_owned()));
    }
    if !file.is_file() {
        return Err(Some("it is not a regular file".to_owned()));
    }
    if file.permissions().mode() & 0o111 == 0 {
        return Err(Some(format!(
            "it has no execute permission; `chmod +x {}` gives it one",
            path.display()
        )));
    }
    Ok(())
}

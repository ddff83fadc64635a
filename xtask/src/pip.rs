use std::path::{Path, PathBuf};

use crate::{
    failure::{Failure, Outcome},
    npm,
    program::{self, Program},
};

/// Installs a package of Python with its exact version, as in `name==1.2.3`, into a
/// virtual environment of its own. Gives the directory of its programs.
///
/// Does nothing when it is there already.
pub(crate) fn install(directory: &Path, python: &str, package: &str) -> Outcome<PathBuf> {
    let programs = directory.join("bin");
    if npm::is_installed(directory, package) {
        return Ok(programs);
    }
    if program::find(python).is_none() {
        return Err(Failure::Unreachable(format!(
            "there is no `{python}` on the PATH"
        )));
    }
    npm::start(directory)?;
    let made = Program::new(python)
        // Where pyenv stands in for it, any that has this name will do.
        .variable("PYENV_VERSION", python.trim_start_matches("python"))
        .arguments(["-m", "venv"])
        .argument(directory)
        .read();
    if let Err(failure) = made {
        let why = failure.to_string();
        let line = why.lines().next().unwrap_or_default();
        return Err(Failure::Unreachable(format!(
            "{line} (on Debian: apt-get install python3-venv)"
        )));
    }
    let pip = Program::new(programs.join("python"))
        .arguments([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        // Python compiles what it uses when it is used first.
        .arguments(["--no-compile", "--retries", "1", "--timeout", "60", package]);
    npm::reached(pip.read(), "the Python package index")?;
    npm::finish(directory, package)?;
    Ok(programs)
}

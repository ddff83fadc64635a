use std::path::PathBuf;

use crate::{
    failure::{Failure, Outcome},
    house::House,
    npm,
    program::{self, Program},
    progress::Progress,
};

/// What makes components of JavaScript. The second bundles a guest with the SDK.
const JAVASCRIPT: [&str; 2] = ["@bytecodealliance/jco@1.35.0", "rolldown@1.3.2"];

/// What makes components of Python.
const PYTHON: &str = "componentize-py==0.25.0";

/// The directory of the programs for JavaScript: `jco` and `rolldown`.
pub(crate) fn javascript(house: &House, progress: &Progress) -> Outcome<PathBuf> {
    let directory = house.tools().join("javascript");
    if !npm::is_installed(&directory, &JAVASCRIPT.join(" ")) {
        progress.say(
            "tools",
            format_args!("installing {}", JAVASCRIPT.join(" and ")),
        );
    }
    npm::install(&directory, &JAVASCRIPT)?;
    Ok(directory.join("node_modules/.bin"))
}

/// The directory of the programs for Python: `componentize-py`.
pub(crate) fn python(house: &House, progress: &Progress) -> Outcome<PathBuf> {
    let directory = house.tools().join("python");
    let programs = directory.join("bin");
    if npm::is_installed(&directory, PYTHON) {
        return Ok(programs);
    }
    if program::find("python3").is_none() {
        return Err(Failure::Unreachable(
            "there is no `python3` on the PATH".into(),
        ));
    }
    progress.say("tools", format_args!("installing {PYTHON}"));
    npm::start(&directory)?;
    let made = Program::new("python3")
        .arguments(["-m", "venv"])
        .argument(&directory)
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
        .arguments(["--retries", "1", "--timeout", "60", PYTHON]);
    npm::reached(pip.read(), "the Python package index")?;
    npm::finish(&directory, PYTHON)?;
    Ok(programs)
}

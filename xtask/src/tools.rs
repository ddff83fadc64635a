use std::path::PathBuf;

use crate::{failure::Outcome, house::House, npm, pip, progress::Progress};

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
    if !npm::is_installed(&directory, PYTHON) {
        progress.say("tools", format_args!("installing {PYTHON}"));
    }
    pip::install(&directory, "python3", PYTHON)
}

//! The project that a run works on.

use std::path::Path;

use cm_types::Outline;

use super::prompt;
use crate::trouble::Trouble;

/// Agents may change everything in the project: a home directory is none.
pub(crate) fn refuse_home(directory: &Path) -> Result<(), Trouble> {
    let home = std::env::var_os("HOME").map(std::path::PathBuf::from);
    let home = home.and_then(|home| std::fs::canonicalize(home).ok());
    if home.as_deref() != Some(directory) {
        return Ok(());
    }
    let message = format!(
        "`{}` is your home directory, and agents may change everything in the project they \
         work on; nothing was started",
        directory.display()
    );
    Err(Trouble::usage("home-directory", message)
        .help("go to the project's own directory, or name it: --dir DIR"))
}

/// What it is called.
pub(crate) fn name(
    directory: &Path,
    outline: &Outline,
    typed: Option<&str>,
    may_ask: bool,
) -> Result<String, Trouble> {
    if let Some(name) = typed {
        return Ok(name.to_owned());
    }
    let usual = directory.file_name().unwrap_or_default();
    let usual = usual.to_string_lossy().into_owned();
    let asks = |(name, value): &(String, String)| name == "project-name" && value == "ask";
    if may_ask && outline.options.iter().any(asks) {
        return prompt::line("What is the project called?", &usual);
    }
    Ok(usual)
}

//! Standard output, for a reader that may leave at any time.

use std::io::{self, IsTerminal as _, Write as _};

use super::text;

/// Prints a line. A reader that has left (`cm logs last | head`) is no error: what is
/// still printed is for nobody.
pub(crate) fn line(text: impl std::fmt::Display) {
    if let Err(error) = writeln!(io::stdout().lock(), "{text}") {
        leave(&error);
    }
}

/// Prints without a line's end.
pub(crate) fn piece(text: &str) {
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        leave(&error);
    }
}

/// Prints a text that was kept: as it is for files and pipes, fit for a terminal there.
pub(crate) fn text(content: &str) {
    if !io::stdout().is_terminal() {
        return piece(content);
    }
    let content = text::clean(content);
    piece(&content);
    if !content.ends_with('\n') {
        line("");
    }
}

/// Prints a value as indented JSON.
pub(crate) fn json(value: &impl serde::Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => line(text::json(&text)),
        Err(error) => eprintln!("error: this cannot be written as JSON: {error}"),
    }
}

fn leave(error: &io::Error) {
    if error.kind() == io::ErrorKind::BrokenPipe {
        std::process::exit(0);
    }
    eprintln!("error: standard output cannot be written: {error}");
    std::process::exit(1);
}

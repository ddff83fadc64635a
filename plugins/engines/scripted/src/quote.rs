//! What of a script may stand in a program for the shell.

use cm_sdk::engine::Error;

/// Signals that a script may name.
const SIGNALS: &[&str] = &["TERM", "KILL", "INT", "HUP", "QUIT", "ABRT", "SEGV", "PIPE"];

/// A text as one word of the shell. NUL, which no word can hold, becomes U+FFFD.
pub(crate) fn quoted(text: &str) -> String {
    let text = text.replace('\0', "\u{fffd}").replace('\'', r"'\''");
    format!("'{text}'")
}

/// The path of a file below the working directory.
pub(crate) fn relative(path: &str) -> Result<&str, Error> {
    let outside = path.starts_with('/') || path.split('/').any(|part| part == "..");
    if path.is_empty() || path.ends_with('/') || outside {
        return Err(bad(&format!(
            "`{path}` is not the path of a file in the working directory"
        )));
    }
    Ok(path)
}

/// The name of a signal.
pub(crate) fn signal(name: &str) -> Result<&str, Error> {
    if SIGNALS.contains(&name) {
        return Ok(name);
    }
    let known = SIGNALS.join(", ");
    Err(bad(&format!("`{name}` is none of the signals {known}")))
}

/// Hexadecimal digits as the octal escapes of `printf`.
pub(crate) fn octal(hex: &str) -> Result<String, Error> {
    let digits: Option<Vec<u32>> = hex
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_digit(16))
        .collect();
    match digits {
        Some(digits) if digits.len() % 2 == 0 => Ok(digits
            .chunks_exact(2)
            .map(|pair| {
                format!(
                    "\\{:03o}",
                    pair.iter().fold(0, |byte, digit| byte * 16 + digit)
                )
            })
            .collect()),
        _ => Err(bad(
            "`bytes` takes pairs of hexadecimal digits, such as `c3 28`",
        )),
    }
}

/// A script that cannot be played.
pub(crate) fn bad(what: &str) -> Error {
    Error::invalid_request(
        "bad-script",
        format!("The script cannot be played: {what}."),
    )
}

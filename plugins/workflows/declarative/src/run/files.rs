//! Files whose text is put in for a placeholder.

use cm_sdk::workflow::{Error, message, missing};

use super::host::Host;
use crate::glob;
use crate::model::FileSource;
use crate::read::Files;
use crate::template::Placeholder;

/// The text for a placeholder. Nothing is an error, unless the placeholder is
/// optional; a file that is there and cannot be read always is one.
pub(super) fn text<H: Host + Files>(
    host: &H,
    source: &FileSource,
    placeholder: &Placeholder,
) -> Result<String, Error> {
    match found(host, source) {
        Err(Error::Missing(_)) if placeholder.optional => Ok(String::new()),
        Err(error) => Err(refused(source, placeholder, error)),
        Ok(text) => Ok(text),
    }
}

fn found<H: Host + Files>(host: &H, source: &FileSource) -> Result<String, Error> {
    let pattern = source.pattern.as_str();
    let read = |path: &str| match source.project {
        true => host.file(path),
        false => Files::read(host, path),
    };
    if !glob::is_pattern(pattern) {
        return read(pattern);
    }
    let mut paths = if source.project {
        host.files(pattern)?
    } else {
        let fixed = pattern.split(['*', '?']).next().unwrap_or_default();
        let mut paths = host.paths(fixed);
        paths.retain(|path| glob::fits(pattern, path));
        paths
    };
    if paths.is_empty() {
        return Err(missing("no-file", "no file fits"));
    }
    paths.sort_by(|a, b| (name(a), a).cmp(&(name(b), b)));
    let mut texts = Vec::new();
    for path in &paths {
        let text = read(path)?;
        texts.push(format!("<!-- {} -->\n\n{}\n", name(path), text.trim_end()));
    }
    Ok(texts.join("\n---\n\n"))
}

/// The last part of a path.
fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn refused(source: &FileSource, placeholder: &Placeholder, mut error: Error) -> Error {
    let of = if source.project { "project" } else { "package" };
    let mut words = format!(
        "{} has no value: `{}` of the {of} ({}): {}",
        placeholder.token(),
        source.pattern,
        source.line,
        message(&error)
    );
    match &mut error {
        Error::Missing(failure) => {
            words.push_str(&format!(
                "; write {{!{}}} if it may be empty",
                placeholder.name
            ));
            failure.message = words;
        }
        Error::Invalid(failure)
        | Error::Denied(failure)
        | Error::Unavailable(failure)
        | Error::Exhausted(failure)
        | Error::Other(failure) => failure.message = words,
        Error::Cancelled => {}
    }
    error
}

//! What may be kept in a run: values of the shared state and artifacts.

use cm_types::{Error, Failure};

/// The longest name of a value or a file, in bytes.
const MAX_NAME: usize = 512;
/// The largest value or kept text, in bytes.
const MAX_TEXT: usize = 4 * 1024 * 1024;

/// Whether a value of the shared state may have this size.
pub(crate) fn value(key: &str, value: &str) -> Result<(), Error> {
    within("a value of the shared state", key, value)
}

/// Whether an artifact may have this name and size.
pub(crate) fn artifact(step: &str, name: &str, content: &str) -> Result<(), Error> {
    within("an artifact", name, content)?;
    for part in [step, name] {
        if !is_file_name(part) {
            let message = format!(
                "`{step}/{name}` cannot name an artifact: use letters, digits, `.`, `-` and `_`"
            );
            return Err(Error::Invalid(Failure::new("bad-name", message)));
        }
    }
    Ok(())
}

fn within(what: &str, name: &str, text: &str) -> Result<(), Error> {
    let too = |which: &str, size: usize, most: usize| {
        let message = format!("the {which} of {what} is {size} bytes; at most {most} are kept");
        Err(Error::Exhausted(Failure::new("too-large", message)))
    };
    if name.len() > MAX_NAME {
        return too("name", name.len(), MAX_NAME);
    }
    if text.len() > MAX_TEXT {
        return too("text", text.len(), MAX_TEXT);
    }
    Ok(())
}

fn is_file_name(name: &str) -> bool {
    let fine = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    !name.is_empty() && name.chars().all(fine) && name.chars().any(|c| c != '.')
}

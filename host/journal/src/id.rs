use crate::JournalError;

/// Run ids become directory names, so they are held to what is safe as one.
pub(crate) fn check(run: &str) -> Result<(), JournalError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let good = (1..=64).contains(&run.len())
        && run.bytes().all(plain)
        && !run.starts_with('.')
        && run != LAST;
    match good {
        true => Ok(()),
        false => Err(JournalError::BadId { run: run.into() }),
    }
}

/// The word that stands for the run that was started last.
pub(crate) const LAST: &str = "last";

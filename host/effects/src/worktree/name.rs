use super::WorktreeError;

/// The longest name of a branch, in bytes: it is part of paths, in which sockets lie too.
const MOST: usize = 80;

/// Whether a branch or a run may have this name: letters, digits, hyphens and underscores,
/// a letter or digit first. So it is a file's name and part of a git reference, and leads
/// nowhere else.
pub(super) fn check(name: &str) -> Result<(), WorktreeError> {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if begins && name.len() <= MOST && name.chars().all(fine) {
        Ok(())
    } else {
        Err(WorktreeError::Name(name.to_owned()))
    }
}

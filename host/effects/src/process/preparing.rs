//! What is looked at before a start.

use std::{io, path::Path, sync::Once};

use crate::LaunchError;

/// That there is such a directory.
pub(super) fn check_directory(path: &Path) -> Result<(), LaunchError> {
    let why = match std::fs::metadata(path) {
        Ok(file) if file.is_dir() => return Ok(()),
        Ok(_) => "it is not a directory".to_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => "it does not exist".to_owned(),
        Err(error) => error.to_string(),
    };
    Err(LaunchError::Directory {
        path: path.to_owned(),
        why,
    })
}

/// Started with SIGCHLD ignored, as some supervisors do, the kernel would throw away how
/// our children end.
pub(super) fn keep_children() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: all zeroes is a valid `sigaction`, which the first call fills in; the
        // second sets the default, which runs no code.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            if libc::sigaction(libc::SIGCHLD, std::ptr::null(), &mut action) == 0
                && action.sa_sigaction == libc::SIG_IGN
            {
                action.sa_sigaction = libc::SIG_DFL;
                libc::sigaction(libc::SIGCHLD, &action, std::ptr::null_mut());
            }
        }
    });
}

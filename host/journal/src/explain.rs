use std::{io, path::Path};

use rusqlite::{ErrorCode, ffi};

use crate::JournalError;

impl JournalError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Full { .. } => "disk-full",
            Self::ReadOnly { .. } => "read-only",
            Self::Locked { .. } => "journal-locked",
            Self::Io { .. } => "io",
            Self::Corrupt { .. } => "journal-corrupt",
            Self::Foreign { .. } => "not-a-journal",
            Self::Newer { .. } => "journal-newer",
            Self::Unsafe { .. } => "journal-unsafe",
            Self::Sqlite { .. } => "sqlite",
            Self::BadId { .. } => "bad-run-id",
            Self::Exists { .. } => "run-exists",
            Self::NoRun { .. } => "no-such-run",
            Self::Busy { .. } => "run-busy",
            Self::NotLeased { .. } => "run-not-held",
            Self::Fenced { .. } => "run-taken-over",
            Self::Refused { .. } => "run-refused",
            Self::Damaged { .. } => "run-damaged",
            Self::Unknown { .. } => "event-unknown",
            Self::Unwritable { .. } => "event-unwritable",
            Self::BlobMissing { .. } => "blob-missing",
            Self::BlobDamaged { .. } => "blob-damaged",
            Self::Closed => "journal-closed",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Full { .. } => {
                "Free some space, then go on with `cm resume`: what was finished is kept.".into()
            }
            Self::ReadOnly { path } => {
                format!("Allow writing to {}, or work in a copy.", path.display())
            }
            Self::Locked { path } => format!(
                "See which program has {} open (`fuser {}`), end it, and try again.",
                path.display(),
                path.display()
            ),
            Self::Corrupt { path, .. } | Self::Damaged { path, .. } => format!(
                "The file was left as it is. Put back a copy of it, or look at what is left with \
                 `sqlite3 {0} .recover`; to start with an empty journal, move {0} away.",
                path.display()
            ),
            Self::Foreign { path } => format!(
                "The file was left as it is. Move {} away and try again.",
                path.display()
            ),
            Self::Newer { .. } | Self::Unknown { .. } => {
                "Install the newer cm that wrote it; the file was left as it is.".into()
            }
            Self::NoRun { .. } => "`cm runs` lists the runs of this project.".into(),
            Self::Busy { .. } => "Wait for it, or stop the run with `cm cancel`.".into(),
            Self::Refused { because, .. } => return because.help(),
            Self::BlobMissing { path, .. } | Self::BlobDamaged { path, .. } => {
                format!("Put back a copy of {}.", path.display())
            }
            Self::Io { .. }
            | Self::Unsafe { .. }
            | Self::Sqlite { .. }
            | Self::BadId { .. }
            | Self::Exists { .. }
            | Self::NotLeased { .. }
            | Self::Fenced { .. }
            | Self::Unwritable { .. }
            | Self::Closed => return None,
        })
    }

    /// After this, what the system says about the file can no longer be relied on.
    pub(crate) fn is_fatal(&self) -> bool {
        matches!(self, Self::Io { .. } | Self::Corrupt { .. })
    }

    pub(crate) fn io(doing: &'static str, path: &Path, error: &io::Error) -> Self {
        let path = path.to_owned();
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path },
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path },
            io::ErrorKind::PermissionDenied if doing != "read" => Self::ReadOnly { path },
            kind => Self::Io {
                doing,
                path,
                kind,
                message: error.to_string(),
            },
        }
    }

    pub(crate) fn sqlite(path: &Path, error: &rusqlite::Error) -> Self {
        let path = path.to_owned();
        let message = match error {
            rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
            other => other.to_string(),
        };
        let Some(failure) = error.sqlite_error() else {
            return Self::Corrupt {
                path,
                detail: format!("unexpected content: {message}"),
            };
        };
        match failure.code {
            ErrorCode::DiskFull => Self::Full { path },
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied => Self::ReadOnly { path },
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Locked { path },
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Corrupt {
                path,
                detail: message,
            },
            ErrorCode::SystemIoFailure if failure.extended_code == ffi::SQLITE_IOERR_CORRUPTFS => {
                Self::Corrupt {
                    path,
                    detail: message,
                }
            }
            ErrorCode::SystemIoFailure | ErrorCode::CannotOpen => Self::Io {
                doing: "use",
                path,
                kind: io::ErrorKind::Other,
                message: format!("{message} (SQLite {})", failure.extended_code),
            },
            _ => Self::Sqlite {
                path,
                code: failure.extended_code,
                message,
            },
        }
    }
}

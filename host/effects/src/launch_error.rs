use std::{io, path::PathBuf};

/// Why a program could not be started. Nothing runs when one of these is returned.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// There is no such program.
    #[error("`{program}` is not installed: there is no program of that name in {searched}")]
    NotInstalled {
        /// As it was asked for.
        program: String,
        /// The PATH that was searched, or the file that is not there.
        searched: String,
    },
    /// There is such a file, but it is not a program that can run here.
    #[error("`{}` cannot be run: {why}", path.display())]
    NotExecutable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        why: String,
    },
    /// The directory to work in is not there, or is not a directory.
    #[error("the directory `{}` cannot be worked in: {why}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The system refuses arguments and environment of this size.
    #[error(
        "the command for `{program}` is too long for this system: arguments and environment are \
         {total} bytes, the longest of them {longest}; send a long text through standard input"
    )]
    ArgumentsTooLong {
        /// The program.
        program: String,
        /// Bytes in all.
        total: usize,
        /// Bytes of the longest one. Linux takes at most 131,072.
        longest: usize,
    },
    /// An argument, a variable or the directory holds what no system can pass on.
    #[error("`{program}` cannot be started: {what}")]
    Unrepresentable {
        /// The program.
        program: String,
        /// What it was.
        what: String,
    },
    /// The system has no room for another process.
    #[error(
        "`{program}` cannot be started: no more processes are allowed; end some, or raise the limit \
         (`ulimit -u`)"
    )]
    TooManyProcesses {
        /// The program.
        program: String,
    },
    /// No more files can be opened.
    #[error(
        "`{program}` cannot be started: too many open files; run fewer at once, or raise the limit \
         (`ulimit -n`)"
    )]
    TooManyFiles {
        /// The program.
        program: String,
    },
    /// The system has no memory for another process.
    #[error("`{program}` cannot be started: the system is out of memory")]
    OutOfMemory {
        /// The program.
        program: String,
    },
    /// The recording of its output could not be begun.
    #[error("the recording of `{program}` cannot be written to `{}`: {source}", path.display())]
    Recording {
        /// The program.
        program: String,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Something else.
    #[error("`{program}` cannot be started: {source}")]
    Other {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
}

impl LaunchError {
    /// Whether trying again later may help.
    pub fn passing(&self) -> bool {
        matches!(
            self,
            Self::TooManyProcesses { .. } | Self::TooManyFiles { .. } | Self::OutOfMemory { .. }
        )
    }

    /// What the system's answer means for this program.
    pub(crate) fn from_system(program: &str, path: PathBuf, source: io::Error) -> Self {
        let program = program.to_owned();
        let not_executable = |why: &str| Self::NotExecutable {
            path: path.clone(),
            why: why.to_owned(),
        };
        match source.raw_os_error() {
            Some(libc::EAGAIN) => Self::TooManyProcesses { program },
            Some(libc::EMFILE | libc::ENFILE) => Self::TooManyFiles { program },
            Some(libc::ENOMEM) => Self::OutOfMemory { program },
            // The file was there a moment ago: it is what the file asks for that is not.
            Some(libc::ENOENT) => not_executable(
                "the interpreter or loader that it names is not there; look at its first line, or \
                 install it anew",
            ),
            Some(libc::EACCES | libc::EPERM) => not_executable(
                "permission was refused; check the file, its interpreter, and whether its file \
                 system is mounted `noexec`",
            ),
            Some(libc::ENOEXEC) => not_executable(
                "it is neither a program for this machine nor a script with a `#!` line",
            ),
            Some(libc::ETXTBSY) => {
                not_executable("it is being written to; try again when that is done")
            }
            Some(libc::ELOOP) => not_executable("its symbolic links go in a circle"),
            _ => Self::Other { program, source },
        }
    }
}

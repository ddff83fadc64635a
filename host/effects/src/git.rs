//! `git` as the person has it, with their configuration and their login.

mod said;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

pub(crate) use said::Said;

use crate::{Launch, LaunchError, Limits, Output, Process, Scratch, Stdin, environment};

/// Nothing that a repository names is run, nothing is signed or tidied up on the way, and
/// names come as they are.
const SAFE: [&str; 18] = [
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.quotePath=false",
    "-c",
    "protocol.ext.allow=never",
    "-c",
    "advice.detachedHead=false",
    "-c",
    "commit.gpgSign=false",
    "-c",
    "submodule.recurse=false",
    "-c",
    "gc.auto=0",
    "-c",
    "maintenance.auto=false",
];

/// How the person signs in and who they are, and nothing that would lead git elsewhere.
const ALLOWED: [&str; 10] = [
    "SSH_AUTH_SOCK",
    "SSH_ASKPASS",
    "GIT_ASKPASS",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_CONFIG_GLOBAL",
    "GIT_AUTHOR_NAME",
    "GIT_AUTHOR_EMAIL",
    "GIT_COMMITTER_NAME",
    "GIT_COMMITTER_EMAIL",
];

/// For a git that nobody waits for any more, to come to its end.
const GRACE: Duration = Duration::from_secs(60);
/// The longest that one command may take.
const WALL: Duration = Duration::from_secs(30 * 60);
/// The most that one command may print, in bytes.
const OUTPUT: u64 = 64 * 1024 * 1024;
/// How often, and after what pause, a command is tried again that met somebody else's lock.
const LOCKED: (u32, Duration) = (50, Duration::from_millis(100));

/// `git` in a directory.
#[derive(Clone, Debug)]
pub struct Git {
    directory: PathBuf,
    variables: Vec<(String, String)>,
}

/// Why git did not do what it was told.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is none.
    #[error("`git` is not installed")]
    NotInstalled,
    /// It could not be started.
    #[error(transparent)]
    Launch(#[from] LaunchError),
    /// It failed; what it said last.
    #[error("{why}")]
    Failed {
        /// The command, without its arguments.
        command: String,
        /// What it said.
        why: String,
    },
    /// It said what cannot be used.
    #[error("`git {command}` cannot be understood: {why}")]
    Strange {
        /// The command.
        command: String,
        /// Why.
        why: String,
    },
}

impl Git {
    /// In this directory.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            variables: Vec::new(),
        }
    }

    /// With these variables beside those that it sees anyway.
    #[must_use]
    pub fn with(mut self, variables: &[(String, String)]) -> Self {
        self.variables.extend_from_slice(variables);
        self
    }

    /// With another index than the repository's own, which so stays as it is.
    pub(crate) fn with_index(&self, index: &Path) -> Self {
        let index = ("GIT_INDEX_FILE".to_owned(), index.display().to_string());
        self.clone().with(&[index])
    }

    /// In another directory.
    pub(crate) fn within(&self, directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            variables: self.variables.clone(),
        }
    }

    /// What the command says, which must succeed.
    ///
    /// # Errors
    /// When it cannot be started or fails.
    pub async fn run(&self, arguments: &[&str]) -> Result<String, GitError> {
        self.feed(arguments, None).await
    }

    /// As [`Git::run`], without the end of the last line.
    pub(crate) async fn line(&self, arguments: &[&str]) -> Result<String, GitError> {
        let mut said = self.run(arguments).await?;
        said.truncate(said.trim_end_matches(['\n', '\r']).len());
        Ok(said)
    }

    /// As [`Git::run`], with something to read. Tried again when somebody else has locked
    /// what it changes.
    pub(crate) async fn feed(
        &self,
        arguments: &[&str],
        input: Option<String>,
    ) -> Result<String, GitError> {
        let command = command(arguments);
        let (times, pause) = LOCKED;
        for time in 1.. {
            let said = self.ask(arguments, input.clone()).await?;
            if said.code == Some(0) {
                let why = "it said something that is not UTF-8, a file's name perhaps";
                return String::from_utf8(said.stdout).map_err(|_| GitError::Strange {
                    command: command.to_owned(),
                    why: why.to_owned(),
                });
            }
            if time == times || said.lock().is_none() {
                return Err(said.failed(command));
            }
            tokio::time::sleep(pause).await;
        }
        Err(GitError::NotInstalled)
    }

    /// What the command says, whether it succeeds or not.
    pub(crate) async fn ask(
        &self,
        arguments: &[&str],
        input: Option<String>,
    ) -> Result<Said, GitError> {
        let mut set = vec![
            ("GIT_TERMINAL_PROMPT".to_owned(), "0".to_owned()),
            ("LC_ALL".to_owned(), "C".to_owned()),
        ];
        set.extend(self.variables.iter().cloned());
        let allowed = ALLOWED.map(str::to_owned);
        let command = || command(arguments).to_owned();
        let scratch = Scratch::new().map_err(|error| GitError::Strange {
            command: command(),
            why: format!("no directory for its own files could be made: {error}"),
        })?;
        let arguments = SAFE.iter().chain(arguments);
        let launch = Launch {
            program: "git".to_owned(),
            arguments: arguments.map(|it| (*it).to_owned()).collect(),
            environment: environment::filtered(&allowed, &set, &self.directory, scratch.path()),
            directory: self.directory.clone(),
            stdin: input.map_or(Stdin::Null, Stdin::Text),
            limits: Limits {
                wall: Some(WALL),
                output_bytes: OUTPUT,
                // Else its locks would stay in the person's repository.
                finishes: true,
                grace: GRACE,
                ..Limits::default()
            },
            recording: None,
        };
        let mut process = Process::start(launch).map_err(|error| match error {
            LaunchError::NotInstalled { .. } => GitError::NotInstalled,
            error => GitError::Launch(error),
        })?;
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        loop {
            match process.next().await {
                Output::Stdout(bytes) => stdout.extend(bytes),
                Output::Stderr(bytes) => stderr.extend(bytes),
                Output::Exited(exit) => {
                    return Ok(Said {
                        code: exit
                            .code
                            .filter(|_| exit.ended_by == crate::EndedBy::Itself),
                        stdout,
                        stderr,
                    });
                }
            }
        }
    }
}

/// The command's name among its arguments.
fn command<'a>(arguments: &[&'a str]) -> &'a str {
    let mut words = arguments.iter().filter(|word| !word.starts_with('-'));
    words.next().copied().unwrap_or_default()
}

/// What stands between NULs.
pub(crate) fn between_nuls(text: &str) -> impl Iterator<Item = &str> {
    text.split('\0').filter(|part| !part.is_empty())
}

use std::{
    ffi::OsStr,
    fmt::Write as _,
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use crate::failure::{At, Failure, Outcome};

/// How much of a failed program's output is repeated.
const TAIL: usize = 4000;

/// A program to run.
pub(crate) struct Program(Command);

impl Program {
    pub(crate) fn new(name: impl AsRef<OsStr>) -> Self {
        Self(Command::new(name))
    }

    pub(crate) fn argument(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.0.arg(argument);
        self
    }

    pub(crate) fn arguments<A: AsRef<OsStr>>(
        mut self,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        self.0.args(arguments);
        self
    }

    pub(crate) fn variable(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    pub(crate) fn without(mut self, name: impl AsRef<OsStr>) -> Self {
        self.0.env_remove(name);
        self
    }

    pub(crate) fn within(mut self, directory: impl AsRef<Path>) -> Self {
        self.0.current_dir(directory);
        self
    }

    /// Runs it with this terminal.
    pub(crate) fn show(mut self) -> Outcome {
        let status = self.0.status().map_err(|source| self.start(source))?;
        self.judge(status, String::new())
    }

    /// Runs it in silence and gives what it printed on standard output. What it
    /// printed is in the error when it fails.
    pub(crate) fn read(mut self) -> Outcome<String> {
        let output = self
            .0
            .stdin(Stdio::null())
            .output()
            .map_err(|source| self.start(source))?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let noise = String::from_utf8_lossy(&output.stderr);
        self.judge(output.status, tail(&format!("{printed}{noise}")))?;
        Ok(printed)
    }

    /// Runs it in silence, for at most so long.
    pub(crate) fn within_time(mut self, limit: Duration, log: &Path) -> Outcome {
        let mut file = std::fs::File::options()
            .create(true)
            .truncate(true)
            .read(true)
            .write(true)
            .open(log)
            .at(log)?;
        let stdout = file.try_clone().at(log)?;
        let stderr = file.try_clone().at(log)?;
        let mut child = self
            .0
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr)
            .spawn()
            .map_err(|source| self.start(source))?;
        let start = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().at(log)? {
                break status;
            }
            if start.elapsed() > limit {
                // It may have ended meanwhile; then there is nothing to kill.
                let _ = child.kill();
                let _ = child.wait();
                return Err(Failure::Program {
                    line: self.line(),
                    status: format!("stopped after {} s", limit.as_secs()),
                    output: String::new(),
                });
            }
            std::thread::sleep(Duration::from_millis(50));
        };
        let mut printed = Vec::new();
        file.seek(SeekFrom::Start(0)).at(log)?;
        file.read_to_end(&mut printed).at(log)?;
        self.judge(status, tail(&String::from_utf8_lossy(&printed)))
    }

    fn judge(&self, status: ExitStatus, output: String) -> Outcome {
        if status.success() {
            return Ok(());
        }
        Err(Failure::Program {
            line: self.line(),
            status: status.to_string(),
            output,
        })
    }

    fn start(&self, source: std::io::Error) -> Failure {
        Failure::Start {
            program: self.0.get_program().to_string_lossy().into_owned(),
            source,
        }
    }

    fn line(&self) -> String {
        let mut line = self.0.get_program().to_string_lossy().into_owned();
        for argument in self.0.get_args() {
            // Writing to a String cannot fail.
            let _ = write!(line, " {}", argument.to_string_lossy());
        }
        line
    }
}

/// The last lines, on lines of their own.
fn tail(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() {
        return String::new();
    }
    let start = text.len().saturating_sub(TAIL);
    let start = (start..text.len())
        .find(|index| text.is_char_boundary(*index))
        .unwrap_or(text.len());
    format!("\n{}", &text[start..])
}

/// Where a program is on the PATH.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|directory| directory.join(name))
        .find(|path| path.is_file())
}

//! Where something is, and what is wrong there.

use std::collections::BTreeSet;

/// A place in a file. Both count from 1; columns in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// 0 when the whole file is meant.
    pub line: u32,
    /// 0 when the whole line is meant.
    pub column: u32,
}

impl Position {
    /// The whole file.
    pub const FILE: Self = Self { line: 0, column: 0 };
}

/// Something wrong in the package's files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, relative to the package.
    pub path: String,
    /// Where in it.
    pub at: Position,
    /// False: it runs, but is probably not what was meant.
    pub fatal: bool,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.path)?;
        if self.at.line > 0 {
            write!(f, ":{}", self.at.line)?;
        }
        if self.at.column > 0 {
            write!(f, ":{}", self.at.column)?;
        }
        write!(f, ": {}", self.message)?;
        match &self.help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}

/// How many problems are shown: nobody reads more, and a hostile file must not
/// make a long list.
const MOST: usize = 300;

/// The problems found so far, and the file that is being read.
#[derive(Debug, Default)]
pub struct Problems {
    path: String,
    /// Sorted by place, each once: one prompt may be used by many steps.
    found: BTreeSet<Problem>,
}

impl Problems {
    /// None yet, in `path`.
    pub fn new(path: &str) -> Self {
        Self {
            path: path.into(),
            found: BTreeSet::new(),
        }
    }

    /// What follows is in another file. Gives back the file it was.
    pub fn enter(&mut self, path: &str) -> String {
        std::mem::replace(&mut self.path, path.into())
    }

    /// A line of the file that is being read, as messages name it.
    pub fn line(&self, at: Position) -> String {
        format!("{}:{}", self.path, at.line)
    }

    /// It cannot run like this.
    pub fn error(&mut self, at: Position, message: impl Into<String>, help: impl Into<String>) {
        self.push(true, at, message.into(), help.into());
    }

    /// It runs, but is probably not what was meant.
    pub fn warning(&mut self, at: Position, message: impl Into<String>, help: impl Into<String>) {
        self.push(false, at, message.into(), help.into());
    }

    fn push(&mut self, fatal: bool, at: Position, message: String, help: String) {
        // An error is never lost to the limit: one is enough to stop the run.
        let first = fatal && !self.is_fatal();
        if self.full() && !first {
            return;
        }
        let help = (!help.is_empty()).then_some(help);
        self.found.insert(Problem {
            path: self.path.clone(),
            at,
            fatal,
            message,
            help,
        });
    }

    /// Whether there are so many that searching for more is no use.
    pub fn full(&self) -> bool {
        self.found.len() >= MOST
    }

    /// Whether it cannot run.
    pub fn is_fatal(&self) -> bool {
        self.found.iter().any(|problem| problem.fatal)
    }

    /// All of them, by file and place.
    pub fn into_sorted(self) -> Vec<Problem> {
        self.found.into_iter().collect()
    }
}

use std::{
    collections::{BTreeMap, HashSet},
    fs, io,
    path::{Path, PathBuf},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::AskedFor;

/// The largest file that a case may name, in bytes.
const MOST: u64 = 64 << 20;

/// The file `conformance.json`: what was recorded, and what must come of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Cases {
    /// The address of the schema of this file, for editors.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    schema: Option<String>,
    /// The cases.
    pub cases: Vec<Case>,
    /// The directory that the paths begin in.
    #[serde(skip)]
    root: PathBuf,
}

/// One turn of a real program.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Case {
    /// What it is called.
    pub name: String,
    /// The engine that it is of, where a package has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// What is asked of the agent.
    #[serde(default)]
    pub request: AskedFor,
    /// The command that is to be started; not looked at when it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Wanted>,
    /// The code of the error with which the request is refused. Nothing else happens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// A file with what the program printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdout: Option<PathBuf>,
    /// A file with what it complained about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stderr: Option<PathBuf>,
    /// How it ended; with exit code 0 when this is missing.
    #[serde(default)]
    pub exit: Exit,
    /// The turn is cancelled after so many bytes of its output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled_after: Option<usize>,
    /// Whether permissions that it asks for are given.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub grants: bool,
    /// Files that it leaves in its private directory: their names, and where they are
    /// kept.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, PathBuf>,
    /// What a service answers, request by request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<Exchange>,
    /// What the host's tools answer: their names, and the text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tools: BTreeMap<String, String>,
    /// A file with the events that must come of it, one a line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<PathBuf>,
    /// A file with what must be written to the program or the service, in their order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrote: Option<PathBuf>,
    /// True when nothing that the program prints says that it has finished: the exit code
    /// is all there is, and output that was cut off looks like less output.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub silent_end: bool,
}

/// A command line that must come of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Wanted {
    /// The program.
    pub program: String,
    /// Its arguments.
    #[serde(default)]
    pub arguments: Vec<String>,
    /// Variables of its environment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
    /// What it reads from standard input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdin: Option<String>,
    /// Files that are put into its private directory.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Exit {
    /// With this code.
    Code(i32),
    /// By a signal: `null`.
    Signal(()),
}

impl Default for Exit {
    fn default() -> Self {
        Self::Code(0)
    }
}

impl Exit {
    /// None: a signal ended it.
    pub fn code(self) -> Option<i32> {
        match self {
            Self::Code(code) => Some(code),
            Self::Signal(()) => None,
        }
    }
}

/// What a service answers to one request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Exchange {
    /// The status code; 0: it could not be reached.
    pub status: u16,
    /// Headers, in lower case.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// A file with its body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<PathBuf>,
    /// Whether the connection breaks when the body was sent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub broken: bool,
}

/// Why cases cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// A file cannot be read.
    #[error("`{}` cannot be read: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("`{}` cannot be written: {source}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not what it should be.
    #[error("{}:{line}:{column}: {why}", path.display())]
    Syntax {
        /// Which.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong.
        why: String,
    },
    /// Two cases have the same name.
    #[error("{}: two cases are called `{name}`", path.display())]
    Twice {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// A path leads out of the directory of the cases.
    #[error("{}: the case `{name}` names `{}`, which is not below the file's directory", path.display(), outside.display())]
    Outside {
        /// The file.
        path: PathBuf,
        /// The case.
        name: String,
        /// The path.
        outside: PathBuf,
    },
}

impl Cases {
    /// Reads a file of cases.
    ///
    /// # Errors
    /// When it cannot be read, or is wrong.
    pub fn read(path: &Path) -> Result<Self, CaseError> {
        let text = fs::read_to_string(path).map_err(|source| CaseError::Read {
            path: path.to_owned(),
            source,
        })?;
        let mut cases: Self = serde_json::from_str(&text).map_err(|error| CaseError::Syntax {
            path: path.to_owned(),
            line: error.line(),
            column: error.column(),
            why: {
                let text = error.to_string();
                let (why, _) = text.rsplit_once(" at line ").unwrap_or((&text, ""));
                why.to_owned()
            },
        })?;
        cases.root = path.parent().unwrap_or(Path::new(".")).to_owned();
        let mut names = HashSet::new();
        for case in &cases.cases {
            if !names.insert(case.name.as_str()) {
                return Err(CaseError::Twice {
                    path: path.to_owned(),
                    name: case.name.clone(),
                });
            }
            // Cases come with packages of strangers.
            let plain = |path: &&PathBuf| {
                let mut parts = path.components();
                parts.all(|part| matches!(part, std::path::Component::Normal(_)))
            };
            if let Some(outside) = case.paths().find(|path| !plain(path)) {
                return Err(CaseError::Outside {
                    path: path.to_owned(),
                    name: case.name.clone(),
                    outside: outside.clone(),
                });
            }
        }
        Ok(cases)
    }

    /// Those of this engine.
    #[must_use]
    pub fn of(&self, engine: &str) -> Self {
        let own = |case: &&Case| case.engine.as_deref().is_none_or(|it| it == engine);
        Self {
            schema: self.schema.clone(),
            cases: self.cases.iter().filter(own).cloned().collect(),
            root: self.root.clone(),
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn only(&self, name: &str) -> Self {
        let cases = self.cases.iter().filter(|case| case.name == name);
        Self {
            schema: self.schema.clone(),
            cases: cases.cloned().collect(),
            root: self.root.clone(),
        }
    }

    /// Where a file that a case names is.
    pub fn path(&self, file: &Path) -> PathBuf {
        self.root.join(file)
    }

    /// What is in a file that a case names; nothing when it names none.
    ///
    /// # Errors
    /// When it cannot be read, or is too large.
    pub fn content(&self, file: Option<&PathBuf>) -> Result<Vec<u8>, CaseError> {
        let Some(file) = file else {
            return Ok(Vec::new());
        };
        let path = self.path(file);
        let read = || {
            if fs::metadata(&path)?.len() > MOST {
                return Err(io::Error::other(format!("it is larger than {MOST} bytes")));
            }
            fs::read(&path)
        };
        read().map_err(|source| CaseError::Read { path, source })
    }
}

impl Case {
    fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        let bodies = self.exchanges.iter().filter_map(|it| it.body.as_ref());
        let single = [&self.stdout, &self.stderr, &self.events, &self.wrote];
        let single = single.into_iter().filter_map(Option::as_ref);
        single.chain(bodies).chain(self.files.values())
    }
}

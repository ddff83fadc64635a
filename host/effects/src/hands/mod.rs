//! What a model can do that has no program around it: six tools in the working
//! directory. They go as far as the turn's permissions do and no further: nothing is
//! read or written outside of the directories it was given, by no path and over no
//! link, unless the person allowed everything. A command that `run` starts is a program
//! like any other: it has the working directory, and no keys.

mod find;
mod place;
mod run;
#[cfg(test)]
mod tests;
mod text;

use std::path::{Path, PathBuf};

use cm_types::Permissions;
use serde::{Deserialize, de::DeserializeOwned};

pub use run::Running;

/// What the tools are called, what they do and their arguments, as JSON: the file that
/// adapters have too.
pub const TOOLS: &str = include_str!("../../../../wit/engine/tools.json");

/// The tools, in one turn's directories and under its permissions.
#[derive(Clone, Debug)]
pub struct Hands {
    directory: PathBuf,
    directories: Vec<PathBuf>,
    permissions: Permissions,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// Whether it was done.
    pub ok: bool,
    /// Whether it was not allowed.
    pub denied: bool,
    /// What the model is told.
    pub output: String,
}

/// Why a tool did not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("{0}")]
    Denied(String),
    #[error("{0}")]
    Failed(String),
}

impl Refusal {
    fn failed(why: impl Into<String>) -> Self {
        Self::Failed(why.into())
    }
}

impl From<Result<String, Refusal>> for Deed {
    fn from(result: Result<String, Refusal>) -> Self {
        let denied = matches!(result, Err(Refusal::Denied(_)));
        let ok = result.is_ok();
        let output = result.unwrap_or_else(|refusal| refusal.to_string());
        Self { ok, denied, output }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    path: String,
    from: Option<usize>,
    lines: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Write {
    path: String,
    content: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    path: String,
    old: String,
    new: String,
    #[serde(default)]
    all: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    path: Option<String>,
    pattern: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Search {
    pattern: String,
    path: Option<String>,
    files: Option<String>,
    #[serde(default)]
    ignore_case: bool,
}

impl Hands {
    /// The tools in this directory and these others.
    pub fn new(directory: &Path, directories: &[String], permissions: Permissions) -> Self {
        Self {
            directory: directory.to_owned(),
            directories: directories.iter().map(PathBuf::from).collect(),
            permissions,
        }
    }

    /// Does what a call says; all but `run`, which is a program (see [`Hands::start`]).
    /// It may take as long as a disk does: not for a thread that others wait for.
    pub fn perform(&self, tool: &str, arguments: &str) -> Deed {
        self.try_to(tool, arguments).into()
    }

    fn try_to(&self, tool: &str, arguments: &str) -> Result<String, Refusal> {
        match tool {
            "read" => self.read(&given(tool, arguments)?),
            "write" => self
                .may_change(tool)
                .and_then(|()| self.write(&given(tool, arguments)?)),
            "edit" => self
                .may_change(tool)
                .and_then(|()| self.edit(&given(tool, arguments)?)),
            "list" => self.list(&given(tool, arguments)?),
            "search" => self.search(&given(tool, arguments)?),
            other => Err(Refusal::failed(format!(
                "there is no tool `{}`; there are `read`, `write`, `edit`, `list`, `search` and `run`",
                other.escape_debug()
            ))),
        }
    }

    fn may_change(&self, tool: &str) -> Result<(), Refusal> {
        match self.permissions {
            Permissions::ReadOnly => Err(Refusal::Denied(format!(
                "`{tool}` is not allowed: this turn may only look (its permissions are `read-only`)"
            ))),
            Permissions::WorkspaceWrite | Permissions::Full => Ok(()),
        }
    }
}

/// The arguments of a call.
fn given<T: DeserializeOwned>(tool: &str, arguments: &str) -> Result<T, Refusal> {
    // Some models send nothing where there is nothing to say.
    let arguments = match arguments.trim() {
        "" => "{}",
        some => some,
    };
    serde_json::from_str(arguments)
        .map_err(|error| Refusal::failed(format!("the arguments of `{tool}` are wrong: {error}")))
}

/// A text that is not too long for a model, cut at a character.
fn cut(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

//! Capabilities as people and the command line say them.

use std::{fmt, str::FromStr};

use serde::Deserialize;

use super::List;
use crate::{Capabilities, Error, WorkspaceAccess};

impl Capabilities {
    /// What the package could do with them, in words: a row each.
    pub fn table(&self) -> Vec<CapabilityRow> {
        let mut rows = Vec::new();
        for list in List::ALL {
            for entry in list.of(self) {
                let meaning = match list {
                    List::Programs if entry == "*" => {
                        "start any program that a workflow names, when that workflow may start it too".into()
                    }
                    List::Programs
                        if matches!(
                            entry.as_str(),
                            "sh" | "bash" | "zsh" | "cmd" | "powershell"
                        ) =>
                    {
                        format!("run any command you could run, with `{entry}`")
                    }
                    List::Programs => {
                        format!("start the program `{entry}`, which can do what you can do")
                    }
                    List::Environment if entry.ends_with('*') => format!(
                        "show its programs all environment variables that begin with `{}`, passwords and keys among them",
                        entry.trim_end_matches('*')
                    ),
                    List::Environment => {
                        format!("show its programs the environment variable `{entry}`")
                    }
                    List::Network => match entry.strip_prefix("*.") {
                        Some(domain) => format!("talk to every host below `{domain}`"),
                        None => format!("talk to `{entry}`, and send it what it has read"),
                    },
                };
                rows.push(CapabilityRow {
                    capability: list.key(),
                    value: entry.clone(),
                    meaning,
                });
            }
        }
        let (value, meaning) = match self.workspace {
            WorkspaceAccess::None => return rows,
            WorkspaceAccess::Read => ("read", "read the files of the project it runs in"),
            WorkspaceAccess::Write => (
                "write",
                "read, change and delete the files of the project it runs in",
            ),
        };
        rows.push(CapabilityRow {
            capability: "workspace",
            value: value.to_owned(),
            meaning: meaning.to_owned(),
        });
        rows
    }
}

/// One thing that a package could do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapabilityRow {
    /// `programs`, `environment`, `network` or `workspace`.
    pub capability: &'static str,
    /// Which.
    pub value: String,
    /// What it means, as the end of "it could …".
    pub meaning: String,
}

/// As the command line takes it: `programs=git,make workspace=read`.
impl fmt::Display for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.arguments().join(" "))
    }
}

impl Capabilities {
    /// A word for each kind: `programs=git,make`, `workspace=read`.
    pub fn arguments(&self) -> Vec<String> {
        let lists = List::ALL
            .into_iter()
            .filter(|list| !list.of(self).is_empty());
        let mut words: Vec<_> = lists
            .map(|list| format!("{}={}", list.key(), list.of(self).join(",")))
            .collect();
        match self.workspace {
            WorkspaceAccess::None => {}
            WorkspaceAccess::Read => words.push("workspace=read".to_owned()),
            WorkspaceAccess::Write => words.push("workspace=write".to_owned()),
        }
        words
    }
}

/// Reads `programs=git,make`, several of them with spaces between.
impl FromStr for Capabilities {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = |why: String| Error::BadCapability {
            text: text.to_owned(),
            why,
        };
        let mut table = toml::Table::new();
        for word in text.split_whitespace() {
            let (key, values) = word
                .split_once('=')
                .ok_or_else(|| wrong("expected something like `programs=git`".into()))?;
            let value = if key == "workspace" {
                values.into()
            } else {
                values
                    .split(',')
                    .map(toml::Value::from)
                    .collect::<Vec<_>>()
                    .into()
            };
            if table.insert(key.to_owned(), value).is_some() {
                return Err(wrong(format!("`{key}` occurs twice")));
            }
        }
        Self::deserialize(table).map_err(|error| wrong(error.message().to_owned()))
    }
}

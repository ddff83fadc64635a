//! What errors mean for those who get them.

use std::io;

use cm_types::Failure;

use super::{Denial, Error};
use crate::{Capabilities, WorkspaceAccess, capabilities::List, names};

impl Error {
    /// A stable name in kebab-case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoHome => "no-home",
            Self::Io { .. } => "disk",
            Self::Manifest(_) => "manifest",
            Self::NotAPackage { .. } => "not-a-package",
            Self::Invalid { .. } => "invalid-package",
            Self::Escape { .. } => "path",
            Self::NoFile { .. } => "no-file",
            Self::TooLarge { .. } => "too-large",
            Self::Damaged { .. } => "damaged-package",
            Self::OtherCm { .. } => "other-cm",
            Self::NoPackage { .. } => "no-package",
            Self::NoVersion { .. } => "no-version",
            Self::NoComponent { .. } => "no-component",
            Self::Ambiguous { .. } => "ambiguous-component",
            Self::BadName { .. } => "package-name",
            Self::NotAllowed { why, .. } => match why {
                Denial::Undeclared => "undeclared-capability",
                Denial::NotGranted => "not-granted",
                Denial::Policy(_) => "policy",
            },
            Self::BadCapability { .. } => "bad-capability",
            Self::Differs { .. } => "differs",
            Self::FirstParty { .. } => "first-party",
            Self::Foreign { .. } => "foreign-entry",
            Self::Newer { .. } => "newer-registry",
            Self::Locked { .. } => "locked",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::NoHome => "set CODEMACHINE_HOME to a directory of your own".into(),
            Self::Io { source, .. } => match source.kind() {
                io::ErrorKind::PermissionDenied
                | io::ErrorKind::ReadOnlyFilesystem
                | io::ErrorKind::NotADirectory => {
                    "make it accessible, or set CODEMACHINE_HOME to a directory you can write to"
                        .into()
                }
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    "make some room on that disk, then run the command again; nothing was changed"
                        .into()
                }
                _ => return None,
            },
            Self::Manifest(error) => return error.help.clone(),
            Self::NotAPackage {
                near: Some(near), ..
            } => format!("there is `{near}`: rename it to `workflow.yaml`"),
            Self::NotAPackage { .. } => "name a directory with a workflow.yaml in it".into(),
            Self::Invalid { .. } => "mend the package, or tell its author".into(),
            Self::Damaged { .. } => "install it again: cm install PATH --force".into(),
            Self::OtherCm { .. } => "install another version of cm or of the package".into(),
            Self::NoPackage {
                near: Some(near), ..
            } => format!("did you mean `{near}`?"),
            Self::NoPackage { .. } => "see what is installed: cm list".into(),
            Self::NoComponent { kind, name, known } => {
                match names::did_you_mean(name, known.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if known.is_empty() => {
                        format!("install a package with a {kind}: cm install PATH")
                    }
                    None => format!("there is {}", known.join(", ")),
                }
            }
            Self::Ambiguous { name, packages, .. } => {
                format!(
                    "say which: {}:{name}",
                    packages.first().map_or("PACKAGE", String::as_str)
                )
            }
            Self::NotAllowed {
                package,
                installed,
                capabilities,
                why,
            } => match (why, installed) {
                (Denial::Undeclared, None) => {
                    format!("in its cm.toml: [capabilities] {}", declaration(capabilities))
                }
                (Denial::Undeclared, Some(_)) => {
                    "tell the package's author: its cm.toml has to ask for it".into()
                }
                (Denial::Policy(_), _) => {
                    "change that rule, or ask who keeps the policy".into()
                }
                (Denial::NotGranted, installed) => grant_command(
                    installed.as_deref().unwrap_or(package),
                    capabilities,
                ),
            },
            Self::BadCapability { .. } => {
                "write it like `programs=git,make`, `environment=MINE_*`, `network=api.example.com` or `workspace=read`".into()
            }
            Self::Differs { name, .. } => {
                format!(
                    "give it another version in its cm.toml, or replace the installed {name} with --force"
                )
            }
            Self::FirstParty { remove: false, .. } => {
                "give the package another name, or use yours in its place with --force".into()
            }
            Self::Foreign { .. } => "remove it with the program that installed it".into(),
            Self::Newer { .. } => "upgrade cm".into(),
            Self::Locked { .. } => {
                "wait for it to end, or end it, then run the command again".into()
            }
            _ => return None,
        };
        Some(text)
    }
}

/// The command that grants an installed package this.
pub fn grant_command(package: &str, capabilities: &Capabilities) -> String {
    let words = capabilities.arguments();
    let words: Vec<_> = words.iter().map(|word| shell(word)).collect();
    format!("cm install {package} --grant {}", words.join(" --grant "))
}

/// Quoted where a shell would take a `*` for itself.
fn shell(word: &str) -> String {
    if word.contains('*') {
        format!("'{word}'")
    } else {
        word.to_owned()
    }
}

/// The same as a `cm.toml` says it.
fn declaration(capabilities: &Capabilities) -> String {
    let lists = List::ALL
        .into_iter()
        .filter(|list| !list.of(capabilities).is_empty());
    let mut parts: Vec<_> = lists
        .map(|list| {
            let words: Vec<_> = list
                .of(capabilities)
                .iter()
                .map(|it| format!("{it:?}"))
                .collect();
            format!("{} = [{}]", list.key(), words.join(", "))
        })
        .collect();
    match capabilities.workspace {
        WorkspaceAccess::None => {}
        WorkspaceAccess::Read => parts.push("workspace = \"read\"".into()),
        WorkspaceAccess::Write => parts.push("workspace = \"write\"".into()),
    }
    parts.join(", ")
}

/// For guests: the same by who has to act on it.
impl From<&Error> for cm_types::Error {
    fn from(error: &Error) -> Self {
        let mut failure = Failure::new(error.code(), error.to_string());
        failure.details = error.help();
        match error {
            Error::NoFile { .. }
            | Error::NoPackage { .. }
            | Error::NoVersion { .. }
            | Error::NoComponent { .. } => Self::Missing(failure),
            Error::NotAllowed { .. } => Self::Denied(failure),
            Error::TooLarge { .. } => Self::Exhausted(failure),
            Error::Locked { .. } => Self::Unavailable(failure.retryable()),
            Error::Io { .. } | Error::NoHome | Error::Damaged { .. } => Self::Unavailable(failure),
            _ => Self::Invalid(failure),
        }
    }
}

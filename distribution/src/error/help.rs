//! What errors mean for those who get them.

use std::io;

use super::Error;

impl Error {
    /// A stable name in kebab-case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "disk",
            Self::Package(error) => error.code(),
            Self::BadName { .. } => "package-name",
            Self::Unfit { .. } => "unfit-package",
            Self::Imports { .. } => "undeclared-import",
            Self::Refused { .. } => "refused-package",
            Self::OtherCm { .. } => "other-cm",
            Self::NoPackage { .. } => "no-package",
            Self::NoVersion { .. } => "no-version",
            Self::Missing { .. } => "missing-content",
            Self::Exists { .. } => "already-published",
            Self::Mismatch { .. } => "digest-mismatch",
            Self::BadUrl { .. } => "registry-address",
            Self::Registry(error) => error.code(),
            Self::Credentials { .. } => "credentials",
            Self::Conflict(_) => "conflict",
            Self::LockFile { .. } => "lock-file",
            Self::Trust(error) => error.code(),
            Self::NotGranted { .. } => "not-granted",
            Self::Caution { .. } => "caution",
            Self::BadSpec { .. } => "bad-package",
            Self::NoRegistry { .. } => "no-registry",
            Self::Config { .. } => "config",
            Self::Git { .. } => "git",
            Self::NoProject(_) => "no-project",
            Self::NotNeeded { .. } => "not-needed",
            Self::Frozen { .. } => "lock-file-frozen",
            Self::Offline { .. } => "offline",
            Self::Locked { .. } => "locked",
        }
    }

    /// Whether the same may work a little later.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Registry(error) if error.is_passing())
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::Io { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    "make some room on that disk, then run the command again; nothing was changed"
                        .into()
                }
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    "make it accessible, or set CODEMACHINE_HOME to a directory you can write to"
                        .into()
                }
                _ => return None,
            },
            Self::Package(error) => return error.help(),
            Self::BadName { .. } => {
                "write it as NAME or NAMESPACE/NAME, for example `acme/review`".into()
            }
            Self::Unfit { .. } => "mend it, then run `cm check` and publish again".into(),
            Self::Imports { .. } => {
                "build the component without it: a component gets nothing but the cm interfaces \
                 of its kind and a WASI without effects"
                    .into()
            }
            Self::Refused { .. } => {
                "do not use this package; tell its author or who runs the registry".into()
            }
            Self::OtherCm { .. } => "install another version of cm or of the package".into(),
            Self::NoPackage {
                near: Some(near), ..
            } => format!("did you mean `{near}`?"),
            Self::NoPackage { .. } => {
                "look at the spelling, or name another registry with --registry".into()
            }
            Self::NoVersion {
                name, wanted, have, ..
            } => match have.iter().rev().find(|version| version.pre.is_empty()) {
                Some(latest) => format!("try `{name}@{latest}` in place of `{name}@{wanted}`"),
                None => match have.last() {
                    Some(latest) => format!(
                        "there are only prereleases; ask for one by its version: `{name}@{latest}`"
                    ),
                    None => return None,
                },
            },
            Self::Missing { .. } => {
                "the registry is incomplete: publish the version again, or use another registry"
                    .into()
            }
            Self::Exists { version, .. } => format!(
                "a published version never changes: raise the version above {version} in cm.toml"
            ),
            Self::Mismatch { .. } => {
                "nothing was kept of it; try again, and if it stays so do not trust this registry"
                    .into()
            }
            Self::BadUrl { .. } => "write it like `https://registry.example.com/team`".into(),
            Self::Registry(error) => error.help(),
            Self::Credentials { .. } => "look at ~/.docker/config.json".into(),
            Self::Conflict(conflict) => return conflict.help(),
            Self::LockFile { path, .. } => format!(
                "restore {} from version control, or delete it and run `cm update`",
                path.display()
            ),
            Self::Trust(error) => error.help(),
            Self::NotGranted { asked, undecided } => {
                let mut command = format!("agree to it: cm install {}", asked.join(" "));
                for (package, (dependency, capabilities)) in undecided {
                    let name = package.split('@').next().unwrap_or_default();
                    // Said without a name it is about what was asked for.
                    let named = *dependency || asked.len() > 1;
                    for word in capabilities.arguments() {
                        let word = if named { format!("{name}:{word}") } else { word };
                        let quote = if word.contains('*') { "'" } else { "" };
                        command.push_str(&format!(" --grant {quote}{word}{quote}"));
                    }
                }
                command
            }
            Self::Caution { .. } => {
                "if it is what you mean, say so: the same command with --accept-cautions".into()
            }
            Self::BadSpec { .. } => {
                "name a package (NAME, NAMESPACE/NAME, with @VERSION), a directory (./DIR), a .tar, oci://… or git+URL#REVISION".into()
            }
            Self::NoRegistry { .. } => "see what there is: cm registry list".into(),
            Self::Git { url, .. } => {
                format!("look at the address and the revision; can you run `git ls-remote {url}`?")
            }
            Self::Config { path, .. } => format!("mend {}", path.display()),
            Self::NoProject(_) => "add a package, which makes one: cm add NAME".into(),
            Self::NotNeeded {
                near: Some(near), ..
            } => format!("did you mean `{near}`?"),
            Self::NotNeeded { .. } => "see what is needed: cm tree".into(),
            Self::Frozen { .. } => {
                "run it once without --locked, and commit the new cm.lock".into()
            }
            Self::Offline { .. } => "run it once without --offline".into(),
            Self::Locked { .. } => "wait for it to end, then run the command again".into(),
        };
        Some(text)
    }
}

//! Servers of the Model Context Protocol that the person has set up, for themselves or
//! for a project. A project's servers are programs that somebody else may have named:
//! each is used only once the person has allowed exactly that one.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use cm_types::{Digest, Error, Failure, McpServer, ServerGrant};
use serde::{Deserialize, Serialize};

/// The file in the person's `cm` home and in a project's `.codemachine`.
const FILE: &str = "mcp.json";

/// How a server is started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerDefinition {
    /// The program.
    pub command: String,
    /// Its arguments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// What is added to its environment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
}

/// Where a server comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerOrigin {
    /// The person's own file.
    Person,
    /// The project's file, and whether the person allowed it.
    Project {
        /// Whether they did.
        allowed: bool,
    },
}

/// A server that steps may be granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownServer {
    /// Its name.
    pub name: String,
    /// How it is started.
    pub definition: ServerDefinition,
    /// Where it comes from.
    pub origin: ServerOrigin,
}

/// The servers of one person in one project.
#[derive(Clone, Debug)]
pub struct Servers {
    home: PathBuf,
    directory: PathBuf,
    person: ServerFile,
    project: ServerFile,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct ServerFile {
    #[serde(
        default,
        alias = "mcpServers",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    servers: BTreeMap<String, ServerDefinition>,
    /// Only in the person's file: digests of what they allowed, and how it was called.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    allowed: BTreeMap<String, String>,
    /// What others keep in the same file.
    #[serde(flatten)]
    rest: serde_json::Map<String, serde_json::Value>,
}

impl Servers {
    /// Reads both files; one that is not there names no server.
    ///
    /// # Errors
    /// When one of them cannot be read or is not what it should be.
    pub fn read(home: &Path, project: &Path) -> Result<Self, Error> {
        Ok(Self {
            home: home.to_owned(),
            directory: project.to_owned(),
            person: read(&home.join(FILE))?,
            project: read(&project.join(".codemachine").join(FILE))?,
        })
    }

    /// All of them, by their names. The person's own come before the project's.
    pub fn list(&self) -> Vec<KnownServer> {
        let own = self.person.servers.iter().map(|(name, definition)| {
            let origin = ServerOrigin::Person;
            (name, definition, origin)
        });
        let projects = self.project.servers.iter().map(|(name, definition)| {
            let allowed = self.is_allowed(definition);
            (name, definition, ServerOrigin::Project { allowed })
        });
        let mut known = BTreeMap::new();
        for (name, definition, origin) in own.chain(projects) {
            known.entry(name.clone()).or_insert_with(|| KnownServer {
                name: name.clone(),
                definition: definition.clone(),
                origin,
            });
        }
        known.into_values().collect()
    }

    /// Allows a server of the project, as it is defined now.
    ///
    /// # Errors
    /// When the project has none with this name, or the person's file cannot be written.
    pub fn allow(&mut self, name: &str) -> Result<(), Error> {
        let definition = self.project.servers.get(name);
        let digest = self.permission(definition.ok_or_else(|| self.unknown(name))?);
        let mut person = self.person.clone();
        person.allowed.insert(digest.to_string(), name.to_owned());
        let path = self.home.join(FILE);
        write(&self.home, &path, &person).map_err(|error| {
            let message = format!("`{}` cannot be written: {error}", path.display());
            Error::Unavailable(Failure::new("not-written", message))
        })?;
        self.person = person;
        Ok(())
    }

    /// A server that a step was granted, to be handed to its agent.
    ///
    /// # Errors
    /// When there is none, or the person has not allowed it.
    pub(crate) fn granted(&self, grant: &ServerGrant) -> Result<McpServer, Error> {
        let name = &grant.name;
        let definition = match (
            self.person.servers.get(name),
            self.project.servers.get(name),
        ) {
            (Some(own), _) => own,
            (None, Some(theirs)) if self.is_allowed(theirs) => theirs,
            (None, Some(theirs)) => {
                let line = std::iter::once(&theirs.command).chain(&theirs.args);
                let line: Vec<_> = line.map(String::as_str).collect();
                let message = format!(
                    "the project's MCP server `{name}` starts `{}`, and you have not allowed that; allow it: cm mcp allow {name}",
                    line.join(" ")
                );
                return Err(Error::Denied(Failure::new("server-not-allowed", message)));
            }
            (None, None) => return Err(self.unknown(name)),
        };
        let environment = definition.env.iter();
        Ok(McpServer {
            name: name.clone(),
            command: definition.command.clone(),
            arguments: definition.args.clone(),
            environment: environment
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            only: grant.only.clone(),
            exclude: grant.exclude.clone(),
        })
    }

    fn is_allowed(&self, definition: &ServerDefinition) -> bool {
        let digest = self.permission(definition).to_string();
        self.person.allowed.contains_key(&digest)
    }

    /// What the person allows: this command line with this environment, in this project.
    /// Elsewhere the same words may start another program.
    fn permission(&self, definition: &ServerDefinition) -> Digest {
        // A path and a map of texts always have a written form.
        let permission = (self.directory.display().to_string(), definition);
        Digest::of(&serde_json::to_vec(&permission).unwrap_or_default())
    }

    fn unknown(&self, name: &str) -> Error {
        let known: Vec<_> = self.list().into_iter().map(|server| server.name).collect();
        let known = match known.as_slice() {
            [] => "none is set up".to_owned(),
            some => format!("set up are: {}", some.join(", ")),
        };
        let message = format!(
            "there is no MCP server `{name}`; {known}. Set it up below `servers` in `{}`, or in `.codemachine/{FILE}` of the project and allow it: cm mcp allow {name}",
            self.home.join(FILE).display()
        );
        Error::Missing(Failure::new("unknown-server", message))
    }
}

fn read(path: &Path) -> Result<ServerFile, Error> {
    let wrong = |why: String| {
        let message = format!("`{}` cannot be used: {why}", path.display());
        Error::Invalid(Failure::new("bad-servers", message))
    };
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(ServerFile::default()),
        Err(error) => return Err(wrong(error.to_string())),
    };
    serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))
}

/// In one step, so that nobody ever reads half of it; for its owner alone, since servers
/// are often given keys.
fn write(home: &Path, path: &Path, file: &ServerFile) -> io::Result<()> {
    fs::create_dir_all(home)?;
    let mut draft = tempfile::NamedTempFile::new_in(home)?;
    draft.write_all(&serde_json::to_vec_pretty(file)?)?;
    draft.write_all(b"\n")?;
    draft.as_file().sync_all()?;
    draft.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests;

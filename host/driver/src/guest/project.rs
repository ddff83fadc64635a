//! The project's files, and schemas, as a guest asks for them.

use cm_effects::{Project, ProjectError};
use cm_registry::WorkspaceAccess;
use cm_types::{Digest, Error, Failure};
use serde::{Serialize, de::DeserializeOwned};

use super::Guest;
use crate::schema;

impl Guest {
    pub(super) fn project_file(&self, path: &str) -> Result<String, Error> {
        self.may_read()?;
        let read = self.project().read(path).map_err(unread);
        self.told(format!("file {path}"), &read)
    }

    pub(super) fn project_files(&self, pattern: &str) -> Result<Vec<String>, Error> {
        self.may_read()?;
        let found = self.project().matching(pattern).map_err(unread);
        self.told(format!("files {pattern}"), &found)
    }

    pub(super) fn problems(&self, schema: &str, text: &str) -> Result<Vec<String>, Error> {
        let digest = Digest::of(format!("{}\n{schema}{text}", schema.len()).as_bytes());
        let problems = schema::conform(schema, text).map_err(Error::Invalid);
        self.told(format!("conform {digest}"), &problems)
    }

    fn may_read(&self) -> Result<(), Error> {
        let package = self.bundle.package();
        let may = package.may_use_the_workspace(WorkspaceAccess::Read);
        may.map_err(|error| Error::from(&error))
    }

    fn project(&self) -> Project {
        Project::new(&self.floor.directory)
    }

    /// The answer that the journal has, or will have.
    fn told<T>(&self, what: String, answer: &Result<T, Error>) -> Result<T, Error>
    where
        T: Serialize + DeserializeOwned,
    {
        let unreadable = |error: serde_json::Error| {
            let message = format!("the journal's answer to `{what}` cannot be read: {error}");
            Error::Other(Failure::new("bad-journal", message))
        };
        let written = serde_json::to_string(answer).map_err(unreadable)?;
        match self.observe(what.clone(), Some(written)).0 {
            Some(told) => serde_json::from_str::<Result<T, Error>>(&told).map_err(unreadable)?,
            // The run is being let go.
            None => Err(Error::Cancelled),
        }
    }
}

fn unread(error: ProjectError) -> Error {
    let message = error.to_string();
    let failure = |code| Failure::new(code, message);
    match &error {
        ProjectError::Missing(_) => Error::Missing(failure("no-file")),
        ProjectError::Outside(_) | ProjectError::Reserved(_) => Error::Denied(failure("outside")),
        ProjectError::TooLarge(_) | ProjectError::TooMany(_) => {
            Error::Exhausted(failure("too-large"))
        }
        ProjectError::NotText(_) => Error::Invalid(failure("not-utf-8")),
        ProjectError::Path(_) | ProjectError::NotAFile(_) => Error::Invalid(failure("bad-path")),
        ProjectError::Io { .. } => Error::Unavailable(failure("unreadable")),
    }
}

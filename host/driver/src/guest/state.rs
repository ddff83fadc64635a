//! The shared state, as a guest writes it.

use cm_orchestrator::{Decided, Input};
use cm_types::{Error, Failure};

use super::Guest;
use crate::{kept, schema};

impl Guest {
    pub(super) fn set(&self, key: String, value: String) -> Result<u32, Error> {
        self.may_be_written(&key, &value)?;
        let scope = self.scope;
        written(self.floor.ledger.input(Input::Write { scope, key, value }))
    }

    pub(super) fn set_if(&self, key: String, version: u32, value: String) -> Result<u32, Error> {
        self.may_be_written(&key, &value)?;
        let scope = self.scope;
        written(self.floor.ledger.input(Input::Swap {
            scope,
            key,
            version,
            value,
        }))
    }

    pub(super) fn give_schema(&self, key: String, schema: String) -> Result<(), Error> {
        if self.scope.is_some() {
            let message = "only the workflow itself gives values a schema";
            return Err(Error::Denied(Failure::new("not-the-workflow", message)));
        }
        kept::value(&key, &schema)?;
        schema::Schema::parse(&schema).map_err(|failure| {
            let message = format!("of the value `{key}`: {}", failure.message);
            Error::Invalid(Failure { message, ..failure })
        })?;
        self.floor.ledger.input(Input::Declare { key, schema });
        Ok(())
    }

    fn may_be_written(&self, key: &str, value: &str) -> Result<(), Error> {
        kept::value(key, value)?;
        self.floor.ledger.admit(key, value).map_err(Error::Invalid)
    }
}

fn written(decided: Decided) -> Result<u32, Error> {
    match (decided.refused, decided.version) {
        (Some(failure), _) => Err(Error::Other(failure)),
        (None, Some(version)) => Ok(version),
        // The run is being let go.
        (None, None) => Err(Error::Cancelled),
    }
}

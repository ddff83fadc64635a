use crate::{Journal, JournalError, Message, writer::Job};

impl Journal {
    /// Leaves a message for the process that drives the run, or will. It is on disk when
    /// this returns.
    pub fn send(&self, run: &str, message: &Message) -> Result<u64, JournalError> {
        let unwritable = |error: serde_json::Error| JournalError::Unwritable {
            run: run.into(),
            what: error.to_string(),
        };
        let message = serde_json::to_string(message).map_err(unwritable)?;
        let sent = self.writer()?.ask(|resolver| Job::Send {
            run: run.to_owned(),
            message,
            resolver,
        });
        sent.wait_blocking()
    }

    /// The messages for a run, the oldest first. They stay until they are acknowledged.
    pub fn take_messages(&self, run: &str) -> Result<Vec<(u64, Message)>, JournalError> {
        self.read(|reader| reader.messages(run))
    }

    /// Removes messages.
    pub fn ack(&self, ids: Vec<u64>) -> Result<(), JournalError> {
        let acked = self.writer()?.ask(|resolver| Job::Ack { ids, resolver });
        acked.wait_blocking()
    }

    /// Whether anything was committed, here or elsewhere, since this was last asked.
    /// Costs a few microseconds.
    pub fn changed(&self) -> Result<bool, JournalError> {
        let mut reading = self.reading()?;
        let Some(reading) = reading.as_mut() else {
            return Ok(true);
        };
        let version = reading
            .connection
            .query_row("PRAGMA data_version", [], |row| row.get(0))
            .map_err(|error| JournalError::sqlite(&self.layout.database(), &error))?;
        Ok(reading.seen.replace(version) != Some(version))
    }
}

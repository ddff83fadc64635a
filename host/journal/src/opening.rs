use std::{
    path::Path,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

use crate::{
    Blobs, Journal, JournalError, database, journal::Reading, layout::Layout, migration::STEPS,
    reader::Reader, writer::Writer,
};

impl Journal {
    /// Opens the journal in a project's state directory for writing, and makes both if
    /// they are missing. After an unclean stop the whole file is checked first.
    pub fn open(state_dir: &Path) -> Result<Self, JournalError> {
        let journal = Self::at(state_dir);
        journal.writer()?;
        Ok(journal)
    }

    /// Opens the journal for reading, if there is one. Nothing is created or changed,
    /// and nothing needs to be writable, until something is written.
    pub fn open_existing(state_dir: &Path) -> Result<Option<Self>, JournalError> {
        let journal = Self::at(state_dir);
        if !database::exists(&journal.layout.database())? {
            return Ok(None);
        }
        let version = journal.read(|reader| database::recognize(reader.connection, reader.path));
        if version? < STEPS.len() as i64 {
            // Reading an old form is bringing it up to date.
            journal.close_reader();
            journal.writer()?;
        }
        Ok(Some(journal))
    }

    fn at(state_dir: &Path) -> Self {
        let layout = Layout::new(state_dir);
        Self {
            blobs: Blobs::new(layout.blobs()),
            layout,
            reader: Mutex::new(None),
            writer: OnceLock::new(),
            starting: Mutex::new(()),
        }
    }

    /// Whether a process that wrote here was killed, or the power failed, since the
    /// journal was last closed. Known once it is open for writing.
    pub fn was_unclean(&self) -> bool {
        self.writer.get().is_some_and(|writer| writer.unclean)
    }

    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(Reader<'_>) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let reading = self.reading()?;
        let Some(reading) = reading.as_ref() else {
            return Err(JournalError::Closed);
        };
        work(Reader {
            connection: &reading.connection,
            path: &self.layout.database(),
            blobs: &self.blobs,
        })
    }

    /// The reader, open.
    pub(crate) fn reading(&self) -> Result<MutexGuard<'_, Option<Reading>>, JournalError> {
        let mut reading = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        if reading.is_none() {
            *reading = Some(Reading {
                connection: database::open_reader(&self.layout)?,
                seen: None,
            });
        }
        Ok(reading)
    }

    fn close_reader(&self) {
        let mut reading = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        *reading = None;
    }

    pub(crate) fn writer(&self) -> Result<&Writer, JournalError> {
        if let Some(writer) = self.writer.get() {
            return Ok(writer);
        }
        let starting = self.starting.lock().unwrap_or_else(PoisonError::into_inner);
        if self.writer.get().is_none() {
            let writer = Writer::start(&self.layout, &self.blobs)?;
            // Nobody else can have set it: we hold `starting`.
            let _ = self.writer.set(writer);
        }
        drop(starting);
        self.writer.get().ok_or(JournalError::Closed)
    }
}

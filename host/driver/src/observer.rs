use cm_orchestrator::Record;

/// Sees every event of the run, in order, once it is on disk.
pub trait Observer: Send {
    /// Something happened.
    fn see(&mut self, record: &Record);
}

//! Time and silence that are not the program's own.

use tokio::time::Instant;

use super::Process;

impl Process {
    /// As long as it waits for something from here, neither its silence nor its time is
    /// its own: both go on counting when it waits no more.
    pub fn excuse(&mut self, waits: bool) {
        let now = Instant::now();
        match (waits, self.excused) {
            (true, None) => self.excused = Some(now),
            (false, Some(since)) => {
                self.excused = None;
                self.started += now - since;
                self.quiet = None;
            }
            _ => {}
        }
    }
}

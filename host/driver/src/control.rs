use std::sync::Arc;

use tokio::sync::watch;

/// How urgently something is to stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// Go on.
    #[default]
    No,
    /// Let programs end by themselves, for some seconds.
    Gently,
    /// Kill them.
    Now,
}

/// The handle by which a run is let go from outside: Ctrl-C once, and twice.
#[derive(Clone, Debug)]
pub struct Control(Arc<watch::Sender<Stop>>);

impl Default for Control {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Stop::No)))
    }
}

impl Control {
    /// Stops gently, and the second time at once.
    pub fn press(&self) {
        self.0.send_modify(|stop| {
            *stop = match *stop {
                Stop::No => Stop::Gently,
                Stop::Gently | Stop::Now => Stop::Now,
            }
        });
    }

    /// Stops as urgently as this, or more so if that was said before.
    pub fn ask(&self, urgency: Stop) {
        self.0.send_modify(|stop| *stop = (*stop).max(urgency));
    }

    /// To wait for a change.
    pub fn watch(&self) -> watch::Receiver<Stop> {
        self.0.subscribe()
    }
}

use std::{
    sync::mpsc::{RecvTimeoutError, Sender, channel},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What takes less time is not worth a word.
const WORTH: Duration = Duration::from_secs(1);

/// What is waited for, on the last line of a terminal, once that takes a while. Taken away
/// when it is dropped.
pub(crate) struct Waiting {
    bar: ProgressBar,
    /// Dropped when nothing is waited for any more.
    _end: Sender<()>,
}

impl Waiting {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{spinner} {wide_msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        let (end, ended) = channel::<()>();
        let shown = bar.clone();
        // Without it nothing is shown, and nothing is lost.
        let _ = std::thread::Builder::new().spawn(move || {
            if ended.recv_timeout(WORTH) == Err(RecvTimeoutError::Timeout) {
                shown.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
                shown.enable_steady_tick(Duration::from_millis(120));
            }
        });
        Self { bar, _end: end }
    }

    /// Says what is waited for now.
    pub(crate) fn say(&self, what: impl Into<String>) {
        self.bar.set_message(what.into());
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.bar.disable_steady_tick();
        self.bar.finish_and_clear();
    }
}

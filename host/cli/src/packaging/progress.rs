use cm_distribution::Event;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::Duration;

/// How far a change is, on the last line of a terminal. What is over in no time is not
/// shown at all.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
        bar.set_style(style("{spinner} {msg} {elapsed:.dim}"));
        Self(bar)
    }

    pub(super) fn show(&self, event: &Event) {
        self.0.enable_steady_tick(Duration::from_millis(200));
        match event {
            Event::Resolving => self.0.set_message("Looking for versions that go together"),
            Event::Fetching(progress) => {
                if self.0.length() != Some(progress.all) {
                    self.0.set_length(progress.all);
                    self.0.set_style(style(
                        "{spinner} {msg} {bar:24} {bytes}/{total_bytes} {bytes_per_sec:.dim}",
                    ));
                }
                self.0
                    .set_message(format!("{} {}", progress.name, progress.version));
                self.0.set_position(progress.done);
            }
            Event::Unpacking { name, version } => {
                self.0.set_message(format!("Unpacking {name} {version}"));
            }
            Event::Installing => self.0.set_message("Installing"),
        }
    }

    /// Takes it away: something else is going to be said.
    pub(super) fn clear(&self) {
        self.0.disable_steady_tick();
        self.0.finish_and_clear();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

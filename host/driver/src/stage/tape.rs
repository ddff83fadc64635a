//! What is written down of a turn that asks services: enough to decode it again.

use cm_effects::{Recorded, Recorder, Recording, recording::Channel};
use serde_json::Value;

/// A recording that begins with the first word of a service.
#[derive(Default)]
pub(super) struct Tape(Option<Recorder>);

impl Tape {
    /// Begins, unless it has begun. A recording that cannot be made loses no result.
    pub(super) fn begin(&mut self, recording: impl FnOnce() -> Recording) {
        if self.0.is_none() {
            self.0 = Recorder::begin(recording()).ok();
        }
    }

    pub(super) fn bytes(&mut self, channel: Channel, bytes: &[u8]) {
        if let Some(recorder) = &mut self.0 {
            recorder.append(channel, bytes);
        }
    }

    pub(super) fn value(&mut self, channel: Channel, value: &Value) {
        self.bytes(channel, value.to_string().as_bytes());
    }

    pub(super) fn end(&mut self) -> Option<Recorded> {
        self.0.take().map(Recorder::finish)
    }
}

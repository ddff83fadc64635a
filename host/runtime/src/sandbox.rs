use std::sync::Arc;

use crate::RunContext;

/// 2025-01-01T00:00:00Z. Every guest begins at this moment.
const START: u64 = 1_735_689_600;

/// Why the sandbox ended a guest.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Denied {
    #[error("it exited with code {0}; a component returns instead")]
    Exit(u8),
    #[error("it called `{0}`, which the sandbox does not have")]
    Missing(String),
    #[error("it asked for {0} random bytes at once")]
    Random(u64),
}

/// What a guest sees in place of the world, when its toolchain cannot help asking for
/// one: a clock that only moves when it is read, random numbers that are the same
/// each time, and an output that ends in the run's log.
#[derive(Debug)]
pub(crate) struct Sandbox {
    nanoseconds: u64,
    random: u64,
    output: Vec<u8>,
    room: usize,
}

impl Sandbox {
    pub(crate) fn new(seed: u64, room: usize) -> Self {
        Self {
            nanoseconds: 0,
            random: seed,
            output: Vec::new(),
            room,
        }
    }

    /// Nanoseconds since the start. Time passes by a microsecond when it is looked
    /// at, so that a guest that measures does not divide by zero.
    pub(crate) fn monotonic(&mut self) -> u64 {
        self.nanoseconds = self.nanoseconds.saturating_add(1_000);
        self.nanoseconds
    }

    /// Seconds and nanoseconds since 1970.
    pub(crate) fn wall(&mut self) -> (u64, u32) {
        let now = self.monotonic();
        let second = 1_000_000_000;
        (START.saturating_add(now / second), (now % second) as u32)
    }

    /// Nobody waits in the sandbox: the time is there at once.
    pub(crate) fn skip_to(&mut self, nanoseconds: u64) {
        self.nanoseconds = self.nanoseconds.max(nanoseconds);
    }

    pub(crate) fn skip(&mut self, nanoseconds: u64) {
        self.nanoseconds = self.nanoseconds.saturating_add(nanoseconds);
    }

    /// SplitMix64: small, well known, and never secret.
    pub(crate) fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.random;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    pub(crate) fn random_bytes(&mut self, count: u64) -> Result<Vec<u8>, Denied> {
        const MOST: u64 = 1 << 20;
        if count > MOST {
            return Err(Denied::Random(count));
        }
        let mut bytes = Vec::with_capacity(count as usize);
        while (bytes.len() as u64) < count {
            let left = count as usize - bytes.len();
            let word = self.random().to_le_bytes();
            bytes.extend_from_slice(&word[..left.min(word.len())]);
        }
        Ok(bytes)
    }

    /// Keeps output, as long as there is room. What does not fit is lost.
    pub(crate) fn print(&mut self, bytes: &[u8]) {
        let taken = bytes.len().min(self.room);
        self.output.extend_from_slice(&bytes[..taken]);
        self.room -= taken;
    }

    /// What was printed since the last time.
    pub(crate) fn take_output(&mut self) -> String {
        let output = std::mem::take(&mut self.output);
        self.room += output.len();
        String::from_utf8_lossy(&output).into_owned()
    }

    /// Gives the lines that are complete to the run's log.
    pub(crate) fn log_lines(&mut self, context: &Arc<dyn RunContext>) {
        let Some(end) = self.output.iter().rposition(|byte| *byte == b'\n') else {
            return;
        };
        let rest = self.output.split_off(end + 1);
        let lines = std::mem::replace(&mut self.output, rest);
        self.room += lines.len();
        log(context, &String::from_utf8_lossy(&lines));
    }

    /// Gives what is left to the run's log.
    pub(crate) fn log_rest(&mut self, context: &Arc<dyn RunContext>) {
        let rest = self.take_output();
        log(context, &rest);
    }
}

fn log(context: &Arc<dyn RunContext>, text: &str) {
    for line in text.lines() {
        context.note(cm_types::Extension {
            kind: "output".to_owned(),
            body: serde_json::Value::from(line).to_string(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_guests_see_the_same_world() {
        let see = || {
            let mut sandbox = Sandbox::new(7, 100);
            let bytes = sandbox.random_bytes(13).unwrap();
            (bytes, sandbox.monotonic(), sandbox.wall(), sandbox.random())
        };
        assert_eq!(see(), see());
        assert_eq!(see().0.len(), 13);
        assert_ne!(Sandbox::new(8, 0).random(), Sandbox::new(7, 0).random());
    }

    #[test]
    fn output_is_bounded_and_has_room_again_once_read() {
        let mut sandbox = Sandbox::new(0, 4);
        sandbox.print(b"abcdef");
        sandbox.print(b"g");
        assert_eq!(sandbox.take_output(), "abcd");
        sandbox.print(b"hi");
        assert_eq!(sandbox.take_output(), "hi");
    }

    #[test]
    fn time_moves_forward_only() {
        let mut sandbox = Sandbox::new(0, 0);
        sandbox.skip(5_000_000_000);
        sandbox.skip_to(1);
        let (seconds, _) = sandbox.wall();
        assert_eq!(seconds, START + 5);
        sandbox.skip(u64::MAX);
        assert_eq!(sandbox.monotonic(), u64::MAX);
    }
}

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Listens for signs of life of a program.
#[derive(Debug)]
pub(crate) struct Vigil {
    idle: Duration,
    /// When it was heard of last.
    heard: Instant,
    /// Half of the time was over, and was told of.
    warned: bool,
    /// It waits for something from here: its silence is not its own.
    excused: bool,
    /// Nothing more is to be told of.
    over: bool,
}

/// What a silence has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Silence {
    /// Half of what is allowed.
    Half,
    /// All of it.
    Whole,
}

impl Vigil {
    pub(crate) fn new(idle: Duration) -> Self {
        Self {
            idle,
            heard: Instant::now(),
            warned: false,
            excused: false,
            over: false,
        }
    }

    /// How long it may be silent.
    pub(crate) fn idle(&self) -> Duration {
        self.idle
    }

    /// It has said something.
    pub(crate) fn hear(&mut self) {
        self.heard = Instant::now();
        self.warned = false;
    }

    /// Whether it waits for something from here. When it waits no more, its silence begins
    /// anew.
    pub(crate) fn excuse(&mut self, waits: bool) {
        if self.excused && !waits {
            self.hear();
        }
        self.excused = waits;
    }

    /// It is being stopped.
    pub(crate) fn end(&mut self) {
        self.over = true;
    }

    /// The next silence that is worth a word. May be dropped and called again.
    pub(crate) async fn silence(&mut self) -> Silence {
        if self.over || self.excused {
            return std::future::pending().await;
        }
        if !self.warned {
            sleep_until(self.heard + self.idle / 2).await;
            self.warned = true;
            return Silence::Half;
        }
        sleep_until(self.heard + self.idle).await;
        self.over = true;
        Silence::Whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Duration = Duration::from_secs(10);

    /// In time that passes at once.
    fn at_once(test: impl Future<Output = ()>) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        runtime.block_on(test);
    }

    #[test]
    fn half_is_told_before_all_and_each_once() {
        at_once(async {
            let begun = Instant::now();
            let mut vigil = Vigil::new(IDLE);
            assert_eq!(vigil.silence().await, Silence::Half);
            assert_eq!(begun.elapsed(), IDLE / 2);
            assert_eq!(vigil.silence().await, Silence::Whole);
            assert_eq!(begun.elapsed(), IDLE);
            let more = tokio::time::timeout(IDLE * 10, vigil.silence()).await;
            assert!(more.is_err(), "{more:?}");
        });
    }

    #[test]
    fn a_sign_of_life_begins_it_anew() {
        at_once(async {
            let mut vigil = Vigil::new(IDLE);
            assert_eq!(vigil.silence().await, Silence::Half);
            vigil.hear();
            let begun = Instant::now();
            assert_eq!(vigil.silence().await, Silence::Half);
            assert_eq!(begun.elapsed(), IDLE / 2);
        });
    }

    #[test]
    fn who_waits_for_us_may_be_silent() {
        at_once(async {
            let mut vigil = Vigil::new(IDLE);
            vigil.excuse(true);
            let silence = tokio::time::timeout(IDLE * 10, vigil.silence()).await;
            assert!(silence.is_err(), "{silence:?}");
            vigil.excuse(false);
            let begun = Instant::now();
            assert_eq!(vigil.silence().await, Silence::Half);
            assert_eq!(begun.elapsed(), IDLE / 2);
        });
    }
}

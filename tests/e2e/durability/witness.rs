//! Two witnesses that know nothing of each other: the journal, and a file to which every
//! step appends a line with its idempotency key.

use std::{
    collections::BTreeMap,
    process::{Child, Stdio},
    time::{SystemTime, UNIX_EPOCH},
};

use rustix::process::Signal;

use super::{journal::Events, living::assert_gone};
use crate::support::{Cm, signal};

/// One write of one short line to a file opened for appending: it is whole or not there.
pub(super) const EFFECT: &str = "printf '%s %s\\n' \"$1\" \"$CM_IDEMPOTENCY_KEY\" >> effects.log\n";

/// Random enough, and the same again for the same seed.
pub(super) struct Random(u64);

impl Random {
    /// Seeded by `CM_SEED`, or by the clock; the seed is shown when the test fails.
    pub(super) fn seeded(test: &str) -> Self {
        let clock = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("after 1970");
        let given = std::env::var("CM_SEED")
            .ok()
            .and_then(|seed| seed.parse().ok());
        let seed: u64 = given.unwrap_or_else(|| u64::from(clock.subsec_nanos()) ^ clock.as_secs());
        println!(
            "the moments of this seed again: CM_SEED={seed} cargo test --release -p cm-tests {test}"
        );
        Self(seed)
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ (word >> 31)) % limit
    }
}

/// How often each line stands in the log of effects.
pub(super) fn effects(cm: &Cm) -> BTreeMap<String, u32> {
    let text = std::fs::read_to_string(cm.project().join("effects.log")).unwrap_or_default();
    let mut counts = BTreeMap::new();
    for line in text.lines() {
        *counts.entry(line.to_owned()).or_default() += 1;
    }
    counts
}

/// What was seen of a run each time it was killed.
#[derive(Default)]
pub(super) struct Witness {
    /// By line of the log of effects: how often it was at work when `cm` was killed.
    crashes: BTreeMap<String, u32>,
    /// By line: how often it was there when its step was known to be finished.
    settled: BTreeMap<String, u32>,
}

impl Witness {
    /// `cm` was killed: what is finished has had all the effects that it will have.
    #[track_caller]
    pub(super) fn look(&mut self, cm: &Cm, run: &str) -> Events {
        let events = Events::of(cm, run);
        events.assert_sound();
        let now = effects(cm);
        for task in events.tasks().values() {
            let line = format!("{} {}", task.step, task.key);
            if task.finished {
                let count = now.get(&line).copied().unwrap_or(0);
                let before = *self.settled.entry(line.clone()).or_insert(count);
                assert_eq!(count, before, "`{line}` was finished, and ran again");
            } else if task.attempts > 0 {
                *self.crashes.entry(line).or_default() += 1;
            }
        }
        events
    }

    /// The run is done: nothing of it is left, everything happened, and nothing more often
    /// than it was broken off and once. Gives its events.
    #[track_caller]
    pub(super) fn close(&self, cm: &Cm, run: &str) -> Events {
        assert_gone(run);
        let events = Events::of(cm, run);
        events.assert_sound();
        assert_eq!(events.end()["how"], "done");
        let effects = effects(cm);
        let mut tasks = events.tasks();
        // Gates have no effects.
        tasks.retain(|_, task| !task.question);
        let lines: Vec<_> = tasks
            .values()
            .map(|task| format!("{} {}", task.step, task.key))
            .collect();
        assert!(
            effects.keys().all(|line| lines.contains(line)),
            "an effect that the journal does not know"
        );
        for (task, line) in tasks.values().zip(&lines) {
            let count = effects.get(line).copied().unwrap_or(0);
            let most = 1 + self.crashes.get(line).copied().unwrap_or(0);
            assert!(
                task.finished && (1..=most).contains(&count),
                "`{line}`: {count} times, at most {most} are right"
            );
            assert!(
                self.settled.get(line).is_none_or(|before| *before == count),
                "`{line}` was finished, and ran again"
            );
            assert!(
                task.attempts <= most,
                "`{line}`: {} attempts",
                task.attempts
            );
        }
        events
    }
}

/// When `cm` is killed.
pub(super) trait Fate {
    /// Waits for the next moment. False: the run may come to its end, or has.
    fn moment(&mut self, cm: &Cm, child: &mut Child) -> bool;

    /// It was killed, and this is what the journal has.
    fn afterwards(&mut self, _events: &Events) {}
}

/// Runs `flow`, ends it by this signal whenever fate will have it, and goes on with it
/// until it is done. Gives how often it was ended.
#[track_caller]
pub(super) fn end_until_done(
    cm: &Cm,
    which: Signal,
    witness: &mut Witness,
    fate: &mut impl Fate,
) -> u32 {
    let mut kills = 0;
    loop {
        // It may have been killed before it had written anything, or after it had all.
        let runs = cm.json(["runs", "--json"]);
        let mut command = match (runs[0]["run"].as_str(), runs[0]["status"].as_str()) {
            (None, _) => cm.flow_command(&["--yes"]),
            (_, Some("done")) => return kills,
            (Some(run), _) => cm.command(["resume", run, "--yes"]),
        };
        let errors = std::fs::File::create(cm.root().join("output")).expect("a file");
        let mut child = command
            .stdout(Stdio::null())
            .stderr(errors)
            .spawn()
            .expect("cm starts");
        if !fate.moment(cm, &mut child) {
            let status = child.wait().expect("a status");
            let said = std::fs::read_to_string(cm.root().join("output")).expect("what it said");
            assert_eq!(status.code(), Some(0), "{said}");
            return kills;
        }
        signal(child.id(), which);
        let status = child.wait().expect("a status");
        // Before it listens, or after its end is written down, it ends as any program.
        let right = match which {
            Signal::KILL => status.code().is_none(),
            _ => matches!(status.code(), Some(130 | 0) | None),
        };
        assert!(right, "{status}");
        kills += 1;
        let runs = cm.json(["runs", "--json"]);
        if let Some(run) = runs[0]["run"].as_str() {
            let events = witness.look(cm, run);
            fate.afterwards(&events);
        }
    }
}

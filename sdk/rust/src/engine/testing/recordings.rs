//! What every adapter must make of what its real program printed.

use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::{Strategy, any};
use proptest::test_runner::{Config, TestCaseError, TestCaseResult, TestRunner};
use proptest::{option, prop_assert, prop_assert_eq};

use super::{cut, event_json, feed, finish, golden, joined, play};
use crate::engine::{Adapter, Event, File, Input, Request};

/// How often each property is tried.
const TRIES: u32 = 200;

/// What a program printed in one turn, and how it ended.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The name of its files.
    pub name: String,
    /// What was asked.
    pub request: Request,
    /// What it printed.
    pub stdout: Vec<u8>,
    /// What it complained about.
    pub stderr: Vec<u8>,
    /// The files that it left: their names and what is in them.
    pub files: Vec<(String, Vec<u8>)>,
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
}

impl Recording {
    /// Reads `NAME.jsonl` and `NAME.stderr`; one of them may be missing. What is called
    /// `NAME.FILE` beside them is a file `FILE` that the program left.
    ///
    /// # Panics
    ///
    /// When there is nothing in either.
    pub fn read(folder: &Path, name: &str, request: Request, code: Option<i32>) -> Self {
        let read = |ending: &str| {
            std::fs::read(folder.join(format!("{name}.{ending}"))).unwrap_or_default()
        };
        let (stdout, stderr) = (read("jsonl"), read("stderr"));
        assert!(
            !stdout.is_empty() || !stderr.is_empty(),
            "{name} is recorded in {}",
            folder.display()
        );
        Self {
            name: name.to_owned(),
            request,
            files: left(folder, name),
            stdout,
            stderr,
            code,
        }
    }

    /// Its events.
    pub fn play<A: Adapter>(&self) -> Vec<Event> {
        self.play_as::<A>(&[&self.stdout], self.code)
    }

    fn play_as<A: Adapter>(&self, stdout: &[&[u8]], code: Option<i32>) -> Vec<Event> {
        let mut inputs = vec![Input::Begin];
        inputs.extend(stdout.iter().map(|piece| Input::Stdout(piece.to_vec())));
        inputs.push(Input::Stderr(self.stderr.clone()));
        inputs.extend(self.files.iter().map(|(name, content)| {
            Input::File(File {
                name: name.clone(),
                content: content.clone(),
            })
        }));
        inputs.push(Input::Exited(code));
        feed::<A>(self.request.clone(), inputs)
    }
}

fn left(folder: &Path, name: &str) -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<_> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let file = path.file_name()?.to_str()?.strip_prefix(name)?;
            let file = file.strip_prefix('.')?.to_owned();
            let ours = !matches!(file.as_str(), "jsonl" | "stderr");
            ours.then(|| Some((file, std::fs::read(&path).ok()?)))?
        })
        .collect();
    files.sort();
    files
}

/// Checks an adapter against recordings: they decode to the events in
/// `EVENTS/NAME.jsonl` (see [`golden`]), in whatever pieces the bytes come; what is cut
/// off is never a success; and whatever is damaged, there is one `finish`.
///
/// # Panics
///
/// When one of these does not hold.
pub fn recordings_hold<A: Adapter>(recordings: &[Recording], events: &Path) {
    for recording in recordings {
        let played = joined(recording.play::<A>());
        finish(&played);
        let values: Vec<_> = played.iter().map(event_json).collect();
        golden(&events.join(format!("{}.jsonl", recording.name)), &values);
    }
    let which = || (0..recordings.len()).prop_map(|at| recordings[at].clone());
    let code = || option::of(-1..300_i32);

    holds(
        "any cut of the bytes gives the same events",
        (which(), vec(any::<usize>(), 0..40)),
        |(recording, places)| {
            let pieces = cut(&recording.stdout, &places);
            let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
            let cut = recording.play_as::<A>(&pieces, recording.code);
            prop_assert_eq!(cut, recording.play::<A>());
            Ok(())
        },
    );
    holds(
        "a recording that was cut off never counts as success",
        (which(), any::<usize>(), code()),
        |(recording, end, code)| {
            let last = recording.stdout.trim_ascii_end().len().max(1);
            let beginning = recording.stdout.get(..end % last).unwrap_or_default();
            // What it leaves, it leaves at its end.
            let recording = Recording {
                files: Vec::new(),
                ..recording.clone()
            };
            prop_assert!(!finish(&recording.play_as::<A>(&[beginning], code)).ok);
            Ok(())
        },
    );
    holds(
        "damaged bytes end in one finish",
        (which(), vec((any::<usize>(), any::<u8>()), 1..30), code()),
        |(mut recording, damage, code)| {
            let length = recording.stdout.len().max(1);
            for (place, byte) in damage {
                if let Some(at) = recording.stdout.get_mut(place % length) {
                    *at = byte;
                }
            }
            let events = recording.play_as::<A>(&[&recording.stdout], code);
            // One that has said all and does not leave is stopped by the host.
            let left = matches!(code, None | Some(0 | 130 | 137 | 143));
            prop_assert!(finish(&events).ok <= left);
            Ok(())
        },
    );
    holds(
        "garbage ends in one failed finish",
        (vec(any::<u8>(), 0..2000), code()),
        |(bytes, code)| {
            let events = play::<A>(Request::new("x"), &[&bytes], &bytes, code);
            prop_assert!(!finish(&events).ok);
            Ok(())
        },
    );
}

pub(super) fn holds<S: Strategy>(what: &str, values: S, test: impl Fn(S::Value) -> TestCaseResult) {
    // There is no file of the test to keep failures beside: they are printed.
    let mut runner = TestRunner::new(Config {
        cases: TRIES,
        failure_persistence: None,
        ..Config::default()
    });
    let tried = runner.run(&values, |value| {
        test(value).map_err(|error| match error {
            TestCaseError::Fail(reason) => TestCaseError::fail(format!("{what}: {reason}")),
            rejected @ TestCaseError::Reject(_) => rejected,
        })
    });
    if let Err(error) = tried {
        panic!("{what}: {error}");
    }
}

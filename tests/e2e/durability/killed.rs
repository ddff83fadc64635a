//! `kill -9` of `cm` at random moments, and `cm resume`, until the run is done.
//!
//! Two witnesses that know nothing of each other: the journal, and a file to which every
//! step appends a line with its idempotency key.

use std::{
    collections::BTreeMap,
    process::{Child, Stdio},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use rustix::process::Signal;

use super::{
    journal::Events,
    living::{assert_gone, eventually, is_alive},
};
use crate::support::{Cm, PATIENCE, signal};

/// After so many in one run, it may come to its end.
const KILLS_OF_ONE: u32 = 12;

const WORKFLOW: &str = r#"
name: Durable
state: { round: none }
steps:
  - agent: planner
  - id: prepare
    run: sh effect.sh prepare; echo prepared
    set: { prepared: "{prepare.output} for {planner.output}" }
  - id: build
    parallel:
      - agent: one
      - agent: two
      - id: three
        run: sh effect.sh three; sleep 0.04; echo the third
        save: three.txt
  - agent: fixer
  - id: check
    run: |
      sh effect.sh check
      # Rounds by their key: a repetition is no further round.
      round=$(grep '^fixer ' effects.log | sort -u | wc -l)
      echo "round $round"
      sleep 0.01
      test "$round" -ge 3
    on-failure: { loop: { to: fixer, max: 5 } }
  - id: note
    run: sh effect.sh note; echo {check.output}
    set: { round: "{note.output}" }
  - agent: reporter
"#;

const AGENTS: [(&str, &str); 5] = [
    ("planner", "Plan."),
    ("one", "Do the first part of {planner.output}."),
    ("two", "Do the second part of {state.prepared}."),
    ("fixer", "Fix it. The check said: {!check.output}."),
    (
        "reporter",
        "{state.prepared}; {build.output}; {three.artifact.three.txt}; {fixer.output}; {state.round}",
    ),
];

const SCRIPT: &str = r#"{
  "rules": [
    { "agent": "reporter", "do": [{ "run": "sh effect.sh reporter" }, { "sleep": 0.02 }, { "say": "Report: {prompt}" }] },
    { "agent": "planner", "do": [{ "run": "sh effect.sh planner" }, { "sleep": 0.03 }, { "say": "the plan" }] },
    { "agent": "one", "do": [{ "sleep": 0.01 }, { "run": "sh effect.sh one" }, { "sleep": 0.02 }, { "say": "one of {prompt}" }] },
    { "agent": "two", "do": [{ "run": "sh effect.sh two" }, { "sleep": 0.05 }, { "say": "two of {prompt}" }] },
    { "agent": "fixer", "do": [{ "run": "sh effect.sh fixer" }, { "sleep": 0.01 }, { "say": "fixed {occurrence}: {prompt}" }] }
  ]
}"#;

fn machine() -> Cm {
    // One write of one short line to a file opened for appending: it is whole or not there.
    let effect = "printf '%s %s\\n' \"$1\" \"$CM_IDEMPOTENCY_KEY\" >> effects.log\n";
    let cm = Cm::new()
        .workflow(WORKFLOW)
        .script(SCRIPT)
        .file("effect.sh", effect);
    AGENTS
        .iter()
        .fold(cm, |cm, (name, prompt)| cm.agent(name, prompt))
}

/// How often each line stands in the log of effects.
fn effects(cm: &Cm) -> BTreeMap<String, u32> {
    let text = std::fs::read_to_string(cm.project().join("effects.log")).unwrap_or_default();
    let mut counts = BTreeMap::new();
    for line in text.lines() {
        *counts.entry(line.to_owned()).or_default() += 1;
    }
    counts
}

/// Random enough, and the same again for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ (word >> 31)) % limit
    }
}

/// Waits for a random moment: some time from now, or the time shortly after some more
/// effects. False when `cm` has ended before.
fn moment(cm: &Cm, child: &mut Child, random: &mut Random) -> bool {
    let lines = |cm: &Cm| effects(cm).values().sum::<u32>();
    let more = u32::try_from(random.below(4)).expect("a small number");
    let (target, began) = (lines(cm) + more, Instant::now());
    let pause = Duration::from_micros(random.below(if more == 0 { 150_000 } else { 25_000 }));
    while more > 0 && lines(cm) < target {
        assert!(began.elapsed() < PATIENCE, "the run does not go on");
        if child.try_wait().expect("a status").is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    std::thread::sleep(pause);
    child.try_wait().expect("a status").is_none()
}

/// Kills a run again and again until it is done; gives how often.
fn torture(random: &mut Random, undisturbed: &str, which: Signal) -> u32 {
    let cm = machine();
    let mut kills = 0;
    // By line of the log of effects: how often it was at work when `cm` was killed.
    let mut crashes = BTreeMap::<String, u32>::new();
    // By line: how often it was there when its step was known to be finished.
    let mut settled = BTreeMap::<String, u32>::new();
    loop {
        // It may have been killed before it had written anything, or after it had all.
        let runs = cm.json(["runs", "--json"]);
        let mut command = match (runs[0]["run"].as_str(), runs[0]["status"].as_str()) {
            (None, _) => cm.flow_command(&["--yes"]),
            (_, Some("done")) => break,
            (Some(run), _) => cm.command(["resume", run, "--yes"]),
        };
        let output = std::fs::File::create(cm.root().join("output")).expect("a file");
        let errors = output.try_clone().expect("the same file");
        let mut child = command
            .stdout(Stdio::null())
            .stderr(errors)
            .spawn()
            .expect("cm starts");
        let killed = kills < KILLS_OF_ONE && moment(&cm, &mut child, random);
        if !killed {
            let status = child.wait().expect("a status");
            let said = std::fs::read_to_string(cm.root().join("output")).expect("what it said");
            assert_eq!(status.code(), Some(0), "{said}");
            break;
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
        let Some(run) = runs[0]["run"].as_str() else {
            continue;
        };
        let events = Events::of(&cm, run);
        events.assert_sound();
        let now = effects(&cm);
        for task in events.tasks().values() {
            let line = format!("{} {}", task.step, task.key);
            if task.finished {
                let count = now.get(&line).copied().unwrap_or(0);
                let before = *settled.entry(line.clone()).or_insert(count);
                assert_eq!(count, before, "`{line}` was finished, and ran again");
            } else if task.attempts > 0 {
                *crashes.entry(line).or_default() += 1;
            }
        }
        // Sometimes it is resumed while what it started still dies.
        if random.below(2) == 0 {
            let dead = || {
                !events
                    .programs()
                    .iter()
                    .any(|(pid, started)| is_alive(*pid, *started))
            };
            assert!(eventually(PATIENCE, dead), "an engine outlived cm");
        }
    }
    let run = cm.last();
    assert_gone(&run);
    let events = Events::of(&cm, &run);
    events.assert_sound();
    assert_eq!(
        events.end()["output"],
        undisturbed,
        "the output is that of a run without crashes"
    );
    assert_eq!(events.end()["how"], "done");
    let effects = effects(&cm);
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
        let most = 1 + crashes.get(line).copied().unwrap_or(0);
        assert!(
            task.finished && (1..=most).contains(&count),
            "`{line}`: {count} times, at most {most} are right"
        );
        assert!(
            settled.get(line).is_none_or(|before| *before == count),
            "`{line}` was finished, and ran again"
        );
        assert!(
            task.attempts <= most,
            "`{line}`: {} attempts",
            task.attempts
        );
    }
    let name = |step: &str| tasks.values().filter(|task| task.step == step).count();
    assert_eq!(
        [name("planner"), name("three"), name("fixer"), name("check")],
        [1, 1, 3, 3]
    );
    kills
}

/// Ends runs by this signal, so many times in all.
fn often(which: Signal, times: u32) {
    let clock = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970");
    let given = std::env::var("CM_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed: u64 = given.unwrap_or_else(|| u64::from(clock.subsec_nanos()) ^ clock.as_secs());
    // Shown when the test fails.
    println!(
        "the moments of this seed again: CM_SEED={seed} cargo test --release -p cm-tests killed"
    );
    let cm = machine();
    let undisturbed = cm.flow_with(&["--yes"]).code(0).out();
    assert!(
        undisturbed.starts_with("Report: prepared for the plan; "),
        "{undisturbed}"
    );
    assert!(
        effects(&cm).values().all(|count| *count == 1),
        "without a crash everything happens once"
    );
    assert_eq!(effects(&cm).len(), 13, "{:?}", effects(&cm));
    let mut random = Random(seed);
    let (mut kills, mut runs) = (0, 0);
    while kills < times {
        kills += torture(&mut random, undisturbed.trim_end(), which);
        runs += 1;
        assert!(runs < 10 * times, "it is too fast to be ended");
    }
    println!("{kills} times {which:?} in {runs} runs");
}

#[test]
fn at_random_moments() {
    often(Signal::KILL, 50);
}

/// The clean way must promise no less.
#[test]
fn interrupted_at_random_moments() {
    often(Signal::INT, 20);
}

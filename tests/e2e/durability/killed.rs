//! `kill -9` of `cm` at random moments, and `cm resume`, until the run is done.

use std::{
    process::Child,
    time::{Duration, Instant},
};

use rustix::process::Signal;

use super::{
    journal::Events,
    living::{eventually, is_alive},
    witness::{EFFECT, Fate, Random, Witness, effects, end_until_done},
};
use crate::support::{Cm, PATIENCE};

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
    let cm = Cm::new()
        .workflow(WORKFLOW)
        .script(SCRIPT)
        .file("effect.sh", EFFECT);
    AGENTS
        .iter()
        .fold(cm, |cm, (name, prompt)| cm.agent(name, prompt))
}

/// Random moments of one run.
struct Chance<'random> {
    random: &'random mut Random,
    kills: u32,
}

impl Fate for Chance<'_> {
    /// Some time from now, or the time shortly after some more effects.
    fn moment(&mut self, cm: &Cm, child: &mut Child) -> bool {
        if self.kills == KILLS_OF_ONE {
            return false;
        }
        let lines = |cm: &Cm| effects(cm).values().sum::<u32>();
        let more = u32::try_from(self.random.below(4)).expect("a small number");
        let (target, began) = (lines(cm) + more, Instant::now());
        let most = if more == 0 { 150_000 } else { 25_000 };
        let pause = Duration::from_micros(self.random.below(most));
        while more > 0 && lines(cm) < target {
            assert!(began.elapsed() < PATIENCE, "the run does not go on");
            if child.try_wait().expect("a status").is_some() {
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(pause);
        let alive = child.try_wait().expect("a status").is_none();
        self.kills += u32::from(alive);
        alive
    }

    /// Sometimes it is resumed while what it started still dies.
    fn afterwards(&mut self, events: &Events) {
        if self.random.below(2) == 0 {
            let dead = || {
                !events
                    .programs()
                    .iter()
                    .any(|(pid, started)| is_alive(*pid, *started))
            };
            assert!(eventually(PATIENCE, dead), "an engine outlived cm");
        }
    }
}

/// Kills a run again and again until it is done; gives how often.
fn torture(random: &mut Random, undisturbed: &str, which: Signal) -> u32 {
    let cm = machine();
    let mut witness = Witness::default();
    let mut chance = Chance { random, kills: 0 };
    let kills = end_until_done(&cm, which, &mut witness, &mut chance);
    let events = witness.close(&cm, &cm.last());
    assert_eq!(
        events.end()["output"],
        undisturbed,
        "the output is that of a run without crashes"
    );
    let tasks = events.tasks();
    let name = |step: &str| {
        let tasks = tasks.values().filter(|task| !task.question);
        tasks.filter(|task| task.step == step).count()
    };
    assert_eq!(
        [name("planner"), name("three"), name("fixer"), name("check")],
        [1, 1, 3, 3]
    );
    kills
}

/// Ends runs by this signal, so many times in all.
fn often(which: Signal, times: u32) {
    let mut random = Random::seeded("killed");
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

//! A long run with groups, killed often: it comes to the same end.

use std::{
    fmt::Write as _,
    process::Child,
    time::{Duration, Instant},
};

use rustix::process::Signal;
use serde_json::{Value, json};

use super::witness::{Fate, Random, Witness, effects, end_until_done};
use crate::support::{Cm, PATIENCE};

const STEPS: usize = 200;
/// Of each ten steps, one is a group of so many.
const GROUP: usize = 10;
const KILLS: u32 = 50;
/// So many things are done in all.
const EFFECTS: usize = STEPS / 10 * (9 + GROUP);

/// What a step gives depends on what the one before it gave, and so on all before it.
const STEP: &str = r#"sh effect.sh "$CM_STEP"; printf '%s ' "$CM_STEP"; printf %s "$1" | cksum"#;

const SCRIPT: &str = r#"{ "rules": [{ "do": [
  { "run": "sh effect.sh $CM_STEP" }, { "sleep": 0.01 }, { "say": "{occurrence}, asked: {prompt}" }
] }] }"#;

fn workflow() -> String {
    let mut text = String::from("name: Long\nstate: { chain: none }\nsteps:\n");
    let mut last = "state.chain".to_owned();
    let step = |id: &str, last: &str, agent: bool| match agent {
        true => format!("{{ id: {id}, agent: worker, prompt: '{id} after {{{last}}}'"),
        false => format!("{{ id: {id}, run: 'sh step.sh {{{last}}}'"),
    };
    for n in 0..STEPS {
        let id = format!("s{n}");
        let _ = match n % 10 {
            4 => {
                let within = (0..GROUP).map(|k| {
                    let step = step(&format!("{id}w{k}"), &last, k % 5 == 3);
                    format!("      - {step} }}\n")
                });
                let within: String = within.collect();
                write!(
                    text,
                    "  - id: {id}\n    save: [{id}.txt]\n    parallel:\n{within}"
                )
            }
            7 => writeln!(text, "  - {} }}", step(&id, &last, true)),
            _ => {
                let step = step(&id, &last, false);
                writeln!(text, "  - {step}, set: {{ chain: '{{{id}.output}}' }} }}")
            }
        };
        last = format!("{id}.output");
    }
    text
}

fn machine() -> Cm {
    Cm::new()
        .workflow(&workflow())
        .agent("worker", "Work.")
        .script(SCRIPT)
        .file("effect.sh", super::witness::EFFECT)
        .file("step.sh", STEP)
}

/// What is left of a run when it is over, what differs from run to run aside.
fn outcome(cm: &Cm) -> Value {
    let shown = cm.json(["show", "last", "--json"]);
    let only = |rows: &Value, names: &[&str]| -> Value {
        let row = |row: &Value| {
            names
                .iter()
                .map(|name| row[*name].clone())
                .collect::<Value>()
        };
        rows.as_array().expect("rows").iter().map(row).collect()
    };
    json!({
        "status": shown["status"],
        "end": shown["end"],
        "steps": only(&shown["steps"], &["id", "state", "tasks"]),
        "state": only(&cm.json(["state", "last", "--json"]), &["key", "value", "version"]),
        "artifacts": only(&cm.json(["artifacts", "last", "--json"]), &["step", "name", "digest"]),
    })
}

/// Moments that are spread over the whole run.
struct Spread<'random> {
    random: &'random mut Random,
    /// How much has been done at each of them; the last one comes first.
    targets: Vec<usize>,
}

impl<'random> Spread<'random> {
    fn new(random: &'random mut Random, kills: u32) -> Self {
        // The last steps are there to be gone on with.
        let most = (EFFECTS - EFFECTS / 10) as u64;
        let mut targets: Vec<_> = (0..kills).map(|_| random.below(most) as usize).collect();
        targets.sort_unstable_by(|a, b| b.cmp(a));
        Self { random, targets }
    }
}

impl Fate for Spread<'_> {
    fn moment(&mut self, cm: &Cm, child: &mut Child) -> bool {
        let Some(target) = self.targets.pop() else {
            return false;
        };
        let began = Instant::now();
        // Where that much is done already: while it starts, or takes up the run.
        let most = if effects(cm).len() >= target {
            45_000
        } else {
            8_000
        };
        while effects(cm).len() < target {
            assert!(began.elapsed() < PATIENCE, "the run does not go on");
            if child.try_wait().expect("a status").is_some() {
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_micros(self.random.below(most)));
        child.try_wait().expect("a status").is_none()
    }
}

#[test]
fn two_hundred_steps_killed_fifty_times() {
    let mut random = Random::seeded("two_hundred_steps");
    let cm = machine();
    drop(cm.flow_with(&["--yes"]).code(0).calm());
    let undisturbed = outcome(&cm);
    assert_eq!(undisturbed["status"], "done");
    assert_eq!(undisturbed["artifacts"].as_array().map(Vec::len), Some(20));
    assert_eq!(effects(&cm).len(), EFFECTS);
    assert!(effects(&cm).values().all(|count| *count == 1));
    let (mut kills, mut runs) = (0, 0);
    // One run is enough, unless this machine is slow to kill it.
    while kills < KILLS {
        let (cm, mut witness) = (machine(), Witness::default());
        let mut spread = Spread::new(&mut random, KILLS - kills);
        kills += end_until_done(&cm, Signal::KILL, &mut witness, &mut spread);
        runs += 1;
        assert!(runs < 10, "it is too fast to be killed: {kills} times");
        let run = cm.last();
        drop(witness.close(&cm, &run));
        assert_eq!(outcome(&cm), undisturbed);
        assert_eq!(effects(&cm).len(), EFFECTS, "each step did its work");
    }
    println!("{kills} times in {runs} runs");
}

//! All of it at once: somebody types words at random, and `cm` is killed at random, until
//! the run is done. Two witnesses: the journal, and a file to which every step appends a
//! line with its idempotency key.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use super::*;

const KILLS: u32 = 12;

const WORKFLOW: &str = r#"
name: Mixed
mode: continuous
controller: { agent: lead, turns: 3 }
steps:
  - agent: planner
  - id: build
    parallel:
      - agent: one
      - agent: two
      - id: three
        run: sh effect.sh three; sleep 0.1; echo third
  - agent: judge
    directives: { loop: { to: judge, max: 3 }, checkpoint: true }
  - id: ship
    approve: "Ship it? {planner.output}"
    on-failure: { loop: { to: planner, max: 2 } }
  - id: last
    run: sh effect.sh last; echo over
"#;

fn machine() -> Cm {
    let effect = |name: &str, words: &str| {
        rule(
            name,
            "",
            &[
                &format!(r#"{{ "run": "sh effect.sh {name}" }}"#),
                r#"{ "sleep": 0.1 }"#,
                &say(words),
            ],
        )
    };
    let round = [
        r#"{ "run": "sh effect.sh judge" }"#,
        r#"{ "directive": [{ "action": "loop" }, { "action": "checkpoint", "reason": "look" }] }"#,
        r#"{ "say": "again" }"#,
    ];
    let rules = [
        rule(
            "lead",
            "Ship it?",
            &[r#"{ "sleep": 0.05 }"#, &say(r#"{"decision": "approve"}"#)],
        ),
        rule(
            "lead",
            "",
            &[r#"{ "sleep": 0.05 }"#, &say(r#"{"decision": "next"}"#)],
        ),
        effect("planner", "the plan"),
        effect("one", "first"),
        effect("two", "second"),
        format!(
            r#"{{ "agent": "judge", "occurrence": 0, "do": [{}] }}"#,
            round.join(", ")
        ),
        effect("judge", "good"),
    ];
    ["lead", "planner", "one", "two", "judge"]
        .iter()
        .fold(Cm::new().workflow(WORKFLOW), |cm, name| {
            cm.agent(name, &format!("You are {name}."))
        })
        .file("flow/agents/planner/01-more.md", "More.")
        .file(
            "effect.sh",
            "printf '%s %s\\n' \"$1\" \"$CM_IDEMPOTENCY_KEY\" >> effects.log\n",
        )
        .script(&script(&rules))
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

    fn of<'it>(&mut self, these: &[&'it str]) -> &'it str {
        let position = self.below(these.len() as u64);
        these
            .get(usize::try_from(position).expect("small"))
            .copied()
            .expect("one of them")
    }
}

/// Says something to the run, as far as that means anything just then.
fn chatter(cm: &Cm, random: &mut Random) {
    let step = random.of(&["planner", "one", "two", "judge", "ship"]);
    let mode = random.of(&["manual", "hybrid", "continuous", "autonomous"]);
    let said = match random.below(8) {
        0 => cm.run(["reply", "last", "look again", "--step", step]),
        1 => cm.run(["reply", "last", "stop that", "--step", step, "--now"]),
        2 => cm.run(["next", "last"]),
        3 => cm.run([
            "skip",
            "last",
            "--step",
            random.of(&["one", "two", "judge"]),
        ]),
        4 => cm.run(["pause", "last"]),
        5 => cm.run(["pause", "last", "--now"]),
        6 => cm.run(["approve", "last", "--yes"]),
        _ => cm.run(["mode", "last", mode]),
    };
    let code = said.output().status.code();
    assert!(
        matches!(code, Some(0 | 2)),
        "a word is taken or refused: {said}"
    );
    let _ = said.calm();
}

#[test]
fn words_and_crashes_at_random() {
    let clock = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970");
    let given = std::env::var("CM_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed: u64 = given.unwrap_or_else(|| u64::from(clock.subsec_nanos()) ^ clock.as_secs());
    println!("CM_SEED={seed}");
    let cm = machine();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut random = Random(seed ^ 1);
            while !over.load(Ordering::Relaxed) {
                if cm.project().join("effects.log").exists() {
                    chatter(&cm, &mut random);
                }
                std::thread::sleep(Duration::from_millis(random.below(150)));
            }
        });
        let _guard = Over(&over);
        kill_until_done(&cm, &mut Random(seed), &over);
    });
    judge(&cm);
}

/// Ends the talking whatever happens here.
struct Over<'it>(&'it AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn kill_until_done(cm: &Cm, random: &mut Random, over: &AtomicBool) {
    let (mut kills, began) = (0, Instant::now());
    loop {
        assert!(
            began.elapsed() < 4 * PATIENCE,
            "it is never done: {}",
            cm.run(["show", "last"])
        );
        let rows = cm.json(["runs", "--json"]);
        let mut run = match (rows[0]["run"].as_str(), rows[0]["status"].as_str()) {
            (None, _) => start(cm, &[]),
            (_, Some("done")) => return,
            _ => resume(cm),
        };
        let moment = Duration::from_millis(random.below(600));
        if kills < KILLS {
            std::thread::sleep(moment);
            let child = run.child.as_mut().expect("it goes on");
            if child.try_wait().expect("a status").is_none() {
                let past = run.kill();
                kills += 1;
                past.stays(cm);
                continue;
            }
        } else {
            over.store(true, Ordering::Relaxed);
        }
        let ran = run.finished().calm();
        match ran.output().status.code() {
            // Done; or it seemed to be driven, by a word that was just being written down.
            Some(0) => {}
            // Somebody must answer: most often in no time.
            Some(4) => {
                for step in ["planner", "one", "two", "judge"] {
                    let _ = cm.run(["next", "last", "--step", step]);
                }
                let _ = cm.run(["approve", "last", "--yes"]);
            }
            // The words of the other thread won the race for the run.
            Some(_) if ran.err().contains("drives") => {}
            code => panic!("{code:?}: {ran}"),
        }
    }
}

fn judge(cm: &Cm) {
    assert_well(cm);
    let shown = cm.json(["show", "last", "--json"]);
    assert_eq!(shown["status"], "done");
    for step in shown["steps"].as_array().expect("steps") {
        let state = step["state"].as_str().expect("a state");
        assert!(matches!(state, "done" | "skipped"), "{step}");
    }
    // Every effect is one of a task that was sent out at least so often.
    let tasks = Events::of(cm, "last").tasks();
    let mut effects = BTreeMap::<String, u32>::new();
    for line in cm.read("effects.log").lines() {
        *effects.entry(line.to_owned()).or_default() += 1;
    }
    for (line, count) in effects {
        let task = tasks
            .values()
            .find(|task| format!("{} {}", task.step, task.key) == line);
        let task = task.unwrap_or_else(|| panic!("the journal does not know `{line}`"));
        assert!(
            task.finished && count <= task.attempts,
            "{line}: {count}, {task:?}"
        );
    }
}

//! A run with a long history.

use std::time::{Duration, Instant};

use super::journal::Events;
use crate::support::Cm;

/// Far more than it takes on any machine: it says only that nothing is quadratic.
const BOUND: Duration = Duration::from_secs(20);

#[test]
fn ten_thousand_events() {
    let script = r#"{ "rules": [{ "agent": "talker", "do": [{ "flood": { "lines": 10000, "width": 40, "say": true } }, { "say": "enough" }] }] }"#;
    let steps = (0..40).map(|n| {
        format!("  - {{ id: s{n}, run: 'echo {n} >> effects.log; echo {{talker.output}}' }}\n")
    });
    let cm = Cm::new()
        .workflow(&format!("name: Test\nsteps:\n  - agent: talker\n{}  - {{ id: last, run: 'test -e go && cat effects.log | wc -l' }}\n", steps.collect::<String>()))
        .agent("talker", "Talk.")
        .script(script);
    let watch = Instant::now();
    drop(cm.flow().code(1).calm());
    let ran = watch.elapsed();
    let run = cm.last();
    let before = Events::of(&cm, &run);
    before.assert_sound();
    assert!(before.0.len() >= 10_000, "{} events", before.0.len());

    let watch = Instant::now();
    let shown = cm.json(["show", "last", "--json"]);
    let show = watch.elapsed();
    assert_eq!(shown["status"], "failed");
    assert_eq!(shown["finished"], 42);

    cm.write("go", "");
    let watch = Instant::now();
    let resumed = cm.run(["resume", "last"]).code(0).calm();
    let resume = watch.elapsed();
    assert_eq!(resumed.out().trim(), "40", "nothing was done again");
    let watch = Instant::now();
    let events = Events::of(&cm, &run);
    let logs = watch.elapsed();
    events.assert_sound();
    println!(
        "{} events: run {ran:?}, show {show:?}, resume {resume:?}, logs {logs:?}",
        events.0.len()
    );
    assert!(
        show < BOUND && resume < BOUND && logs < BOUND,
        "show {show:?}, resume {resume:?}, logs {logs:?}"
    );
}

//! Very many agents at once, under a limit.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    process::Stdio,
    time::{Duration, Instant},
};

use super::{journal::Events, living::assert_gone};
use crate::support::{Cm, PATIENCE};

const AGENTS: usize = 1_000;
const PLACES: usize = 50;
const MEMORY: u64 = 200_000_000;

fn machine() -> Cm {
    let steps = (0..AGENTS)
        .map(|n| format!("      - {{ id: a{n}, agent: worker, prompt: 'Do part {n}.' }}\n"));
    Cm::new()
        .workflow(&format!(
            "name: Many\nclasses: {{ agents: {PLACES} }}\nsteps:\n  - id: all\n    parallel:\n{}",
            steps.collect::<String>()
        ))
        .agent("worker", "Work.")
        .script(
            r#"{ "rules": [{ "do": [{ "flood": { "lines": 20, "width": 1000 } }, { "say": "Did: {prompt}" }] }] }"#,
        )
}

/// The most memory that the process has had so far, in bytes.
fn peak(pid: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

#[test]
fn a_thousand_agents_of_which_fifty_work() {
    let cm = machine();
    let errors = fs::File::create(cm.root().join("errors")).expect("a file");
    let mut child = cm
        .flow_command(&[])
        .stdout(Stdio::null())
        .stderr(errors)
        .spawn()
        .expect("cm starts");
    let (began, mut most) = (Instant::now(), 0);
    let status = loop {
        most = most.max(peak(child.id()).unwrap_or(0));
        if let Some(status) = child.try_wait().expect("a status") {
            break status;
        }
        assert!(began.elapsed() < PATIENCE, "it does not come to an end");
        std::thread::sleep(Duration::from_millis(20));
    };
    let said = fs::read_to_string(cm.root().join("errors")).expect("what it said");
    assert_eq!(status.code(), Some(0), "{said}");
    assert!(0 < most && most < MEMORY, "{most} bytes of memory");

    let run = cm.last();
    assert_gone(&run);
    let events = Events::of(&cm, &run);
    events.assert_sound();
    let (mut at_work, mut widest) = (BTreeSet::new(), 0);
    let (mut asked, mut answered) = (BTreeMap::new(), BTreeMap::new());
    for event in &events.0 {
        let Some(task) = event["task"].as_u64() else {
            continue;
        };
        match event["kind"].as_str() {
            Some("requested") if event["work"]["kind"] == "turn" => {
                asked.insert(task, event["work"]["prompt"].clone());
            }
            Some("attempted") if asked.contains_key(&task) => drop(at_work.insert(task)),
            Some("finished") if asked.contains_key(&task) => {
                at_work.remove(&task);
                answered.insert(task, event["result"]["ok"]["text"].clone());
            }
            _ => {}
        }
        widest = widest.max(at_work.len());
    }
    assert_eq!(widest, PLACES, "all places are used, and no more");
    assert_eq!((asked.len(), answered.len()), (AGENTS, AGENTS));
    for (task, prompt) in &asked {
        let prompt = prompt.as_str().expect("a prompt");
        assert_eq!(answered[task], format!("Did: {prompt}"), "its own answer");
    }
    let output = events.end()["output"]
        .as_str()
        .expect("an output")
        .to_owned();
    for n in 0..AGENTS {
        let part = format!("## a{n}\n\nDid: Do part {n}.");
        assert!(output.contains(&part), "`{part}` is not in the output");
    }
}

//! Places of classes.

use std::collections::BTreeMap;

use cm_orchestrator::RunStart;
use cm_types::Policy;

use crate::{
    clerk::{Clerk, prompt},
    program::command,
};

fn clerk(classes: &[(&str, u32)]) -> Clerk {
    let classes = classes
        .iter()
        .map(|(name, many)| ((*name).to_owned(), *many));
    Clerk::new(RunStart {
        classes: classes.collect(),
        ..RunStart::default()
    })
}

fn of(class: &str) -> Policy {
    Policy {
        class: Some(class.into()),
        ..Policy::default()
    }
}

#[test]
fn each_class_has_its_places_and_all_have_together() {
    let mut clerk = clerk(&[("agents", 2), ("commands", 1), ("builds", 0)]);
    let agents: Vec<u32> = (0..4)
        .map(|n| clerk.request(None, prompt("x", "a", &n.to_string()), Policy::default()))
        .collect();
    let commands: Vec<u32> = (0..2)
        .map(|n| clerk.request(None, command(&n.to_string()), Policy::default()))
        .collect();
    let builds: Vec<u32> = (0..2)
        .map(|n| clerk.request(None, command(&format!("make {n}")), of("builds")))
        .collect();
    assert_eq!(
        clerk.at_work(),
        [agents[0], agents[1], commands[0], builds[0]]
    );
    clerk.end(agents[1]);
    assert_eq!(
        clerk.at_work(),
        [agents[0], agents[2], commands[0], builds[0]]
    );
    // What is of no class that was named has only the limit that all have: eight.
    for n in 0..9 {
        clerk.request(None, command(&format!("free {n}")), of("others"));
    }
    assert_eq!(clerk.at_work().len(), 8);
}

#[test]
fn a_place_of_a_class_is_lent_to_work_of_the_same_class() {
    let mut clerk = clerk(&[("agents", 1), ("builds", 1)]);
    let outer = clerk.request(None, prompt("x", "a", "outer"), Policy::default());
    let inner = clerk.request(Some(outer), prompt("x", "a", "inner"), Policy::default());
    let more = clerk.request(Some(outer), prompt("x", "a", "more"), Policy::default());
    let build = clerk.request(Some(outer), command("make"), of("builds"));
    let again = clerk.request(Some(outer), command("make all"), of("builds"));
    assert_eq!(clerk.at_work(), [outer, inner, build]);
    clerk.end(inner);
    assert_eq!(clerk.at_work(), [outer, more, build]);
    clerk.end(build);
    assert_eq!(clerk.at_work(), [outer, more, again]);
}

#[test]
fn classes_that_wait_for_each_other_do_not_wait_for_ever() {
    let mut clerk = clerk(&[("agents", 1), ("builds", 1)]);
    let agent = clerk.request(None, prompt("x", "a", "agent"), Policy::default());
    let build = clerk.request(None, command("build"), of("builds"));
    let asked = clerk.request(Some(build), prompt("x", "a", "asked"), Policy::default());
    assert_eq!(
        clerk.at_work(),
        [agent, build],
        "the agent is busy and will end"
    );
    let made = clerk.request(Some(agent), command("make"), of("builds"));
    let now = clerk.at_work();
    assert_eq!(now.len(), 3, "one of the two goes on: {now:?}");
    let first = if now.contains(&asked) { asked } else { made };
    let (outer, second) = if first == asked {
        (build, made)
    } else {
        (agent, asked)
    };
    clerk.end(first);
    clerk.end(outer);
    assert!(clerk.at_work().contains(&second));
}

/// How many work in each class, without those that wait for what they asked for.
#[test]
fn a_thousand_agents_never_take_more_places_than_there_are() {
    let mut clerk = clerk(&[("agents", 5)]);
    let mut tasks: Vec<u32> = (0..1_000)
        .map(|n| clerk.request(None, prompt("x", "a", &n.to_string()), Policy::default()))
        .collect();
    let mut ended = BTreeMap::new();
    while let Some(task) = clerk.at_work().last().copied() {
        assert!(clerk.at_work().len() <= 5);
        clerk.end(task);
        *ended.entry(task).or_insert(0) += 1;
    }
    tasks.sort_unstable();
    assert!(ended.keys().copied().eq(tasks), "all of them, none lost");
    assert!(ended.values().all(|times| *times == 1));
}

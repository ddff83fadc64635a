//! Steps that say what they need.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;

use cm_sdk::workflow::{Decision, message};
use proptest::prelude::*;

use crate::host;
use crate::support::{Call, FakeHost, Package, by};

/// Begin and end of every step, in order: `+a`, `-a`.
fn course(host: &FakeHost) -> Vec<String> {
    let calls = host.calls();
    let course = calls.iter().filter_map(|call| match call {
        Call::Wait(step) => Some(format!("-{step}")),
        call => call.started().map(|step| format!("+{step}")),
    });
    course.collect()
}

const DIAMOND: &str = "
name: x
steps:
  - { run: first }
  - { run: left, needs: [first] }
  - { run: right, needs: [first] }
  - { run: more, needs: [left] }
  - { run: last }
";

#[test]
fn each_begins_as_soon_as_what_it_needs_is_over() {
    let host = host(DIAMOND, &[]);
    assert_eq!(host.run(), Ok("last says".into()));
    assert_eq!(
        course(&host),
        [
            "+first", "-first", "+left", "+right", "-left", "+more", "-right", "-more", "+last",
            "-last"
        ]
    );
}

#[test]
fn nothing_needed_begins_at_once_and_later_steps_can_be_needed() {
    let text = "
name: x
steps:
  - { run: a, needs: [c] }
  - { id: b, run: 'echo {c.output}', needs: [c] }
  - { run: c, needs: [] }
";
    let host = host(text, &[]);
    assert!(host.run().is_ok());
    assert_eq!(host.started(), ["c", "a", "b"]);
    assert_eq!(host.commands("b")[0].environment[0].1, "c says");
}

#[test]
fn what_waits_for_a_failure_is_skipped_and_the_rest_goes_on() {
    let host = host(DIAMOND, &[]).exits("left", 1, "");
    let error = host.run().expect_err("it failed");
    assert_eq!(
        message(&error),
        "the step `left` failed: `left` ended with exit code 1"
    );
    assert_eq!(host.started(), ["first", "left", "right"]);
    let why = "skipped: `left`, for which it waits, has not done its work";
    assert_eq!(host.marked("more"), [why]);
    assert_eq!(host.marked("right"), ["started", "done"]);
}

#[test]
fn a_failure_that_may_be_does_not_hold_up_what_waits() {
    let text = DIAMOND.replace("{ run: left,", "{ run: left, on-failure: continue,");
    let host = host(&text, &[]).exits("left", 1, "");
    assert!(host.run().is_ok());
    assert!(host.started().contains(&"more".to_string()));
}

#[test]
fn fail_fast_ends_the_others() {
    let text = DIAMOND.replace("steps:", "fail-fast: true\nsteps:");
    let host = host(&text, &[]).exits("left", 1, "");
    assert!(host.run().is_err());
    assert!(host.calls().contains(&Call::Cancel("right".into())));
    let why = "skipped: the step `left` has failed";
    assert_eq!(host.marked("right"), ["started", why]);
}

#[test]
fn fail_fast_in_a_group() {
    let text = "
name: x
steps:
  - { id: both, fail-fast: true, parallel: [{ run: a }, { run: b }], on-failure: continue }
  - { run: c }
";
    let host = host(text, &[]).exits("a", 1, "");
    assert!(host.run().is_ok());
    assert_eq!(
        host.marked("b"),
        ["started", "skipped: the step `a` has failed"]
    );
    assert_eq!(host.started(), ["a", "b", "c"]);
}

#[test]
fn groups_can_need_and_be_needed() {
    let text = "
name: x
steps:
  - { run: first }
  - { id: one, parallel: [{ run: a }, { run: b }], needs: [first] }
  - { run: beside, needs: [first] }
  - { id: two, parallel: [{ run: c }, { run: d }], needs: [one] }
  - { id: last, run: 'echo {one.output} {two.output}' }
";
    let host = host(text, &[]);
    assert!(host.run().is_ok());
    assert_eq!(
        course(&host),
        [
            "+first", "-first", "+a", "+b", "+beside", "-a", "-b", "+c", "+d", "-beside", "-c",
            "-d", "+last", "-last"
        ]
    );
}

#[test]
fn a_graph_can_be_gone_back_before_and_through_again() {
    let text = "
name: x
steps:
  - { run: first }
  - { run: left, needs: [first] }
  - { run: right, needs: [first], once: true }
  - { run: last, on-failure: { loop: { to: first, max: 1 } } }
";
    let host = host(text, &[]).exits("last", 1, "").exits("last", 0, "");
    assert!(host.run().is_ok());
    assert_eq!(
        host.started(),
        ["first", "left", "right", "last", "first", "left", "last"]
    );
}

#[test]
fn a_step_of_a_graph_sends_the_run_back_when_the_others_are_over() {
    let text = "
name: x
steps:
  - { run: first }
  - { run: left, needs: [first], on-failure: { loop: { to: first, max: 1 } } }
  - { run: right, needs: [first] }
  - { run: more, needs: [right] }
";
    let host = host(text, &[]).exits("left", 1, "").exits("left", 0, "");
    assert!(host.run().is_ok());
    assert_eq!(
        host.started(),
        ["first", "left", "right", "first", "left", "right", "more"]
    );
}

#[test]
fn a_step_of_a_graph_can_begin_anew_and_its_siblings_cannot_be_gone_back_to() {
    let text = "
name: x
mode: manual
steps:
  - { run: first }
  - { agent: a, needs: [first] }
  - { agent: b, needs: [first] }
";
    let host = host(text, &["a", "b"])
        .decides("a", Decision::Back("b".into()))
        .decides("a", Decision::Back("a".into()));
    assert!(host.run().is_ok());
    assert_eq!(host.turns("a").len(), 2);
    assert_eq!(host.turns("b").len(), 1);
    assert!(
        host.asked("a")[1].contains("runs beside others"),
        "{:?}",
        host.asked("a")
    );
}

#[test]
fn the_end_of_the_run_ends_all_of_them() {
    let host = host(
        "name: x\nsteps: [{ agent: a, needs: [] }, { id: g, needs: [], parallel: [{ run: b }] }]",
        &["a"],
    )
    .answer("a", by(Decision::Stop("enough".into())));
    let error = host.run().expect_err("it was stopped");
    assert_eq!(message(&error), "stopped by Ada: enough");
    assert_eq!(host.marked("b")[1], "skipped: the run has ended");
    assert_eq!(host.marked("g"), ["started", "skipped: the run has ended"]);
}

#[test]
fn the_outline_says_what_is_needed() {
    let outline = Package::new(DIAMOND).check().outline.expect("an outline");
    let needs: BTreeMap<_, _> = outline
        .steps
        .iter()
        .map(|step| (step.id.as_str(), step.needs.clone()))
        .collect();
    assert_eq!(needs["more"], ["left"]);
    assert!(needs["first"].is_empty() && needs["last"].is_empty());
}

/// A step of a random graph: a group of so many, and what it needs among those that are
/// allowed; none: it keeps its place.
#[derive(Clone, Debug)]
struct Node {
    children: usize,
    needs: Option<Vec<prop::sample::Index>>,
}

fn nodes() -> impl Strategy<Value = (Vec<Node>, Vec<u32>)> {
    let needs = prop::option::weighted(
        0.7,
        prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    );
    let node = (0..4_usize, needs).prop_map(|(children, needs)| Node { children, needs });
    prop::collection::vec(node, 1..14).prop_flat_map(|nodes| {
        let ranks = prop::collection::vec(any::<u32>(), nodes.len());
        (Just(nodes), ranks)
    })
}

/// The text, and for each step those that must be over before. A step needs steps of a
/// lower rank only, wherever they are written, so that there is no cycle among them;
/// one that keeps its place breaks the rank, so steps behind it need only what is above.
fn text(nodes: &[Node], ranks: &[u32]) -> (String, Vec<BTreeSet<usize>>) {
    let mut text = String::from("name: Random\nsteps:\n");
    let mut all = Vec::new();
    // Forward needs only where no step keeps its place.
    let free = nodes.iter().all(|node| node.needs.is_some());
    for (at, node) in nodes.iter().enumerate() {
        let may: Vec<usize> = (0..nodes.len())
            .filter(|other| match free {
                true => (ranks[*other], *other) < (ranks[at], at),
                false => *other < at,
            })
            .collect();
        let needs: BTreeSet<usize> = match &node.needs {
            None => (0..at).collect(),
            Some(_) if may.is_empty() => BTreeSet::new(),
            Some(needs) => needs.iter().map(|need| *need.get(&may)).collect(),
        };
        let children: Vec<_> = (0..node.children)
            .map(|child| format!("{{ id: s{at}-{child}, run: x }}"))
            .collect();
        let action = match node.children {
            0 => "run: x".into(),
            _ => format!("parallel: [{}]", children.join(", ")),
        };
        let ids: Vec<_> = needs.iter().map(|need| format!("s{need}")).collect();
        let said = match &node.needs {
            Some(_) => format!(", needs: [{}]", ids.join(", ")),
            None => String::new(),
        };
        writeln!(text, "  - {{ id: s{at}, {action}{said} }}").unwrap();
        all.push(needs);
    }
    (text, all)
}

/// Whose step it is.
fn top(step: &str) -> usize {
    let number = step.trim_start_matches('s').split('-').next();
    number
        .and_then(|number| number.parse().ok())
        .expect("an id of ours")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every step runs exactly once, never before what it needs is over, in whatever
    /// order things come to their end; and the same answers give the same calls.
    #[test]
    fn a_random_graph_runs_every_step_once((nodes, ranks) in nodes(), order in prop::collection::vec(any::<usize>(), 1..9)) {
        let (text, needs) = text(&nodes, &ranks);
        let package = Package::new(&text);
        prop_assert!(package.check().problems.iter().all(|problem| !problem.fatal), "{}\n{text}", package.report());
        let play = |given: Option<VecDeque<_>>| {
            let host = FakeHost::new(package.clone());
            let mut turns = order.clone().into_iter().cycle();
            *host.orderer.borrow_mut() = Some(Box::new(move |count| turns.next().unwrap_or(0) % count));
            if let Some(mut given) = given {
                *host.answerer.borrow_mut() = Some(Box::new(move |_| given.pop_front().expect("no further call")));
            }
            let result = host.run();
            (host, result)
        };
        let (host, result) = play(None);
        prop_assert!(result.is_ok(), "{:?}\n{text}", result);

        let mut over: BTreeSet<String> = BTreeSet::new();
        let mut begun: BTreeSet<String> = BTreeSet::new();
        let own = |at: usize| -> Vec<String> {
            match nodes[at].children {
                0 => vec![format!("s{at}")],
                count => (0..count).map(|child| format!("s{at}-{child}")).collect(),
            }
        };
        for call in host.calls() {
            if let Some(step) = call.started() {
                prop_assert!(begun.insert(step.into()), "{step} runs twice\n{text}");
                for need in &needs[top(step)] {
                    prop_assert!(own(*need).iter().all(|id| over.contains(id)), "{step} runs before s{need} is over\n{text}");
                }
            }
            if let Call::Wait(step) = call {
                over.insert(step);
            }
        }
        let all: BTreeSet<String> = (0..nodes.len()).flat_map(own).collect();
        prop_assert_eq!(&begun, &all);
        prop_assert_eq!(&over, &all);

        // Rebuilt from the answers.
        let tape = VecDeque::from(host.given.borrow().clone());
        let (again, second) = play(Some(tape));
        prop_assert_eq!(second, result);
        prop_assert_eq!(again.calls(), host.calls());
    }
}

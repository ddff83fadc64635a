use cm_orchestrator::{RunStart, TaskKey};
use cm_types::{Mode, Placement, Policy, QuestionWork, TurnWork, Work};

use super::*;

/// A manual run that was left with this at work, a step each.
fn left_with(works: Vec<(&str, Work)>) -> Run {
    let mut run = Run::default();
    let start = RunStart {
        mode: Mode::Manual,
        ..RunStart::default()
    };
    run.apply(1, &Event::Started(Box::new(start)));
    for (task, (step, work)) in (0..).zip(works) {
        let requested = Event::Requested {
            task,
            scope: None,
            key: TaskKey::new(&work, 0),
            occurrence: 0,
            place: Placement {
                step: step.into(),
                parent: None,
                label: None,
            },
            work: Box::new(work),
            policy: Policy::default(),
        };
        run.apply(2, &requested);
        run.apply(3, &Event::Attempted { task, attempt: 1 });
    }
    run
}

fn gate() -> Work {
    question(QuestionKind::Turn)
}

fn question(kind: QuestionKind) -> Work {
    Work::Question(QuestionWork {
        kind,
        ..QuestionWork::default()
    })
}

fn turn() -> Work {
    Work::Turn(TurnWork::default())
}

fn code(run: &Run, step: Option<&str>, decision: &Decision) -> String {
    match direct("k3f9", run, step, decision, "ann") {
        Ok(events) => events.iter().map(Event::kind).collect::<Vec<_>>().join(" "),
        Err(trouble) => trouble.to_string(),
    }
}

#[test]
fn what_was_left_open_can_be_decided() {
    let run = left_with(vec![("planner", gate())]);
    for decision in [
        Decision::Next,
        Decision::Skip,
        Decision::Reply("use sqlite".into()),
        Decision::Stop("late".into()),
    ] {
        assert_eq!(code(&run, None, &decision), "finished", "{decision:?}");
    }
    let said = code(&run, None, &Decision::Approve);
    assert!(said.contains("nothing to approve"), "{said}");
    assert!(said.contains("planner (turn)"), "{said}");
}

#[test]
fn the_step_decides_between_several() {
    let approval = question(QuestionKind::Approval);
    let run = left_with(vec![("a", gate()), ("b", gate()), ("c", approval)]);
    let said = code(&run, None, &Decision::Next);
    assert!(
        said.contains("several steps of run k3f9 ask: a, b"),
        "{said}"
    );
    assert_eq!(code(&run, Some("b"), &Decision::Next), "finished");
    assert_eq!(code(&run, None, &Decision::Reject("no".into())), "finished");
}

#[test]
fn an_agent_that_was_at_work_is_told_later() {
    let reply = Decision::Reply("use sqlite".into());
    let run = left_with(vec![("planner", turn())]);
    assert_eq!(code(&run, None, &reply), "steered");
    assert_eq!(code(&run, Some("planner"), &reply), "steered");
    let said = code(&run, Some("other"), &reply);
    assert!(
        said.contains("step `other` of run k3f9 has nothing to reply"),
        "{said}"
    );
    let said = code(&run, None, &Decision::Skip);
    assert!(said.contains("nobody drives it"), "{said}");
}

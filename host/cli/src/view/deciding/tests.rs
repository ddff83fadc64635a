use cm_orchestrator::{RunStart, TaskKey};
use cm_types::{Placement, Policy};

use super::*;
use crate::view::plain;

/// A run in this mode with one question in it.
fn run(mode: Mode, question: QuestionWork) -> Run {
    let mut run = Run::default();
    let start = RunStart {
        mode,
        ..RunStart::default()
    };
    run.apply(1, &Event::Started(Box::new(start)));
    let work = Work::Question(question);
    run.apply(
        2,
        &Event::Requested {
            task: 0,
            scope: None,
            key: TaskKey::new(&work, 0),
            occurrence: 0,
            place: Placement {
                step: "planner".into(),
                parent: None,
                label: None,
            },
            work: Box::new(work),
            policy: Policy::default(),
        },
    );
    run
}

fn gate(interactive: bool) -> QuestionWork {
    QuestionWork {
        kind: QuestionKind::Turn,
        prompt: "next: the step tests".into(),
        interactive,
        ..QuestionWork::default()
    }
}

fn line_of(run: &mut Run, event: &Event) -> Option<String> {
    run.apply(3, event);
    plain::line(run, event)
}

fn finished(decision: Decision, by: &str, from: &str) -> Event {
    Event::Finished {
        task: 0,
        result: Ok(Reply {
            text: decision.text().to_owned(),
            decision: Some(decision),
            options: vec![("from".into(), from.into())],
            ..Reply::default()
        }),
        by: Some(by.into()),
        shown: Some(Digest::of(b"shown")),
    }
}

#[test]
fn a_gate_that_nobody_is_asked_at_is_not_shown() {
    let attempted = Event::Attempted {
        task: 0,
        attempt: 1,
    };
    for (mode, interactive, shown) in [
        (Mode::Manual, false, true),
        (Mode::Hybrid, true, true),
        (Mode::Hybrid, false, false),
        (Mode::Continuous, true, false),
    ] {
        let mut run = run(mode, gate(interactive));
        let line = line_of(&mut run, &attempted);
        assert_eq!(line.is_some(), shown, "{mode:?} {interactive}: {line:?}");
        let over = finished(Decision::Next, mode.as_str(), "host");
        assert_eq!(line_of(&mut run, &over), None);
    }
}

#[test]
fn who_decided_what_is_said() {
    let mut manual = run(Mode::Manual, gate(true));
    let event = finished(Decision::Next, "lead", "controller");
    let said = line_of(&mut manual, &event).unwrap();
    assert_eq!(said, "✔ planner: next, by controller lead");
    let event = finished(Decision::Reply("use\nsqlite".into()), "ann", "person");
    let said = line_of(&mut manual, &event).unwrap();
    assert_eq!(said, "✔ planner: “use sqlite”, by ann");
    let approval = QuestionWork {
        kind: QuestionKind::Approval,
        ..QuestionWork::default()
    };
    let mut run = run(Mode::Continuous, approval);
    let said = line_of(&mut run, &finished(Decision::Approve, "ann", "person")).unwrap();
    let digest = Digest::of(b"shown").short();
    assert_eq!(said, format!("✔ planner: approved by ann, sha256:{digest}"));
}

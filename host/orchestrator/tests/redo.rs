//! Runs that come after others, and take over what these have finished.

use std::collections::{BTreeMap, HashSet};

use cm_orchestrator::{After, Event, Gathering, Input, Offers, Run, RunStart, Summary};
use cm_types::{
    BranchWork, Decision, Error, Failure, MergeWork, Outline, OutlineStep, Placement, Policy,
    QuestionKind, QuestionWork, Reply, Work,
};

use crate::{
    dice::Dice,
    edits::Desk,
    program::{Program, command, turn},
    simulation::for_seeds,
    world::{PLACES, World},
};

const SEEDS: u64 = 2_000;

fn after(at: &str) -> RunStart {
    RunStart {
        default_engine: "engine0".into(),
        parallel: PLACES,
        after: Some(After {
            run: "old".into(),
            at: Some(at.into()),
            prompts: BTreeMap::new(),
        }),
        ..RunStart::default()
    }
}

fn offers<'a>(at: &str, events: impl IntoIterator<Item = &'a Event>) -> Offers {
    let mut gathering = Gathering::new("old", at);
    events.into_iter().for_each(|event| gathering.add(event));
    gathering.offers()
}

/// A random workflow, run with crashes and failures; then again from one of its steps,
/// with others: the same result, and exactly what came before that step is not done again.
fn simulate(seed: u64) {
    let mut dice = Dice(seed);
    let program = Program::random(&mut dice, 3);
    let at = match dice.below(13) {
        12 => "judge".to_owned(),
        step => format!("s{step}"),
    };
    let (before, faults) = (dice.roll() % 40, dice.roll() % 60);
    let mut old = World::new(seed);
    let expected = old.run(&program, before);
    // The old run may not be over yet.
    let whole = dice.chance(70);
    let length = match whole {
        true => old.disk.len(),
        false => 1 + dice.below(old.disk.len()),
    };
    let read = old.disk[..length].iter().map(|(_, event)| event);
    let mut world = World::started(seed ^ 0xbeef, after(&at));
    world.offers = Some(offers(&at, read));
    world.offer();
    let output = world.run(&program, faults);
    assert_eq!(output, expected, "what was taken over changed the result");
    // Which of two parallel values is the last one depends on the times of both.
    let names = |run: &Run| run.state.keys().cloned().collect::<Vec<_>>();
    let run = world.core.run();
    assert_eq!(names(run), names(old.core.run()), "another state");

    let mut anew = false;
    for task in &run.tasks {
        anew |= task.place.step == at || (!whole && task.reused.is_none());
        assert_eq!(
            task.reused.is_none(),
            anew,
            "task {} of step {}, from {at} on",
            task.id,
            task.place.step
        );
        let begun = world.begun.contains_key(&task.key.idempotency("run"));
        if !anew {
            assert!(!begun && task.attempts == 0, "it was done again");
        }
    }
    let reused: HashSet<_> = run.tasks.iter().filter_map(|task| task.reused).collect();
    let taken = run.tasks.iter().filter(|task| task.reused.is_some());
    assert_eq!(reused.len(), taken.count(), "one result, taken over twice");
}

#[test]
fn exactly_what_came_before_is_taken_over() {
    for_seeds(SEEDS, simulate);
}

fn begun(at: &str, events: &[Event]) -> Desk {
    let mut desk = Desk::new(RunStart {
        default_engine: String::new(),
        ..after(at)
    });
    desk.input(Input::Offer(Box::new(offers(at, events))));
    desk.input(Input::Pass { scope: None });
    desk
}

fn reply(desk: &Desk, task: u32) -> Option<&Reply> {
    desk.core.run().tasks[task as usize].result()?.as_ref().ok()
}

/// One step after the other, each done.
fn done(names: &[&str]) -> Desk {
    let mut desk = Desk::new(RunStart::default());
    for name in names {
        let (task, _) = desk.request(name, turn(name, name, 0));
        desk.end(task, &format!("{name} is done"));
    }
    desk
}

#[test]
fn it_costs_nothing_and_says_where_it_is_from() {
    let old = done(&["one", "two", "three"]);
    let mut desk = begun("three", &old.journal);
    for name in ["one", "two"] {
        let (task, sent) = desk.request(name, turn(name, name, 0));
        assert!(!sent);
        let text = reply(&desk, task).map(|reply| reply.text.clone());
        assert_eq!(text, Some(format!("{name} is done")));
    }
    assert!(desk.request("three", turn("three", "three", 0)).1);
    let summary = Summary::of(desk.core.run());
    let counts: Vec<_> = summary
        .steps
        .iter()
        .map(|step| (step.attempts, step.reused, step.is_reused()))
        .collect();
    assert_eq!(counts, [(0, 1, true), (0, 1, true), (1, 0, false)]);
    let from: Vec<_> = desk
        .journal
        .iter()
        .filter_map(|event| match event {
            Event::Reused { of, from, .. } => Some((of.as_str(), *from)),
            _ => None,
        })
        .collect();
    assert_eq!(from, [("old", 0), ("old", 1)]);
}

#[test]
fn what_was_edited_runs_and_so_does_everything_after_it() {
    let old = done(&["one", "two", "three"]);
    let mut desk = begun("three", &old.journal);
    assert!(desk.request("one", turn("one", "one, but better", 0)).1);
    assert!(
        desk.request("two", turn("two", "two", 0)).1,
        "it could have come out otherwise"
    );
}

#[test]
fn after_a_crash_nothing_more_is_taken_over_once_something_ran() {
    let old = done(&["one", "two", "three"]);
    let mut desk = begun("two", &old.journal);
    assert!(!desk.request("one", turn("one", "one", 0)).1);
    assert!(desk.request("two", turn("two", "two", 0)).1);
    desk.resume();
    let again = offers("two", &old.journal);
    desk.input(Input::Offer(Box::new(again)));
    assert!(!desk.request("one", turn("one", "one", 0)).1);
    assert!(desk.request("two", turn("two", "two", 0)).1);
    assert!(desk.request("three", turn("three", "three", 0)).1);
}

#[test]
fn offers_of_another_run_or_of_no_use_are_not_taken() {
    let old = done(&["one"]);
    let given = || Input::Offer(Box::new(offers("two", &old.journal)));
    let mut desk = Desk::new(RunStart {
        after: Some(After {
            run: "another".into(),
            at: Some("two".into()),
            ..After::default()
        }),
        ..RunStart::default()
    });
    desk.input(given());
    assert!(desk.request("one", turn("one", "one", 0)).1);
    let mut desk = Desk::new(RunStart::default());
    desk.input(given());
    assert!(desk.request("one", turn("one", "one", 0)).1);
}

#[test]
fn another_prompt_is_in_the_journal_and_found_again() {
    let old = done(&["one", "two"]);
    let mut start = after("two");
    let prompts = BTreeMap::from([("two".to_owned(), "two, but better".to_owned())]);
    start.after.as_mut().unwrap().prompts = prompts;
    let mut desk = Desk::new(start);
    desk.input(Input::Offer(Box::new(offers("two", &old.journal))));
    desk.input(Input::Pass { scope: None });
    assert!(!desk.request("one", turn("one", "one", 0)).1);
    let (task, _) = desk.request("two", turn("two", "two", 0));
    let prompt = |desk: &Desk, task: u32| match &desk.core.run().tasks[task as usize].work {
        Work::Turn(turn) => turn.prompt.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(prompt(&desk, task), "two, but better");
    desk.end(task, "better");
    // What comes after the first prompt is the workflow's.
    let (next, _) = desk.request("two", turn("two", "and now the tests", 0));
    assert_eq!(prompt(&desk, next), "and now the tests");
    desk.resume();
    assert!(!desk.request("one", turn("one", "one", 0)).1);
    assert_eq!(desk.request("two", turn("two", "two", 0)), (task, false));
}

#[test]
fn what_an_agent_kept_comes_with_its_result() {
    let mut old = Desk::new(RunStart::default());
    let (task, _) = old.request("one", turn("one", "one", 0));
    let scope = Some(task);
    old.input(Input::Write {
        scope,
        key: "plan".into(),
        value: "short".into(),
    });
    old.input(Input::Save {
        scope,
        step: "one".into(),
        name: "plan.md".into(),
        content: "# Plan".into(),
    });
    old.end(task, "done");
    let mut desk = begun("two", &old.journal);
    desk.request("one", turn("one", "one", 0));
    let told = desk.input(Input::Observe {
        scope: None,
        what: "state plan".into(),
        value: None,
    });
    assert_eq!(told.value.as_deref(), Some("short"));
    let artifacts = &desk.core.run().artifacts;
    let kept = &artifacts[&("one".to_owned(), "plan.md".to_owned())];
    assert_eq!(kept.content, "# Plan");
}

#[test]
fn the_time_is_told_as_it_was_as_long_as_nothing_runs() {
    let ask = |desk: &mut Desk, now: &str| {
        let told = desk.input(Input::Observe {
            scope: None,
            what: "now".into(),
            value: Some(now.into()),
        });
        told.value.unwrap()
    };
    let mut old = Desk::new(RunStart::default());
    for (name, now) in [("one", "1"), ("two", "2")] {
        ask(&mut old, now);
        let (task, _) = old.request(name, command(name));
        old.end(task, "done");
    }
    let mut desk = begun("one", &old.journal);
    assert_eq!(ask(&mut desk, "10"), "1");
    desk.request("one", command("one"));
    assert_eq!(ask(&mut desk, "11"), "11");
}

#[test]
fn an_answer_counts_until_something_before_it_changes() {
    let gate = |about| {
        Work::Question(QuestionWork {
            kind: QuestionKind::Approval,
            about: Some(about),
            prompt: "Ship?".into(),
            ..QuestionWork::default()
        })
    };
    let mut old = Desk::new(RunStart::default());
    // The numbers of the tasks are others than in the run after it.
    let (first, _) = old.request("left", command("left"));
    old.end(first, "left");
    let (plan, _) = old.request("plan", turn("plan", "plan", 0));
    old.end(plan, "a plan");
    let (ask, _) = old.request("ship", gate(plan));
    let shown = old.core.run().shown(ask);
    old.input(Input::Answer {
        task: ask,
        decision: Decision::Approve,
        by: "ada".into(),
        shown,
    });
    let mut desk = begun("later", &old.journal);
    let (plan, _) = desk.request("plan", turn("plan", "plan", 0));
    let (ask, sent) = desk.request("ship", gate(plan));
    assert!(!sent && reply(&desk, ask).unwrap().decision == Some(Decision::Approve));
    let answered = desk.core.run().tasks[ask as usize].answered.clone();
    assert_eq!(
        answered.map(|it| (it.by, it.shown)),
        Some(("ada".into(), shown))
    );

    let mut desk = begun("plan", &old.journal);
    let (plan, _) = desk.request("plan", turn("plan", "plan", 0));
    desk.end(plan, "another plan");
    assert!(desk.request("ship", gate(plan)).1, "it is asked again");
}

#[test]
fn a_failure_that_the_run_has_got_past_is_part_of_it_and_its_end_is_not() {
    let failed = || Error::Other(Failure::new("broken", "it broke"));
    let mut old = Desk::new(RunStart::default());
    let (first, _) = old.request("one", turn("one", "one", 1));
    let result = Err(failed());
    old.input(Input::Ended {
        task: first,
        result,
    });
    let (second, _) = old.request("one", turn("one", "one", 2));
    old.end(second, "the other engine did it");
    let (third, _) = old.request("two", turn("two", "two", 0));
    let result = Err(failed());
    old.input(Input::Ended {
        task: third,
        result,
    });
    old.input(Input::Returned {
        result: Err(failed()),
    });
    let mut desk = begun("three", &old.journal);
    let (task, sent) = desk.request("one", turn("one", "one", 1));
    let result = desk.core.run().tasks[task as usize].result();
    assert!(!sent && result.is_some_and(Result::is_err));
    assert!(!desk.request("one", turn("one", "one", 2)).1);
    assert!(desk.request("two", turn("two", "two", 0)).1);
}

#[test]
fn a_branch_is_taken_over_when_it_was_brought_back_before() {
    let branch = || {
        Work::Branch(BranchWork {
            name: "a".into(),
            ..BranchWork::default()
        })
    };
    let merge = || {
        Work::Merge(MergeWork {
            from: "old/a".into(),
            ..MergeWork::default()
        })
    };
    let mut old = Desk::new(RunStart::default());
    let works = [
        ("make", branch(), "old/a"),
        ("work", command("work"), "done"),
        ("join", merge(), "merged"),
        ("check", command("check"), "green"),
    ];
    for (step, work, said) in works {
        let (task, _) = old.request(step, work);
        old.end(task, said);
    }
    let mut desk = begun("check", &old.journal);
    assert!(!desk.request("make", branch()).1);
    assert!(!desk.request("work", command("work")).1);
    assert!(!desk.request("join", merge()).1);
    assert!(desk.request("check", command("check")).1);
    let mut desk = begun("work", &old.journal);
    assert!(
        desk.request("make", branch()).1,
        "what was done in it is elsewhere by now"
    );
}

#[test]
fn a_group_begins_with_whatever_of_it_comes_first() {
    let step = |id: &str, parent: Option<&str>| OutlineStep {
        id: id.into(),
        kind: "agent".into(),
        parent: parent.map(str::to_owned),
        ..OutlineStep::default()
    };
    let outline = Outline {
        steps: vec![
            step("plan", None),
            step("outer", None),
            step("inner", Some("outer")),
            step("a", Some("inner")),
        ],
        ..Outline::default()
    };
    let start = |start: RunStart| RunStart {
        outline: Some(outline.clone()),
        ..start
    };
    let ask = |desk: &mut Desk, step: &str, parent: Option<&str>| {
        let decided = desk.input(Input::Request {
            scope: None,
            place: Placement {
                step: step.into(),
                parent: parent.map(str::to_owned),
                label: None,
            },
            work: command(step),
            policy: Policy::default(),
        });
        (decided.task.unwrap(), !decided.commands.is_empty())
    };
    let mut old = Desk::new(start(RunStart::default()));
    for (step, parent) in [("plan", None), ("a", Some("inner"))] {
        let (task, _) = ask(&mut old, step, parent);
        old.end(task, "done");
    }
    assert!(old.core.run().was_asked_for("outer"));
    assert!(!old.core.run().was_asked_for("ship"));
    let mut desk = Desk::new(start(after("outer")));
    desk.input(Input::Offer(Box::new(offers("outer", &old.journal))));
    desk.input(Input::Pass { scope: None });
    assert!(!ask(&mut desk, "plan", None).1);
    assert!(ask(&mut desk, "a", Some("inner")).1);
}

#[test]
fn what_will_be_taken_over_can_be_said_before() {
    let old = done(&["one", "two", "three"]);
    let said = |at: &str| {
        let mut gathering = Gathering::new("old", at);
        old.journal.iter().for_each(|event| gathering.add(event));
        let steps = gathering.taken_over().into_iter();
        steps.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(said("one"), Vec::<String>::new());
    assert_eq!(said("three"), ["one", "two"]);
    assert_eq!(said("none of them"), ["one", "two", "three"]);
}

/// A branch counts as long as its merge is there; without it, it is made anew.
#[test]
fn a_merge_that_is_lost() {
    let mut desk = Desk::new(RunStart::default());
    let branch = Work::Branch(BranchWork {
        name: "ui".into(),
        ..BranchWork::default()
    });
    let merge = Work::Merge(MergeWork {
        from: "ui".into(),
        ..MergeWork::default()
    });
    let (made, _) = desk.request("ui", branch);
    desk.end(made, "ui");
    let (merged, _) = desk.request("ui", merge);
    let options = vec![("commit".to_owned(), "c0ffee".to_owned())];
    let reply = Reply {
        options,
        ..Reply::default()
    };
    let (task, result) = (merged, Ok(reply));
    desk.input(Input::Ended { task, result });
    let (last, _) = desk.request("last", turn("last", "last", 0));
    desk.end(last, "over");
    let mut gathering = Gathering::new("old", "last");
    desk.journal.iter().for_each(|event| gathering.add(event));
    assert_eq!(gathering.merges(), [(merged, "c0ffee".to_owned())]);
    assert_eq!(gathering.taken_over(), ["ui"]);
    assert_eq!(gathering.lose(merged), Some("ui".to_owned()));
    assert_eq!(gathering.merges(), []);
    assert_eq!(gathering.taken_over(), Vec::<&str>::new());
}

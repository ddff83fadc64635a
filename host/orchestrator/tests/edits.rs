use cm_orchestrator::{Command, Core, Event, Input, Run, RunStart, TaskState};
use cm_types::{Decision, Digest, Error, Failure, Outline, Placement, Policy, Reply, Work};

use crate::program::{command, turn};

/// A core, what it has decided, and its journal.
pub(crate) struct Desk {
    pub(crate) core: Core,
    pub(crate) journal: Vec<Event>,
}

impl Desk {
    pub(crate) fn new(start: RunStart) -> Self {
        let mut desk = Self {
            core: Core::new("r", Run::default()),
            journal: Vec::new(),
        };
        desk.input(Input::Start(Box::new(RunStart {
            parallel: match start.parallel {
                0 => 8,
                parallel => parallel,
            },
            default_engine: "a".into(),
            ..start
        })));
        desk
    }

    pub(crate) fn input(&mut self, input: Input) -> cm_orchestrator::Decided {
        let decision = self.core.decide(0, input);
        self.journal.extend(decision.events.clone());
        decision
    }

    pub(crate) fn request(&mut self, step: &str, work: Work) -> (u32, bool) {
        let place = Placement {
            step: step.into(),
            parent: None,
            label: None,
        };
        let input = Input::Request {
            scope: None,
            place,
            work,
            policy: Policy::default(),
        };
        let decision = self.input(input);
        let sent = decision
            .commands
            .iter()
            .any(|c| matches!(c, Command::Perform(_) | Command::Ask(_)));
        (decision.task.unwrap(), sent)
    }

    pub(crate) fn end(&mut self, task: u32, text: &str) {
        let result = Ok(Reply {
            text: text.into(),
            ..Reply::default()
        });
        self.input(Input::Ended { task, result });
    }

    /// Somebody edits the workflow and goes on.
    pub(crate) fn resume(&mut self) {
        let run = Run::replay(self.journal.iter().map(|event| (0, event)));
        self.core = Core::new("r", run);
        let (host, workflow) = ("t".into(), Digest::of(b"edited"));
        self.input(Input::Resume {
            host,
            workflow,
            outline: Outline::default(),
        });
        self.input(Input::Pass { scope: None });
    }
}

#[test]
fn finished_work_survives_an_inserted_and_a_reordered_step() {
    let mut desk = Desk::new(RunStart::default());
    for name in ["one", "two", "three"] {
        let (task, sent) = desk.request(name, command(name));
        assert!(sent);
        desk.end(task, name);
    }
    desk.resume();
    let (_, sent) = desk.request("new", command("new"));
    assert!(sent, "what is new runs");
    for name in ["three", "one", "two"] {
        let (task, sent) = desk.request(name, command(name));
        assert!(!sent, "{name} was finished");
        assert!(matches!(
            desk.core.run().tasks[task as usize].state,
            TaskState::Finished { .. }
        ));
    }
}

#[test]
fn the_second_request_for_the_same_work_is_another_task() {
    let mut desk = Desk::new(RunStart::default());
    let (first, _) = desk.request("tests", command("cargo test"));
    desk.end(first, "red");
    let (second, sent) = desk.request("tests", command("cargo test"));
    assert!(sent && first != second);
}

#[test]
fn a_changed_prompt_or_engine_is_new_work() {
    let mut desk = Desk::new(RunStart::default());
    let (task, _) = desk.request("plan", turn("planner", "plan", 0));
    desk.end(task, "done");
    desk.resume();
    assert!(!desk.request("plan", turn("planner", "plan", 0)).1);
    assert!(desk.request("plan", turn("planner", "plan better", 0)).1);
    assert!(desk.request("plan", turn("planner", "plan", 1)).1);
}

#[test]
fn a_renamed_step_keeps_its_work() {
    let mut desk = Desk::new(RunStart::default());
    let (task, _) = desk.request("plan", command("plan"));
    desk.end(task, "done");
    desk.resume();
    assert!(!desk.request("planning", command("plan")).1);
}

#[test]
fn after_a_failure_only_what_failed_runs_again() {
    let mut desk = Desk::new(RunStart::default());
    let (good, _) = desk.request("good", command("good"));
    desk.end(good, "fine");
    let (bad, _) = desk.request("bad", command("bad"));
    let error = Error::Missing(Failure::new("not-installed", "no such program"));
    desk.input(Input::Ended {
        task: bad,
        result: Err(error.clone()),
    });
    desk.input(Input::Returned { result: Err(error) });
    desk.resume();
    assert!(!desk.request("good", command("good")).1);
    assert!(desk.request("bad", command("bad")).1);
}

#[test]
fn a_step_that_was_marked_as_failed_runs_again_and_its_earlier_rounds_do_not() {
    let mut desk = Desk::new(RunStart::default());
    let place = || Placement {
        step: "tests".into(),
        parent: None,
        label: None,
    };
    for _ in 0..2 {
        let (task, _) = desk.request("tests", command("test"));
        desk.end(task, "red");
        desk.input(Input::Mark {
            place: place(),
            state: "failed".into(),
            note: None,
        });
    }
    let error = Error::Other(Failure::new("loop-limit", "twice"));
    desk.input(Input::Returned { result: Err(error) });
    desk.resume();
    assert!(
        !desk.request("tests", command("test")).1,
        "the first round is history"
    );
    assert!(
        desk.request("tests", command("test")).1,
        "the last one is tried again"
    );
}

#[test]
fn one_engine_for_all_takes_the_models_of_others_away() {
    let mut desk = Desk::new(RunStart {
        engine: Some("b".into()),
        ..RunStart::default()
    });
    let Work::Turn(mut work) = turn("planner", "plan", 0) else {
        unreachable!()
    };
    work.model = Some("model-of-a".into());
    let (task, _) = desk.request("plan", Work::Turn(work));
    let Work::Turn(turn) = &desk.core.run().tasks[task as usize].work else {
        unreachable!()
    };
    assert_eq!(
        (turn.engine.as_deref(), turn.model.as_deref()),
        (Some("b"), None)
    );
}

#[test]
fn a_wrong_answer_is_refused_and_the_question_stays() {
    let mut desk = Desk::new(RunStart::default());
    let question = cm_types::QuestionWork {
        prompt: "Ship?".into(),
        choices: vec!["ship".into(), "wait".into()],
        ..Default::default()
    };
    let (task, _) = desk.request("ask", Work::Question(question));
    let said = |text: &str| Input::Answer {
        task,
        decision: Decision::Reply(text.into()),
        by: "me".into(),
        shown: None,
    };
    let refused = desk.input(said("no, stop")).refused.unwrap();
    assert_eq!(refused.code, "not-a-choice");
    assert!(matches!(
        desk.core.run().tasks[task as usize].state,
        TaskState::Asking
    ));
    assert!(desk.input(said("ship")).refused.is_none());
}

#[test]
fn yes_takes_the_default() {
    let mut desk = Desk::new(RunStart {
        yes: true,
        ..RunStart::default()
    });
    let question = cm_types::QuestionWork {
        prompt: "Ship?".into(),
        choices: vec!["ship".into(), "wait".into()],
        default: Some("wait".into()),
        ..Default::default()
    };
    let (task, _) = desk.request("ask", Work::Question(question));
    let reply = desk.core.run().tasks[task as usize].result().cloned();
    assert_eq!(reply.unwrap().unwrap().text, "wait");
}

#[test]
fn after_it_was_let_go_nothing_starts_or_finishes() {
    let mut desk = Desk::new(RunStart::default());
    let (task, _) = desk.request("one", command("one"));
    let decision = desk.input(Input::Interrupt {
        reason: "Ctrl-C".into(),
    });
    assert_eq!(decision.commands, [Command::Stop { task }]);
    let before = desk.journal.len();
    desk.end(task, "too late");
    desk.input(Input::Woke { task });
    assert_eq!(desk.journal.len(), before);
}

#[test]
fn a_step_has_its_own_count_of_requests() {
    let mut desk = Desk::new(RunStart::default());
    let place = Placement {
        step: "x".into(),
        parent: None,
        label: None,
    };
    let step = || {
        Work::Step(cm_types::StepWork {
            name: "same".into(),
            input: String::new(),
        })
    };
    let input = |scope| Input::Request {
        scope,
        place: place.clone(),
        work: step(),
        policy: Policy::default(),
    };
    let outer = desk.input(input(None)).task.unwrap();
    let inner = desk.input(input(Some(outer))).task.unwrap();
    assert_ne!(outer, inner);
    desk.end(inner, "done");
    desk.resume();
    assert_eq!(desk.input(input(Some(outer))).task, Some(inner));
}

#[test]
fn an_edited_value_does_not_hide_the_ones_after_it() {
    let mut desk = Desk::new(RunStart::default());
    let write = |value: &str| Input::Write {
        scope: None,
        key: "a".into(),
        value: value.into(),
    };
    let read = || Input::Observe {
        scope: None,
        what: "state a".into(),
        value: None,
    };
    desk.input(write("1"));
    assert_eq!(desk.input(read()).value.as_deref(), Some("1"));
    desk.input(write("2"));
    desk.resume();
    desk.input(write("5"));
    assert_eq!(desk.input(read()).value.as_deref(), Some("5"));
    desk.input(write("2"));
    assert_eq!(desk.input(read()).value.as_deref(), Some("2"));
    assert_eq!(desk.core.run().state["a"].value, "2");
}

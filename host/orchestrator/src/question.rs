//! Who answers a question, and what may be answered.

use cm_types::{Decision, Digest, Failure, Mode, QuestionKind, QuestionWork};

use crate::{
    Answerer, Command, Event, Task, TaskState,
    answers::{HOST, PERSON, answers, decided, yes_to},
    core::Turn,
};

/// Who answers a question.
enum Route {
    Person,
    Controller,
    /// Nobody has to be asked: it is this, by whom, and in whose name.
    Done(Decision, String, &'static str),
}

impl Turn<'_> {
    /// The question has been sent out: sees to it that somebody answers it.
    pub(crate) fn open(&mut self, id: u32) {
        match self.route(id) {
            Route::Person => self.ask(id),
            Route::Controller => self.assign(id, Answerer::Controller, None),
            Route::Done(decision, by, from) => self.settle(id, decision, by, from, None),
        }
    }

    /// Who drives has changed: an open question may be somebody else's now.
    pub(crate) fn reroute(&mut self, id: u32) {
        let with_controller = self.task(id).map(|task| &task.state) == Some(&TaskState::Judging);
        match self.route(id) {
            Route::Controller if with_controller => {}
            Route::Person if !with_controller => {}
            Route::Person => {
                self.withdraw(id);
                self.assign(id, Answerer::Person, None);
            }
            Route::Controller => {
                self.withdraw(id);
                self.assign(id, Answerer::Controller, None);
            }
            Route::Done(decision, by, from) => {
                self.withdraw(id);
                self.settle(id, decision, by, from, None);
            }
        }
    }

    fn route(&self, id: u32) -> Route {
        let run = &self.core.run;
        let Some((task, question)) = self
            .task(id)
            .and_then(|task| Some((task, task.question()?)))
        else {
            return Route::Person;
        };
        let gate = question.kind == QuestionKind::Turn;
        let steer = run
            .steered
            .iter()
            .find(|steer| steer.step == task.place.step);
        if let Some(steer) = steer.filter(|_| gate) {
            return Route::Done(
                Decision::Reply(steer.text.clone()),
                steer.by.clone(),
                PERSON,
            );
        }
        if let Some(permit) = run.permit(id) {
            return Route::Done(Decision::Approve, permit.giver(), HOST);
        }
        let nobody = || Route::Done(Decision::Next, run.mode.as_str().to_owned(), HOST);
        let by_mode = match run.mode {
            Mode::Continuous if gate => nobody(),
            Mode::Hybrid | Mode::Autonomous if gate && !question.interactive => nobody(),
            Mode::Autonomous if !question.personal && run.controller.is_some() => Route::Controller,
            _ => Route::Person,
        };
        let given_back = matches!(task.assigned, Some((Answerer::Person, _)));
        match by_mode {
            Route::Controller if given_back => self.person(question),
            Route::Person => self.person(question),
            other => other,
        }
    }

    /// A person is to be asked, unless they said yes to everything.
    fn person(&self, question: &QuestionWork) -> Route {
        let yes = self.core.run.start.as_ref().is_some_and(|start| start.yes);
        match yes_to(question) {
            Some(decision) if yes => Route::Done(decision, "--yes".into(), HOST),
            _ => Route::Person,
        }
    }

    pub(crate) fn assign(&mut self, id: u32, to: Answerer, why: Option<String>) {
        let event = Event::Assigned { task: id, to, why };
        self.append(event);
        match to {
            Answerer::Controller => self.core.line.push_back(id),
            Answerer::Person => {
                let question = self.task(id).and_then(Task::question);
                match question.map(|question| self.person(question)) {
                    Some(Route::Done(decision, by, from)) => {
                        self.settle(id, decision, by, from, None);
                    }
                    _ => self.ask(id),
                }
            }
        }
    }

    fn ask(&mut self, id: u32) {
        if let Some(attempt) = self.attempt(id) {
            self.command(Command::Ask(Box::new(attempt)));
        }
    }

    /// Whoever is asked need not answer any more.
    pub(crate) fn withdraw(&mut self, id: u32) {
        match self.task(id).map(|task| &task.state) {
            Some(TaskState::Asking) => self.command(Command::Withdraw { task: id }),
            Some(TaskState::Judging) => self.unjudge(id),
            _ => {}
        }
    }

    /// The question has an answer of somebody who has seen it.
    pub(crate) fn conclude(&mut self, id: u32, decision: Decision, by: String, from: &str) {
        let shown = self.core.run.shown(id);
        self.settle(id, decision, by, from, shown);
    }

    /// The question has its answer. Who was asked beside has been told.
    fn settle(
        &mut self,
        id: u32,
        decision: Decision,
        by: String,
        from: &str,
        shown: Option<Digest>,
    ) {
        self.append(Event::Finished {
            task: id,
            result: Ok(decided(decision, &by, from)),
            by: Some(by),
            shown,
        });
    }

    pub(crate) fn answer(
        &mut self,
        id: u32,
        decision: Decision,
        by: String,
        shown: Option<Digest>,
    ) {
        let Some(task) = self.task(id) else {
            return self.refuse(Failure::new(
                "no-such-question",
                format!("there is no task {id}"),
            ));
        };
        let step = &task.place.step;
        if !task.is_open() {
            let message = format!("step `{step}` does not wait for an answer");
            return self.refuse(Failure::new("not-asking", message));
        }
        if shown.is_some() && shown != self.core.run.shown(id) {
            let message = format!(
                "what step `{step}` shows has changed since you looked at it; look again, then answer"
            );
            return self.refuse(Failure::new("changed", message));
        }
        if let Some(failure) = self.objection(task, &decision) {
            return self.refuse(failure);
        }
        self.withdraw(id);
        self.conclude(id, decision, by, PERSON);
    }

    /// Why this cannot be the answer to this question.
    pub(crate) fn objection(&self, task: &Task, decision: &Decision) -> Option<Failure> {
        let question = task.question()?;
        let choices = &question.choices;
        match decision {
            Decision::Skip | Decision::Stop(_) => return None,
            Decision::Back(to) => return self.no_such_step(to),
            Decision::Reply(text) if question.kind == QuestionKind::Question => {
                if choices.is_empty() || choices.contains(text) {
                    return None;
                }
                let message = format!("`{text}` is not one of: {}", choices.join(", "));
                return Some(Failure::new("not-a-choice", message));
            }
            _ => {}
        }
        let words = answers(question.kind);
        let allows = question.kind == QuestionKind::Permission && decision.approved_for().is_some();
        if allows || words.contains(&decision.word()) {
            return None;
        }
        let message = format!(
            "`{}` is no answer to the {} of step `{}`; possible are: {}, skip, back, stop",
            decision.word(),
            question.kind.as_str(),
            task.place.step,
            words.join(", "),
        );
        Some(Failure::new("not-possible", message))
    }

    /// What to say about a step to go back to that the workflow does not have.
    pub(crate) fn no_such_step(&self, id: &str) -> Option<Failure> {
        let steps = &self.core.run.outline.steps;
        if steps.is_empty() || steps.iter().any(|step| step.id == id) {
            return None;
        }
        let known: Vec<_> = steps.iter().map(|step| step.id.as_str()).collect();
        let message = format!("there is no step `{id}`; there are: {}", known.join(", "));
        Some(Failure::new("no-such-step", message))
    }
}

//! The controller's line: it has one conversation, so it is asked one thing at a time.

use cm_types::{
    Controller, Decision, Error, Failure, Mode, Placement, Policy, QuestionKind, Reply, TalkWork,
    Work,
};

use crate::{
    Answerer, Command, Event, Judgement, TaskKey, TaskState, answers::CONTROLLER, core::Turn,
    limit::too_long, observation,
};

/// What the controller is asked or told at the moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AtController {
    task: u32,
    /// Nobody waits for it any more; it is on its way out.
    stopped: bool,
}

impl Turn<'_> {
    pub(crate) fn entrust(&mut self, controller: Controller, turns: u32) {
        let controller = match controller {
            Controller::Agent(turn) => match self.resolve(Work::Turn(*turn)) {
                Work::Turn(turn) => Controller::Agent(Box::new(turn)),
                _ => return,
            },
            component => component,
        };
        let entrusted = (controller, turns);
        if self.core.run.controller.as_ref() == Some(&entrusted) {
            return;
        }
        let (controller, turns) = entrusted;
        let first = self.core.run.controller.is_none();
        let agent = matches!(controller, Controller::Agent(_));
        self.append(Event::Entrusted { controller, turns });
        if let Some(start) = &self.core.run.start
            && let Some(brief) = start.brief.clone().filter(|_| first && agent)
        {
            let by = start.settings.get("user_name").cloned();
            self.talk(brief, by.unwrap_or_default());
        }
    }

    pub(crate) fn talk(&mut self, text: String, by: String) {
        if !matches!(self.core.run.controller, Some((Controller::Agent(_), _))) {
            let message = match &self.core.run.controller {
                Some((it, _)) => format!(
                    "the controller `{}` is a component: it judges, and nobody can talk to it",
                    it.name()
                ),
                None => "the run has no controller to talk to".to_owned(),
            };
            return self.refuse(Failure::new("no-controller", message));
        }
        let work = Work::Talk(TalkWork { text, by });
        let mut key = TaskKey::new(&work, 0);
        while self.core.run.find(None, &key).is_some() {
            key.ordinal += 1;
        }
        let place = Placement {
            step: CONTROLLER.to_owned(),
            parent: None,
            label: None,
        };
        if let Some(id) = self.enter(None, key, 0, place, work, Policy::default()) {
            self.decision.task = Some(id);
            self.want(id);
        }
    }

    pub(crate) fn switch(&mut self, mode: Mode, by: String) {
        let run = &self.core.run;
        if run.mode == mode {
            return;
        }
        if let Some(lock) = run.mode_lock() {
            let message = format!(
                "the run stays {}: its workflow says `autonomous: {lock}`",
                run.mode.as_str()
            );
            return self.refuse(Failure::new("mode-locked", message));
        }
        let has_controller = run.controller.is_some() || run.outline.controller.is_some();
        if mode == Mode::Autonomous && !has_controller {
            let message = "the run cannot be autonomous: its workflow names no `controller:`";
            return self.refuse(Failure::new("no-controller", message));
        }
        self.append(Event::Switched { mode, by });
        let open = self.core.run.tasks.iter().filter(|task| task.is_open());
        let open: Vec<u32> = open.map(|task| task.id).collect();
        for id in open {
            self.reroute(id);
        }
    }

    /// Asks or tells the controller the next thing, if it is free.
    pub(crate) fn judge_next(&mut self) {
        while self.core.at_controller.is_none()
            && !self.core.line.is_empty()
            && !self.is_resting()
            && let Some(id) = self.core.line.pop_front()
        {
            let Some(task) = self.task(id) else { continue };
            if matches!(task.work, Work::Talk(_)) {
                let attempt = task.attempts.saturating_add(1);
                self.append(Event::Attempted { task: id, attempt });
            }
            let run = &self.core.run;
            let observation = observation::of(run, id);
            let (Some(attempt), Some((controller, _))) = (self.attempt(id), &run.controller) else {
                continue;
            };
            let judgement = Judgement {
                attempt,
                controller: controller.clone(),
                session: run.controller_session.clone(),
                observation,
            };
            let stopped = false;
            self.core.at_controller = Some(AtController { task: id, stopped });
            self.command(Command::Judge(Box::new(judgement)));
        }
    }

    /// The controller need not decide this any more.
    pub(crate) fn unjudge(&mut self, id: u32) {
        self.core.line.retain(|waiting| *waiting != id);
        if let Some(at) = &mut self.core.at_controller
            && at.task == id
            && !std::mem::replace(&mut at.stopped, true)
        {
            self.command(Command::Stop { task: id });
        }
    }

    /// The controller is free again; whether what it says about this still counts.
    fn back_from_controller(&mut self, id: u32) -> bool {
        let at = self.core.at_controller.take_if(|at| at.task == id);
        let open = self.task(id).map(|task| &task.state) == Some(&TaskState::Judging);
        open && at.is_some_and(|at| !at.stopped)
    }

    pub(crate) fn talk_ended(&mut self, id: u32, result: &Result<Reply, Error>) -> bool {
        let work = self.task(id).map(|task| &task.work);
        if !matches!(work, Some(Work::Talk(_))) {
            return false;
        }
        if self.back_from_controller(id) {
            match result {
                Err(error) if self.rests_after(id, error) => self.core.line.push_front(id),
                Err(error) => self.finish(id, Err(too_long(error.clone()))),
                Ok(reply) => {
                    self.rested();
                    self.finish(id, Ok(reply.clone()));
                }
            }
        }
        true
    }

    pub(crate) fn judged(&mut self, id: u32, result: Result<Decision, Error>) {
        if !self.back_from_controller(id) {
            return;
        }
        let result = match result {
            // It is asked again then, unless a person has answered in between.
            Err(error) if self.rests_after(id, &error) => return self.core.line.push_front(id),
            result => result.map_err(too_long),
        };
        self.rested();
        let (Some(task), Some((controller, turns))) = (self.task(id), &self.core.run.controller)
        else {
            return;
        };
        let name = controller.name().to_owned();
        let step = &task.place.step;
        let why = match &result {
            Err(error) => Some(format!("the controller `{name}` could not decide: {error}")),
            Ok(Decision::Ask(why)) => Some(format!("the controller `{name}` asks you: {why}")),
            Ok(decision) => {
                let talked = self.core.run.replies.get(step).copied().unwrap_or(0);
                let gate = task.question().map(|question| question.kind);
                let again = gate == Some(QuestionKind::Turn)
                    && matches!(decision, Decision::Reply(_))
                    && talked >= *turns;
                match self.objection(task, decision) {
                    Some(failure) => Some(format!(
                        "the controller `{name}` gave an answer that does not count: {}",
                        failure.message
                    )),
                    None if again => Some(format!(
                        "the controller `{name}` has talked to step `{step}` {talked} times and wants to go on; that is its limit"
                    )),
                    None => None,
                }
            }
        };
        match (why, result) {
            (None, Ok(decision)) => self.conclude(id, decision, name, CONTROLLER),
            (why, _) => self.assign(id, Answerer::Person, why),
        }
    }

    /// Stops what the controller does: the run is let go.
    pub(crate) fn dismiss(&mut self) {
        if let Some(at) = self.core.at_controller.filter(|at| !at.stopped) {
            self.command(Command::Stop { task: at.task });
        }
        self.core.line.clear();
    }
}

//! What another run has finished is not done again, up to where this one begins anew.

use std::collections::hash_map::Entry;

use cm_types::{Placement, Work};

use crate::{
    After, Event, Offers, Run, Task, TaskKey,
    core::Turn,
    offer::{Keepsake, stands_in},
};

impl Run {
    /// The run whose results are wanted, and the step from which on they are not: as long
    /// as nothing was done here that could change what comes after it.
    pub fn wanted_offers(&self) -> Option<(&str, &str)> {
        let after = self.after()?;
        let at = after.at.as_deref()?;
        let taken = |task: &Task| {
            task.reused.is_some() || task.scope.is_some() || matches!(task.work, Work::Talk(_))
        };
        let fresh = self.tasks.iter().all(taken);
        fresh.then_some((after.run.as_str(), at))
    }

    /// The run that it comes after.
    pub fn after(&self) -> Option<&After> {
        self.start.as_ref()?.after.as_ref()
    }

    /// Whether a task of the workflow stands at this step, or in the group of this name.
    pub fn was_asked_for(&self, step: &str) -> bool {
        let mut tasks = self.tasks.iter().filter(|task| task.scope.is_none());
        tasks.any(|task| stands_in(&self.outline, &task.place, step))
    }
}

impl Turn<'_> {
    pub(crate) fn offer(&mut self, offers: Offers) {
        let wanted = self.core.run.wanted_offers();
        if wanted.is_some_and(|(run, _)| run == offers.run) {
            self.core.offers = Some(offers);
        }
    }

    /// What is asked of an agent, with the words that somebody has put in the place of
    /// the workflow's. The same words at the same step, asked again, are replaced again.
    pub(crate) fn prompted(&mut self, scope: Option<u32>, place: &Placement, work: Work) -> Work {
        let (None, Work::Turn(turn)) = (scope, &work) else {
            return work;
        };
        let after = self.core.run.after();
        let Some(prompt) = after.and_then(|after| after.prompts.get(&place.step).cloned()) else {
            return work;
        };
        let mut turn = turn.clone();
        let replaced = match self.pass(scope).replaced.entry(place.step.clone()) {
            Entry::Vacant(first) => first.insert(turn.prompt.clone()),
            Entry::Occupied(first) => first.into_mut(),
        };
        if *replaced == turn.prompt {
            turn.prompt = prompt;
        }
        Work::Turn(turn)
    }

    /// Finishes a task that was just asked for with what the other run has on offer for
    /// it. With the first one for which there is nothing, there is nothing for any other:
    /// what was done after it could have come out otherwise.
    pub(crate) fn reuse(&mut self, id: u32) {
        if self.core.offers.is_none() {
            return;
        }
        let run = &self.core.run;
        let at = run.after().and_then(|after| after.at.clone());
        let Some(task) = run.task(id).filter(|task| task.scope.is_none()) else {
            return;
        };
        let begins = at.is_none_or(|at| stands_in(&run.outline, &task.place, &at));
        let key = self.key_there(task);
        let offers = self.core.offers.as_mut().filter(|_| !begins);
        let found = offers.and_then(|offers| {
            let offer = offers.results.remove(&key)?;
            Some((offers.run.clone(), offer))
        });
        let Some((run, offer)) = found else {
            self.core.offers = None;
            return;
        };
        let (mut values, mut texts) = (0, 0);
        for keepsake in offer.kept {
            let scope = Some(id);
            self.append(match keepsake {
                Keepsake::Value { key, value } => {
                    values += 1;
                    Event::Written {
                        scope,
                        ordinal: values - 1,
                        key,
                        value,
                    }
                }
                Keepsake::Text {
                    step,
                    name,
                    content,
                } => {
                    texts += 1;
                    Event::Saved {
                        scope,
                        ordinal: texts - 1,
                        step,
                        name,
                        content,
                    }
                }
            });
        }
        self.append(Event::Reused {
            task: id,
            of: run,
            from: offer.task,
            result: offer.result,
            by: offer.by,
            shown: offer.shown,
        });
    }

    /// What the other run has found this work by. Tasks had other numbers there.
    fn key_there(&self, task: &Task) -> TaskKey {
        let there = |id: &mut Option<u32>| {
            *id = id.and_then(|id| self.task(id)?.reused);
        };
        let mut work = task.work.clone();
        match &mut work {
            Work::Question(question) if question.about.is_some() => there(&mut question.about),
            Work::Proof(proof) if proof.changed_since.is_some() => there(&mut proof.changed_since),
            _ => return task.key.clone(),
        }
        TaskKey::new(&work, task.key.ordinal)
    }

    /// What the workflow was told in the other run, where it would be told something else
    /// each time: else no prompt with a date in it would ever be found again.
    pub(crate) fn told_there(
        &self,
        scope: Option<u32>,
        what: &str,
        ordinal: u32,
    ) -> Option<Option<String>> {
        let offers = self.core.offers.as_ref().filter(|_| scope.is_none())?;
        offers.told.get(&(what.to_owned(), ordinal)).cloned()
    }
}

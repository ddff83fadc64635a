use std::sync::Arc;

use cm_orchestrator::{Input, Run, TaskState};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::{
    ledger::Ledger,
    person::{Asked, Person, Word},
    question::Question,
};

/// The person at this terminal, if there is one, and what they answered in vain.
pub(crate) struct Asking {
    person: Option<Box<dyn Person>>,
    refused: UnboundedSender<(u32, String)>,
    again: UnboundedReceiver<(u32, String)>,
}

impl Asking {
    pub(crate) fn new(person: Option<Box<dyn Person>>) -> Self {
        let (refused, again) = unbounded_channel();
        Self {
            person,
            refused,
            again,
        }
    }

    /// Whether there is somebody.
    pub(crate) fn is_attended(&self) -> bool {
        self.person.is_some()
    }

    /// Shows them a question that is open; `refused` says what was wrong with their last
    /// answer.
    pub(crate) fn ask(&mut self, ledger: &Arc<Ledger>, task: u32, refused: Option<String>) {
        let Some(person) = &mut self.person else {
            return;
        };
        let Some(mut asked) = ledger.look(|run| asked(run, task)) else {
            return;
        };
        asked.refused = refused;
        let (ledger, again, shown) = (Arc::clone(ledger), self.refused.clone(), asked.shown);
        let answer = move |word| {
            let Word::Answer { decision, by } = word else {
                return;
            };
            let decided = ledger.input(Input::Answer {
                task,
                decision,
                by,
                shown,
            });
            if let Some(failure) = decided.refused {
                // Nobody listens any more only when the run is let go.
                let _ = again.send((task, failure.message));
            }
        };
        person.ask(asked, Box::new(answer));
    }

    /// A question needs no answer any more.
    pub(crate) fn withdraw(&mut self, task: u32) {
        if let Some(person) = &mut self.person {
            person.withdraw(task);
        }
    }

    /// The next answer that was refused, and why. May be dropped and called again.
    pub(crate) async fn refused(&mut self) -> (u32, String) {
        match self.again.recv().await {
            Some(refused) => refused,
            // There is always the sender in this.
            None => std::future::pending().await,
        }
    }
}

/// What a person is shown; none when the question is open no more.
fn asked(run: &Run, id: u32) -> Option<Asked> {
    let task = run.task(id)?;
    let question = task.question()?;
    if task.state != TaskState::Asking {
        return None;
    }
    let reply = run.about(id);
    let options = reply.into_iter().flat_map(|reply| &reply.options);
    let mut proposals = options.filter(|(name, _)| name == "proposal");
    let why = task.assigned.as_ref().and_then(|(_, why)| why.clone());
    Some(Asked {
        task: id,
        step: task.place.step.clone(),
        question: question.clone(),
        said: reply.map(|reply| reply.text.clone()),
        proposal: proposals.next().map(|(_, proposal)| proposal.clone()),
        possible: Question::of(run, id).for_persons(),
        shown: run.shown(id),
        why,
        refused: None,
    })
}

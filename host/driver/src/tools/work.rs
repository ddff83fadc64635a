//! Work that is asked for with a tool.

use cm_orchestrator::{Input, Run};
use cm_types::{Error, Placement, Policy, Reply, Work};

use super::Tools;

impl Tools {
    /// Asks for work in the caller's name. What an attempt before this one had done is
    /// found again; what failed or was stopped then is done anew.
    pub(super) fn request(&self, place: Placement, work: Work) -> Result<u32, String> {
        let known = self.ledger.look(|run| run.tasks.len());
        let input = Input::Request {
            scope: Some(self.caller.task),
            place,
            work,
            policy: self.policy(),
        };
        loop {
            let decided = self.ledger.input(input.clone());
            let task = match (decided.task, decided.refused) {
                (Some(task), _) => task,
                (None, Some(failure)) => return Err(failure.message),
                (None, None) => return Err(STOPPED.into()),
            };
            let has_failed = (task as usize) < known
                && self
                    .ledger
                    .look(|run| matches!(run.task(task).and_then(|it| it.result()), Some(Err(_))));
            if !has_failed {
                return Ok(task);
            }
        }
    }

    /// What it asks to be allowed waits for an answer as long as the caller's own does.
    fn policy(&self) -> Policy {
        let of_caller = |run: &Run| {
            let options = &run.task(self.caller.task)?.policy.options;
            let mut options = options.iter();
            options.find(|(name, _)| name == "ask-ms").cloned()
        };
        Policy {
            options: self.ledger.look(of_caller).into_iter().collect(),
            ..Policy::default()
        }
    }

    /// What came of it; an error when the run is over first.
    pub(super) async fn result(&self, task: u32) -> Result<Result<Reply, Error>, String> {
        let ledger = &self.ledger;
        let come = ledger.until(|run| match run.task(task)?.result() {
            Some(result) => Some(Ok(result.clone())),
            None => (run.end.is_some() || run.interrupted.is_some()).then(|| Err(STOPPED.into())),
        });
        come.await
    }
}

const STOPPED: &str = "the run is being stopped";

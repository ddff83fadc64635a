use cm_sdk::workflow::{Error, Placement, message};

use super::host::Host;
use super::interpreter::Interpreter;
use super::results::Output;
use crate::model::{Action, Step};

/// What came of a step: what it gave, and whether it worked.
type Ended = (Output, Result<(), Error>);

impl<H: Host> Interpreter<'_, H> {
    /// Starts every step before it waits for any; one that fails does not touch
    /// the others. The results are in the order of `steps`.
    pub(super) fn together(
        &mut self,
        steps: &[&Step],
        parent: Option<&str>,
    ) -> Vec<Result<(), Error>> {
        let places: Vec<_> = steps.iter().map(|step| self.place(step, parent)).collect();
        let mut ended: Vec<Option<Ended>> = steps.iter().map(|_| None).collect();
        let mut waiting = Vec::new();
        for (index, (step, place)) in steps.iter().zip(&places).enumerate() {
            self.host.mark(place, "started", None);
            match self.start(step, place) {
                Ok(task) => waiting.push((index, task, 1)),
                Err(error) => ended[index] = Some(self.end(step, place, Err(error))),
            }
        }
        while !waiting.is_empty() {
            let first = match waiting.len() {
                1 => 0,
                count => {
                    let tasks: Vec<_> = waiting.iter().map(|(_, task, _)| task).collect();
                    self.host.next(&tasks).min(count - 1)
                }
            };
            let (index, task, attempt) = waiting.remove(first);
            let (step, place) = (steps[index], &places[index]);
            let reply = self.host.wait(&task);
            let failed = matches!(&reply, Ok(reply) if matches!(step.action, Action::Run(_)) && reply.code != Some(0));
            if failed && attempt < step.attempts {
                // The host tries again what it could not do. That a command said
                // no is for the workflow to judge, and so is trying it again.
                match self.start(step, place) {
                    Ok(task) => waiting.push((index, task, attempt + 1)),
                    Err(error) => ended[index] = Some(self.end(step, place, Err(error))),
                }
                continue;
            }
            let reply = reply.and_then(|reply| self.judge(step, reply));
            ended[index] = Some(self.end(step, place, reply));
        }
        let mut results = Vec::new();
        for (step, ended) in steps.iter().zip(ended) {
            // Every step was either started or refused, so there is always one.
            let Some((output, result)) = ended else {
                continue;
            };
            self.remember(step, &output);
            self.results.put(step, output);
            results.push(result);
        }
        results
    }

    /// Says that a step is over. One that ended without a word of its own says
    /// why, so that whoever mends it can be told.
    fn end(&self, step: &Step, place: &Placement, reply: Result<Ended, Error>) -> Ended {
        let (output, result) = reply.unwrap_or_else(|error| {
            let text = match &error {
                Error::Cancelled => String::new(),
                error => message(error).to_string(),
            };
            (
                Output {
                    text,
                    ..Output::default()
                },
                Err(error),
            )
        });
        self.mark_end(place, step, &result);
        (output, result)
    }
}

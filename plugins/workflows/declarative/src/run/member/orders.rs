//! Doing what a turn or a command has told the workflow.

use cm_sdk::workflow::{Error, Question, failure, other, policy, question};

use super::super::directive::{Order, with_reason};
use super::{Host, How, Interpreter, Member, Move, Phase};
use crate::read::Files;

impl<'r> Member<'r> {
    /// Does what is left, until something must be waited for.
    pub(super) fn directed<H: Host + Files>(
        &mut self,
        run: &mut Interpreter<'r, H>,
    ) -> Result<Move<'r, H::Task>, Error> {
        while let Some(order) = self.orders.pop_front() {
            match order {
                Order::Fail(reason) => return Ok(Move::Over(self.fail(reason))),
                Order::Trigger(agent, prompt) => return self.trigger(run, &agent, prompt),
                Order::Ask { prompt, personal } => {
                    let question = Question {
                        kind: "checkpoint".into(),
                        personal,
                        ..self.about(prompt)
                    };
                    return self.ask(run, question);
                }
                Order::Goto {
                    to: (spot, to),
                    max,
                    leaving,
                    reason,
                } => {
                    let jump = run.go_to(&leaving, max, (spot, &to), reason.as_deref());
                    let Some(jump) = jump else {
                        let max = max.unwrap_or_default();
                        return Ok(Move::Over(How::Failed(Error::Exhausted(failure(
                            "goto-limit",
                            format!(
                                "it wants to go on at `{to}`, and has gone on elsewhere {max} times, which is its limit (`max: {max}`)"
                            ),
                        )))));
                    };
                    return Ok(Move::Over(How::Jump(jump)));
                }
                Order::Loop {
                    to: (spot, to),
                    looping,
                    leaving,
                    reason,
                } => {
                    let reason = reason.as_deref();
                    match run.go_round(self.top, &leaving, &looping, (spot, &to), reason) {
                        Some(jump) => return Ok(Move::Over(How::Jump(jump))),
                        None => self
                            .notes
                            .push(format!("the loop is over after {}", looping.max)),
                    }
                }
                Order::Leave(reason) => {
                    let words = with_reason("the loop is left".into(), reason);
                    self.notes.push(words);
                }
            }
        }
        match self.conversation {
            Some(_) => self.gate(run),
            None => Ok(Move::Over(How::Done)),
        }
    }

    /// The step has failed because it says so itself.
    fn fail(&mut self, reason: Option<String>) -> How<'r> {
        let reason = reason.filter(|reason| !reason.trim().is_empty());
        let output = self.output.get_or_insert_default();
        let words = match (&reason, output.exit) {
            (Some(reason), _) => reason.clone(),
            (None, Some(code)) if self.conversation.is_none() => {
                format!("the exit code {code} says that it has failed")
            }
            (None, _) => "it says itself that it has failed".into(),
        };
        // What a command printed says more than the reason; an agent's reason is what
        // it has to say.
        if let Some(reason) = reason
            && (self.conversation.is_some() || output.text.trim().is_empty())
        {
            output.text = reason;
        }
        How::Failed(other("failed-by-directive", words))
    }

    /// Asks a question in the middle of the step.
    pub(super) fn ask<H: Host + Files>(
        &mut self,
        run: &Interpreter<'r, H>,
        question: Question,
    ) -> Result<Move<'r, H::Task>, Error> {
        let mut asked = question.clone();
        if let Some(why) = self.refused.take() {
            asked.prompt = format!("{why}\n{}", asked.prompt);
        }
        self.phase = Phase::Checkpoint(Box::new(question));
        let task = run.host.ask(&self.place, &asked, &policy())?;
        Ok(Move::Wait(task))
    }

    /// Asks whether to do work once more that was stopped for something that cannot be
    /// done.
    pub(super) fn ask_again<H: Host + Files>(
        &mut self,
        run: &Interpreter<'r, H>,
    ) -> Result<Move<'r, H::Task>, Error> {
        let question = Question {
            kind: "checkpoint".into(),
            ..self.about(format!("next: the step `{}` once more", self.step.id))
        };
        let next = self.ask(run, question)?;
        self.phase = Phase::Again;
        Ok(next)
    }

    /// A question about what the step said last.
    fn about(&self, prompt: String) -> Question {
        let conversation = self.conversation.as_deref();
        Question {
            speaker: conversation.map(|conversation| conversation.name().into()),
            about: conversation.and_then(|conversation| conversation.about().cloned()),
            ..question(prompt)
        }
    }
}

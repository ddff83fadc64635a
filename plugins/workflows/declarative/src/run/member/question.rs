//! Steps that ask: for an answer, or for a yes.

use cm_sdk::workflow::{Decision, Error, Question, Reply, other, question};

use super::super::directive::with_reason;
use super::super::results::Output;
use super::super::{outcome, speak};
use super::{Host, How, Interpreter, Member, Move};
use crate::model::{Action, AskStep};
use crate::read::Files;

impl<'r> Member<'r> {
    /// What is asked.
    pub(super) fn question<H: Host + Files>(
        &mut self,
        run: &Interpreter<'r, H>,
        ask: &AskStep,
    ) -> Result<Question, Error> {
        let details = ask.details.as_ref();
        let details = details.map(|details| run.text(details, &[])).transpose()?;
        let mut prompt = run.text(&ask.prompt, &[])?;
        if let Some(why) = self.refused.take() {
            prompt = format!("{why}\n{prompt}");
        }
        let mut question = Question {
            details,
            personal: ask.person,
            ..question(prompt)
        };
        if matches!(self.step.action, Action::Approve(_)) {
            question.kind = "approval".into();
        } else {
            question.choices.clone_from(&ask.choices);
            question.default.clone_from(&ask.default);
        }
        Ok(question)
    }

    /// A question is answered.
    pub(super) fn answered<T>(&mut self, ask: &AskStep, reply: Reply) -> Move<'r, T> {
        let fits = ask.choices.is_empty() || ask.choices.contains(&reply.text);
        let how = match fits {
            true => How::Done,
            false => How::Failed(outcome::of_answer(&reply.text, &ask.choices)),
        };
        self.output = Some(Output::of(reply));
        Move::Over(how)
    }

    /// Somebody said yes or no.
    pub(super) fn approved<T>(&mut self, reply: &Reply) -> Result<Move<'r, T>, Error> {
        let by = speak::by(reply);
        let (text, how) = match &reply.decision {
            Some(Decision::Approve) => ("approved", How::Done),
            Some(Decision::Reject(reason)) => {
                let words = with_reason(format!("rejected by {by}"), Some(reason.clone()));
                (reason.as_str(), How::Failed(other("rejected", words)))
            }
            Some(Decision::Revise(reason)) => {
                let words = with_reason(format!("{by} wants changes"), Some(reason.clone()));
                (reason.as_str(), How::Failed(other("revise", words)))
            }
            _ => return Err(outcome::of_decision("an approval")),
        };
        self.output = Some(Output {
            text: text.into(),
            ..Output::default()
        });
        Ok(Move::Over(how))
    }
}

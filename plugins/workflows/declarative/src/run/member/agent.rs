//! A step that asks an agent: turn, gate, turn, gate, until all was asked and nobody
//! has more to say.

use cm_sdk::workflow::{Decision, Error, Policy, Reply, Turn, other};

use super::super::directive::orders;
use super::super::results::Output;
use super::super::{gate, outcome, schema, speak};
use super::{Conversation, Host, How, Interpreter, Member, Move, Phase};
use crate::model::AgentStep;
use crate::read::Files;

impl<'r> Member<'r> {
    pub(super) fn first_turn<H: Host + Files>(
        &mut self,
        run: &Interpreter<'r, H>,
        agent: &'r AgentStep,
    ) -> Result<Move<'r, H::Task>, Error> {
        let (conversation, turn) = Conversation::begin(run, &self.step.id, agent)?;
        self.conversation = Some(Box::new(conversation));
        self.turn(run, &turn)
    }

    pub(super) fn turn<H: Host + Files>(
        &mut self,
        run: &Interpreter<'r, H>,
        turn: &Turn,
    ) -> Result<Move<'r, H::Task>, Error> {
        self.phase = Phase::Work;
        let turn = Turn {
            workspace: self.workspace(),
            ..turn.clone()
        };
        // Where another engine can take over, nobody waits for the end of a limit.
        let conversation = self.conversation.as_deref();
        let takes_over = conversation.is_some_and(|talk| talk.next_engine("limit").is_some());
        let policy = Policy {
            at_limit: takes_over.then(|| "fail".into()),
            ..self.policy.clone()
        };
        let task = run.host.agent(&self.place, &turn, &policy)?;
        self.since.get_or_insert_with(|| run.host.task_id(&task));
        Ok(Move::Wait(task))
    }

    /// Has another engine go on in place of one that cannot, if there is one for that.
    pub(super) fn fall_back<H: Host + Files>(
        &mut self,
        run: &Interpreter<'r, H>,
        error: &Error,
    ) -> Option<Result<Move<'r, H::Task>, Error>> {
        if self.phase != Phase::Work {
            return None;
        }
        let (note, turn) = self.conversation.as_deref_mut()?.fall_back(error)?;
        run.host.mark(&self.place, "started", Some(&note));
        self.notes.push(note);
        Some(self.turn(run, &turn))
    }

    /// A turn is over.
    pub(super) fn turned<H: Host + Files>(
        &mut self,
        run: &mut Interpreter<'r, H>,
        task: &H::Task,
        reply: Reply,
    ) -> Result<Move<'r, H::Task>, Error> {
        let conversation = self.with_agent()?;
        let output = conversation.hear(&reply, run.host.task_id(task));
        let allowed = conversation.directives();
        self.output = Some(output);
        let place = (self.top, self.step);
        self.orders = orders(run, place, &allowed, reply.directives, None)?;
        self.directed(run)
    }

    /// A turn was stopped for something that cannot be done: what now?
    pub(super) fn interrupted<H: Host + Files>(
        &mut self,
        run: &Interpreter<'r, H>,
        task: &H::Task,
        reply: &Reply,
    ) -> Result<Move<'r, H::Task>, Error> {
        let about = run.host.task_id(task);
        let output = self.with_agent()?.hear(reply, about);
        if self.output.is_none() || !output.text.is_empty() {
            self.output = Some(output);
        }
        self.gate(run)
    }

    /// Looks whether the last answer is as it must be. None: it is.
    fn check<H: Host + Files>(
        &mut self,
        run: &Interpreter<'r, H>,
    ) -> Result<Option<Move<'r, H::Task>>, Error> {
        let id = &self.step.id;
        let Some(conversation) = &mut self.conversation else {
            return Ok(None);
        };
        let Some(wanted) = conversation.unchecked() else {
            return Ok(None);
        };
        let json = schema::json(conversation.answer()).to_string();
        let errors = run.host.conform(&wanted.text, &json)?;
        if errors.is_empty() {
            conversation.accept();
            if let Some(output) = &mut self.output {
                output.text = json;
            }
            return Ok(None);
        }
        let refusal = schema::refusal(id, wanted, conversation.asked(), &errors);
        match conversation.ask_again(&schema::again(&errors)) {
            Some(turn) => self.turn(run, &turn).map(Some),
            None => Ok(Some(Move::Over(How::Failed(refusal)))),
        }
    }

    /// Asks what is to come next.
    pub(super) fn gate<H: Host + Files>(
        &mut self,
        run: &Interpreter<'r, H>,
    ) -> Result<Move<'r, H::Task>, Error> {
        let why = self.refused.take();
        let top = self.top;
        let question = gate::of(run, self.with_agent()?, top, why.as_deref());
        self.phase = Phase::Gate;
        let policy = cm_sdk::workflow::policy();
        let task = run.host.ask(&self.place, &question, &policy)?;
        Ok(Move::Wait(task))
    }

    /// The gate is answered.
    pub(super) fn decided<H: Host + Files>(
        &mut self,
        run: &Interpreter<'r, H>,
        reply: &Reply,
    ) -> Result<Move<'r, H::Task>, Error> {
        match &reply.decision {
            None | Some(Decision::Next | Decision::Approve) => {}
            Some(Decision::Reply(text) | Decision::Reject(text) | Decision::Revise(text)) => {
                let turn = self.with_agent()?.say(&speak::said(reply, text));
                return self.turn(run, &turn);
            }
            Some(_) => return Err(outcome::of_decision("a turn")),
        }
        let id = &self.step.id;
        if let Some((label, turn)) = self.with_agent()?.go_on(run, id)? {
            run.host.mark(&self.place, "started", Some(&label));
            return self.turn(run, &turn);
        }
        // Only now: whoever is asked at the gates may want to talk before the agent is to
        // settle on an answer.
        if let Some(next) = self.check(run)? {
            return Ok(next);
        }
        Ok(Move::Over(self.verdict()))
    }

    /// The end of the step, as the agent itself sees it.
    fn verdict(&mut self) -> How<'r> {
        let Some(conversation) = &self.conversation else {
            return How::Done;
        };
        if conversation.approves() {
            self.notes.push("approved".into());
        }
        let Some(reason) = conversation.objection() else {
            return How::Done;
        };
        let name = conversation.name();
        let error = other("rejected", format!("`{name}` says no: {reason}"));
        let session = self.output.take().and_then(|output| output.session);
        self.output = Some(Output {
            text: reason.into(),
            session,
            ..Output::default()
        });
        How::Failed(error)
    }

    fn with_agent(&mut self) -> Result<&mut Conversation<'r>, Error> {
        let conversation = self.conversation.as_deref_mut();
        // It begins with the step's first turn, and nothing comes before that.
        conversation.ok_or_else(|| other("no-conversation", "the agent was not asked yet"))
    }
}

//! Whether a step has produced what it must: looked at when it says that it is done.

use cm_sdk::workflow::{Command, Error, Proof, Reply, message, other, policy};

use super::super::outcome;
use super::{Host, How, Interpreter, Member, Move, Phase};
use crate::model::Action;
use crate::read::Files;

impl<'r> Member<'r> {
    /// A step that is done must have produced what it says; else what is wanted next.
    pub(super) fn proven<H: Host + Files>(
        &mut self,
        run: &mut Interpreter<'r, H>,
        next: Move<'r, H::Task>,
    ) -> Move<'r, H::Task> {
        if !matches!(next, Move::Over(How::Done)) || self.step.produces.is_none() || self.is_proven
        {
            return next;
        }
        let asked = self.prove(run);
        self.or_fail(asked)
    }

    fn prove<H: Host + Files>(
        &mut self,
        run: &mut Interpreter<'r, H>,
    ) -> Result<Move<'r, H::Task>, Error> {
        let Some(produces) = &self.step.produces else {
            return Ok(Move::Over(How::Done));
        };
        let asks = !produces.files.is_empty() || !produces.schemas.is_empty() || produces.changes;
        if !asks {
            return self.prove_by_command(run);
        }
        let schemas = produces.schemas.iter();
        let proof = Proof {
            files: produces.files.clone(),
            schemas: schemas
                .map(|(path, schema)| (path.clone(), schema.text.clone()))
                .collect(),
            changed_since: self.since.clone().filter(|_| produces.changes),
            workspace: self.workspace(),
            options: Vec::new(),
        };
        self.phase = Phase::Proof;
        let task = run.host.prove(&self.place, &proof, &policy())?;
        Ok(Move::Wait(task))
    }

    fn prove_by_command<H: Host + Files>(
        &mut self,
        run: &mut Interpreter<'r, H>,
    ) -> Result<Move<'r, H::Task>, Error> {
        let produces = self.step.produces.as_ref();
        let Some(check) = produces.and_then(|produces| produces.run.as_ref()) else {
            self.is_proven = true;
            return Ok(Move::Over(How::Done));
        };
        // It may look at what the step said.
        self.keep(run);
        let command = Command {
            workspace: self.workspace(),
            ..run.command(check)?
        };
        self.phase = Phase::ProofRun;
        let task = run.host.command(&self.place, &command, &policy())?;
        Ok(Move::Wait(task))
    }

    /// What the host has seen.
    pub(super) fn looked<H: Host + Files>(
        &mut self,
        run: &mut Interpreter<'r, H>,
        reply: &Reply,
    ) -> Result<Move<'r, H::Task>, Error> {
        match reply.code.unwrap_or(0) {
            0 => self.prove_by_command(run),
            _ => self.unproven(run, reply.text.trim_end()),
        }
    }

    /// The command that proves it is over.
    pub(super) fn tested<H: Host + Files>(
        &mut self,
        run: &mut Interpreter<'r, H>,
        reply: &Reply,
    ) -> Result<Move<'r, H::Task>, Error> {
        if reply.code == Some(0) {
            self.is_proven = true;
            return Ok(Move::Over(How::Done));
        }
        let produces = self.step.produces.as_ref();
        let check = produces.and_then(|produces| produces.run.as_ref());
        let line = check.map(|check| check.line.shown()).unwrap_or_default();
        let error = outcome::of_command(&line, reply.code, "");
        let output = outcome::tail(reply.text.trim_end());
        self.unproven(run, &format!("{}\n\n{output}", message(&error)))
    }

    /// Something is missing: whoever works is told, as often as the step says.
    fn unproven<H: Host + Files>(
        &mut self,
        run: &mut Interpreter<'r, H>,
        missing: &str,
    ) -> Result<Move<'r, H::Task>, Error> {
        let produces = self.step.produces.as_ref();
        let attempts = produces.map_or(0, |produces| produces.attempts);
        if let Some(conversation) = &mut self.conversation
            && self.told < attempts
        {
            self.told += 1;
            let turn = conversation.say(&format!(
                "You are not done: what this step must produce is not there.\n\n{missing}\n\nProduce it, then give your answer again."
            ));
            let first = missing.lines().next().unwrap_or_default();
            let note = format!("asked again, {} of {attempts}: {first}", self.told);
            run.host.mark(&self.place, "started", Some(&note));
            return self.turn(run, &turn);
        }
        if matches!(self.step.action, Action::Run(_)) && self.attempt < self.retry.attempts {
            self.attempt += 1;
            return self.work(run);
        }
        let after = match self.told {
            0 => String::new(),
            1 => " after it was told once".into(),
            times => format!(" after it was told {times} times"),
        };
        let words = match missing.trim_end().split_once("\n\n") {
            Some((first, said)) => format!("{first}: {said}"),
            None => missing.trim_end().replace('\n', "; "),
        };
        Err(other(
            "not-produced",
            format!("it has not produced what it must{after}: {words}"),
        ))
    }
}

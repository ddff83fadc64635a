//! A step that runs a command.

use cm_sdk::workflow::{Command, Error, Reply, invalid};

use super::super::directive::orders;
use super::super::outcome;
use super::super::results::Output;
use super::{Host, How, Interpreter, Member, Move};
use crate::model::{CommandStep, Signal};
use crate::read::Files;
use crate::shell;

/// The longest value that a command is given: systems refuse longer variables.
const MAX_VALUE: usize = 100_000;
/// All values of a command together.
const MAX_VALUES: usize = 1_000_000;

impl<H: Host + Files> Interpreter<'_, H> {
    /// The command, with its values beside it.
    pub(in crate::run) fn command(&self, command: &CommandStep) -> Result<Command, Error> {
        let line = shell::line(&command.line)
            .map_err(|refusal| invalid("value-as-code", refusal.message))?;
        let mut environment = Vec::new();
        let mut total = 0;
        for (variable, placeholder) in line.variables {
            let value = self.values(&[]).value(&placeholder)?;
            let token = placeholder.token();
            total += value.len();
            if value.len() > MAX_VALUE || total > MAX_VALUES {
                return Err(invalid(
                    "value-too-long",
                    format!(
                        "the value of {token} has {} bytes, which is too long for a command",
                        value.len()
                    ),
                ));
            }
            if value.contains('\0') {
                return Err(invalid(
                    "value-not-text",
                    format!(
                        "the value of {token} has a zero byte in it, which a command cannot be given"
                    ),
                ));
            }
            environment.push((variable, value));
        }
        Ok(Command {
            grants: self.command_grants(command)?,
            ..cm_sdk::workflow::command(&line.text, environment)
        })
    }
}

impl<'r> Member<'r> {
    /// The command is over.
    pub(super) fn ran<H: Host + Files>(
        &mut self,
        run: &mut Interpreter<'r, H>,
        command: &'r CommandStep,
        reply: Reply,
    ) -> Result<Move<'r, H::Task>, Error> {
        let exit = command
            .on_exit
            .iter()
            .find(|(code, _)| reply.code == Some(*code));
        let failed = match exit {
            Some((_, signal)) => matches!(signal, Signal::Error(_)),
            None => reply.code != Some(0),
        };
        if failed && self.attempt < self.retry.attempts && self.retry.after_exit() {
            // The host tries again what it could not do. That a command said no is for
            // the workflow to judge, and so is trying it again.
            self.attempt += 1;
            return self.work(run);
        }
        let directives = reply.directives.clone();
        let output = Output::of(reply);
        let error = outcome::of_command(&command.line.shown(), output.exit, &output.text);
        self.output = Some(output);
        if failed && exit.is_none() {
            return Ok(Move::Over(How::Failed(error)));
        }
        let place = (self.top, self.step);
        self.orders = orders(run, place, &command.directives, directives, exit)?;
        self.directed(run)
    }
}

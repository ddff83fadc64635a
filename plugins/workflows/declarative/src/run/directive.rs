//! What a turn or a command tells the workflow: taken only as far as the workflow
//! allows it, and in one order, whatever was said first.

use std::collections::VecDeque;

use cm_sdk::workflow::{Directive, Error, invalid};

use super::course::{Spot, find};
use super::host::Host;
use super::interpreter::Interpreter;
use super::way::Leaving;
use crate::model::{Directives, Loop, Signal, Step, Target};
use crate::problem::Position;
use crate::read::Files;

/// Something that a step is to do before it goes on.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Order<'r> {
    /// It has failed.
    Fail(Option<String>),
    /// Another agent runs first.
    Trigger(String, Option<String>),
    /// Somebody is asked whether to go on.
    Ask { prompt: String, personal: bool },
    /// The run goes on at another step.
    Goto {
        to: (Spot<'r>, String),
        max: Option<u32>,
        leaving: Leaving,
        reason: Option<String>,
    },
    /// The run goes back.
    Loop {
        to: (Spot<'r>, String),
        looping: Loop,
        leaving: Leaving,
        reason: Option<String>,
    },
    /// It does not go back.
    Leave(Option<String>),
}

impl Order<'_> {
    /// Which comes first. To leave a loop weighs more than to go round once more.
    fn rank(&self) -> u8 {
        match self {
            Self::Fail(_) => 0,
            Self::Trigger(..) => 1,
            Self::Ask {
                personal: false, ..
            } => 2,
            Self::Ask { personal: true, .. } => 3,
            Self::Goto { .. } => 4,
            Self::Leave(_) => 5,
            Self::Loop { .. } => 6,
        }
    }
}

/// The orders that follow from what was said in a step, and from its exit code.
pub(super) fn orders<'r, H: Host + Files>(
    run: &Interpreter<'r, H>,
    (top, step): (usize, &Step),
    allowed: &Directives,
    said: Vec<Directive>,
    exit: Option<&(i32, Signal)>,
) -> Result<VecDeque<Order<'r>>, Error> {
    let mut orders = Vec::new();
    for directive in said {
        orders.push(heard(run, (top, step), allowed, directive)?);
    }
    if let Some((code, signal)) = exit {
        orders.push(signalled(run, (top, step), *code, signal)?);
    }
    orders.sort_by_key(Order::rank);
    if orders.iter().any(|order| matches!(order, Order::Leave(_))) {
        orders.retain(|order| !matches!(order, Order::Loop { .. }));
    }
    Ok(orders.into())
}

fn heard<'r, H: Host + Files>(
    run: &Interpreter<'r, H>,
    (top, step): (usize, &Step),
    allowed: &Directives,
    directive: Directive,
) -> Result<Order<'r>, Error> {
    let refused = |word: &str| Err(not_granted(step, word));
    let leaving = (step.id.clone(), None);
    match directive {
        Directive::Fail(reason) if allowed.error => Ok(Order::Fail(reason)),
        Directive::Fail(_) => refused("error"),
        Directive::Checkpoint(reason) if allowed.checkpoint => Ok(checkpoint(step, reason)),
        Directive::Checkpoint(_) => refused("checkpoint"),
        Directive::Pause(reason) if allowed.pause => Ok(pause(step, reason)),
        Directive::Pause(_) => refused("pause"),
        Directive::Trigger(trigger) => {
            if !allowed
                .trigger
                .iter()
                .any(|(name, _)| *name == trigger.agent)
            {
                return refused(&format!("trigger` of the agent `{}", trigger.agent));
            }
            Ok(Order::Trigger(trigger.agent, trigger.prompt))
        }
        Directive::Goto(jump) => {
            let goto = allowed.goto.as_ref();
            let Some(goto) = goto.filter(|goto| goto.to.iter().any(|(to, _)| *to == jump.to))
            else {
                return refused(&format!("goto` the step `{}", jump.to));
            };
            Ok(Order::Goto {
                to: ahead(run, step, &jump.to)?,
                max: goto.max,
                leaving,
                reason: jump.reason,
            })
        }
        Directive::Leave(reason) if allowed.back.is_some() => Ok(Order::Leave(reason)),
        Directive::Leave(_) => refused("stop"),
        Directive::Loop(back) => {
            let Some(looping) = &allowed.back else {
                return refused("loop");
            };
            let target = match (&back.to, back.steps) {
                (Some(to), _) => Target::Step(to.clone(), Position::FILE),
                (None, Some(steps)) => Target::Back(steps, Position::FILE),
                (None, None) => looping.to.clone(),
            };
            let to = run
                .target(top, &target)
                .map_err(|why| impossible(step, &why))?;
            Ok(Order::Loop {
                to,
                looping: looping.clone(),
                leaving,
                reason: back.reason,
            })
        }
        Directive::Other(extension) => refused(&extension.kind),
    }
}

fn signalled<'r, H: Host + Files>(
    run: &Interpreter<'r, H>,
    (top, step): (usize, &Step),
    code: i32,
    signal: &Signal,
) -> Result<Order<'r>, Error> {
    let said = Some(format!("exit code {code}"));
    // Each exit code has a limit of its own.
    let leaving = (step.id.clone(), Some(code));
    Ok(match signal {
        Signal::Error(reason) => Order::Fail(reason.clone()),
        Signal::Checkpoint => checkpoint(step, said),
        Signal::Pause => pause(step, said),
        Signal::Goto(to, _, max) => Order::Goto {
            to: ahead(run, step, to)?,
            max: *max,
            leaving,
            reason: said,
        },
        Signal::Loop(looping) => Order::Loop {
            to: run
                .target(top, &looping.to)
                .map_err(|why| impossible(step, &why))?,
            looping: looping.clone(),
            leaving,
            reason: said,
        },
    })
}

fn checkpoint<'r>(step: &Step, reason: Option<String>) -> Order<'r> {
    Order::Ask {
        prompt: with_reason(format!("checkpoint of the step `{}`", step.id), reason),
        personal: false,
    }
}

fn pause<'r>(step: &Step, reason: Option<String>) -> Order<'r> {
    let reason = reason.unwrap_or_else(|| format!("the step `{}` wants it", step.id));
    Order::Ask {
        prompt: format!("paused: {reason}"),
        personal: true,
    }
}

/// Words, and why, when that is known.
pub(super) fn with_reason(words: String, reason: Option<String>) -> String {
    match reason.filter(|reason| !reason.trim().is_empty()) {
        Some(reason) => format!("{words}: {reason}"),
        None => words,
    }
}

fn ahead<'r, H: Host + Files>(
    run: &Interpreter<'r, H>,
    step: &Step,
    to: &str,
) -> Result<(Spot<'r>, String), Error> {
    let spot = find(&run.workflow.steps, to)
        .ok_or_else(|| impossible(step, &format!("there is no step `{to}`")))?;
    Ok((spot, to.into()))
}

fn not_granted(step: &Step, what: &str) -> Error {
    invalid(
        "directive-not-granted",
        format!(
            "it gave the directive `{what}`, which it may not; allow it at the step `{}` with `directives:`",
            step.id
        ),
    )
}

fn impossible(step: &Step, why: &str) -> Error {
    invalid(
        "directive-not-possible",
        format!("the step `{}` cannot do what it was told: {why}", step.id),
    )
}

//! What failures of steps mean for the steps and runs around them.

use cm_sdk::workflow::{Error, details, failure, invalid, message, other};

use super::course::How;
use crate::model::{OnFailure, Step};

/// How much of an output is shown with a failure.
const SHOWN: usize = 2000;

/// A command that ended with something else than 0.
pub(super) fn of_command(line: &str, code: Option<i32>, output: &str) -> Error {
    let mut first = line
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default()
        .to_string();
    if let Some((cut, _)) = first.char_indices().nth(60) {
        first.truncate(cut);
        first.push('…');
    }
    let how = match code {
        Some(code) => format!("ended with exit code {code}"),
        None => "was stopped from outside".into(),
    };
    let mut failure = failure("command-failed", format!("`{first}` {how}"));
    let output = output.trim_end();
    if !output.is_empty() {
        failure.details = Some(tail(output).to_string());
    }
    Error::Other(failure)
}

/// An answer that is none of the choices.
pub(super) fn of_answer(answer: &str, choices: &[String]) -> Error {
    let choices: Vec<_> = choices.iter().map(|choice| format!("`{choice}`")).collect();
    other(
        "no-such-choice",
        format!(
            "the answer `{}` is none of {}",
            tail(answer),
            choices.join(", ")
        ),
    )
}

/// The end of a group, from those of its children: one that ended the run counts
/// first, then those that failed, then those that leave for another step.
pub(super) fn of_group<'r>(ends: &[(&'r Step, How<'r>)]) -> How<'r> {
    if let Some((_, how)) = ends.iter().find(|(_, how)| how.is_final()) {
        return how.clone();
    }
    let failed: Vec<_> = ends
        .iter()
        .filter(|(step, _)| step.on_failure != OnFailure::Continue)
        .filter_map(|(step, how)| match how {
            How::Failed(error) => Some(format!("`{}`: {}", step.id, message(error))),
            _ => None,
        })
        .collect();
    if failed.is_empty() {
        let mut jumps = ends.iter().map(|(_, how)| how);
        let jump = jumps.find(|how| matches!(how, How::Jump(_)));
        return jump.cloned().unwrap_or(How::Done);
    }
    let of = if ends.len() == 1 {
        "its step".into()
    } else {
        format!("{} of its {} steps", failed.len(), ends.len())
    };
    How::Failed(other(
        "group-failed",
        format!("{of} failed: {}", failed.join("; ")),
    ))
}

/// The end of a step after which something could not be written: that makes one that
/// worked one that failed.
pub(super) fn unwritten(how: How<'_>, error: Error) -> How<'_> {
    match how {
        How::Done | How::Jump(_) => How::Failed(error),
        how => how,
    }
}

/// What the run says of steps that failed beside each other.
pub(super) fn of_steps(failed: &[(&Step, Error)]) -> Option<Error> {
    let ((step, error), others) = failed.split_first()?;
    let others = others
        .iter()
        .map(|(step, error)| format!("; the step `{}` failed too: {}", step.id, message(error)));
    let others = others.collect::<String>();
    Some(say(of_step(step, error.clone()), |first| {
        format!("{first}{others}")
    }))
}

/// What somebody who ended the run has said.
pub(super) fn stopped(by: &str, reason: &str) -> Error {
    let reason = reason.trim();
    other(
        "stopped",
        match reason {
            "" => format!("stopped by {by}"),
            _ => format!("stopped by {by}: {reason}"),
        },
    )
}

/// An answer that the question does not allow.
pub(super) fn of_decision(asked: &str) -> Error {
    invalid(
        "unexpected-decision",
        format!("the answer to {asked} is none that it can have"),
    )
}

/// What the run says of a step that failed.
pub(super) fn of_step(step: &Step, error: Error) -> Error {
    say(error, |message| {
        format!("the step `{}` failed: {message}", step.id)
    })
}

/// What the run says when a loop has reached its limit.
pub(super) fn at_limit(step: &Step, to: &str, max: u32, error: Error) -> Error {
    let times = if max == 1 {
        "once".into()
    } else {
        format!("{max} times")
    };
    let mut failure = failure(
        "loop-limit",
        format!(
            "the step `{}` still fails after going back to `{to}` {times}, which is its limit (`max: {max}`): {}",
            step.id,
            message(&error)
        ),
    );
    failure.details = details(&error).and_then(|inner| inner.details.clone());
    Error::Exhausted(failure)
}

/// The same error with another message.
pub(super) fn say(mut error: Error, words: impl Fn(&str) -> String) -> Error {
    match &mut error {
        Error::Invalid(failure)
        | Error::Denied(failure)
        | Error::Missing(failure)
        | Error::Unavailable(failure)
        | Error::Exhausted(failure)
        | Error::Other(failure) => failure.message = words(&failure.message),
        Error::Cancelled => {}
    }
    error
}

/// The end of a text, at most.
pub(super) fn tail(text: &str) -> &str {
    let start = text.len().saturating_sub(SHOWN);
    let start = (start..=text.len())
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(start);
    &text[start..]
}

//! What a line means that somebody types while a run goes on.

use cm_journal::Message;
use cm_types::{Decision, Mode, QuestionKind, QuestionWork, Span};

/// What is known where the line is typed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Here {
    /// Who types.
    pub(crate) by: String,
    /// The steps of the workflow.
    pub(crate) steps: Vec<String>,
    /// The controller is being briefed: plain words are for it.
    pub(crate) briefing: bool,
}

/// What was meant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Said {
    /// Nothing.
    Nothing,
    /// The answer to the question that is asked.
    Answer(Decision),
    /// A word to the run.
    Send(Message),
    /// The answer to the question of this step, or a word to its agent.
    To(String, String),
    /// The question that is asked stays open.
    Later,
    /// How far the run is.
    Status,
    /// What can be typed.
    Help,
    /// It was not understood: what would be.
    Again(String),
}

/// The meaning of a line, when this is asked or nothing.
pub(crate) fn parse(line: &str, asked: Option<&QuestionWork>, here: &Here) -> Said {
    let line = line.trim();
    match line.strip_prefix('/') {
        // A text that begins with a slash is typed with two.
        Some(text) if text.starts_with('/') => plain(text, asked, here),
        Some(command) => self::command(command, asked, here),
        None => plain(line, asked, here),
    }
}

fn plain(text: &str, asked: Option<&QuestionWork>, here: &Here) -> Said {
    let by = here.by.clone();
    match asked {
        Some(question) => match answer(text, question, here) {
            Ok(decision) => Said::Answer(decision),
            Err(again) => Said::Again(again),
        },
        None if here.briefing && text.is_empty() => Said::Send(Message::Continue { by }),
        None if here.briefing => talk(text, here),
        None if text.is_empty() => Said::Nothing,
        None => direct(None, Decision::Reply(text.to_owned()), false, here),
    }
}

/// What a plain line answers to a question, or what would be an answer.
pub(crate) fn answer(text: &str, question: &QuestionWork, here: &Here) -> Result<Decision, String> {
    let (word, rest) = split(text);
    let stop = |reason: &str| match reason {
        "" => Decision::Stop(format!("stopped by {}", here.by)),
        reason => Decision::Stop(reason.to_owned()),
    };
    match question.kind {
        QuestionKind::Turn if text.is_empty() => Ok(Decision::Next),
        QuestionKind::Turn => Ok(Decision::Reply(text.to_owned())),
        QuestionKind::Approval => match (word.to_lowercase().as_str(), rest) {
            ("approve", "") => Ok(Decision::Approve),
            ("reject", reason) if !reason.is_empty() => Ok(Decision::Reject(reason.to_owned())),
            ("revise", text) if !text.is_empty() => Ok(Decision::Revise(text.to_owned())),
            _ => {
                Err("Nothing was decided. Type `approve`, `reject REASON` or `revise TEXT`.".into())
            }
        },
        QuestionKind::Permission => match (word.to_lowercase().as_str(), rest) {
            ("approve", "") => Ok(Decision::Approve),
            ("approve", span) if Span::of(span).is_some() => {
                Ok(Decision::approve_for(Span::of(span).unwrap_or_default()))
            }
            ("reject", reason) => Ok(Decision::Reject(reason.to_owned())),
            _ => Err(
                "Nothing was allowed. Type `approve`, `approve step`, `approve run` or `reject REASON`."
                    .into(),
            ),
        },
        QuestionKind::Checkpoint => match (word.to_lowercase().as_str(), rest) {
            ("continue", "") => Ok(Decision::Next),
            ("stop", reason) => Ok(stop(reason)),
            _ => Err("Nothing was decided. Type `continue` or `stop`.".into()),
        },
        QuestionKind::Question => said(text, question),
    }
}

fn said(text: &str, question: &QuestionWork) -> Result<Decision, String> {
    let choices = &question.choices;
    if text.is_empty() {
        let default = question.default.clone().map(Decision::Reply);
        return default.ok_or_else(|| "An empty line is no answer here.".into());
    }
    if choices.is_empty() {
        return Ok(Decision::Reply(text.to_owned()));
    }
    let number = text.parse::<usize>().ok();
    let by_number = number.and_then(|number| choices.get(number.checked_sub(1)?));
    let same = |choice: &&String| choice.to_lowercase() == text.to_lowercase();
    let found = choices
        .iter()
        .find(|choice| *choice == text)
        .or_else(|| choices.iter().find(same))
        .or(by_number);
    match found {
        Some(choice) => Ok(Decision::Reply(choice.clone())),
        None => Err(format!(
            "`{text}` is not among the choices. Type a number from 1 to {}, or the word.",
            choices.len()
        )),
    }
}

fn command(command: &str, asked: Option<&QuestionWork>, here: &Here) -> Said {
    let by = here.by.clone();
    let (word, rest) = split(command);
    let step = (!rest.is_empty()).then(|| rest.to_owned());
    let decide = |decision: Decision| match asked {
        Some(_) => Said::Answer(decision),
        None => direct(None, decision, false, here),
    };
    match (word, rest) {
        ("pause", "" | "now") => Said::Send(Message::Pause {
            reason: None,
            now: rest == "now",
            by,
        }),
        ("resume" | "continue", "") => Said::Send(Message::Continue { by }),
        ("next", "") => decide(Decision::Next),
        ("next", _) => direct(step, Decision::Next, false, here),
        ("skip", "") => decide(Decision::Skip),
        ("skip", _) => direct(step, Decision::Skip, false, here),
        ("back", to) if !to.is_empty() => decide(Decision::Back(to.to_owned())),
        ("back", _) => again("say where: /back STEP"),
        ("stop", "") => decide(Decision::Stop(format!("stopped by {by}"))),
        ("stop", reason) => decide(Decision::Stop(reason.to_owned())),
        ("say" | "now", text) if !text.is_empty() => {
            let (step, text) = addressed(text, here);
            direct(step, Decision::Reply(text), word == "now", here)
        }
        ("say" | "now", _) => again("say what: /say TEXT, or /say STEP TEXT"),
        ("to", text) => match split(text) {
            (step, text) if !text.is_empty() => Said::To(step.to_owned(), text.to_owned()),
            _ => again("say to whom, and what: /to STEP TEXT"),
        },
        ("mode", word) => match Mode::parse(word) {
            Some(mode) => Said::Send(Message::Switch { mode, by }),
            None => again(&format!("modes are {}", Mode::WORDS.join(", "))),
        },
        ("talk", text) if !text.is_empty() => talk(text, here),
        ("talk", _) => again("say what: /talk TEXT"),
        ("approve" | "reject" | "revise", _) if asked.is_some() => plain(command, asked, here),
        ("later", "") if asked.is_some() => Said::Later,
        ("status", "") => Said::Status,
        ("help" | "?", _) => Said::Help,
        _ => again(&format!(
            "there is no `/{word}` here; /help lists what there is"
        )),
    }
}

fn again(what: &str) -> Said {
    Said::Again(what.to_owned())
}

fn talk(text: &str, here: &Here) -> Said {
    let (text, by) = (text.to_owned(), here.by.clone());
    Said::Send(Message::Talk { text, by })
}

/// A word to the run that nobody asked for.
pub(crate) fn direct(step: Option<String>, decided: Decision, now: bool, here: &Here) -> Said {
    Said::Send(Message::Direct {
        step,
        decided,
        now,
        by: here.by.clone(),
    })
}

/// Whom a text is for, if its first word is a step.
fn addressed(text: &str, here: &Here) -> (Option<String>, String) {
    match split(text) {
        (step, rest) if !rest.is_empty() && here.steps.iter().any(|known| known == step) => {
            (Some(step.to_owned()), rest.to_owned())
        }
        _ => (None, text.to_owned()),
    }
}

/// The first word, and what follows it.
fn split(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim())
}

#[cfg(test)]
mod tests;

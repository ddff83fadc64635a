//! How a question is shown to whoever types.

use cm_driver::Asked;
use cm_orchestrator::Run;
use cm_types::{QuestionKind, QuestionWork};
use console::style;

use crate::view::{modes, proposal, text};

/// So many lines of what an agent said are shown; the end, since the point is there.
const LINES: usize = 30;

/// Everything that is to be read before it is answered.
pub(crate) fn question(asked: &Asked, id: &str) -> String {
    let (step, question) = (&asked.step, &asked.question);
    let mut parts = Vec::new();
    if let Some(refused) = &asked.refused {
        // What it is about was just read.
        parts.push(format!("✘ {}", text::clean(refused)));
    } else {
        let said = text::clean(asked.said.as_deref().unwrap_or_default());
        if !said.trim().is_empty() {
            parts.extend([String::new(), cut(said.trim(), step, id), String::new()]);
        }
        parts.extend(asked.proposal.as_deref().and_then(proposal::shown));
        parts.extend(question.details.as_deref().map(text::clean));
    }
    if let Some(why) = &asked.why {
        parts.push(text::one_line(why, 300));
    }
    let step = text::one_line(step, 60);
    let said = text::clean(&question.prompt);
    let said = said.trim();
    let head = match question.kind {
        QuestionKind::Turn => format!("{} has finished.", speaker(question, &step)),
        _ => format!("{step}: {said}"),
    };
    parts.push(style(format!("? {head}")).for_stderr().bold().to_string());
    let choices = question.choices.iter().enumerate();
    for (position, choice) in choices {
        let default = match question.default.as_ref() == Some(choice) {
            true => " (Enter)",
            false => "",
        };
        let choice = text::one_line(choice, 100);
        parts.push(format!("  {} {choice}{default}", position + 1));
    }
    parts.push(style(possible(question)).for_stderr().dim().to_string());
    parts.join("\n")
}

/// What can be typed, in a line.
fn possible(question: &QuestionWork) -> String {
    let said = text::one_line(&question.prompt, 100);
    match question.kind {
        QuestionKind::Turn => {
            let next = match said.trim_start_matches("next:").trim() {
                "" => "go on".to_owned(),
                next => format!("next ({next})"),
            };
            format!(
                "Enter: {next} · or say something · /skip /back STEP /pause /mode MODE /stop /help"
            )
        }
        QuestionKind::Approval => {
            "approve · reject REASON · revise TEXT · /skip /back STEP /stop /help".into()
        }
        QuestionKind::Permission => {
            "approve · approve step · approve run · reject REASON · /skip /stop /help".into()
        }
        QuestionKind::Checkpoint => "continue · stop · /back STEP /pause /help".into(),
        QuestionKind::Question if question.choices.is_empty() => match &question.default {
            Some(default) => format!(
                "type the answer · Enter: {} · /later /help",
                text::one_line(default, 60)
            ),
            None => "type the answer · /later /help".into(),
        },
        QuestionKind::Question => "type a number or the word · /later /help".into(),
    }
}

/// What stands in the line below while this is asked.
pub(crate) fn hint(step: &str, question: &QuestionWork) -> String {
    let step = text::one_line(step, 40);
    match question.kind {
        QuestionKind::Turn => format!("{step}: Enter goes on, words are for the agent"),
        QuestionKind::Approval => format!("{step}: approve, reject REASON or revise TEXT"),
        QuestionKind::Checkpoint => format!("{step}: continue or stop"),
        QuestionKind::Permission => format!("{step}: approve [step|run] or reject REASON"),
        QuestionKind::Question => format!("{step}: {}", text::one_line(&question.prompt, 60)),
    }
}

/// That another one waits behind the one that is asked.
pub(crate) fn behind(step: &str, question: &QuestionWork) -> String {
    let step = text::one_line(step, 60);
    let what = match question.kind {
        QuestionKind::Turn => "has finished too",
        QuestionKind::Approval => "wants something approved too",
        QuestionKind::Permission => "asks to be allowed something too",
        QuestionKind::Question | QuestionKind::Checkpoint => "asks too",
    };
    format!("? {step} {what}; it comes next (or at once: /to {step} TEXT)")
}

fn speaker(question: &QuestionWork, step: &str) -> String {
    match &question.speaker {
        Some(speaker) if speaker != step => {
            format!("{step} ({})", text::one_line(speaker, 60))
        }
        _ => step.to_owned(),
    }
}

/// The end of a long text, with where the rest is.
fn cut(said: &str, step: &str, id: &str) -> String {
    let count = said.lines().count();
    if count <= LINES {
        return said.to_owned();
    }
    let hint = format!(
        "[… {} lines more: cm logs {id} --step {}]",
        count - LINES,
        text::one_line(step, 60)
    );
    let end: Vec<_> = said.lines().skip(count - LINES).collect();
    format!("{}\n{}", style(hint).for_stderr().dim(), end.join("\n"))
}

/// How far the run is, in a few lines.
pub(crate) fn status(run: &Run, waiting: &[&str]) -> String {
    let mut lines = vec![modes::described(run)];
    if let Some(pause) = &run.paused {
        let reason = pause.reason.as_deref().map(|why| text::one_line(why, 100));
        let reason = reason.map_or_else(String::new, |why| format!(": {why}"));
        lines.push(format!("paused{reason} · /resume goes on"));
    }
    let active: Vec<_> = run
        .active_steps()
        .into_iter()
        .map(|step| text::one_line(step, 40))
        .collect();
    lines.push(match active.is_empty() {
        true => "no step is at work".into(),
        false => format!("at work: {}", active.join(", ")),
    });
    if !waiting.is_empty() {
        lines.push(format!("waiting for you: {}", waiting.join(", ")));
    }
    lines.join("\n")
}

/// All that can be typed.
pub(crate) const HELP: &str = "\
/say [STEP] TEXT   say something to an agent when its turn is over (plain text does so too)
/now [STEP] TEXT   stop what it does; it goes on with this
/next [STEP]       go on            /skip [STEP]   leave the step
/back STEP         go back          /stop [REASON] end the run
/to STEP TEXT      answer one of several questions
/later             leave the question open; answer it from elsewhere: cm reply
/pause [now]       send nothing new out            /resume   go on
/mode MODE         manual, continuous, hybrid or autonomous
/talk TEXT         talk to the controller
/status            how far the run is
A text that begins with a slash is typed with two. Ctrl-C stops; cm resume goes on.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_says_what_comes_next() {
        let gate = Asked {
            task: 3,
            step: "planner".into(),
            question: QuestionWork {
                kind: QuestionKind::Turn,
                speaker: Some("planner".into()),
                prompt: "next: 2 of 3, Risks".into(),
                ..QuestionWork::default()
            },
            said: Some("The plan.\u{1b}[31m".into()),
            proposal: None,
            possible: Vec::new(),
            shown: None,
            why: None,
            refused: None,
        };
        let shown = question(&gate, "k3f9");
        assert!(shown.contains("planner has finished."), "{shown}");
        assert!(shown.contains("Enter: next (2 of 3, Risks)"), "{shown}");
        assert!(shown.contains("The plan."), "{shown}");
    }

    #[test]
    fn of_a_long_answer_the_end_is_shown() {
        let said: Vec<_> = (0..100).map(|line| format!("line {line}.")).collect();
        let shown = cut(&said.join("\n"), "planner", "k3f9");
        assert!(shown.contains("line 99.") && !shown.contains("line 69."));
        assert!(shown.contains("70 lines more: cm logs k3f9 --step planner"));
    }
}

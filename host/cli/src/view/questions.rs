//! Open questions of a run, for whoever is not asked them directly.

use cm_orchestrator::{Run, Task};
use cm_types::QuestionKind;

use super::{proposal, text};

/// So many lines of what an agent said are shown: the end, since the point is there.
const LINES: usize = 8;

/// What the question is about: the end of what the agent said, and what it proposes.
pub(crate) fn said(run: &Run, task: &Task) -> Option<String> {
    let reply = run.about(task.id)?;
    let text = text::clean(&reply.text);
    let lines: Vec<_> = text.trim().lines().collect();
    let cut = lines.len().saturating_sub(LINES);
    let mut shown: Vec<_> = (cut > 0).then(|| "…".to_owned()).into_iter().collect();
    shown.extend(lines.iter().skip(cut).map(|line| text::one_line(line, 200)));
    let named = reply.options.iter().find(|(name, _)| name == "proposal");
    let proposal = named.and_then(|(_, json)| proposal::shown(json));
    shown.extend(
        proposal
            .iter()
            .flat_map(|text| text.lines())
            .map(Into::into),
    );
    let bars: Vec<_> = shown.iter().map(|line| format!("  │ {line}")).collect();
    (!bars.is_empty()).then(|| bars.join("\n"))
}

/// The step, and what it asks with its choices.
pub(crate) fn line(task: &Task) -> String {
    let step = text::one_line(&task.place.step, 60);
    let Some(question) = task.question() else {
        return step;
    };
    let asked = text::one_line(&question.prompt, 200);
    match question.kind {
        QuestionKind::Turn if asked.is_empty() => format!("{step} has finished"),
        QuestionKind::Turn => format!("{step} has finished; {asked}"),
        _ if question.choices.is_empty() => format!("{step}: {asked}"),
        _ => {
            let choices = text::one_line(&question.choices.join(" / "), 200);
            format!("{step}: {asked} ({choices})")
        }
    }
}

/// What to type for these, wherever one is.
pub(crate) fn ways(id: &str, open: &[&Task]) -> String {
    let mut ways = Vec::new();
    for task in open {
        let kind = task.question().map(|question| question.kind);
        let way = match kind {
            Some(QuestionKind::Turn) => format!("cm next {id} or cm reply {id} TEXT"),
            Some(QuestionKind::Approval) => {
                format!("cm approve {id}, cm reject {id} REASON or cm revise {id} TEXT")
            }
            Some(QuestionKind::Permission) => {
                format!("cm approve {id} --for once|step|run or cm reject {id} REASON")
            }
            Some(QuestionKind::Checkpoint) => format!("cm next {id} or cm cancel {id}"),
            Some(QuestionKind::Question) | None => format!("cm reply {id} ANSWER"),
        };
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    ways.join(", ")
}

//! Who decided what, in words.

use cm_orchestrator::{Answerer, BUDGET, Event, Run, Task};
use cm_types::{Decision, Digest, Directive, Mode, QuestionKind, QuestionWork, Reply, Work};

use super::{late, spending, text};

/// The line for an event about who decides, if it is worth one. `run` has it already.
pub(crate) fn line(run: &Run, event: &Event) -> Option<String> {
    match event {
        Event::Assigned { task, to, why } => {
            let step = step(run, *task);
            let why = why.as_deref().map(|why| text::one_line(why, 200));
            let why = why.map_or_else(String::new, |why| format!(": {why}"));
            Some(match to {
                Answerer::Controller => format!("… {} decides for {step}{why}", controller(run)),
                Answerer::Person => format!("? {step} waits for a person{why}"),
            })
        }
        Event::Held { task, say } => {
            let held = run.task(*task).and_then(|task| task.held.as_ref());
            if held.is_some_and(|hold| hold.nudged.is_some()) {
                // What it was stopped for is said before.
                return None;
            }
            let step = step(run, *task);
            Some(match say {
                Some(say) => format!("■ {step} is stopped and goes on with {}", quoted(say)),
                None => format!("■ {step} is stopped until the run goes on"),
            })
        }
        Event::Switched { mode, by } => {
            let by = text::one_line(by, 40);
            Some(format!("⇄ {} from here on, by {by}", mode.as_str()))
        }
        Event::Paused { reason, by } => {
            let reason = reason.as_deref().map(|why| text::one_line(why, 160));
            let reason = reason.map_or_else(String::new, |why| format!(": {why}"));
            Some(match by.as_str() {
                BUDGET => format!("‖ paused, the budget does not allow more{reason}"),
                by => format!("‖ paused by {}{reason}", text::one_line(by, 40)),
            })
        }
        Event::Continued { by } => Some(format!("▸ goes on, by {}", text::one_line(by, 40))),
        Event::Steered { step, text, by } => {
            let (step, by) = (text::one_line(step, 60), text::one_line(by, 40));
            Some(format!("» {step} will be told {}, by {by}", quoted(text)))
        }
        Event::Requested { work, .. } => match &**work {
            Work::Talk(talk) => {
                let by = text::one_line(&talk.by, 40);
                Some(format!(
                    "» {by} to {}: {}",
                    controller(run),
                    text::one_line(&talk.text, 200)
                ))
            }
            _ => None,
        },
        event => spending::line(run, event).or_else(|| late::line(run, event)),
    }
}

/// A question goes out: the line for it, unless nobody will be asked, or it is said who.
pub(crate) fn opened(run: &Run, task: &Task, question: &QuestionWork) -> Option<String> {
    let gate = question.kind == QuestionKind::Turn;
    let for_nobody = gate
        && match run.mode {
            Mode::Manual => false,
            Mode::Continuous => true,
            Mode::Hybrid | Mode::Autonomous => !question.interactive,
        };
    let for_controller =
        run.mode == Mode::Autonomous && !question.personal && run.controller.is_some();
    let yes = run.start.as_ref().is_some_and(|start| start.yes);
    let steered = run
        .steered
        .iter()
        .any(|steer| steer.step == task.place.step);
    if for_nobody || for_controller || gate && (yes || steered) {
        return None;
    }
    let step = text::one_line(&task.place.step, 60);
    let prompt = text::one_line(&question.prompt, 200);
    Some(match question.kind {
        QuestionKind::Turn if prompt.is_empty() => format!("? {step} has finished; what now?"),
        QuestionKind::Turn => format!("? {step} has finished; {prompt}"),
        _ => format!("? {step}: {prompt}"),
    })
}

/// A question has its answer: the line for it, unless nobody was asked.
pub(crate) fn answered(
    task: &Task,
    reply: &Reply,
    by: &str,
    shown: Option<&Digest>,
) -> Option<String> {
    let kind = task.question().map(|question| question.kind);
    let from = reply.options.iter().find(|(name, _)| name == "from");
    let from = from.map_or("person", |(_, from)| from.as_str());
    if kind == Some(QuestionKind::Turn) && from == "host" {
        return None;
    }
    let step = text::one_line(&task.place.step, 60);
    let name = text::one_line(by, 40);
    let by = match from {
        "controller" => format!("controller {name}"),
        _ => name.clone(),
    };
    let decision = reply.decision.as_ref();
    let said = match (kind, decision) {
        (Some(QuestionKind::Question) | None, Some(Decision::Reply(_)) | None) => {
            let said = text::one_line(&reply.text, 80);
            return Some(format!("✔ {step}: {by} said {said:?}"));
        }
        (_, Some(decision)) => described(decision),
        (_, None) => text::one_line(&reply.text, 80),
    };
    let shown = shown.filter(|_| kind == Some(QuestionKind::Approval));
    let shown = shown.map_or_else(String::new, |digest| format!(", sha256:{}", digest.short()));
    let sign = match decision {
        Some(Decision::Reject(_) | Decision::Stop(_)) => '✘',
        _ => '✔',
    };
    Some(format!("{sign} {step}: {said} by {by}{shown}"))
}

/// What was decided, as something that has happened.
pub(crate) fn described(decision: &Decision) -> String {
    match decision {
        Decision::Next => "next,".into(),
        Decision::Reply(said) => format!("{},", quoted(said)),
        Decision::Skip => "skipped".into(),
        Decision::Back(to) => format!("back to {},", text::one_line(to, 60)),
        Decision::Stop(why) => format!("stopped ({})", text::one_line(why, 120)),
        Decision::Approve => "approved".into(),
        Decision::Reject(why) => format!("rejected ({})", text::one_line(why, 160)),
        Decision::Revise(what) => format!("to be revised ({})", text::one_line(what, 160)),
        Decision::Ask(why) => format!("a person is wanted ({})", text::one_line(why, 160)),
        Decision::Other(_) if decision.approved_for().is_some() => {
            let span = decision.approved_for().unwrap_or_default();
            format!("approved {}", span.described())
        }
        Decision::Other(item) => format!("{},", text::one_line(&item.kind, 40)),
    }
}

/// What a turn or a command tells the workflow.
pub(crate) fn directives(step: &str, reply: &Reply) -> Option<String> {
    let said: Vec<_> = reply.directives.iter().map(directive).collect();
    let step = text::one_line(step, 60);
    (!said.is_empty()).then(|| format!("↪ {step} wants: {}", said.join("; ")))
}

fn directive(directive: &Directive) -> String {
    let (to, reason) = match directive {
        Directive::Loop { steps, to, reason } => {
            let steps = steps.map(|steps| format!("{steps} steps back"));
            (to.clone().or(steps), reason)
        }
        Directive::Goto { to, reason } => (Some(to.clone()), reason),
        Directive::Trigger { agent, reason, .. } => (Some(agent.clone()), reason),
        Directive::Stop { reason }
        | Directive::Checkpoint { reason }
        | Directive::Pause { reason }
        | Directive::Error { reason } => (None, reason),
    };
    let to = to.map_or_else(String::new, |to| format!(" {}", text::one_line(&to, 60)));
    let reason = reason.as_deref().map(|why| text::one_line(why, 160));
    let reason = reason.map_or_else(String::new, |why| format!(" ({why})"));
    format!("{}{to}{reason}", directive.word())
}

/// The controller's name.
pub(crate) fn controller(run: &Run) -> String {
    let named = run.controller.as_ref().map(|(it, _)| it.name());
    let name = named.or(run.outline.controller.as_deref());
    text::one_line(name.unwrap_or("the controller"), 60)
}

fn step(run: &Run, task: u32) -> String {
    let step = run.task(task).map_or("?", |task| task.place.step.as_str());
    text::one_line(step, 60)
}

fn quoted(said: &str) -> String {
    format!("“{}”", text::one_line(said, 120))
}

#[cfg(test)]
mod tests;

//! What was said and done in a run, one after the other.

use cm_orchestrator::{Event, Record, Run};
use cm_types::{Error, Reply, TurnEvent, Work};
use console::style;

use super::{deciding, figures, out, plain, refusal, text};

/// Prints records as people read them.
#[derive(Debug, Default)]
pub(crate) struct Log {
    run: Run,
    only: Option<String>,
    /// The step whose text is being printed and has not ended its line.
    open: Option<String>,
}

impl Log {
    pub(crate) fn new(only: Option<String>) -> Self {
        Self {
            only,
            ..Self::default()
        }
    }

    pub(crate) fn see(&mut self, record: &Record) {
        self.run.apply(record.at_ms, &record.event);
        let step = self.step(&record.event);
        if let (Some(only), step) = (&self.only, &step)
            && step.as_ref() != Some(only)
        {
            return;
        }
        let step = step.unwrap_or_default();
        match &record.event {
            Event::Turn { event, .. } => self.turn(&step, event),
            Event::Attempted { task, .. } if self.is_question(*task) => {
                if let Some(line) = plain::line(&self.run, &record.event) {
                    self.head(record, &line);
                }
            }
            Event::Attempted { task, attempt } => {
                let what = self
                    .run
                    .task(*task)
                    .map(|task| begun(&task.work))
                    .unwrap_or_default();
                let again = if *attempt > 1 {
                    format!(" (attempt {attempt})")
                } else {
                    String::new()
                };
                self.head(
                    record,
                    &format!("▸ {}{again} {what}", text::one_line(&step, 60)),
                );
            }
            Event::Finished {
                task, result, by, ..
            } => self.finished(record, *task, &step, result, by.is_some()),
            Event::Reused {
                task, of: other, ..
            } => {
                let task = self.run.task(*task);
                if let Some(line) = task.and_then(|task| plain::reused(task, other)) {
                    self.head(record, &line);
                }
            }
            Event::Noted { item, .. } if refusal::of(item).is_none() => {
                self.head(
                    record,
                    &format!(
                        "{}: {}",
                        text::one_line(&item.kind, 40),
                        text::clean(&item.body)
                    ),
                );
            }
            Event::Marked { .. } => {}
            event => {
                if let Some(line) = plain::line(&self.run, event) {
                    self.head(record, &line);
                }
            }
        }
    }

    fn finished(
        &mut self,
        record: &Record,
        task: u32,
        step: &str,
        result: &Result<Reply, Error>,
        answered: bool,
    ) {
        self.end_line();
        let is_command = self
            .run
            .task(task)
            .is_some_and(|task| matches!(task.work, Work::Command(_)));
        let step = text::one_line(step, 60);
        match result {
            Ok(reply) if is_command => {
                out::line(text::clean(&reply.text));
                let code = reply
                    .code
                    .map_or("a signal".to_owned(), |code| code.to_string());
                self.head(record, &format!("■ {step} ended with {code}"));
            }
            Ok(_) if answered => {}
            Ok(_) => self.head(record, &format!("■ {step} is done")),
            Err(error) => {
                self.head(record, &format!("✘ {step}: {}", plain::reason(error)));
                let failure = error.failure();
                if let Some(details) = failure.and_then(|failure| failure.details.as_deref()) {
                    out::line(text::clean(details));
                }
                return;
            }
        }
        let line = match result {
            Ok(reply) if !answered => deciding::directives(&step, reply),
            _ => plain::line(&self.run, &record.event),
        };
        if let Some(line) = line {
            self.head(record, &line);
        }
    }

    pub(crate) fn run(&self) -> &Run {
        &self.run
    }

    fn turn(&mut self, step: &str, event: &TurnEvent) {
        match event {
            TurnEvent::Text(said) => {
                let said = text::clean(said);
                out::piece(&said);
                self.open = (!said.ends_with('\n')).then(|| step.to_owned());
            }
            TurnEvent::Call(call) => {
                self.end_line();
                let call = format!(
                    "  → {} {}",
                    text::one_line(&call.name, 40),
                    text::one_line(&call.arguments, 160)
                );
                out::line(style(call).cyan());
            }
            TurnEvent::Outcome(outcome) => {
                self.end_line();
                let sign = if outcome.ok { "←" } else { "✘" };
                let line = format!("  {sign} {}", text::one_line(&outcome.output, 160));
                out::line(style(line.trim_end()).dim());
            }
            TurnEvent::Ask(ask) => {
                self.end_line();
                let (tool, what) = (text::one_line(&ask.tool, 40), &ask.arguments);
                out::line(style(format!("  ? {tool} {}", text::one_line(what, 160))).cyan());
            }
            TurnEvent::Limit(limit) => {
                self.end_line();
                out::line(
                    style(format!("  limit: {}", text::one_line(&limit.message, 200))).yellow(),
                );
            }
            TurnEvent::Other(item) => {
                self.end_line();
                out::line(
                    style(format!(
                        "  {}: {}",
                        text::one_line(&item.kind, 40),
                        text::one_line(&item.body, 200)
                    ))
                    .dim(),
                );
            }
            TurnEvent::Session(_)
            | TurnEvent::Thought(_)
            | TurnEvent::Usage(_)
            | TurnEvent::Finish(_) => {}
        }
    }

    fn is_question(&self, task: u32) -> bool {
        let task = self.run.task(task);
        task.is_some_and(|task| task.question().is_some())
    }

    fn head(&mut self, record: &Record, line: &str) {
        self.end_line();
        out::line(format!(
            "{} {line}",
            style(figures::clock(record.at_ms)).dim()
        ));
    }

    fn end_line(&mut self) {
        if self.open.take().is_some() {
            out::line("");
        }
    }

    fn step(&self, event: &Event) -> Option<String> {
        let task = match event {
            Event::Requested { task, .. }
            | Event::Attempted { task, .. }
            | Event::Spawned { task, .. }
            | Event::Turn { task, .. }
            | Event::Late { task, .. }
            | Event::Told { task, .. }
            | Event::Recorded { task, .. }
            | Event::Retrying { task, .. }
            | Event::Postponed { task, .. }
            | Event::Finished { task, .. }
            | Event::Reused { task, .. }
            | Event::Assigned { task, .. }
            | Event::Held { task, .. }
            | Event::Reopened { task } => *task,
            Event::Steered { step, .. } => return Some(step.clone()),
            Event::Noted { task, .. } => (*task)?,
            Event::Marked { place, .. } => return Some(place.step.clone()),
            Event::Saved { step, .. } => return Some(step.clone()),
            _ => return None,
        };
        self.run.task(task).map(|task| task.place.step.clone())
    }
}

fn begun(work: &Work) -> String {
    match work {
        Work::Turn(turn) => {
            let engine = turn.engine.as_deref().unwrap_or_default();
            let model = turn
                .model
                .as_deref()
                .map(|model| format!(" {model}"))
                .unwrap_or_default();
            text::one_line(&format!("({engine}{model})"), 60)
        }
        Work::Command(command) => format!("$ {}", text::one_line(&command.line, 120)),
        Work::Branch(branch) => text::one_line(&branch.name, 80),
        Work::Merge(merge) => text::one_line(&merge.from, 80),
        Work::Question(_) | Work::Timer(_) | Work::Talk(_) | Work::Proof(_) => String::new(),
        Work::Step(step) => text::one_line(&step.name, 80),
    }
}

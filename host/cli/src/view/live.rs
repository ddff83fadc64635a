//! A run as it goes on, on a terminal.

use std::{collections::HashMap, time::Duration};

use cm_driver::Observer;
use cm_orchestrator::{Answerer, BUDGET, Event, Record, Run};
use cm_types::{TurnEvent, Usage};
use console::style;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::{figures, plain, spending, table, text};

/// What is over stands above, as lines; what goes on is below, with its time.
pub(crate) struct Live {
    run: Run,
    multi: MultiProgress,
    steps: HashMap<String, ProgressBar>,
    total: ProgressBar,
    usage: Usage,
    /// Questions are shown by whoever asks them here.
    asked_here: bool,
}

impl Live {
    pub(crate) fn new(run: Run, multi: MultiProgress) -> Self {
        let total = multi.add(ProgressBar::new_spinner());
        total.set_style(bar_style("{prefix:.bold} {elapsed} {msg:.dim}"));
        let mut usage = Usage::default();
        for task in &run.tasks {
            usage.add(&task.usage);
        }
        Self {
            run,
            multi,
            steps: HashMap::new(),
            total,
            usage,
            asked_here: false,
        }
    }

    /// Leaves questions to whoever asks them at this terminal.
    pub(crate) fn leave_questions(&mut self) {
        self.asked_here = true;
    }

    /// Takes everything away that is not a finished line.
    pub(crate) fn close(&mut self) {
        for (_, bar) in self.steps.drain() {
            bar.finish_and_clear();
        }
        self.total.finish_and_clear();
    }

    fn say(&self, line: &str) {
        // A terminal that cannot be written to is nothing a run should end for.
        let _ = self.multi.println(line);
    }

    fn begin(&mut self, id: &str) {
        let kind = self.run.outline.steps.iter().find(|step| step.id == id);
        if kind.is_some_and(|step| step.kind == "parallel") || self.steps.contains_key(id) {
            return;
        }
        let bar = self
            .multi
            .insert_before(&self.total, ProgressBar::new_spinner());
        bar.set_style(bar_style(
            "{spinner:.cyan} {prefix:.bold} {elapsed:.dim} {msg:.dim}",
        ));
        bar.set_prefix(text::one_line(id, 40));
        bar.enable_steady_tick(Duration::from_millis(100));
        self.steps.insert(id.to_owned(), bar);
    }

    fn end(&mut self, id: &str) {
        if let Some(bar) = self.steps.remove(id) {
            bar.finish_and_clear();
            self.multi.remove(&bar);
        }
    }

    fn tell_line(&self, event: &Event) {
        if let Some(lines) = plain::line(&self.run, event) {
            let lines: Vec<_> = lines.lines().map(coloured).collect();
            self.say(&lines.join("\n"));
        }
        if let Event::Paused {
            reason: Some(why),
            by,
        } = event
            && by == BUDGET
        {
            // Here it stays on the terminal, until somebody lets it go on.
            let more = spending::more(&self.run.budget, why);
            self.say(&format!(
                "  let it use more, from another terminal: cm resume last --budget {more}"
            ));
        }
    }

    /// Whether it only says that a person is asked.
    fn is_asked(&self, event: &Event) -> bool {
        match event {
            Event::Attempted { task, .. } => {
                let task = self.run.task(*task);
                task.is_some_and(|task| task.question().is_some())
            }
            Event::Assigned { to, .. } => *to == Answerer::Person,
            _ => false,
        }
    }

    fn is_helper(&self, task: u32) -> bool {
        let task = self.run.task(task);
        task.is_some_and(|task| plain::is_helper(&self.run, task))
    }

    fn step(&self, task: u32) -> Option<String> {
        self.run.task(task).map(|task| task.place.step.clone())
    }

    fn tell(&self, task: u32, message: String) {
        let step = self.run.task(task).map(|task| task.place.step.as_str());
        if let Some(bar) = step.and_then(|step| self.steps.get(step)) {
            bar.set_message(message);
        }
    }

    fn turn(&mut self, task: u32, event: &TurnEvent) {
        match event {
            TurnEvent::Text(said) => self.tell(task, text::one_line(said, 100)),
            TurnEvent::Call(call) => {
                self.tell(
                    task,
                    format!("{} {}", call.name, text::one_line(&call.arguments, 80)),
                );
            }
            TurnEvent::Usage(usage) => self.usage.add(usage),
            TurnEvent::Limit(limit) => self.tell(task, text::one_line(&limit.message, 100)),
            _ => {}
        }
    }

    fn show_total(&self) {
        self.total
            .set_prefix(text::one_line(&self.run.outline.name, 40));
        self.total.set_message(figures::usage(&self.usage));
        self.total.tick();
    }
}

impl Observer for Live {
    fn see(&mut self, record: &Record) {
        self.run.apply(record.at_ms, &record.event);
        match &record.event {
            Event::Marked { place, state, .. } if state == "started" => self.begin(&place.step),
            Event::Marked { place, note, .. } => {
                self.end(&place.step);
                let note = note
                    .as_deref()
                    .map(|note| format!(": {}", text::one_line(note, 120)));
                let line = plain::ended(&self.run, &place.step, &note.unwrap_or_default());
                self.say(&coloured(&line));
            }
            Event::Turn { task, event } => self.turn(*task, event),
            // No mark tells of an agent that another one has started.
            Event::Attempted { task, .. } if self.is_helper(*task) => {
                if let Some(step) = self.step(*task) {
                    self.begin(&step);
                }
            }
            Event::Finished { task, .. } if self.is_helper(*task) => {
                if let Some(step) = self.step(*task) {
                    self.end(&step);
                }
                self.tell_line(&record.event);
            }
            event if self.asked_here && self.is_asked(event) => {}
            event => self.tell_line(event),
        }
        self.show_total();
    }
}

/// The line, in the colour of its sign.
fn coloured(line: &str) -> String {
    let green = table::sign(cm_orchestrator::StepState::Done);
    let red = table::sign(cm_orchestrator::StepState::Failed);
    match line.split_once(' ') {
        Some((sign, rest)) if sign == green => {
            format!("{} {rest}", style(sign).for_stderr().green())
        }
        Some((sign, rest)) if sign == red => format!("{} {rest}", style(sign).for_stderr().red()),
        _ => style(line).for_stderr().dim().to_string(),
    }
}

fn bar_style(template: &str) -> ProgressStyle {
    // A template that does not parse would be a mistake in this file.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

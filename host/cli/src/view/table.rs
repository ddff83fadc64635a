//! Tables, as plain as those of `cargo` and `gh`.

use comfy_table::{Cell, ContentArrangement, Table, presets};
use console::style;

use cm_orchestrator::{StepState, StepSummary, Summary};

use super::{figures, text};

/// A table with these heads. On a terminal it is as wide as that; else as it needs.
pub(crate) fn new(heads: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic);
    if !console::user_attended() {
        table.set_content_arrangement(ContentArrangement::Disabled);
    }
    table.set_header(heads.iter().map(Cell::new));
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}

/// Its text, without the blanks at the ends of lines.
pub(crate) fn render(table: &Table) -> String {
    let text = table.to_string();
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    let mut lines = lines.into_iter();
    let head = lines.next().map(|head| style(head).bold().to_string());
    head.into_iter()
        .chain(lines.map(str::to_owned))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The steps of a run: what became of them, what they took and cost.
pub(crate) fn steps(summary: &Summary) -> String {
    let mut table = new(&[
        "STEP", "STATE", "TIME", "TURNS", "TOOLS", "TOKENS", "COST", "",
    ]);
    for step in &summary.steps {
        if step.kind == "separator" {
            table.add_row([format!("── {}", text::one_line(&step.label, 40))]);
            continue;
        }
        let indent = "  ".repeat(depth(summary, step));
        let blank_if_0 = |count: u32| {
            if count == 0 {
                String::new()
            } else {
                count.to_string()
            }
        };
        table.add_row([
            format!(
                "{} {indent}{}",
                sign(step.state),
                text::one_line(&step.id, 40)
            ),
            state(step).to_owned(),
            if step.took_ms == 0 {
                String::new()
            } else {
                figures::duration(step.took_ms)
            },
            blank_if_0(step.attempts),
            blank_if_0(step.calls),
            match step.usage.tokens() {
                0 => String::new(),
                count => figures::tokens(count),
            },
            figures::cost(&step.usage),
            text::one_line(step.note.as_deref().unwrap_or_default(), 60),
        ]);
    }
    table.add_row([
        "  total".to_owned(),
        String::new(),
        String::new(),
        String::new(),
        String::new(),
        figures::tokens(summary.usage.tokens()),
        figures::cost(&summary.usage),
        String::new(),
    ]);
    render(&table)
}

/// How far a step is, in a word.
pub(crate) fn state(step: &StepSummary) -> &'static str {
    match step.state {
        StepState::Done if step.is_reused() => "reused",
        state => state.as_str(),
    }
}

/// How many steps this one stands in. An agent that was started by another one stands
/// in that one's step.
fn depth(summary: &Summary, step: &StepSummary) -> usize {
    let mut depth = 0;
    let mut parent = step.parent.as_ref();
    while let Some(id) = parent
        && depth < 4
    {
        depth += 1;
        let above = summary.steps.iter().find(|step| step.id == *id);
        parent = above.and_then(|step| step.parent.as_ref());
    }
    depth
}

/// One character for a step's state.
pub(crate) fn sign(state: StepState) -> &'static str {
    match state {
        StepState::Pending => "·",
        StepState::Running => "▸",
        StepState::Asking | StepState::Judging => "?",
        StepState::Waiting => "…",
        StepState::Done => "✔",
        StepState::Failed => "✘",
        StepState::Skipped => "–",
        StepState::Stopped => "■",
    }
}

//! Two runs, one beside the other.

use cm_types::Usage;
use console::style;
use schemars::JsonSchema;
use serde::Serialize;

use super::{figures, out, outcome::Outcome, table, text};

/// `cm diff --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Compared {
    /// The one run.
    pub(crate) left: Side,
    /// The other one.
    pub(crate) right: Side,
    /// The steps of both, in the order they are written.
    pub(crate) steps: Vec<ComparedStep>,
}

/// One of two runs.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Side {
    /// Its id.
    pub(crate) run: String,
    /// The package's name and version.
    pub(crate) package: String,
    /// How far it is: `done`, `failed`, `stopped`, …
    pub(crate) status: String,
    /// The run that it comes after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) after: Option<String>,
    /// How often a piece of work was sent out.
    pub(crate) attempts: u32,
    /// Tokens, in and out.
    pub(crate) tokens: u64,
    /// US dollars, if an engine said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cost_usd: Option<f64>,
    /// From its beginning to the last thing that happened, in milliseconds.
    pub(crate) took_ms: u64,
}

/// A step, in both runs.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ComparedStep {
    /// The step's id.
    pub(crate) step: String,
    /// In the one run; none: it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) left: Option<Figures>,
    /// In the other one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) right: Option<Figures>,
    /// The results that differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) results: Vec<ComparedResult>,
}

/// A step of one of two runs.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Figures {
    /// How far it is; `reused`: another run has done it.
    pub(crate) state: String,
    /// How often work was sent out.
    pub(crate) attempts: u32,
    /// Tokens, in and out.
    pub(crate) tokens: u64,
    /// US dollars, if an engine said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cost_usd: Option<f64>,
    /// Time its work took, in milliseconds.
    pub(crate) took_ms: u64,
}

/// A result that is not the same in both runs.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ComparedResult {
    /// The how-manieth of its step, from 1.
    pub(crate) number: usize,
    /// In the one run; none: there is no such result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) left: Option<Outcome>,
    /// In the other one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) right: Option<Outcome>,
    /// From the one to the other, as a unified diff.
    pub(crate) diff: String,
}

/// Prints a table, and below it what differs.
pub(crate) fn show(compared: &Compared) {
    let (left, right) = (&compared.left, &compared.right);
    out::line(format!(
        "run {} ({}) → run {} ({})\n",
        left.run, left.status, right.run, right.status
    ));
    let mut rows = table::new(&["STEP", "STATE", "TURNS", "TOKENS", "COST", "TIME", ""]);
    for step in &compared.steps {
        rows.add_row(row(step));
    }
    rows.add_row([
        "total".to_owned(),
        beside(Some(&left.status), Some(&right.status)),
        pair(left.attempts, right.attempts, |count| count.to_string()),
        pair(left.tokens, right.tokens, figures::tokens),
        pair(left.cost_usd, right.cost_usd, dollars),
        pair(left.took_ms, right.took_ms, figures::duration),
        String::new(),
    ]);
    out::line(table::render(&rows));
    for step in &compared.steps {
        for result in &step.results {
            let which = match result.number {
                1 => String::new(),
                number => format!(", result {number}"),
            };
            let head = format!("\n{}{which}", text::one_line(&step.step, 60));
            out::line(style(head).bold());
            for line in text::clean(&result.diff).lines() {
                out::line(coloured(line));
            }
        }
    }
}

fn row(step: &ComparedStep) -> [String; 7] {
    let (left, right) = (step.left.as_ref(), step.right.as_ref());
    let each = |show: fn(&Figures) -> String| {
        let (left, right) = (left.map(show), right.map(show));
        beside(left.as_deref(), right.as_deref())
    };
    let differs = match step.results.len() {
        0 => "",
        _ => "differs",
    };
    [
        text::one_line(&step.step, 40),
        each(|it| it.state.clone()),
        each(|it| it.attempts.to_string()),
        each(|it| figures::tokens(it.tokens)),
        each(|it| dollars(it.cost_usd)),
        each(|it| figures::duration(it.took_ms)),
        differs.to_owned(),
    ]
}

fn pair<T>(left: T, right: T, show: impl Fn(T) -> String) -> String {
    beside(Some(&show(left)), Some(&show(right)))
}

/// The one and the other, or only what both are.
fn beside(left: Option<&str>, right: Option<&str>) -> String {
    let missing = "–";
    match (left.unwrap_or(missing), right.unwrap_or(missing)) {
        (left, right) if left == right => left.to_owned(),
        ("", right) => format!("{missing} → {right}"),
        (left, "") => format!("{left} → {missing}"),
        (left, right) => format!("{left} → {right}"),
    }
}

fn dollars(cost_usd: Option<f64>) -> String {
    figures::cost(&Usage {
        cost_usd,
        ..Usage::default()
    })
}

fn coloured(line: &str) -> String {
    match line.as_bytes().first() {
        Some(b'+') => style(line).green().to_string(),
        Some(b'-') => style(line).red().to_string(),
        Some(b'@') => style(line).cyan().to_string(),
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_said_once() {
        assert_eq!(beside(Some("done"), Some("done")), "done");
        assert_eq!(beside(Some("done"), None), "done → –");
        assert_eq!(beside(Some("$1.00"), Some("")), "$1.00 → –");
    }
}

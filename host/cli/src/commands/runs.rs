use cm_types::Usage;
use schemars::JsonSchema;
use serde::Serialize;

use super::show::row_word;
use crate::{
    arguments::Runs,
    exit::Exit,
    place,
    trouble::Trouble,
    view::{figures, out, table, text},
};

/// A row of `cm runs --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Row {
    /// The run's id.
    run: String,
    /// `running`, `stopped`, `asking`, `waiting`, `paused`, `interrupted`, `done`, `failed` or `cancelled`.
    status: String,
    /// What the person named: a package or a path.
    workflow: String,
    /// The workflow's name for people.
    name: String,
    /// When it began: milliseconds since 1970 (UTC).
    started_ms: u64,
    /// When something last happened: milliseconds since 1970 (UTC).
    updated_ms: u64,
    /// Tokens, in and out.
    tokens: u64,
    /// US dollars, if an engine said.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_usd: Option<f64>,
}

pub(crate) fn run(arguments: &Runs) -> Result<Exit, Trouble> {
    let journal = place::journal(arguments.place.dir.as_deref())?;
    let rows = match &journal {
        Some(journal) => journal.runs(arguments.limit)?,
        None => Vec::new(),
    };
    if arguments.json {
        let rows = rows.iter().map(|row| Row {
            run: row.id.clone(),
            status: row_word(row).to_owned(),
            workflow: row.workflow.clone(),
            name: row.name.clone(),
            started_ms: row.started_ms,
            updated_ms: row.updated_ms,
            tokens: row.tokens(),
            cost_usd: row.cost_usd,
        });
        out::json(&rows.collect::<Vec<_>>());
        return Ok(Exit::Done);
    }
    if rows.is_empty() {
        eprintln!("There are no runs here. Start one: cm run WORKFLOW");
        return Ok(Exit::Done);
    }
    let mut table = table::new(&[
        "RUN", "STATUS", "WORKFLOW", "BEGUN", "TIME", "TOKENS", "COST",
    ]);
    for row in &rows {
        let usage = Usage {
            cost_usd: row.cost_usd,
            ..Usage::default()
        };
        table.add_row([
            row.id.clone(),
            row_word(row).to_owned(),
            text::one_line(&row.name, 40),
            figures::moment(row.started_ms),
            figures::duration(row.updated_ms.saturating_sub(row.started_ms)),
            if row.tokens() == 0 {
                String::new()
            } else {
                figures::tokens(row.tokens())
            },
            figures::cost(&usage),
        ]);
    }
    out::line(table::render(&table));
    Ok(Exit::Done)
}

use console::style;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    arguments::Outdated,
    exit::Exit,
    packaging,
    trouble::Trouble,
    view::{out, table, text},
};

/// A package of `cm outdated --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Row {
    /// Its name.
    name: String,
    /// The version that is used.
    current: String,
    /// The highest that `cm update` would take.
    wanted: Option<String>,
    /// The highest there is.
    latest: String,
    /// Why the highest is passed over.
    objection: Option<String>,
    /// Whether the new one asks for more than the one that is used.
    widens: bool,
}

pub(crate) fn run(arguments: &Outdated) -> Result<Exit, Trouble> {
    let options = arguments.looking.options();
    packaging::with(None, &options, |packages| {
        let found = packages.workspace.outdated(&packages.registry, &options)?;
        let rows: Vec<Row> = found
            .into_iter()
            .map(|it| Row {
                name: it.name.to_string(),
                current: it.current.to_string(),
                wanted: it.wanted.map(|it| it.to_string()),
                latest: it.latest.to_string(),
                objection: it.objection,
                widens: it.widens,
            })
            .collect();
        if arguments.looking.json {
            out::json(&rows);
            return Ok(Exit::Done);
        }
        if rows.is_empty() {
            eprintln!("Everything is up to date");
            return Ok(Exit::Done);
        }
        let mut shown = table::new(&["NAME", "CURRENT", "UPDATE", "LATEST", "NOTE"]);
        for row in &rows {
            let asks = row.widens.then_some("asks for more than before");
            let note = row.objection.as_deref().or(asks).unwrap_or_default();
            shown.add_row([
                row.name.clone(),
                row.current.clone(),
                row.wanted.clone().unwrap_or_else(|| "-".to_owned()),
                row.latest.clone(),
                text::one_line(note, 200),
            ]);
        }
        out::line(table::render(&shown));
        if rows.iter().any(|row| row.wanted.is_some()) {
            eprintln!("{} cm update", style("Bring them up to date:").for_stderr());
        }
        Ok(Exit::Done)
    })
}

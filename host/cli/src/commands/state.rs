use schemars::JsonSchema;
use serde::Serialize;

use super::{show, target::Named};
use crate::{
    arguments::State,
    exit::Exit,
    trouble::Trouble,
    view::{figures, out, table, text},
};

/// A value of `cm state --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Row {
    /// Its name.
    key: String,
    /// Its value.
    value: String,
    /// From 1; one more with each write.
    version: u32,
    /// The step that wrote it; none: the workflow itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<String>,
    /// When it was written: milliseconds since 1970 (UTC).
    at_ms: u64,
    /// The JSON Schema that its values must meet.
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<String>,
}

pub(crate) fn run(arguments: &State) -> Result<Exit, Trouble> {
    let named = Named::find(&arguments.run, arguments.place.dir.as_deref())?;
    let run = show::load(&named.journal, &named.id)?;
    let step = |scope: Option<u32>| run.task(scope?).map(|task| task.place.step.clone());
    let rows = run.state.iter().map(|(key, entry)| Row {
        key: key.clone(),
        value: entry.value.clone(),
        version: entry.version,
        step: step(entry.scope),
        at_ms: entry.at_ms,
        schema: run.schemas.get(key).cloned(),
    });
    let rows: Vec<_> = rows.collect();
    if let Some(key) = &arguments.key {
        let Some(row) = rows.iter().find(|row| row.key == *key) else {
            let key = text::one_line(key, 80);
            let message = format!("nothing is written under `{key}` in run {}", named.id);
            return Err(Trouble::usage("no-such-key", message)
                .help(format!("what is there: cm state {}", named.id)));
        };
        match arguments.json {
            true => out::json(row),
            false => out::text(&row.value),
        }
        return Ok(Exit::Done);
    }
    if arguments.json {
        out::json(&rows);
        return Ok(Exit::Done);
    }
    if rows.is_empty() {
        eprintln!("Run {} has no shared state.", named.id);
        return Ok(Exit::Done);
    }
    let mut shown = table::new(&["KEY", "VALUE", "VERSION", "BY", "WRITTEN"]);
    for row in &rows {
        shown.add_row([
            text::one_line(&row.key, 40),
            text::one_line(&row.value, 80),
            row.version.to_string(),
            text::one_line(row.step.as_deref().unwrap_or("workflow"), 40),
            figures::moment(row.at_ms),
        ]);
    }
    out::line(table::render(&shown));
    Ok(Exit::Done)
}

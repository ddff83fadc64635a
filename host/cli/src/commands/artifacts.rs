use cm_types::Digest;
use schemars::JsonSchema;
use serde::Serialize;

use super::{show, target::Named};
use crate::{
    arguments::Artifacts,
    exit::Exit,
    trouble::Trouble,
    view::{figures, out, table, text},
};

/// A text of `cm artifacts --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Row {
    /// The step it belongs to.
    step: String,
    /// Its name there.
    name: String,
    /// Its size in bytes.
    bytes: u64,
    /// The SHA-256 of its content.
    digest: Digest,
    /// When it was kept: milliseconds since 1970 (UTC).
    at_ms: u64,
    /// The text; only when this one was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
}

pub(crate) fn run(arguments: &Artifacts) -> Result<Exit, Trouble> {
    let named = Named::find(&arguments.run, arguments.place.dir.as_deref())?;
    let run = show::load(&named.journal, &named.id)?;
    let mut rows: Vec<_> = run
        .artifacts
        .into_iter()
        .map(|((step, name), artifact)| Row {
            step,
            name,
            bytes: artifact.content.len() as u64,
            digest: Digest::of(artifact.content.as_bytes()),
            at_ms: artifact.at_ms,
            content: Some(artifact.content),
        })
        .collect();
    if let Some(wanted) = &arguments.name {
        return one(rows, wanted, &named.id, arguments.json);
    }
    if arguments.json {
        rows.iter_mut().for_each(|row| row.content = None);
        out::json(&rows);
        return Ok(Exit::Done);
    }
    if rows.is_empty() {
        eprintln!("Run {} has kept nothing.", named.id);
        return Ok(Exit::Done);
    }
    let mut shown = table::new(&["ARTIFACT", "BYTES", "KEPT", "DIGEST"]);
    for row in &rows {
        shown.add_row([
            text::one_line(&format!("{}/{}", row.step, row.name), 80),
            row.bytes.to_string(),
            figures::moment(row.at_ms),
            row.digest.short(),
        ]);
    }
    out::line(table::render(&shown));
    Ok(Exit::Done)
}

fn one(rows: Vec<Row>, wanted: &str, id: &str, json: bool) -> Result<Exit, Trouble> {
    let is = |row: &&Row| format!("{}/{}", row.step, row.name) == wanted;
    let Some(row) = rows.iter().find(is) else {
        let wanted = text::one_line(wanted, 80);
        let message = format!("run {id} has kept no `{wanted}`");
        return Err(Trouble::usage("no-such-artifact", message)
            .help(format!("what it has kept: cm artifacts {id}")));
    };
    match json {
        true => out::json(row),
        false => out::text(row.content.as_deref().unwrap_or_default()),
    }
    Ok(Exit::Done)
}

use cm_registry::{Capabilities, Origin};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    arguments::List,
    exit::Exit,
    place,
    trouble::Trouble,
    view::{out, table, text},
};

/// A package of `cm list --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Row {
    /// Its name.
    name: String,
    /// Its version.
    version: String,
    /// `first-party` or `installed`.
    origin: String,
    /// Whether its name alone means this version.
    active: bool,
    /// `engine`, `step`, `controller`, `workflow`.
    kinds: Vec<String>,
    /// One sentence.
    description: String,
    /// What it asks for.
    capabilities: Capabilities,
    /// The SHA-256 of its contents, for installed packages.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    /// Where it was installed from.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    /// When, as RFC 3339 has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    installed_at: Option<String>,
}

pub(crate) fn run(arguments: &List) -> Result<Exit, Trouble> {
    let rows = place::registry()?.list()?.into_iter().map(|package| Row {
        name: package.name,
        version: package.version.to_string(),
        origin: match package.origin {
            Origin::FirstParty => "first-party".into(),
            Origin::Installed | Origin::Directory => "installed".into(),
        },
        active: package.active,
        kinds: package.kinds.iter().map(ToString::to_string).collect(),
        description: package.description,
        capabilities: package.capabilities,
        digest: package.digest.map(|digest| digest.to_string()),
        source: package.source,
        installed_at: package.installed_at,
    });
    let rows: Vec<_> = rows.collect();
    if arguments.json {
        out::json(&rows);
        return Ok(Exit::Done);
    }
    let mut shown = table::new(&["NAME", "VERSION", "KIND", "FROM", "DESCRIPTION"]);
    for row in &rows {
        let beside = if row.active { "" } else { " (beside)" };
        shown.add_row([
            row.name.clone(),
            format!("{}{beside}", row.version),
            row.kinds.join(", "),
            row.origin.clone(),
            text::one_line(&row.description, 80),
        ]);
    }
    out::line(table::render(&shown));
    Ok(Exit::Done)
}

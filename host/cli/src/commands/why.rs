use cm_distribution::Options;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{arguments::Why, exit::Exit, packaging, place, trouble::Trouble, view::out};

/// A reason of `cm why --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Row {
    /// `NAME VERSION`, from the one that somebody asked for to the one that needs it.
    chain: Vec<String>,
    /// The versions that the last of them needs; none if it was asked for itself.
    requirement: Option<String>,
}

pub(crate) fn run(arguments: &Why) -> Result<Exit, Trouble> {
    let project = place::directory(arguments.dir.as_deref())?;
    packaging::with(Some(&project), &Options::default(), |packages| {
        let name = &arguments.name;
        let package = packages.registry.find(name)?;
        let reasons = packages.workspace.why(&packages.registry, name)?;
        let rows: Vec<Row> = reasons
            .into_iter()
            .map(|it| Row {
                chain: it
                    .chain
                    .into_iter()
                    .map(|(name, version)| format!("{name} {version}"))
                    .collect(),
                requirement: it.requirement.map(|it| it.to_string()),
            })
            .collect();
        if arguments.json {
            out::json(&rows);
            return Ok(Exit::Done);
        }
        let installed = package.provenance().is_some();
        match (installed, rows.is_empty()) {
            (false, _) => out::line(format!("{} is part of cm", package.name())),
            (true, true) => out::line(format!("nobody needs {}: cm remove {0}", package.name())),
            (true, false) => {}
        }
        for row in &rows {
            out::line(match &row.requirement {
                None => format!("{}: you asked for it", row.chain.join(" → ")),
                Some(wanted) => {
                    format!("{} → {} {wanted}", row.chain.join(" → "), package.name())
                }
            });
        }
        Ok(Exit::Done)
    })
}

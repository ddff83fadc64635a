//! What must be there for a step to be done: `produces`.

use super::fields::{Fields, short};
use super::reading::Reading;
use super::{schema, workspace};
use crate::model::{CommandStep, Produces};

const EXAMPLE: &str = "produces: { files: [docs/*.md], changes: true, run: npm test }";
const KEYS: [&str; 5] = ["files", "schema", "changes", "run", "attempts"];

pub(super) fn read(fields: &Fields<'_>, reading: &mut Reading<'_>) -> Option<Produces> {
    let node = fields.node("produces")?;
    let inner = Fields::of("`produces`", node, EXAMPLE, reading.problems)?;
    let problems = &mut *reading.problems;
    for path in inner.texts("files", problems) {
        workspace::inside(path.text, path.at, problems);
    }
    let run = inner.text("run", problems).map(|line| CommandStep {
        line: line.template(),
        ..CommandStep::default()
    });
    let mut produces = Produces {
        files: workspace::owned(&inner, "files", problems),
        schemas: Vec::new(),
        changes: inner.truth("changes", problems).unwrap_or_default(),
        run,
        attempts: inner.number("attempts", 0, 20, problems).unwrap_or(2),
    };
    for (path, node) in inner.map("schema", problems) {
        workspace::inside(&path.text, path.at, reading.problems);
        if path.text.contains(['*', '?']) {
            reading.problems.error(
                path.at,
                format!(
                    "`{}` is a pattern, and a schema is for one file",
                    short(&path.text)
                ),
                "write the path of the file",
            );
        }
        if let Some(schema) = schema::read(node, path.at, reading) {
            produces.schemas.push((path.text.clone(), schema));
        }
    }
    let nothing = ["files", "schema", "changes", "run"]
        .iter()
        .all(|key| inner.node(key).is_none());
    if nothing || produces.files.is_empty() && only_changes_false(&inner, &produces) {
        reading.problems.error(
            node.at,
            "`produces` asks for nothing",
            format!("write `{EXAMPLE}`, or some of these"),
        );
    }
    inner.finish(&KEYS, &[], reading.problems);
    Some(produces)
}

/// `changes: false` alone asks for nothing.
fn only_changes_false(fields: &Fields<'_>, produces: &Produces) -> bool {
    let others = ["files", "schema", "run"];
    !produces.changes && others.iter().all(|key| fields.node(key).is_none())
}

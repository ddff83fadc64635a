use cm_distribution::{Options, Tree as Branch};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{arguments::Tree, exit::Exit, packaging, place, trouble::Trouble, view::out};

/// A package of `cm tree --json`, with what it needs.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Row {
    /// Its name.
    name: String,
    /// The version that is used; none if none fits.
    version: Option<String>,
    /// The versions that would do, unless somebody asked for it.
    requirement: Option<String>,
    /// Whether it was shown before, with what it needs.
    again: bool,
    /// What it needs.
    needs: Vec<Row>,
}

impl From<Branch> for Row {
    fn from(branch: Branch) -> Self {
        Self {
            name: branch.name,
            version: branch.version.map(|it| it.to_string()),
            requirement: branch.requirement.map(|it| it.to_string()),
            again: branch.again,
            needs: branch.needs.into_iter().map(Self::from).collect(),
        }
    }
}

pub(crate) fn run(arguments: &Tree) -> Result<Exit, Trouble> {
    let project = place::directory(arguments.dir.as_deref())?;
    packaging::with(Some(&project), &Options::default(), |packages| {
        let name = arguments.name.as_deref();
        let trees = packages.workspace.tree(&packages.registry, name)?;
        let rows: Vec<Row> = trees.into_iter().map(Row::from).collect();
        if arguments.json {
            out::json(&rows);
            return Ok(Exit::Done);
        }
        if rows.is_empty() {
            eprintln!("Nothing is installed beside what is part of cm");
        }
        for row in &rows {
            out::line(title(row));
            show(row, "");
        }
        Ok(Exit::Done)
    })
}

fn show(row: &Row, indent: &str) {
    for (number, needed) in row.needs.iter().enumerate() {
        let last = number + 1 == row.needs.len();
        let (corner, below) = if last {
            ("└── ", "    ")
        } else {
            ("├── ", "│   ")
        };
        out::line(format!("{indent}{corner}{}", title(needed)));
        show(needed, &format!("{indent}{below}"));
    }
}

fn title(row: &Row) -> String {
    let wanted = row.requirement.as_deref();
    let mut title = match (&row.version, wanted) {
        (Some(version), Some(wanted)) => format!("{} {version} ({wanted})", row.name),
        (Some(version), None) => format!("{} {version}", row.name),
        (None, wanted) => format!("{} missing ({})", row.name, wanted.unwrap_or("any version")),
    };
    if row.again {
        title.push_str(" (see above)");
    }
    title
}

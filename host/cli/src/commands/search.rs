use std::sync::Arc;

use cm_distribution::{Error, Name, Source, Which};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    arguments::Search,
    exit::Exit,
    packaging::{self, Packages},
    trouble::Trouble,
    view::{notice, out, table, text},
};

/// Of so many names of one registry the descriptions are read; beyond that a package is
/// found by its name alone.
const DESCRIBED: usize = 200;

/// A package of `cm search --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Row {
    /// Its name.
    name: String,
    /// The highest version.
    version: String,
    /// One sentence.
    description: String,
    /// The registry that it is in.
    registry: String,
    /// The version of it that is installed, if one is.
    installed: Option<String>,
}

pub(crate) fn run(arguments: &Search) -> Result<Exit, Trouble> {
    let options = arguments.looking.options();
    let words: Vec<String> = arguments.words.iter().map(|it| it.to_lowercase()).collect();
    packaging::with(None, &options, |packages| {
        let mut rows = Vec::new();
        for (registry, source) in sources(packages, arguments.looking.registry.as_deref())? {
            match search(packages, &registry, source.as_ref(), &words) {
                Ok(found) => rows.extend(found),
                // The others may have what is looked for.
                Err(error) => notice(&format!("{registry}: {error}")),
            }
        }
        if arguments.looking.json {
            out::json(&rows);
            return Ok(Exit::Done);
        }
        if rows.is_empty() {
            eprintln!("Nothing was found; `cm registry list` shows where was looked");
            return Ok(Exit::Done);
        }
        let mut shown = table::new(&["NAME", "VERSION", "REGISTRY", "DESCRIPTION"]);
        for row in &rows {
            let installed = match &row.installed {
                Some(version) if *version == row.version => " (installed)".to_owned(),
                Some(version) => format!(" ({version} is installed)"),
                None => String::new(),
            };
            shown.add_row([
                row.name.clone(),
                format!("{}{installed}", row.version),
                text::one_line(&row.registry, 40),
                text::one_line(&row.description, 80),
            ]);
        }
        out::line(table::render(&shown));
        Ok(Exit::Done)
    })
}

/// Registries by what they are called.
type Sources = Vec<(String, Arc<dyn Source>)>;

fn sources(packages: &Packages<'_>, only: Option<&str>) -> Result<Sources, Trouble> {
    let registries = packages.workspace.registries();
    let names: Vec<&str> = match only {
        Some(only) => vec![only],
        None => registries.all().map(|(name, _)| name).collect(),
    };
    let mut sources = Vec::new();
    for name in names {
        sources.push((name.to_owned(), registries.source(name)?));
    }
    Ok(sources)
}

fn search(
    packages: &Packages<'_>,
    registry: &str,
    source: &dyn Source,
    words: &[String],
) -> Result<Vec<Row>, Error> {
    let Some(names) = source.names()? else {
        notice(&format!(
            "{registry} does not list its packages; look for one by its name: cm info NAME"
        ));
        return Ok(Vec::new());
    };
    let described = names.len() <= DESCRIBED;
    let mut rows = Vec::new();
    for name in names {
        let text = name.to_string();
        let in_name = words.iter().all(|word| text.contains(word));
        if !in_name && !described {
            continue;
        }
        let Some(row) = row(packages, registry, source, &name)? else {
            continue;
        };
        let all = format!("{text} {}", row.description.to_lowercase());
        if words.iter().all(|word| all.contains(word)) {
            rows.push(row);
        }
    }
    Ok(rows)
}

fn row(
    packages: &Packages<'_>,
    registry: &str,
    source: &dyn Source,
    name: &Name,
) -> Result<Option<Row>, Error> {
    let versions = source.versions(name)?;
    let stable = versions.iter().rfind(|version| version.pre.is_empty());
    let Some(version) = stable.or(versions.last()) else {
        return Ok(None);
    };
    // One that lies about itself is not worth a search.
    let Ok((_, contents)) = source.contents(name, Which::Version(version)) else {
        return Ok(None);
    };
    let installed = packages.registry.find(&name.to_string()).ok();
    Ok(Some(Row {
        name: name.to_string(),
        version: version.to_string(),
        description: contents.config.manifest.package.description,
        registry: registry.to_owned(),
        installed: installed.map(|it| it.version().to_string()),
    }))
}

use cm_distribution::{
    Registries, Store,
    trust::{Guard, Provenance, Signed, Trust, verify},
};
use cm_registry::{Listed, Registry};
use console::style;
use schemars::JsonSchema;
use serde::Serialize;

use super::origin;
use crate::{
    arguments::Verify,
    exit::Exit,
    place,
    trouble::Trouble,
    view::{out, table, text},
};

/// A version of `cm verify --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Row {
    /// The package.
    name: String,
    /// The version that is installed.
    version: String,
    /// Where it came from.
    source: String,
    /// Who has signed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    signer: Option<String>,
    /// The repository it was built from, if that is proven.
    #[serde(skip_serializing_if = "Option::is_none")]
    repository: Option<String>,
    /// The revision it was built from, if that is proven.
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<String>,
    /// What is not as it was installed. Empty if all is well.
    problems: Vec<String>,
}

pub(crate) fn run(arguments: &Verify) -> Result<Exit, Trouble> {
    let registry = place::registry()?;
    let mut chosen: Vec<Listed> = registry.list()?;
    chosen.retain(|it| it.source.is_some());
    if !arguments.names.is_empty() {
        let mut named = Vec::new();
        for name in &arguments.names {
            let package = registry.find(name)?;
            named.push((package.name().to_owned(), package.version().clone()));
        }
        chosen.retain(|it| named.contains(&(it.name.clone(), it.version.clone())));
        if chosen.is_empty() {
            eprintln!("That is part of cm, and as it was built");
            return Ok(Exit::Done);
        }
    }
    let mut rows = Vec::new();
    for listed in &chosen {
        rows.push(row(&registry, listed, arguments.offline)?);
    }
    let bad = rows.iter().filter(|row| !row.problems.is_empty()).count();
    if arguments.json {
        out::json(&rows);
    } else {
        show(&rows);
        match (rows.len(), bad) {
            (0, _) => eprintln!("Nothing is installed"),
            (1, 0) => eprintln!("1 version is as it was installed"),
            (all, 0) => eprintln!("All {all} versions are as they were installed"),
            (_, bad) => eprintln!("{bad} of {} are not as they were installed", rows.len()),
        }
    }
    Ok(if bad == 0 { Exit::Done } else { Exit::Failed })
}

fn row(registry: &Registry, listed: &Listed, offline: bool) -> Result<Row, Trouble> {
    let mut row = Row {
        name: listed.name.clone(),
        version: listed.version.to_string(),
        source: listed.source.clone().unwrap_or_default(),
        signer: None,
        repository: None,
        revision: None,
        problems: Vec::new(),
    };
    let package = match registry.find(&format!("{}@{}", listed.name, listed.version)) {
        Ok(package) => package,
        Err(error) => {
            row.problems.push(error.to_string());
            return Ok(row);
        }
    };
    let home = registry.home();
    let (trust, store) = (Trust::of(home), Store::of(home));
    match origin::of(listed, &Registries::read(home)?) {
        Ok(Some(origin)) => {
            let mut guard = Guard::new(&trust, origin.source.as_ref()).with_store(&store);
            if offline {
                guard = guard.offline();
            }
            let it = &origin.installed;
            let tree = package.directory();
            let found = verify(&guard, &store, &it.name, &it.version, it.digest, tree)?;
            row.problems.extend(found.problems);
            if let Signed::By {
                signer, provenance, ..
            } = found.signature
            {
                row.signer = Some(signer.to_string());
                let Provenance {
                    repository,
                    revision,
                    ..
                } = provenance.unwrap_or_default();
                row.repository = repository;
                row.revision = revision;
            }
        }
        Ok(None) => {}
        Err(trouble) => row.problems.push(trouble.to_string()),
    }
    // The files are what the package says they are; they are also what was installed.
    if row.problems.is_empty()
        && let Err(error) = package.verify()
    {
        row.problems.push(error.to_string());
    }
    Ok(row)
}

fn show(rows: &[Row]) {
    if rows.is_empty() {
        return;
    }
    let mut shown = table::new(&["NAME", "VERSION", "STATE", "SIGNED BY", "BUILT FROM"]);
    for row in rows {
        let built = [&row.repository, &row.revision].map(|it| it.as_deref().unwrap_or_default());
        shown.add_row([
            row.name.clone(),
            row.version.clone(),
            match row.problems.is_empty() {
                true => "ok".to_owned(),
                false => "damaged".to_owned(),
            },
            match &row.signer {
                Some(signer) => text::one_line(signer, 200),
                None => "nobody".to_owned(),
            },
            text::one_line(&built.join(" "), 120),
        ]);
    }
    out::line(table::render(&shown));
    for row in rows {
        for problem in &row.problems {
            eprintln!(
                "{} {} {}: {}",
                style("wrong:").red().bold().for_stderr(),
                row.name,
                row.version,
                text::one_line(problem, 600)
            );
        }
        if !row.problems.is_empty() {
            eprintln!(
                "Put it right: cm install --force {}@{}",
                row.name, row.version
            );
        }
    }
}

use cm_distribution::trust::Keys as Own;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    arguments::{Keys, KeysAction},
    exit::Exit,
    making, packaging,
    trouble::Trouble,
    view::{notice, out, table},
};

/// A key of `cm keys list --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Row {
    /// What it is called on this machine.
    name: String,
    /// How others know it.
    signer: String,
    /// Whether it can sign; else only its public part is here.
    secret: bool,
}

pub(crate) fn run(arguments: &Keys) -> Result<Exit, Trouble> {
    let keys = Own::of(&packaging::home()?);
    match &arguments.action {
        KeysAction::New { name } => new(&keys, name)?,
        KeysAction::List { json } => list(&keys, *json)?,
        KeysAction::Export { name } => out::piece(&keys.export(name)?),
    }
    Ok(Exit::Done)
}

fn new(keys: &Own, name: &str) -> Result<(), Trouble> {
    let password = if cm_registry::is_name(name) {
        making::password_for_new(name)?
    } else {
        None
    };
    let made = keys.generate(name, password.as_deref())?;
    eprintln!("Made the key `{name}`");
    out::line(&made.signer);
    if password.is_none() {
        notice("it has no password: whoever can read its file can sign with it");
    }
    Ok(())
}

fn list(keys: &Own, json: bool) -> Result<(), Trouble> {
    let rows: Vec<Row> = keys
        .list()?
        .into_iter()
        .map(|key| Row {
            name: key.name,
            signer: key.signer.to_string(),
            secret: key.secret,
        })
        .collect();
    if json {
        out::json(&rows);
        return Ok(());
    }
    if rows.is_empty() {
        eprintln!("There are no keys; make one: cm keys new NAME");
        return Ok(());
    }
    let mut shown = table::new(&["KEY", "SIGNS", "SIGNER"]);
    for row in &rows {
        let signs = if row.secret { "yes" } else { "no" };
        shown.add_row([row.name.as_str(), signs, row.signer.as_str()]);
    }
    out::line(table::render(&shown));
    Ok(())
}

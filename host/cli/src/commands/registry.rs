use cm_distribution::{Registries, RegistryEntry};
use schemars::JsonSchema;
use serde::Serialize;

use super::{login, serve};
use crate::{
    arguments::{AddRegistry, Registry, RegistryAction},
    exit::Exit,
    packaging,
    trouble::Trouble,
    view::{out, table, text},
};

/// A registry of `cm registry list --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Row {
    /// What it is called here.
    name: String,
    /// Its URL, or its directory.
    address: String,
    /// Whether packages are looked for there whose namespace has no registry of its own.
    default: bool,
    /// The namespaces whose packages are looked for there.
    namespaces: Vec<String>,
    /// For how many days its new versions wait; none for what is the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    cooldown_days: Option<u32>,
}

pub(crate) fn run(arguments: &Registry) -> Result<Exit, Trouble> {
    match &arguments.action {
        RegistryAction::List { json } => list(*json),
        RegistryAction::Add(arguments) => add(arguments),
        RegistryAction::Remove { name } => remove(name),
        RegistryAction::Default { name } => make_default(name),
        RegistryAction::Login(arguments) => login::run(arguments),
        RegistryAction::Serve(arguments) => serve::run(arguments),
        RegistryAction::Token(arguments) => serve::token(arguments),
    }
}

fn list(json: bool) -> Result<Exit, Trouble> {
    let registries = Registries::read(&packaging::home()?)?;
    let mut rows = Vec::new();
    for (name, entry) in registries.all() {
        rows.push(Row {
            name: name.to_owned(),
            address: registries.address(name)?,
            default: name == registries.default_name(),
            namespaces: entry.namespaces.clone(),
            cooldown_days: entry.cooldown_days,
        });
    }
    if json {
        out::json(&rows);
        return Ok(Exit::Done);
    }
    let mut shown = table::new(&["NAME", "ADDRESS", "NAMESPACES", "NEW VERSIONS WAIT"]);
    for row in &rows {
        let mut namespaces = row.namespaces.clone();
        if row.default {
            namespaces.push("all others".into());
        }
        shown.add_row([
            row.name.clone(),
            text::one_line(&row.address, 80),
            namespaces.join(", "),
            match row.cooldown_days {
                None => String::new(),
                Some(0) => "not at all".into(),
                Some(1) => "1 day".into(),
                Some(days) => format!("{days} days"),
            },
        ]);
    }
    out::line(table::render(&shown));
    Ok(Exit::Done)
}

fn add(arguments: &AddRegistry) -> Result<Exit, Trouble> {
    let name = &arguments.name;
    let entry = RegistryEntry {
        url: RegistryEntry::address(&arguments.address)?,
        namespaces: arguments.namespaces.clone(),
        cooldown_days: arguments.cooldown_days,
    };
    let url = entry.url.clone();
    let known = Registries::change(&packaging::home()?, |registries| {
        let known = registries.all().any(|(other, _)| other == name);
        registries.add(name, entry)?;
        if arguments.default {
            registries.set_default(name)?;
        }
        Ok(known)
    })?;
    let what = if known { "Changed" } else { "Added" };
    eprintln!("{what} the registry {name}: {}", text::clean(&url));
    if arguments.default {
        eprintln!("It is the default one now");
    } else if arguments.namespaces.is_empty() {
        eprintln!("It is asked where it is named: cm install NAME --registry {name}");
    }
    if url.contains("://") {
        eprintln!("If it wants to know who you are: cm registry login {name}");
    }
    Ok(Exit::Done)
}

fn remove(name: &str) -> Result<Exit, Trouble> {
    if name == Registries::LOCAL {
        let message = format!("the registry `{name}` is always there");
        return Err(Trouble::usage("registry-stays", message)
            .help("make another one the default: cm registry default NAME"));
    }
    let was_default = Registries::change(&packaging::home()?, |registries| {
        let was_default = registries.default_name() == name;
        registries.remove(name)?;
        Ok(was_default)
    })?;
    eprintln!("Removed the registry {name}; what was installed from it stays");
    if was_default {
        eprintln!("The default one is `{}` now", Registries::LOCAL);
    }
    Ok(Exit::Done)
}

fn make_default(name: &str) -> Result<Exit, Trouble> {
    Registries::change(&packaging::home()?, |registries| {
        registries.set_default(name)
    })?;
    eprintln!("Packages whose namespace has no registry of its own are looked for in {name} now");
    Ok(Exit::Done)
}

mod listing;
mod login;
mod look;
mod portrait;
mod row;

use std::{collections::BTreeSet, sync::Arc};

use cm_driver::{Catalog, Engine};

pub(crate) use row::Row;

use crate::{
    arguments::{Engines, EnginesAction},
    exit::Exit,
    place,
    trouble::Trouble,
    view::{notice, out, text},
};

pub(crate) fn run(arguments: &Engines) -> Result<Exit, Trouble> {
    if let Some(EnginesAction::Login(arguments)) = &arguments.action {
        return login::run(arguments);
    }
    let catalog = catalog()?;
    if let Some(name) = &arguments.engine {
        let rows = look::at(vec![named(&catalog, name)?])?;
        match arguments.json {
            true => out::json(&rows),
            false => rows.iter().for_each(portrait::show),
        }
        return Ok(Exit::Done);
    }
    let names = catalog.engine_names()?;
    let (mut engines, mut said) = (Vec::new(), BTreeSet::new());
    for name in names {
        match catalog.engine(&name) {
            Ok(engine) => engines.push(engine),
            Err(error @ cm_driver::DriveError::Settings { .. }) => return Err(error.into()),
            Err(error) => {
                let why = format!("the engine `{name}` cannot be loaded: {error}");
                if said.insert(why.clone()) {
                    notice(&text::clean(&why));
                }
            }
        }
    }
    let rows = look::at(engines)?;
    match arguments.json {
        true => out::json(&rows),
        false => listing::show(&rows),
    }
    Ok(Exit::Done)
}

/// What is installed, and part of `cm`.
fn catalog() -> Result<Catalog, Trouble> {
    let registry = place::registry()?;
    let runtime = place::runtime(&registry)?;
    Ok(Catalog::new(registry, runtime, None))
}

fn named(catalog: &Catalog, name: &str) -> Result<Arc<Engine>, Trouble> {
    match catalog.no_engine(name) {
        Some(failure) => Err(Trouble::usage(&failure.code, failure.message)),
        None => Ok(catalog.engine(name)?),
    }
}

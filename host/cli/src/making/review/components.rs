//! The components of a package.

use cm_driver::Catalog;
use cm_registry::{ComponentEntry, Kind, Package};
use cm_types::Problem;

use super::problem;
use crate::making::open::not_built;

/// Whether each can be loaded as what it is said to be.
pub(super) fn problems(catalog: &Catalog, package: &Package) -> Vec<Problem> {
    if let Some(trouble) = not_built(package) {
        let help = "build it with `cm build`, or put it there".to_owned();
        return vec![problem(true, trouble.to_string(), Some(help))];
    }
    let mut problems = Vec::new();
    for entry in &package.manifest().components {
        if let Err(why) = load(catalog, package, entry) {
            let message = format!("the {} `{}` cannot be used: {why}", entry.kind, entry.name);
            problems.push(problem(true, message, None));
        }
    }
    problems
}

fn load(catalog: &Catalog, package: &Package, entry: &ComponentEntry) -> Result<(), String> {
    let name = &entry.name;
    match entry.kind {
        Kind::Engine => catalog.engine(name).map(|_| ()),
        Kind::Step => catalog.step(&format!("{name}/any")).map(|_| ()),
        Kind::Controller => catalog.controller(name).map(|_| ()),
        Kind::Workflow => catalog.workflow(package).map(|_| ()),
    }
    .map_err(|error| error.to_string())
}

//! Looking a package over: what is wrong with it, and what could be better. Nothing is
//! started.

use std::path::Path;

use cm_driver::Catalog;
use cm_registry::{Kind, Package};
use cm_types::{Findings, Problem};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    commands::workflow::{self, Found},
    place,
    trouble::Trouble,
};

mod capabilities;
mod components;
mod contents;

/// What was found.
pub(crate) struct Review {
    pub(crate) package: Package,
    pub(crate) workflows: Vec<CheckedWorkflow>,
    /// About the package as a whole.
    pub(crate) problems: Vec<Problem>,
    /// What people miss who find the package in a registry.
    pub(crate) hints: Vec<String>,
    pub(crate) files: u64,
    pub(crate) bytes: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CheckedWorkflow {
    /// The file in the package.
    pub(crate) path: String,
    #[serde(flatten)]
    pub(crate) findings: Findings,
}

impl Review {
    /// What stands in its way, and what does not.
    pub(crate) fn problems(&self) -> (Vec<&Problem>, Vec<&Problem>) {
        let of_workflows = self
            .workflows
            .iter()
            .flat_map(|workflow| &workflow.findings.problems);
        of_workflows
            .chain(&self.problems)
            .partition(|problem| problem.fatal)
    }

    /// Says what is wrong on standard error.
    pub(crate) fn show(&self) {
        let (fatal, warnings) = self.problems();
        for problem in fatal.iter().chain(&warnings) {
            eprint!("{}", workflow::trouble(&self.package, problem).rendered());
        }
    }
}

/// Looks at the package in a directory, or at one of its workflow files.
pub(crate) fn review(path: &Path) -> Result<Review, Trouble> {
    let registry = place::registry()?;
    let found = workflow::at(&registry, path)?;
    let runtime = place::runtime(&registry)?;
    let catalog = Catalog::new(registry, runtime, Some(found.package.clone()));
    let whole = path.is_dir();
    let (mut problems, mut hints) = (Vec::new(), Vec::new());
    if whole && !found.package.is_loose() {
        let sound = contents::problem(&found.package);
        // What cannot be packed is not worth a closer look.
        if sound.is_none() {
            problems.extend(components::problems(&catalog, &found.package));
        }
        problems.extend(sound);
        hints = contents::hints(&found.package)?;
    }
    let mut workflows = Vec::new();
    for path in entries(&found, whole)? {
        let one = Found {
            package: found.package.clone(),
            entry: path.clone(),
            named: found.named.clone(),
        };
        let findings = workflow::findings(&catalog, &one)?;
        workflows.push(CheckedWorkflow { path, findings });
    }
    if whole && !found.package.is_loose() {
        problems.extend(capabilities::problems(
            &catalog,
            &found.package,
            &workflows,
        )?);
    }
    let (files, bytes) = contents::size(&found.package)?;
    Ok(Review {
        package: found.package,
        workflows,
        problems,
        hints,
        files,
        bytes,
    })
}

/// A directory means all its workflows, a file means itself.
fn entries(found: &Found, all: bool) -> Result<Vec<String>, Trouble> {
    let files = found.package.workflows()?;
    if !all {
        return Ok(vec![found.entry.clone()]);
    }
    if files.is_empty() {
        let components = &found.package.manifest().components;
        let code = |kind: &Kind| components.iter().any(|entry| entry.kind == *kind);
        // Without a workflow there are still the components for those of others.
        if !components.is_empty() && !code(&Kind::Workflow) {
            return Ok(Vec::new());
        }
        let main = workflow::main_entry(&found.package)?;
        let built = super::open::not_built(&found.package).is_none();
        return Ok(built.then_some(main).into_iter().collect());
    }
    Ok(files.into_iter().map(|workflow| workflow.path).collect())
}

/// A problem of the package as a whole.
fn problem(fatal: bool, message: String, help: Option<String>) -> Problem {
    Problem {
        fatal,
        message,
        path: cm_registry::Manifest::FILE.to_owned(),
        line: 0,
        column: 0,
        help,
    }
}

//! From what the person named to a workflow that can be run.

use std::path::Path;

use cm_driver::{Catalog, Drive};
use cm_registry::{Package, Registry};
use cm_types::{Findings, Outline, OutlineStep, Problem};

use crate::trouble::Trouble;

/// A package, and the workflow file in it.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) package: Package,
    pub(crate) entry: String,
    /// What the person named, in a form that means the same from another directory.
    pub(crate) named: String,
}

/// Finds `NAME`, `NAME@REQUIREMENT`, a directory, or a workflow file, and says which
/// of a package's workflows is meant.
pub(crate) fn find(registry: &Registry, named: &str) -> Result<Found, Trouble> {
    let mut found = locate(registry, named)?;
    if found.entry.is_empty() {
        found.entry = main_entry(&found.package)?;
    }
    Ok(found)
}

/// The same; the entry is empty unless a file was named.
pub(crate) fn locate(registry: &Registry, named: &str) -> Result<Found, Trouble> {
    let path = Path::new(named);
    let a_name = named
        .split('@')
        .next()
        .is_some_and(cm_registry::is_package_name);
    let looks_like_a_path = named.starts_with('.') || (named.contains(['/', '\\']) && !a_name);
    if looks_like_a_path || path.is_file() || (path.is_dir() && registry.find(named).is_err()) {
        return at(registry, path);
    }
    let package = registry.find(named).map_err(|error| {
        let trouble = Trouble::from(error);
        if path.exists() {
            trouble.help(format!("for the one in this directory: cm run ./{named}"))
        } else {
            trouble
        }
    })?;
    Ok(Found {
        package,
        entry: String::new(),
        named: named.to_owned(),
    })
}

/// Opens a package's directory, or the package of a workflow file.
pub(crate) fn at(registry: &Registry, path: &Path) -> Result<Found, Trouble> {
    let full = std::fs::canonicalize(path).map_err(|error| {
        Trouble::usage("no-workflow", format!("there is no workflow at `{}`: {error}", path.display()))
            .help("name a directory with a workflow.yaml, such a file, or an installed package (`cm list`)")
    })?;
    let named = full.display().to_string();
    if full.is_dir() {
        let package = registry.governed(Package::open(&full)?);
        return Ok(Found {
            package,
            entry: String::new(),
            named,
        });
    }
    let above = full.ancestors().skip(1).take(2);
    for directory in above {
        let Ok(package) = Package::open(directory) else {
            continue;
        };
        let entry = full
            .strip_prefix(directory)
            .unwrap_or(&full)
            .to_string_lossy()
            .replace('\\', "/");
        if package
            .workflows()?
            .iter()
            .any(|workflow| workflow.path == entry)
        {
            return Ok(Found {
                package: registry.governed(package),
                entry,
                named,
            });
        }
    }
    let message = format!("`{}` is not a workflow file of a package", path.display());
    Err(Trouble::usage("no-workflow", message).help(
        "a package has `workflow.yaml`, or several in `workflows/NAME.yaml` beside a `cm.toml`",
    ))
}

/// The workflow that is meant when only the package is named.
pub(crate) fn main_entry(package: &Package) -> Result<String, Trouble> {
    let workflows = package.workflows()?;
    if let Some(main) = workflows.iter().find(|workflow| workflow.main) {
        return Ok(main.path.clone());
    }
    let own = package
        .manifest()
        .components
        .iter()
        .any(|entry| entry.kind == cm_registry::Kind::Workflow);
    match workflows.as_slice() {
        _ if own => Ok(String::new()),
        [only] => Ok(only.path.clone()),
        [] => Err(Trouble::usage(
            "no-workflow",
            format!("the package `{}` has no workflow", package.name()),
        )),
        many => {
            let names: Vec<_> = many.iter().map(|workflow| workflow.path.as_str()).collect();
            let message = format!(
                "the package `{}` has several workflows: {}",
                package.name(),
                names.join(", ")
            );
            Err(Trouble::usage("which-workflow", message).help("name the file of one"))
        }
    }
}

/// Checks it; shows what is wrong; gives what it would run.
pub(crate) fn checked(catalog: &Catalog, found: &Found) -> Result<Outline, Trouble> {
    let findings = findings(catalog, found)?;
    let fatal = findings
        .problems
        .iter()
        .filter(|problem| problem.fatal)
        .count();
    for problem in &findings.problems {
        eprint!("{}", trouble(&found.package, problem).rendered());
    }
    match findings.outline {
        Some(outline) if fatal == 0 => Ok(outline),
        _ => {
            let problems = if fatal == 1 {
                "a problem".to_owned()
            } else {
                format!("{fatal} problems")
            };
            let message = format!(
                "`{}` has {problems}; nothing was started",
                found.package.name()
            );
            Err(Trouble::usage("bad-workflow", message)
                .help(format!("check it again with: cm check {}", found.named)))
        }
    }
}

/// What is wrong with it, engines that do not exist included.
pub(crate) fn findings(catalog: &Catalog, found: &Found) -> Result<Findings, Trouble> {
    let mut findings = Drive::check(catalog, &found.package, &found.entry)?;
    if let Some(warning) = catalog.runtime().warning() {
        crate::view::notice(&warning);
    }
    for step in findings.outline.iter().flat_map(|outline| &outline.steps) {
        let Some(failure) = step
            .engine
            .as_deref()
            .and_then(|engine| catalog.no_engine(engine))
        else {
            continue;
        };
        findings.problems.push(Problem {
            fatal: true,
            message: format!("step `{}`: {}", step.id, failure.message),
            path: found.entry.clone(),
            line: 0,
            column: 0,
            help: Some("`cm engines` lists what there is".into()),
        });
    }
    let runs = |outline: &Outline| outline.steps.iter().any(OutlineStep::has_commands);
    if findings.outline.as_ref().is_some_and(runs)
        && let Err(error) = found.package.may_start("sh")
    {
        findings.problems.push(Problem {
            fatal: true,
            message: format!("the workflow runs commands: {error}"),
            path: "cm.toml".into(),
            line: 0,
            column: 0,
            help: error.help(),
        });
    }
    Ok(findings)
}

/// A problem, with the line it is in.
pub(crate) fn trouble(package: &Package, problem: &Problem) -> Trouble {
    let code = if problem.fatal {
        "check"
    } else {
        "check::warning"
    };
    let place = match (problem.line, problem.column) {
        (0, _) => problem.path.clone(),
        (line, 0) => format!("{}:{line}", problem.path),
        (line, column) => format!("{}:{line}:{column}", problem.path),
    };
    let message = if place.is_empty() {
        problem.message.clone()
    } else {
        format!("{place}: {}", problem.message)
    };
    let trouble = Trouble::new(code, message).maybe_help(problem.help.clone());
    let text = package.read(&problem.path).ok();
    match text.and_then(|bytes| String::from_utf8(bytes.into_owned()).ok()) {
        Some(text) if problem.line > 0 => {
            trouble.at(&problem.path, &text, problem.line, problem.column)
        }
        _ => trouble,
    }
}

//! The engines that a run will need.

use cm_driver::Catalog;
use cm_types::{EngineInfo, Outline, Program};

use crate::trouble::Trouble;

/// The engines that are tried, in this order, when nobody names one.
const USUAL: [&str; 3] = ["claude", "codex", "opencode"];

/// That the engine which was typed is one.
pub(crate) fn known(catalog: &Catalog, typed: Option<&str>) -> Result<(), Trouble> {
    match typed.and_then(|engine| catalog.no_engine(engine)) {
        Some(failure) => Err(Trouble::usage(&failure.code, failure.message)),
        None => Ok(()),
    }
}

/// The engine for agents that name none: the one that was asked for, else the first
/// of the usual ones that is installed.
pub(crate) fn default(
    catalog: &Catalog,
    outline: &Outline,
    asked: Option<&str>,
) -> Result<String, Trouble> {
    if let Some(engine) = asked {
        return Ok(engine.to_owned());
    }
    let wanted = outline
        .steps
        .iter()
        .any(|step| step.kind == "agent" && step.engine.is_none());
    // A controller may be an agent that names none.
    if !wanted && outline.controller.is_none() {
        return Ok(String::new());
    }
    for name in USUAL {
        if let Ok(engine) = catalog.engine(name)
            && missing(&engine.info).is_none()
        {
            return Ok(name.to_owned());
        }
    }
    if !wanted {
        return Ok(String::new());
    }
    Err(Trouble::usage(
        "no-engine",
        "no coding agent is installed: none of claude, codex and opencode is on the PATH",
    )
    .help("see how to install one: cm engines\nor try the workflow without any: --engine scripted"))
}

/// Nothing is begun that will miss its program.
pub(crate) fn installed(
    catalog: &Catalog,
    outline: &Outline,
    asked: Option<&str>,
    default: &str,
) -> Result<(), Trouble> {
    let agents = outline.steps.iter().filter(|step| step.kind == "agent");
    let mut names: Vec<_> = agents
        .map(|step| asked.or(step.engine.as_deref()).unwrap_or(default))
        .collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let engine = catalog.engine(name)?;
        if let Some(program) = missing(&engine.info) {
            let message = format!(
                "{} is not installed: there is no `{}` on the PATH; nothing was started",
                engine.info.name, program.name
            );
            return Err(Trouble::new("not-installed", message).help(format!(
                "install it: {}\nor use another engine: --engine NAME (`cm engines` lists them)",
                program.install
            )));
        }
    }
    Ok(())
}

/// A program of the engine that is not there.
fn missing(info: &EngineInfo) -> Option<&Program> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    info.programs
        .iter()
        .find(|program| cm_effects::find_program(&program.name, &path).is_none())
}

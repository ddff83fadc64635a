use std::{
    collections::{BTreeMap, hash_map::RandomState},
    hash::{BuildHasher as _, Hasher as _},
    path::Path,
    sync::Arc,
};

use cm_driver::{Catalog, Drive};
use cm_journal::{Journal, JournalError, Lease};
use cm_orchestrator::{Run as State, RunStart};
use cm_types::Outline;

use super::{conduct::conduct, workflow};
use crate::{
    arguments::Run,
    exit::Exit,
    person,
    place::{self, STATE},
    trouble::Trouble,
    view,
};

/// The engines that are tried, in this order, when nobody names one.
const USUAL: [&str; 3] = ["claude", "codex", "opencode"];

pub(crate) fn run(arguments: Run) -> Result<Exit, Trouble> {
    let directory = place::directory(arguments.dir.as_deref())?;
    let registry = place::registry()?;
    let found = workflow::find(&registry, &arguments.workflow)?;
    let runtime = place::runtime(&registry)?;
    let catalog = Catalog::new(registry, runtime, Some(found.package.clone()));
    if let Some(failure) = arguments
        .engine
        .as_deref()
        .and_then(|engine| catalog.no_engine(engine))
    {
        return Err(Trouble::usage(&failure.code, failure.message));
    }
    let outline = workflow::checked(&catalog, &found)?;
    let default_engine = default_engine(&catalog, &outline, arguments.engine.as_deref())?;
    installed(
        &catalog,
        &outline,
        arguments.engine.as_deref(),
        &default_engine,
    )?;
    let start = RunStart {
        host: env!("CARGO_PKG_VERSION").into(),
        workflow: found.named.clone(),
        package: format!("{} {}", found.package.name(), found.package.version()),
        digest: Some(found.package.digest()?),
        entry: found.entry.clone(),
        directory: directory.display().to_string(),
        outline: Some(outline.clone()),
        engine: arguments.engine.clone(),
        default_engine,
        model: arguments.model.clone(),
        yes: arguments.manner.yes,
        parallel: arguments.jobs,
        settings: settings(&arguments, &directory)?,
    };
    let journal = Journal::open(&directory.join(STATE))?;
    let (id, state, lease) = begin(&journal, &start)?;
    let scratch = lease.directory().to_owned();
    if !arguments.manner.json {
        let name = view::text::one_line(&outline.name, 80);
        let place = directory.display().to_string();
        eprintln!("Run {id}: {name} in {}", view::text::clean(&place));
    }
    let drive = Drive {
        journal,
        lease,
        id,
        state,
        catalog: Arc::new(catalog),
        package: found.package,
        entry: found.entry,
        directory,
        scratch,
        fresh: true,
        outline,
        host: env!("CARGO_PKG_VERSION").into(),
        person: None,
    };
    conduct(drive, &arguments.manner)
}

/// Enters the run under a new id, and takes hold of it.
fn begin(journal: &Journal, start: &RunStart) -> Result<(String, State, Lease), Trouble> {
    loop {
        let id = new_id();
        match Drive::begin(journal, &id, start.clone()) {
            Ok((state, lease)) => return Ok((id, state, lease)),
            Err(JournalError::Exists { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Six characters that cannot be taken for each other.
fn new_id() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    // Seeded by the system, anew for each one.
    let mut random = RandomState::new().build_hasher().finish();
    let mut id = String::new();
    for _ in 0..6 {
        id.push(char::from(LETTERS[(random % 32) as usize]));
        random /= 32;
    }
    id
}

/// The engine for agents that name none: the one that was asked for, else the first
/// of the usual ones that is installed.
fn default_engine(
    catalog: &Catalog,
    outline: &Outline,
    asked: Option<&str>,
) -> Result<String, Trouble> {
    if let Some(engine) = asked {
        return Ok(engine.to_owned());
    }
    if outline
        .steps
        .iter()
        .all(|step| step.kind != "agent" || step.engine.is_some())
    {
        return Ok(String::new());
    }
    for name in USUAL {
        if let Ok(engine) = catalog.engine(name)
            && missing(&engine.info).is_none()
        {
            return Ok(name.to_owned());
        }
    }
    Err(Trouble::usage(
        "no-engine",
        "no coding agent is installed: none of claude, codex and opencode is on the PATH",
    )
    .help("see how to install one: cm engines\nor try the workflow without any: --engine scripted"))
}

/// Nothing is begun that will miss its program.
fn installed(
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
fn missing(info: &cm_types::EngineInfo) -> Option<&cm_types::Program> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    info.programs
        .iter()
        .find(|program| cm_effects::find_program(&program.name, &path).is_none())
}

/// What the workflow may know of its surroundings. Kept in the journal, so that it is
/// the same after days.
fn settings(arguments: &Run, directory: &Path) -> Result<BTreeMap<String, String>, Trouble> {
    let now_ms = cm_effects::timer::now_ms();
    let moment = view::figures::moment(now_ms);
    let name = directory
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let mut settings = BTreeMap::from([
        ("project_name".to_owned(), name),
        ("user_name".to_owned(), person::name()),
        (
            "date".to_owned(),
            moment.split(' ').next().unwrap_or_default().to_owned(),
        ),
        ("datetime".to_owned(), moment),
        ("timestamp".to_owned(), now_ms.to_string()),
    ]);
    for (setting, file) in [
        ("specification", &arguments.spec),
        ("script", &arguments.script),
    ] {
        if let Some(file) = file {
            let text = std::fs::read_to_string(file).map_err(|error| {
                Trouble::usage(
                    "unreadable",
                    format!("`{}` cannot be read: {error}", file.display()),
                )
            })?;
            settings.insert(setting.to_owned(), text);
        }
    }
    Ok(settings)
}

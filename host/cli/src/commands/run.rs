use std::collections::BTreeMap;

use cm_driver::Catalog;
use cm_orchestrator::RunStart;
use cm_types::{Mode, Outline};

use super::{conduct::conduct, fresh::Fresh, plan, workflow};
use crate::{
    arguments::Run,
    briefing::Brief,
    exit::Exit,
    place,
    preparation::{
        budget,
        choices::{self, Chosen},
        engines, mode, project, prompt, settings, specification,
    },
    trouble::Trouble,
    view::{modes, text},
};

pub(crate) fn run(arguments: Run) -> Result<Exit, Trouble> {
    let directory = place::directory(arguments.dir.as_deref())?;
    project::refuse_home(&directory)?;
    let registry = place::registry_for(&directory)?;
    let found = workflow::find(&registry, &arguments.workflow)?;
    let runtime = place::runtime(&registry)?;
    let catalog = Catalog::new(registry, runtime, Some(found.package.clone()));
    engines::known(&catalog, arguments.engine.as_deref())?;
    let outline = workflow::checked(&catalog, &found)?;
    let manner = &arguments.manner;
    let may_ask = prompt::somebody_is_there() && !manner.json && !manner.yes;
    let mode = mode::at_the_start(&outline, arguments.mode.as_deref())?;
    let (brief, given) = brief(&arguments, &outline, mode, may_ask)?;
    let wanted = outline.specification.as_str();
    let specification = specification::read(&directory, wanted, arguments.spec.as_deref())?;
    let typed = Chosen::typed(arguments.track.as_deref(), &arguments.condition);
    let chosen = Chosen::settle(&outline, &typed, |choice| match may_ask {
        true => prompt::choose(choice),
        false => choices::missing(choice),
    })?;
    let budget = budget::settle(&outline.budget, &arguments.budget)?;
    let parallel = arguments.jobs.unwrap_or_else(|| at_once(&outline));
    if arguments.plan {
        let outline = chosen.filter(outline);
        return Ok(plan::show(&outline, &budget, parallel, manner.json));
    }
    let named = arguments.project_name.as_deref();
    let name = project::name(&directory, &outline, named, may_ask)?;
    let mut settings = settings::usual(name);
    chosen.store(&outline, &mut settings);
    settings.extend(specification.map(|text| ("specification".to_owned(), text)));
    script(&arguments, &mut settings)?;
    let outline = chosen.filter(outline);
    let (title, place) = (outline.name.clone(), directory.display().to_string());
    let fresh = Fresh {
        catalog,
        found,
        directory,
        outline,
    };
    let drive = fresh.begin(RunStart {
        engine: arguments.engine.clone(),
        model: arguments.model.clone(),
        yes: manner.yes,
        mode,
        paused: brief == Brief::Typed,
        brief: given,
        parallel,
        budget,
        settings,
        ..RunStart::default()
    })?;
    if !manner.json {
        let title = text::one_line(&title, 80);
        eprintln!("Run {}: {title} in {}", drive.id, text::clean(&place));
        if let Some(line) = modes::at_the_start(&drive.outline, mode) {
            eprintln!("{line}");
        }
    }
    conduct(drive, manner, brief)
}

/// How many programs run at once when nobody said: as many as the classes have places, if
/// those are more than usual.
fn at_once(outline: &Outline) -> u32 {
    let places = outline.classes.values().copied();
    places.fold(0, u32::saturating_add).clamp(16, 1000)
}

/// What the controller is told before it begins.
fn brief(
    arguments: &Run,
    outline: &Outline,
    mode: Mode,
    may_ask: bool,
) -> Result<(Brief, Option<String>), Trouble> {
    let file = arguments.brief_file.as_deref();
    let text = match (&arguments.brief, file) {
        (Some(text), _) => Some(text.clone()),
        (None, Some(file)) => Some(specification::named(file)?),
        (None, None) => None,
    };
    match text {
        Some(_) if outline.controller.is_none() => {
            let message = "nobody can be briefed: the workflow has no controller";
            Err(Trouble::usage("no-controller", message).help("leave --brief away"))
        }
        Some(text) => Ok((Brief::Given, Some(text))),
        None if may_ask && mode == Mode::Autonomous && outline.controller.is_some() => {
            Ok((Brief::Typed, None))
        }
        None => Ok((Brief::None, None)),
    }
}

fn script(arguments: &Run, settings: &mut BTreeMap<String, String>) -> Result<(), Trouble> {
    if let Some(file) = &arguments.script {
        settings.insert("script".to_owned(), specification::named(file)?);
    }
    Ok(())
}

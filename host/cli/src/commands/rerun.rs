use std::path::Path;

use cm_driver::Catalog;
use cm_orchestrator::{After, Run, RunStart};
use cm_types::{Outline, Work};

use super::{ahead, conduct::conduct, fresh::Fresh, show, target::Named, versions, workflow};
use crate::{
    arguments::{Manner, Rerun, Where},
    briefing::Brief,
    exit::Exit,
    place,
    preparation::{choices::Chosen, specification},
    trouble::Trouble,
    view::{modes, text},
};

pub(crate) fn run(arguments: &Rerun) -> Result<Exit, Trouble> {
    let prompt = match (&arguments.prompt, &arguments.prompt_file) {
        (Some(text), _) => Some(text.clone()),
        (None, Some(file)) => Some(specification::named(file)?),
        (None, None) => None,
    };
    again(&Again {
        run: &arguments.run,
        at: arguments.step.as_deref(),
        prompt,
        upgrade: arguments.upgrade,
        place: &arguments.place,
        manner: &arguments.manner,
    })
}

/// A run of which something is to be done again.
pub(crate) struct Again<'typed> {
    pub(crate) run: &'typed str,
    /// The step with which it begins anew; none: with the first.
    pub(crate) at: Option<&'typed str>,
    /// What the agent of that step is asked first.
    pub(crate) prompt: Option<String>,
    /// With what the names mean now.
    pub(crate) upgrade: bool,
    pub(crate) place: &'typed Where,
    pub(crate) manner: &'typed Manner,
}

/// Begins a new run after the one that is named, and drives it to where it comes.
pub(crate) fn again(wanted: &Again<'_>) -> Result<Exit, Trouble> {
    let Named { journal, id: old } = Named::find(wanted.run, wanted.place.dir.as_deref())?;
    let state = show::load(&journal, &old)?;
    let Some(start) = state.start.clone() else {
        let message = format!("run {old} was never begun; there is nothing to do again");
        return Err(Trouble::new("empty-run", message));
    };
    if wanted.at.is_none() && journal.driver(&old)?.is_some() {
        let message = format!("run {old} is still at work");
        return Err(Trouble::usage("still-at-work", message).help(format!(
            "end it first: cm cancel {old}\nor leave it, and begin beside it from a step on: cm fork {old} --at STEP"
        )));
    }
    let directory = place::directory(Some(Path::new(&start.directory)))?;
    let registry = place::registry_for(&directory)?;
    let versions = versions::Again {
        run: &state,
        start: &start,
        typed: typed(&old, wanted.at),
        upgrade: wanted.upgrade,
    };
    let found = versions.workflow(&registry)?;
    let runtime = place::runtime(&registry)?;
    let catalog = Catalog::new(registry, runtime, Some(found.package.clone()));
    let catalog = versions.catalog(catalog)?;
    let outline = workflow::checked(&catalog, &found)?;
    let outline = Chosen::stored(&start.settings).filter(outline);
    let mut after = After {
        run: old.clone(),
        at: wanted.at.map(str::to_owned),
        // What was asked there in the place of the workflow's is asked here, too.
        prompts: start.after.clone().unwrap_or_default().prompts,
    };
    let mut settings = start.settings.clone();
    if let Some(step) = wanted.at {
        it_ran(&old, &state, &outline, step)?;
        if let Some(prompt) = &wanted.prompt {
            has_an_agent(&old, &state, step)?;
            let files = !found.package.workflows()?.is_empty();
            match files {
                // Whoever reads those fills it in.
                true => settings.insert(format!("prompt:{step}"), prompt.clone()),
                false => after.prompts.insert(step.to_owned(), prompt.clone()),
            };
        }
    }
    if wanted.upgrade {
        versions.tell(&versions.now(&catalog, &found)?);
    }
    let pins = match wanted.upgrade {
        true => Vec::new(),
        false => state.pins.values().cloned().collect(),
    };
    if !wanted.manner.json {
        ahead::tell(&journal, &old, &state, wanted.at, &outline)?;
    }
    drop((state, journal));
    let title = text::one_line(&outline.name, 80);
    let (yes, mode) = (start.yes || wanted.manner.yes, start.mode);
    let fresh = Fresh {
        catalog,
        found,
        directory,
        outline,
    };
    let drive = fresh.begin(RunStart {
        yes,
        paused: false,
        after: Some(after),
        pins,
        settings,
        ..start
    })?;
    if !wanted.manner.json {
        let id = &drive.id;
        match wanted.at {
            Some(at) => eprintln!(
                "Run {id}: {title} after run {old}, anew from `{}` on",
                text::one_line(at, 60)
            ),
            None => eprintln!("Run {id}: {title}, run {old} once more"),
        }
        if let Some(line) = modes::at_the_start(&drive.outline, mode) {
            eprintln!("{line}");
        }
    }
    conduct(drive, wanted.manner, Brief::None)
}

/// What to type for the same.
fn typed(run: &str, at: Option<&str>) -> String {
    let step = at.map(|at| format!(" --step {}", text::one_line(at, 60)));
    format!("cm rerun {run}{}", step.unwrap_or_default())
}

/// That the step is one, and that there is something before it.
fn it_ran(id: &str, old: &Run, outline: &Outline, step: &str) -> Result<(), Trouble> {
    let name = text::one_line(step, 60);
    let in_outline = |outline: &Outline| outline.steps.iter().any(|known| known.id == step);
    if old.was_asked_for(step) {
        if in_outline(outline) || !in_outline(&old.outline) {
            return Ok(());
        }
        let message = format!("the workflow has no step `{name}` any more");
        return Err(Trouble::usage("no-such-step", message)
            .help(format!("do all of it again: cm rerun {id}")));
    }
    if in_outline(outline) {
        let message = format!("step `{name}` has not run in run {id}, so it cannot begin there");
        return Err(Trouble::usage("never-ran", message).help(format!(
            "which steps have: cm show {id}\ndo all of it again: cm rerun {id}"
        )));
    }
    let known: Vec<_> = outline.steps.iter().map(|step| step.id.as_str()).collect();
    let message = format!("run {id} has no step `{name}`");
    let help = match cm_registry::did_you_mean(step, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it has: {}", known.join(", ")),
    };
    Err(Trouble::usage("no-such-step", message).help(help))
}

/// That there is somebody who can be asked something else.
fn has_an_agent(id: &str, old: &Run, step: &str) -> Result<(), Trouble> {
    let mut tasks = old.tasks.iter().filter(|task| task.scope.is_none());
    if tasks.any(|task| task.place.step == step && matches!(task.work, Work::Turn(_))) {
        return Ok(());
    }
    let name = text::one_line(step, 60);
    let message = format!("step `{name}` of run {id} asks no agent, so it takes no prompt");
    Err(Trouble::usage("no-agent", message).help("leave --prompt and --prompt-file away"))
}

use std::collections::HashMap;

use cm_driver::{Catalog, Ending};
use cm_orchestrator::{Run, RunEnd, RunStart, TaskState};
use cm_types::Work;

use super::{conduct, fresh::Fresh, workflow};
use crate::{
    arguments::{Manner, RunAgents},
    briefing::Brief,
    exit::Exit,
    place,
    preparation::{engines, project, settings, specification},
    trouble::Trouble,
    view::{out, text},
};

/// Before a script, in the place of a workflow file.
const ENTRY: &str = "script:";

pub(crate) fn run(arguments: &RunAgents) -> Result<Exit, Trouble> {
    let directory = place::directory(arguments.dir.as_deref())?;
    project::refuse_home(&directory)?;
    let registry = place::registry_for(&directory)?;
    let mut found = workflow::locate(&registry, &arguments.package)?;
    found.entry = format!("{ENTRY}{}", arguments.agents);
    let runtime = place::runtime(&registry)?;
    let catalog = Catalog::new(registry, runtime, Some(found.package.clone()));
    engines::known(&catalog, arguments.engine.as_deref())?;
    let outline = workflow::checked(&catalog, &found)?;
    let name = project::name(&directory, &outline, None, false)?;
    let mut settings = settings::usual(name);
    if let Some(file) = &arguments.script {
        settings.insert("script".to_owned(), specification::named(file)?);
    }
    let fresh = Fresh {
        catalog,
        found,
        directory,
        outline,
    };
    let drive = fresh.begin(RunStart {
        engine: arguments.engine.clone(),
        model: arguments.model.clone(),
        parallel: arguments.jobs,
        settings,
        ..RunStart::default()
    })?;
    let id = drive.id.clone();
    eprintln!("Run {id}: {}", text::one_line(&arguments.agents, 100));
    let manner = Manner {
        json: false,
        yes: false,
    };
    let (run, ending) = conduct::drive(drive, &manner, Brief::None)?;
    let failed = print(&run, &tails(&arguments.agents));
    match ending {
        Ending::Over(RunEnd::Done { .. }) if !failed => Ok(Exit::Done),
        Ending::Over(RunEnd::Done { .. }) => Ok(Exit::Failed),
        ending => {
            conduct::tell(&id, &run, &ending);
            Ok(conduct::exit(&ending))
        }
    }
}

/// How many lines of what they said are the answer of the script's steps, by their names:
/// an agent's own, with a number when it is called again.
fn tails(script: &str) -> HashMap<String, usize> {
    let mut tails = HashMap::new();
    let mut called: HashMap<String, u32> = HashMap::new();
    // It was checked: one that cannot be read has not run.
    let script = coordination::parse(script).ok();
    for call in script.iter().flat_map(coordination::Script::calls) {
        let times = called.entry(call.agent.clone()).or_default();
        *times += 1;
        let step = match *times {
            1 => call.agent.clone(),
            times => format!("{}-{times}", call.agent),
        };
        if let Some(lines) = call.tail {
            tails.insert(step, lines as usize);
        }
    }
    tails
}

/// The last lines of a text.
fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<_> = text.trim_end().lines().collect();
    let cut = lines.len().saturating_sub(count);
    lines.get(cut..).unwrap_or_default().join("\n")
}

/// What each agent said last, under its name; whether one has failed.
fn print(run: &Run, tails: &HashMap<String, usize>) -> bool {
    let turns = run
        .tasks
        .iter()
        .filter(|task| task.scope.is_none() && matches!(task.work, Work::Turn(_)));
    let mut last: Vec<(&str, String)> = Vec::new();
    let mut failed = false;
    for task in turns {
        let TaskState::Finished { result, .. } = &task.state else {
            continue;
        };
        failed |= result.is_err();
        let said = match result {
            Ok(reply) => match tails.get(&task.place.step) {
                Some(count) => last_lines(&text::clean(&reply.text), *count),
                None => text::clean(&reply.text),
            },
            Err(error) => format!("failed: {}", text::clean(&error.to_string())),
        };
        let step = task.place.step.as_str();
        match last.iter_mut().find(|(name, _)| *name == step) {
            Some((_, text)) => *text = said,
            None => last.push((step, said)),
        }
    }
    for (position, (name, said)) in last.iter().enumerate() {
        let gap = if position > 0 { "\n" } else { "" };
        out::line(format!("{gap}{}:\n{said}", text::one_line(name, 60)));
    }
    failed
}

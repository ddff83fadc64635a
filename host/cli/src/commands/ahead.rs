//! What doing a run again will come to, said before anything is spent.

use cm_driver::Gathered;
use cm_journal::Journal;
use cm_orchestrator::{Run, Summary};
use cm_types::{Outline, Usage};

use crate::{
    trouble::Trouble,
    view::{figures, text},
};

/// So many steps are named.
const NAMED: usize = 12;

/// Says what is taken over and what is done again.
pub(crate) fn tell(
    journal: &Journal,
    old: &str,
    run: &Run,
    at: Option<&str>,
    outline: &Outline,
) -> Result<(), Trouble> {
    let directory = run.start.as_ref().map(|start| start.directory.as_str());
    let gathered = match (at, directory) {
        (Some(at), Some(directory)) => Some(gather(journal, old, at, directory.as_ref())?),
        _ => None,
    };
    let taken = gathered.as_ref().map(|it| it.gathering.taken_over());
    let taken = taken.unwrap_or_default();
    let summary = Summary::of(run);
    let does = |kind: &str| !matches!(kind, "separator" | "parallel" | "group");
    let steps = outline.steps.iter().filter(|step| does(&step.kind));
    let again: Vec<&str> = steps
        .map(|step| step.id.as_str())
        .filter(|step| !taken.contains(step))
        .collect();
    let used = |steps: &[&str]| {
        let mut used = Usage::default();
        let counted = summary.steps.iter();
        let counted = counted.filter(|step| steps.contains(&step.id.as_str()));
        counted.for_each(|step| used.add(&step.usage));
        match figures::usage(&used).as_str() {
            "" => String::new(),
            usage => format!(" ({usage} in run {old})"),
        }
    };
    if at.is_some() && taken.is_empty() {
        eprintln!("Taken over from run {old}: nothing");
    } else if at.is_some() {
        let usage = used(&taken);
        let names = named(&taken);
        eprintln!("Taken over from run {old}, where it is asked the same: {names}{usage}");
    }
    eprintln!("Done anew: {}{}", named(&again), used(&again));
    for branch in gathered.iter().flat_map(|it| &it.lost) {
        eprintln!(
            "! what was merged from `{}` is not in the project's history any more: it is not taken over",
            text::one_line(branch, 60)
        );
    }
    eprintln!("The files of the project stay as they are now");
    Ok(())
}

fn gather(
    journal: &Journal,
    run: &str,
    at: &str,
    project: &std::path::Path,
) -> Result<Gathered, Trouble> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| Trouble::new("no-runtime", error.to_string()))?;
    Ok(runtime.block_on(cm_driver::gather(journal, run, at, project))?)
}

fn named(steps: &[&str]) -> String {
    let names = steps.iter().take(NAMED);
    let names: Vec<_> = names.map(|step| text::one_line(step, 60)).collect();
    let rest = match steps.len().saturating_sub(NAMED) {
        0 => String::new(),
        rest => format!(" and {rest} more"),
    };
    match names.is_empty() {
        true => "nothing".to_owned(),
        false => format!("{}{rest}", names.join(", ")),
    }
}

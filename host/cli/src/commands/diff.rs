use cm_orchestrator::{Run, StepSummary, Summary};

use super::{show, target::Named};
use crate::{
    arguments::Diff,
    exit::Exit,
    trouble::Trouble,
    view::{
        difference::{self, Compared, ComparedResult, ComparedStep, Figures, Side},
        out, outcome, table, text,
    },
};

pub(crate) fn run(arguments: &Diff) -> Result<Exit, Trouble> {
    let mut sides = Vec::new();
    for named in [&arguments.left, &arguments.right] {
        let Named { journal, id } = Named::find(named, arguments.place.dir.as_deref())?;
        let run = show::load(&journal, &id)?;
        let driven = journal.driver(&id)?.is_some();
        sides.push((side(&id, &run, driven), run));
    }
    let (Some((right, after)), Some((left, before))) = (sides.pop(), sides.pop()) else {
        return Ok(Exit::Done);
    };
    let mut steps = steps(&before, &after);
    if let Some(step) = &arguments.step {
        let known: Vec<_> = steps.iter().map(|known| known.step.clone()).collect();
        steps.retain(|known| known.step == *step);
        if steps.is_empty() {
            let step = text::one_line(step, 60);
            let message = format!("neither run has a step `{step}`");
            return Err(Trouble::usage("no-such-step", message)
                .help(format!("there are: {}", known.join(", "))));
        }
    }
    let compared = Compared { left, right, steps };
    if arguments.json {
        out::json(&compared);
    } else {
        difference::show(&compared);
    }
    Ok(Exit::Done)
}

fn side(id: &str, run: &Run, driven: bool) -> Side {
    let summary = Summary::of(run);
    let start = run.start.clone().unwrap_or_default();
    Side {
        run: id.to_owned(),
        package: start.package,
        status: show::word(summary.status, driven).to_owned(),
        after: start.after.map(|after| after.run),
        attempts: summary.attempts,
        tokens: summary.usage.tokens(),
        cost_usd: summary.usage.cost_usd,
        took_ms: summary.updated_ms.saturating_sub(summary.started_ms),
    }
}

fn figures(step: &StepSummary) -> Figures {
    Figures {
        state: table::state(step).to_owned(),
        attempts: step.attempts,
        tokens: step.usage.tokens(),
        cost_usd: step.usage.cost_usd,
        took_ms: step.took_ms,
    }
}

/// The steps of both runs: those of the other one, with those that only the one has
/// behind what they stood behind there.
fn steps(left: &Run, right: &Run) -> Vec<ComparedStep> {
    let (before, after) = (Summary::of(left), Summary::of(right));
    let mut ids: Vec<&str> = after.steps.iter().map(|step| step.id.as_str()).collect();
    let mut previous = None;
    for step in &before.steps {
        let id = step.id.as_str();
        if !ids.contains(&id) {
            let place = ids.iter().position(|known| Some(*known) == previous);
            ids.insert(place.map_or(0, |place| place + 1), id);
        }
        previous = Some(id);
    }
    let of = |summary: &Summary, id: &str| {
        let mut steps = summary.steps.iter();
        let step = steps.find(|step| step.id == id && step.kind != "separator");
        step.map(figures)
    };
    let compared = ids.into_iter().filter_map(|id| {
        let (left_side, right_side) = (of(&before, id), of(&after, id));
        (left_side.is_some() || right_side.is_some()).then(|| ComparedStep {
            step: id.to_owned(),
            left: left_side,
            right: right_side,
            results: results(left, right, id),
        })
    });
    compared.collect()
}

/// The results of a step that differ, one beside the other in the order they were asked for.
fn results(left: &Run, right: &Run, step: &str) -> Vec<ComparedResult> {
    let mut before = outcome::outcomes(left, step).into_iter();
    let mut after = outcome::outcomes(right, step).into_iter();
    let mut differing = Vec::new();
    for number in 1.. {
        let (one, other) = (before.next(), after.next());
        if one.is_none() && other.is_none() {
            break;
        }
        if one != other {
            differing.push(ComparedResult {
                number,
                diff: outcome::difference(one.as_ref(), other.as_ref()),
                left: one,
                right: other,
            });
        }
    }
    differing
}

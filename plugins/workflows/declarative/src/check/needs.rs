//! Whether `needs` makes a graph that can run, and whether the ways of its steps lead
//! out of it.

use super::order::Order;
use crate::graph::{Barred, Graph, MOST};
use crate::model::Step;
use crate::problem::{Position, Problems};
use crate::suggest;

pub(super) fn check(steps: &[Step], order: &Order<'_>, problems: &mut Problems) {
    let with_needs = || steps.iter().filter(|step| step.needs.is_some());
    let Some(first) = with_needs().next() else {
        return;
    };
    if steps.len() > MOST {
        problems.error(
            first.at,
            format!(
                "a list of steps with `needs` can have {MOST} steps, and this has {}",
                steps.len()
            ),
            "put steps that begin together into `parallel` groups",
        );
        return;
    }
    for step in with_needs() {
        for (at, need) in step.needs.iter().flatten().enumerate() {
            let mut others = step.needs.iter().flatten().take(at);
            named(step, need, order, problems);
            if others.any(|(other, _)| *other == need.0) {
                let message = format!("`{}` is here twice", need.0);
                problems.error(need.1, message, "keep one of the two");
            }
        }
    }
    if let Err(cycle) = Graph::of(steps) {
        let cycle: Vec<&Step> = cycle.iter().filter_map(|at| steps.get(*at)).collect();
        of_cycle(&cycle, problems);
    }
}

/// One step that another one needs.
fn named(step: &Step, (need, at): &(String, Position), order: &Order<'_>, problems: &mut Problems) {
    if problems.full() {
        return;
    }
    let Some(place) = order.place(need) else {
        let ids = order.ids().filter(|id| {
            let place = order.place(id);
            *id != step.id && place.is_some_and(|place| !place.child)
        });
        problems.error(
            *at,
            format!("there is no step `{need}` to wait for"),
            suggest::help(need, ids, "steps"),
        );
        return;
    };
    if place.child {
        let group = order.workflow.steps.get(place.top);
        let group = group.map(|group| group.id.as_str()).unwrap_or_default();
        problems.error(
            *at,
            format!("the step `{need}` is inside the group `{group}`, and cannot be waited for by itself"),
            format!("write `needs: [{group}]`, or take the step out of the group"),
        );
    }
}

/// Steps that wait for each other.
fn of_cycle(cycle: &[&Step], problems: &mut Problems) {
    let next = |at: usize| cycle.get((at + 1) % cycle.len().max(1));
    let words: Vec<_> = cycle
        .iter()
        .enumerate()
        .filter_map(|(at, step)| {
            let need = next(at)?;
            Some(match step.needs {
                Some(_) => format!("`{}` needs `{}`", step.id, need.id),
                None => format!(
                    "`{}` waits for `{}`, which is written before it",
                    step.id, need.id
                ),
            })
        })
        .collect();
    // There is one: steps without `needs` wait only for what is above them.
    let place = cycle.iter().enumerate().find_map(|(at, step)| {
        let need = next(at)?;
        let mut needs = step.needs.iter().flatten();
        needs.find(|(id, _)| *id == need.id).map(|(_, at)| *at)
    });
    problems.error(
        place.unwrap_or_default(),
        format!("these steps could never begin: {}", words.join(", ")),
        "remove one of these `needs`; a step that is to run again later goes back with `on-failure` or `directives`",
    );
}

/// Refuses a way that leads into a graph, or to a step beside this one.
pub(super) fn bar(
    order: &Order<'_>,
    from: usize,
    to: usize,
    at: Position,
    problems: &mut Problems,
) {
    let id = |top: usize| {
        let step = order.workflow.steps.get(top);
        step.map(|step| step.id.as_str()).unwrap_or_default()
    };
    let (what, graph) = match order.graph.bars(from, to) {
        None => return,
        Some(Barred::Leaving) => (
            format!(
                "`{}` runs beside other steps, and can only send the run back to steps before all of them: `{}` is none of these",
                id(from),
                id(to)
            ),
            order.graph.block(from),
        ),
        Some(Barred::Entering) => (
            format!(
                "`{}` runs beside other steps, and the run cannot go to it alone",
                id(to)
            ),
            order.graph.block(to),
        ),
    };
    let before = order.before(graph.start, 1).map(id);
    let help = match before {
        Some(before) => {
            format!("the nearest step before them is `{before}`: all of them run again then")
        }
        None => "put a step before them, to which the run can go back".into(),
    };
    problems.error(at, what, help);
}

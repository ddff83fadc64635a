//! Whether turns and exit codes lead where they can lead.

use super::needs;
use super::order::{self, Order};
use crate::model::{Action, Goto, Loop, Package, Signal, Step, Target};
use crate::problem::{Position, Problems};
use crate::suggest;

/// A step that may send the run elsewhere.
struct Sender<'c, 'm> {
    order: &'c Order<'m>,
    top: usize,
    child: bool,
}

/// Whether every way of a step leads somewhere. `child`: it is in a group.
pub(super) fn check(
    package: &Package,
    order: &Order<'_>,
    top: usize,
    child: bool,
    step: &Step,
    problems: &mut Problems,
) {
    let sender = Sender { order, top, child };
    if let Some((directives, path)) = order::directives(package, step) {
        let entry = path.map(|path| problems.enter(path));
        if let Some(back) = &directives.back {
            sender.back(back, problems);
        }
        if let Some(goto) = &directives.goto {
            sender.goto(goto, problems);
        }
        if let Some(entry) = entry {
            problems.enter(&entry);
        }
    }
    let Action::Run(command) = &step.action else {
        return;
    };
    for (_, signal) in &command.on_exit {
        match signal {
            Signal::Loop(back) => sender.back(back, problems),
            Signal::Goto(to, at, max) => sender.goto(
                &Goto {
                    to: vec![(to.clone(), *at)],
                    max: *max,
                },
                problems,
            ),
            Signal::Checkpoint | Signal::Pause | Signal::Error(_) => {}
        }
    }
}

impl Sender<'_, '_> {
    fn back(&self, back: &Loop, problems: &mut Problems) {
        let at = match &back.to {
            Target::Step(_, at) | Target::Back(_, at) => *at,
        };
        if self.refused(at, problems) {
            return;
        }
        match &back.to {
            Target::Step(to, at) => match self.find(to, *at, "to go back to", problems) {
                Some(target) if target > self.top => problems.error(
                    *at,
                    format!("the step `{to}` lies ahead; a loop goes back"),
                    "name this step or an earlier one, or use `goto`",
                ),
                Some(target) => needs::bar(self.order, self.top, target, *at, problems),
                None => {}
            },
            Target::Back(number, at) => match self.order.before(self.top, *number) {
                Some(target) => needs::bar(self.order, self.top, target, *at, problems),
                None => problems.error(
                    *at,
                    format!("there are fewer than {number} steps before this one"),
                    "write a smaller number, or name a step with `to`",
                ),
            },
        }
        for (skip, at) in &back.skip {
            self.find(skip, *at, "to pass over", problems);
        }
    }

    fn goto(&self, goto: &Goto, problems: &mut Problems) {
        for (to, at) in &goto.to {
            if self.refused(*at, problems) {
                return;
            }
            let target = self.find(to, *at, "to go on at", problems);
            if goto.max.is_none() && target.is_some_and(|target| target <= self.top) {
                problems.error(
                    *at,
                    format!("the step `{to}` does not lie ahead: a loop that can never end"),
                    format!("say how often, in the whole run: `goto: {{ to: {to}, max: 3 }}`"),
                );
            } else if let Some(target) = target {
                needs::bar(self.order, self.top, target, *at, problems);
            }
        }
    }

    /// Steps of a group run at the same time: none of them can lead the run away.
    fn refused(&self, at: Position, problems: &mut Problems) -> bool {
        if self.child {
            problems.error(
                at,
                "a step inside a group cannot send the run to another step",
                "take the step out of the group, or say `directives` at it without `loop` and `goto`",
            );
        }
        self.child
    }

    /// The position of the step `id`.
    fn find(&self, id: &str, at: Position, why: &str, problems: &mut Problems) -> Option<usize> {
        let place = self.order.place(id);
        if place.is_none() {
            let ids = self.order.ids().filter(|id| !id.is_empty());
            let help = suggest::help(id, ids, "steps");
            problems.error(at, format!("there is no step `{id}` {why}"), help);
        }
        place.map(|place| place.top)
    }
}

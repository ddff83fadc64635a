use super::needs;
use super::order::Order;
use crate::model::{OnFailure, Step};
use crate::problem::Problems;
use crate::suggest;

/// Whether every loop leads back.
pub(super) fn check(steps: &[Step], order: &Order<'_>, problems: &mut Problems) {
    for (top, step) in steps.iter().enumerate() {
        for child in step.children() {
            if let OnFailure::Loop { at, .. } = &child.on_failure {
                problems.error(
                    *at,
                    "a step inside a group cannot send the run back",
                    format!("write `on-failure` at the group `{}`", step.id),
                );
            }
        }
        let OnFailure::Loop { to, at, .. } = &step.on_failure else {
            continue;
        };
        let Some(target) = order.place(to) else {
            let help = suggest::help(to, order.ids().filter(|id| !id.is_empty()), "steps");
            problems.error(*at, format!("there is no step `{to}` to go back to"), help);
            continue;
        };
        if target.top > top {
            problems.error(
                *at,
                format!("the step `{to}` lies ahead; a loop goes back"),
                "name this step or an earlier one",
            );
        } else if target.top == top && target.child {
            problems.error(
                *at,
                format!("the step `{to}` is inside this group"),
                format!("go back to the group itself: `to: {}`", step.id),
            );
        } else {
            needs::bar(order, top, target.top, *at, problems);
        }
    }
}

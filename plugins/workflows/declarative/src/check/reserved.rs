use crate::model::Step;
use crate::problem::Problems;

/// Whether a step is called what something else is called already, be it by its `id`
/// or by the agent or the command that it runs.
pub(super) fn check(step: &Step, problems: &mut Problems) {
    let meaning = match step.id.as_str() {
        "state" | "input" => "it has a meaning of its own in placeholders",
        "controller" => "what is said to the controller stands under that name",
        _ => return,
    };
    problems.error(
        step.at,
        format!("`{}` cannot be the id of a step", step.id),
        format!("{meaning}; give the step an `id` of its own"),
    );
}

//! What can be wrong, and what is said about it: what happened, where, why, and what
//! to type next. Nothing is lost by any of it.

mod answers;
mod choices;
mod names;
mod packages;
mod places;
mod programs;
mod runs;
mod work;
mod workflow;

use crate::support::Cm;

/// The message for a workflow that is wrong; both commands must say the same, and
/// nothing must be started.
fn wrong(cm: &Cm) -> String {
    let checked = cm.run(["check", "flow"]).code(1).calm();
    let ran = cm.flow().code(2).stdout("").calm();
    let problem = |said: &str| {
        said.split("\ncm::bad-workflow")
            .next()
            .unwrap_or_default()
            .trim_end()
            .to_owned()
    };
    let by_run = problem(&ran.err());
    let by_check = checked
        .err()
        .trim_end()
        .rsplit_once('\n')
        .expect("a count at the end")
        .0
        .to_owned();
    assert_eq!(by_run, by_check);
    assert!(
        !cm.project().join(".codemachine").exists(),
        "something was started"
    );
    format!("{by_run}\n")
}

/// With the agent `planner`, if the workflow names it.
fn yaml(yaml: &str) -> Cm {
    let cm = Cm::new().workflow(yaml);
    match yaml.contains("planner") {
        true => cm.agent("planner", "Plan."),
        false => cm,
    }
}

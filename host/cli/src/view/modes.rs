//! Who drives a run, in words.

use cm_orchestrator::Run;
use cm_types::{Mode, Outline};

use super::text;

/// A line for the start of a run; none where nobody is asked anything anyway.
pub(crate) fn at_the_start(outline: &Outline, mode: Mode) -> Option<String> {
    let controller = outline.controller.as_deref();
    (mode != Mode::Continuous || controller.is_some()).then(|| line(mode, controller))
}

/// The same for a run that goes on, with whether it may change.
pub(crate) fn described(run: &Run) -> String {
    let named = run
        .controller
        .as_ref()
        .map(|(controller, _)| controller.name());
    let controller = named.or(run.outline.controller.as_deref());
    let line = line(run.mode, controller);
    match run.mode_lock() {
        Some(lock) => format!("{line}; locked: the workflow says `autonomous: {lock}`"),
        None => line,
    }
}

fn line(mode: Mode, controller: Option<&str>) -> String {
    let controller = controller.map(|name| text::one_line(name, 40));
    let who = match (mode, &controller) {
        (Mode::Manual, _) => "a person is asked after every turn".to_owned(),
        (Mode::Continuous, _) => "nobody is asked after a turn".to_owned(),
        (Mode::Hybrid, _) => "a person is asked where an agent is interactive".to_owned(),
        (Mode::Autonomous, Some(name)) => format!("{name} answers in your place"),
        (Mode::Autonomous, None) => "a controller answers in your place".to_owned(),
    };
    let able = match (mode, controller) {
        (Mode::Autonomous, _) | (_, None) => String::new(),
        (_, Some(name)) => format!("; {name} could take over: /mode autonomous or `cm mode`"),
    };
    format!("{}: {who}{able}", mode.as_str())
}

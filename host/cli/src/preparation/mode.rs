//! Who drives a run at its start.

use cm_types::{Mode, Outline};

use crate::trouble::Trouble;

/// The mode that a run begins with: what was typed, else what the workflow says.
pub(crate) fn at_the_start(outline: &Outline, typed: Option<&str>) -> Result<Mode, Trouble> {
    let said = said(outline);
    let Some(wanted) = typed.and_then(Mode::parse) else {
        return Ok(said);
    };
    if wanted != said
        && let Some(lock) = lock(outline)
    {
        let message = format!(
            "the workflow says `autonomous: {lock}`: it is {}, and nobody can change that",
            said.as_str()
        );
        return Err(Trouble::usage("locked-mode", message).help("leave --mode away"));
    }
    if wanted == Mode::Autonomous && outline.controller.is_none() {
        let message = "the workflow has no controller, so nobody could drive it but a person";
        return Err(Trouble::usage("no-controller", message).help(
            "choose another --mode: manual, continuous or hybrid\n\
             or name one in the workflow: `controller: AGENT`",
        ));
    }
    Ok(wanted)
}

/// Why nobody can change the mode, if so.
pub(crate) fn lock(outline: &Outline) -> Option<&str> {
    let word = outline.autonomous.as_str();
    matches!(word, "never" | "always").then_some(word)
}

fn said(outline: &Outline) -> Mode {
    let mode = Mode::parse(&outline.mode).unwrap_or_default();
    match outline.autonomous.as_str() {
        "start-manual" => Mode::Manual,
        "start-autonomous" if mode == Mode::Manual => match outline.controller {
            Some(_) => Mode::Autonomous,
            None => Mode::Continuous,
        },
        _ => mode,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(mode: &str, autonomous: &str, controller: Option<&str>) -> Outline {
        Outline {
            mode: mode.into(),
            autonomous: autonomous.into(),
            controller: controller.map(Into::into),
            ..Outline::default()
        }
    }

    #[test]
    fn a_run_begins_as_the_workflow_or_the_person_says() {
        let lead = Some("lead");
        for (outline, typed, expected) in [
            (outline("", "", None), None, Some(Mode::Continuous)),
            (outline("hybrid", "", None), None, Some(Mode::Hybrid)),
            (
                outline("hybrid", "", None),
                Some("manual"),
                Some(Mode::Manual),
            ),
            (outline("manual", "never", None), Some("hybrid"), None),
            (
                outline("manual", "never", None),
                Some("manual"),
                Some(Mode::Manual),
            ),
            (outline("hybrid", "", None), Some("autonomous"), None),
            (
                outline("hybrid", "", lead),
                Some("autonomous"),
                Some(Mode::Autonomous),
            ),
            (outline("autonomous", "always", lead), Some("manual"), None),
            (
                outline("continuous", "always", None),
                None,
                Some(Mode::Continuous),
            ),
            (
                outline("manual", "start-autonomous", None),
                None,
                Some(Mode::Continuous),
            ),
            (
                outline("autonomous", "start-manual", lead),
                None,
                Some(Mode::Manual),
            ),
        ] {
            let got = at_the_start(&outline, typed).ok();
            assert_eq!(got, expected, "{outline:?} {typed:?}");
        }
    }
}

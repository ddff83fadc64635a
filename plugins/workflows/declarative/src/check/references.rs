//! Whether every placeholder can have a value when it is needed.

use super::order::{Order, Place};
use crate::model::{Action, Selector};
use crate::problem::{Position, Problems};
use crate::suggest;
use crate::template::{Name, Placeholder, Template};

/// Who reads a text.
#[derive(Clone)]
pub(super) struct Reader<'c, 'm> {
    pub(super) order: &'c Order<'m>,
    /// The position of the step, or of its group.
    pub(super) top: usize,
    /// The step's id.
    pub(super) id: &'m str,
    /// The step's own names.
    pub(super) inputs: &'m [(String, Template)],
    /// The text is read after the step, so that its own output is there.
    pub(super) after: bool,
    /// The text is read in the middle of the step, after a first turn: what its agent,
    /// or one that it had run, said so far is there.
    pub(super) amid: bool,
    /// When the text is read.
    pub(super) when: Vec<&'m Selector>,
}

impl<'m> Reader<'_, 'm> {
    pub(super) fn check(&self, template: &Template, problems: &mut Problems) {
        template
            .placeholders()
            .for_each(|placeholder| self.placeholder(placeholder, problems));
    }

    fn placeholder(&self, placeholder: &Placeholder, problems: &mut Problems) {
        if problems.full() {
            return;
        }
        let at = placeholder.at;
        match &placeholder.name {
            Name::Plain(name) => self.plain(placeholder, name, problems),
            Name::Input(name) => {
                if !self.has_input(name) {
                    let names = self.inputs.iter().map(|(name, _)| name.as_str());
                    let help = suggest::help(name, names, "inputs");
                    problems.error(
                        at,
                        format!(
                            "{} names no input of the step `{}`",
                            placeholder.token(),
                            self.id
                        ),
                        help,
                    );
                }
            }
            Name::State(key) => self.state(placeholder, key, problems),
            Name::Output(step) => {
                self.step(placeholder, step, problems);
            }
            Name::Exit(step) => {
                if let Some(place) = self.step(placeholder, step, problems)
                    && !matches!(place.step.action, Action::Run(_))
                {
                    problems.error(
                        at,
                        format!("the step `{step}` has no exit code"),
                        format!("only `run` steps have one; there is {{{step}.output}}"),
                    );
                }
            }
            Name::Artifact(step, name) => {
                if let Some(place) = self.step(placeholder, step, problems)
                    && !place.step.save.contains(name)
                {
                    let help = match place.step.save.as_slice() {
                        [] => format!("write `save: {name}` at that step"),
                        saved => suggest::help(name, saved.iter().map(String::as_str), "it saves"),
                    };
                    problems.error(
                        at,
                        format!("the step `{step}` does not save `{name}`"),
                        help,
                    );
                }
            }
            Name::Unknown(name) => {
                let help = format!(
                    "after a step's name come `output`, `exit` or `artifact.NAME`; if it is text, write \\{{{name}}}"
                );
                problems.error(
                    at,
                    format!(
                        "{} is not a placeholder that can be filled",
                        placeholder.token()
                    ),
                    help,
                );
            }
        }
    }

    pub(super) fn has_input(&self, name: &str) -> bool {
        self.inputs.iter().any(|(input, _)| input == name)
    }

    fn state(&self, placeholder: &Placeholder, key: &str, problems: &mut Problems) {
        let written = match self.order.state.get(key) {
            // A Wasm step may write it, which cannot be seen from here.
            None if placeholder.optional => return,
            None => {
                let help = match suggest::nearest(key, self.order.state.keys().copied()) {
                    Some(near) => format!("did you mean {{state.{near}}}?"),
                    None => format!(
                        "write `state: {{ {key}: \"\" }}` at the top, or `set: {{ {key}: … }}` at an earlier step"
                    ),
                };
                problems.error(
                    placeholder.at,
                    format!("nothing gives {} a value", placeholder.token()),
                    help,
                );
                return;
            }
            Some(None) => return,
            Some(Some(writers)) => writers,
        };
        if written.iter().any(|top| self.is_over(*top)) {
            return;
        }
        let first = written.first().copied().unwrap_or_default();
        let why = match self.may_be_beside(first) {
            true => format!("the step that sets `{key}` may run at the same time as this one"),
            false => format!("the step that sets `{key}` comes later"),
        };
        self.late(placeholder, first, &why, problems);
    }

    /// Whether the step at `top` is over when the text is read.
    fn is_over(&self, top: usize) -> bool {
        match top == self.top {
            true => self.after,
            false => self.order.graph.is_before(top, self.top),
        }
    }

    /// Whether the step at `top` may run beside this one.
    fn may_be_beside(&self, top: usize) -> bool {
        let graph = &self.order.graph;
        top != self.top && !graph.is_before(top, self.top) && !graph.is_before(self.top, top)
    }

    /// A reference to what a step gave. The step that is meant, if there is one.
    fn step(
        &self,
        placeholder: &Placeholder,
        name: &str,
        problems: &mut Problems,
    ) -> Option<Place<'m>> {
        let places = self.order.named(name);
        let before = |place: &&Place<'_>| self.is_over(place.top);
        if let Some(place) = places.iter().rev().find(before) {
            self.left_out(placeholder, name, places.iter().filter(before), problems);
            return Some(*place);
        }
        if self.amid
            && matches!(placeholder.name, Name::Output(_))
            && let Some(place) = places.iter().find(|place| place.step.id == self.id)
        {
            return Some(*place);
        }
        let Some(place) = places.first().copied() else {
            let help = suggest::help(name, self.order.names(), "steps");
            problems.error(
                placeholder.at,
                format!(
                    "{}: there is no step or agent `{name}`",
                    placeholder.token()
                ),
                help,
            );
            return None;
        };
        let why = if self.id.is_empty() {
            "the controller is told this before any step has run".to_string()
        } else if place.step.id == self.id {
            format!("{} is the output of this step itself", placeholder.token())
        } else if place.top == self.top && place.child {
            format!("the step `{name}` runs at the same time")
        } else if place.top == self.top {
            format!("the group `{name}` is not over yet")
        } else if self.may_be_beside(place.top) {
            format!("the step `{name}` may run at the same time, because this one does not need it")
        } else {
            format!("the step `{name}` comes later")
        };
        self.late(placeholder, place.top, &why, problems);
        Some(place)
    }

    /// A value that is not there when the step runs first.
    fn late(&self, placeholder: &Placeholder, target: usize, why: &str, problems: &mut Problems) {
        let at: Position = placeholder.at;
        let name = &placeholder.name;
        match (
            placeholder.optional,
            self.order.comes_back(self.top, target),
        ) {
            (true, true) => {}
            (true, false) => problems.warning(
                at,
                format!("{} is always empty: {why}", placeholder.token()),
                "remove it",
            ),
            (false, true) => problems.error(
                at,
                why,
                format!("write {{!{name}}}: empty the first time, filled when the run comes back"),
            ),
            (false, false) => problems.error(at, why, "a step can use what earlier steps gave"),
        }
    }
}

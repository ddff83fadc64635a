//! Names without a dot: inputs, files, and what a run is started with.

use super::references::Reader;
use crate::problem::Problems;
use crate::suggest;
use crate::template::Placeholder;

/// What every run is started with.
pub(crate) const SETTINGS: [&str; 9] = [
    "date",
    "datetime",
    "project_name",
    "run_id",
    "selected_conditions",
    "selected_track",
    "specification",
    "timestamp",
    "user_name",
];

/// Names of the language that are not built yet.
const LATER: [&str; 2] = ["previous_output", "selected_track_label"];

impl Reader<'_, '_> {
    /// A name without a dot.
    pub(super) fn plain(&self, placeholder: &Placeholder, name: &str, problems: &mut Problems) {
        let files = &self.order.workflow.files;
        if self.has_input(name) || files.iter().any(|file| file.name == name) {
            return;
        }
        if SETTINGS.contains(&name) {
            return self.setting(placeholder, name, problems);
        }
        let (at, token) = (placeholder.at, placeholder.token());
        if LATER.contains(&name) {
            problems.error(at, format!("{token} is not supported yet"), "remove it");
            return;
        }
        let known = self
            .inputs
            .iter()
            .map(|(name, _)| name.as_str())
            .chain(files.iter().map(|file| file.name.as_str()))
            .chain(SETTINGS);
        let meant = match suggest::nearest(name, known.clone()) {
            Some(near) => format!("did you mean {{{near}}}?"),
            None if !self.order.named(name).is_empty() => {
                format!("did you mean {{{name}.output}}?")
            }
            None if self.order.state.contains_key(name) => {
                format!("did you mean {{state.{name}}}?")
            }
            None => suggest::help(name, known, "known"),
        };
        if placeholder.optional {
            problems.warning(
                at,
                format!("{token} is not known here and will be empty"),
                meant,
            );
        } else {
            problems.error(
                at,
                format!("{token} is not known here"),
                format!("{meant}{} if it is text: \\{token}", suggest::or(&meant)),
            );
        }
    }

    /// What a run is started with, as far as the workflow has it.
    fn setting(&self, placeholder: &Placeholder, name: &str, problems: &mut Problems) {
        let workflow = self.order.workflow;
        let asks = |tracks| {
            let mut choices = workflow.choices.iter();
            choices.any(|question| question.tracks == tracks)
        };
        let why = match name {
            "selected_track" if !asks(true) => "the workflow has no `tracks`",
            "selected_conditions" if !asks(false) => "the workflow has no `conditions`",
            "specification" if workflow.specification == "none" => {
                "the workflow says `specification: none`"
            }
            _ => {
                self.order
                    .specified
                    .set(self.order.specified.get() || name == "specification");
                return;
            }
        };
        let token = placeholder.token();
        match placeholder.optional {
            true => problems.warning(
                placeholder.at,
                format!("{token} is always empty: {why}"),
                "remove it",
            ),
            false => problems.error(
                placeholder.at,
                format!("{token} has no value: {why}"),
                "remove it, or change the workflow",
            ),
        }
    }
}

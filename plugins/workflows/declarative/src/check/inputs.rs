use crate::problem::Problems;
use crate::template::{Name, Placeholder, Template};

/// Inputs that the prompt does not use.
pub(super) fn unused(inputs: &[(String, Template)], prompt: &Template, problems: &mut Problems) {
    for (name, template) in inputs {
        let uses = |placeholder: &Placeholder| matches!(&placeholder.name, Name::Plain(used) | Name::Input(used) if used == name);
        if !prompt.placeholders().any(uses) {
            problems.warning(
                template.at,
                format!("the prompt does not use the input `{name}`"),
                format!("write {{{name}}} where it belongs in the prompt"),
            );
        }
    }
}

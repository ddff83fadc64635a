use crate::problem::Problems;
use crate::template::{Name, Placeholder, Template};

/// Inputs that none of the prompts uses.
pub(super) fn unused(
    inputs: &[(String, Template)],
    prompts: &[&Template],
    problems: &mut Problems,
) {
    for (name, template) in inputs {
        let uses = |placeholder: &Placeholder| matches!(&placeholder.name, Name::Plain(used) | Name::Input(used) if used == name);
        let mut placeholders = prompts.iter().flat_map(|prompt| prompt.placeholders());
        if !placeholders.any(uses) {
            problems.warning(
                template.at,
                format!("the prompt does not use the input `{name}`"),
                format!("write {{{name}}} where it belongs in the prompt"),
            );
        }
    }
}

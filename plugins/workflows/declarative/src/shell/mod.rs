//! Values in shell commands. They are handed over as environment variables and
//! never as text: `echo {planner.output}` becomes `echo "${CM_V1}"`, so that the
//! shell never reads a value as code, whatever is in it.
//!
//! How the variable must be written depends on the quotes around it, so the
//! line is followed as the shell would. If that went wrong somewhere, a value
//! could be split into words, but still not become code. The places where it
//! would (`sh -c "…{x}…"`, `eval`, arithmetic) are refused.

mod follow;
mod words;

use crate::problem::Position;
use crate::template::{Name, Part, Placeholder, Template};
use follow::Follow;

/// Where in a line a value stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Spot {
    /// Outside of quotes.
    Bare,
    /// Where variables are expanded and stay whole: `"…"`, a here-document.
    Expanded,
    /// Inside `'…'`.
    Single,
}

/// Why a value cannot stand where it does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    /// Of the placeholder.
    pub(crate) at: Position,
    /// What is wrong.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) help: &'static str,
}

/// A command for the shell.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Line {
    /// With variables in place of the placeholders.
    pub(crate) text: String,
    /// The variables and what they stand for.
    pub(crate) variables: Vec<(String, Placeholder)>,
}

/// Puts variables in place of the placeholders.
pub(crate) fn line(template: &Template) -> Result<Line, Refusal> {
    let mut follow = Follow::default();
    let mut line = Line::default();
    for part in &template.parts {
        match part {
            Part::Text(text) => {
                follow.text(text);
                line.text.push_str(text);
            }
            Part::Placeholder(placeholder) => {
                let spot = follow.value().map_err(|(why, help)| Refusal {
                    at: placeholder.at,
                    message: format!("{} {why}", placeholder.token()),
                    help,
                })?;
                let name = variable(&mut line.variables, placeholder);
                line.text.push_str(&match spot {
                    Spot::Bare => format!("\"${{{name}}}\""),
                    Spot::Expanded => format!("${{{name}}}"),
                    Spot::Single => format!("'\"${{{name}}}\"'"),
                });
            }
        }
    }
    Ok(line)
}

/// The variable that stands for a placeholder: one for each name.
fn variable(variables: &mut Vec<(String, Placeholder)>, placeholder: &Placeholder) -> String {
    let same =
        |name: &Name, optional: bool| *name == placeholder.name && optional == placeholder.optional;
    if let Some((variable, _)) = variables
        .iter()
        .find(|(_, known)| same(&known.name, known.optional))
    {
        return variable.clone();
    }
    let variable = format!("CM_V{}", variables.len() + 1);
    variables.push((variable.clone(), placeholder.clone()));
    variable
}

use super::fields::{Fields, text};
use crate::model::OnFailure;
use crate::problem::Problems;
use crate::suggest;
use crate::yaml::{Node, Value};

const EXAMPLE: &str = "on-failure: { loop: { to: STEP, max: 3 } }";

/// `on-failure:` of a step.
pub(super) fn read(fields: &Fields<'_>, problems: &mut Problems) -> OnFailure {
    let Some(node) = fields.node("on-failure") else {
        return OnFailure::Stop;
    };
    match &node.value {
        Value::Map { .. } => back(node, problems).unwrap_or_default(),
        _ => {
            let Some(word) = text("`on-failure`", node.at, node, problems) else {
                return OnFailure::Stop;
            };
            match word.text {
                "stop" => OnFailure::Stop,
                "continue" => OnFailure::Continue,
                "loop" => {
                    problems.error(
                        word.at,
                        "`loop` needs a step to go back to",
                        format!("write `{EXAMPLE}`"),
                    );
                    OnFailure::Stop
                }
                other => {
                    let help = suggest::help(other, ["stop", "continue", "loop"], "possible");
                    problems.error(
                        word.at,
                        format!("`on-failure` cannot be `{}`", super::fields::short(other)),
                        help,
                    );
                    OnFailure::Stop
                }
            }
        }
    }
}

fn back(node: &Node, problems: &mut Problems) -> Option<OnFailure> {
    let outer = Fields::of("`on-failure`", node, EXAMPLE, problems)?;
    let inner = outer.node("loop");
    outer.finish(&["loop"], &["goto", "fallback", "retry", "ask"], problems);
    let Some(inner) = inner else {
        problems.error(
            node.at,
            "`on-failure` says nothing",
            format!("write `{EXAMPLE}`"),
        );
        return None;
    };
    let fields = Fields::of("`loop`", inner, EXAMPLE, problems)?;
    let to = fields.text("to", problems);
    let max = fields.count("max", 1000, problems);
    if fields.node("to").is_none() {
        problems.error(
            inner.at,
            "`loop` does not say where to go back to",
            format!("write `{EXAMPLE}`"),
        );
    }
    if fields.node("max").is_none() {
        problems.error(
            inner.at,
            "`loop` has no limit",
            format!("write `{EXAMPLE}`"),
        );
    }
    fields.finish(&["to", "max"], &["while", "until", "skip"], problems);
    let to = to?;
    Some(OnFailure::Loop {
        to: to.owned(),
        at: to.at,
        max: max?,
    })
}

//! Who drives: `mode`, `autonomous` and `controller`.

use super::data::data;
use super::fields::{Fields, short, text};
use super::word;
use crate::model::{Controller, Drive, Who};
use crate::problem::{Position, Problems};
use crate::yaml::{Node, Value};

pub(super) const MODES: [&str; 4] = ["manual", "continuous", "hybrid", "autonomous"];
pub(super) const AUTONOMOUS: [&str; 4] = ["never", "always", "start-manual", "start-autonomous"];

const CONTROLLER: &str = "controller: { agent: NAME, turns: 20 }";
/// How often a controller may talk to the agent of one step, unless it is said.
const TURNS: u32 = 20;

pub(super) fn read(fields: &Fields<'_>, problems: &mut Problems) -> Drive {
    let written = fields.word("mode", &MODES, problems);
    let mode = written.clone().unwrap_or_else(|| "continuous".into());
    let autonomous = fields.word("autonomous", &AUTONOMOUS, problems);
    let controller = controller(fields, problems);
    if let (Some(word), Some(at)) = (&autonomous, fields.key("autonomous")) {
        contradiction(word, &mode, written.is_some(), at, problems);
    }
    if mode == "autonomous" && fields.node("controller").is_none() {
        problems.error(
            fields.key("mode").unwrap_or_default(),
            "the mode `autonomous` needs somebody who answers in the person's place",
            "write `controller: NAME` and agents/NAME.md, or choose another mode",
        );
    }
    let default = match mode.as_str() {
        "manual" => "start-manual",
        _ => "start-autonomous",
    };
    Drive {
        mode,
        autonomous: autonomous.unwrap_or_else(|| default.into()),
        controller,
    }
}

fn contradiction(word: &str, mode: &str, written: bool, at: Position, problems: &mut Problems) {
    let way = match (word, mode) {
        ("never", "autonomous" | "continuous") => "write `mode: manual` or `mode: hybrid`",
        ("always", "manual") => "choose another mode",
        _ => return,
    };
    let mode = match written {
        true => format!("the mode is `{mode}`"),
        false => format!("the mode is `{mode}` when none is named"),
    };
    problems.error(
        at,
        format!("`autonomous: {word}` contradicts the mode: {mode}"),
        format!("{way}, or remove `autonomous`"),
    );
}

fn controller(fields: &Fields<'_>, problems: &mut Problems) -> Option<Controller> {
    let node = fields.node("controller")?;
    let key = fields.key("controller")?;
    if !matches!(node.value, Value::Map { .. }) {
        let name = text("`controller`", key, node, problems)?;
        return agent(name.text, name.at, TURNS, problems);
    }
    long(node, problems)
}

fn long(node: &Node, problems: &mut Problems) -> Option<Controller> {
    let fields = Fields::of("`controller`", node, CONTROLLER, problems)?;
    let turns = fields.count("turns", 1000, problems).unwrap_or(TURNS);
    match (fields.key("agent"), fields.key("component")) {
        (Some(_), None) => {
            let name = fields.text("agent", problems);
            fields.finish(&["agent", "turns"], &[], problems);
            agent(name.as_ref()?.text, name.as_ref()?.at, turns, problems)
        }
        (None, Some(_)) => {
            let name = fields.text("component", problems);
            let config = fields.node("config").map(data).unwrap_or_default();
            fields.finish(&["component", "config", "turns"], &[], problems);
            let name = name?;
            let good = name.text.split(':').count() <= 2 && name.text.split(':').all(word::is_name);
            if !good {
                problems.error(
                    name.at,
                    format!("`{}` cannot be the name of a component", short(name.text)),
                    "write `COMPONENT` or `PACKAGE:COMPONENT`",
                );
                return None;
            }
            Some(Controller {
                at: name.at,
                who: Who::Component(name.owned(), config),
                turns,
            })
        }
        (None, None) => {
            problems.error(
                node.at,
                "this names no controller",
                format!("write `{CONTROLLER}`, or `controller: {{ component: NAME }}`"),
            );
            fields.finish(&["agent", "component", "config", "turns"], &[], problems);
            None
        }
        (Some(_), Some(at)) => {
            problems.error(
                at,
                "a controller is an agent or a component, not both",
                "keep one of the two",
            );
            None
        }
    }
}

fn agent(name: &str, at: Position, turns: u32, problems: &mut Problems) -> Option<Controller> {
    if !word::is_name(name) {
        problems.error(
            at,
            format!("`{}` cannot be the name of an agent", short(name)),
            word::AGENT_HELP,
        );
        return None;
    }
    Some(Controller {
        at,
        who: Who::Agent(name.into()),
        turns,
    })
}

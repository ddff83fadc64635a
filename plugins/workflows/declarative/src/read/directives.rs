//! What turns and commands may tell the workflow: `directives` and `on-exit`.

use super::fields::{Fields, short, text};
use super::selector;
use crate::model::{Directives, Goto, Loop, Signal, Target};
use crate::problem::{Position, Problems};
use crate::suggest;
use crate::yaml::{Node, Value};

const WORDS: [&str; 6] = ["loop", "checkpoint", "pause", "error", "trigger", "goto"];
const LOOP: &str = "loop: { to: STEP, max: 3 }";
const GOTO: &str = "goto: { to: [STEP], max: 3 }";
const EXAMPLE: &str = "directives: [checkpoint, pause, error]";
const ON_EXIT: &str = "on-exit: { 3: { goto: STEP } }";

/// `directives:` of an agent or a step. None when nothing is said.
pub(super) fn read(fields: &Fields<'_>, problems: &mut Problems) -> Option<Directives> {
    let node = fields.node("directives")?;
    Some(match &node.value {
        Value::Map { .. } => long(node, problems).unwrap_or_default(),
        _ => short_form(fields, problems),
    })
}

fn short_form(fields: &Fields<'_>, problems: &mut Problems) -> Directives {
    let mut directives = Directives::default();
    for word in fields.texts("directives", problems) {
        match word.text {
            "checkpoint" => directives.checkpoint = true,
            "pause" => directives.pause = true,
            "error" => directives.error = true,
            "loop" | "goto" => problems.error(
                word.at,
                format!("`{}` needs to know where it may go", word.text),
                format!(
                    "write `directives: {{ {} }}`",
                    if word.text == "loop" { LOOP } else { GOTO }
                ),
            ),
            "trigger" => problems.error(
                word.at,
                "`trigger` needs to know which agents it may run",
                "write `directives: { trigger: [AGENT] }`",
            ),
            other => problems.error(
                word.at,
                format!("there is no directive `{}`", short(other)),
                suggest::help(other, WORDS, "directives"),
            ),
        }
    }
    directives
}

fn long(node: &Node, problems: &mut Problems) -> Option<Directives> {
    let fields = Fields::of("`directives`", node, EXAMPLE, problems)?;
    let directives = Directives {
        back: fields.node("loop").and_then(|node| looping(node, problems)),
        checkpoint: fields.truth("checkpoint", problems).unwrap_or_default(),
        pause: fields.truth("pause", problems).unwrap_or_default(),
        error: fields.truth("error", problems).unwrap_or_default(),
        trigger: selector::names(&fields, "trigger", problems),
        goto: fields.key("goto").and_then(|_| jump(&fields, problems)),
    };
    fields.finish(&WORDS, &[], problems);
    Some(directives)
}

fn looping(node: &Node, problems: &mut Problems) -> Option<Loop> {
    let fields = Fields::of("`loop`", node, LOOP, problems)?;
    let to = fields.text("to", problems);
    let steps = fields.count("steps", 1000, problems);
    let max = fields.count("max", 1000, problems);
    let skip = selector::names(&fields, "skip", problems);
    let example = format!("write `{LOOP}`, or `loop: {{ steps: 2, max: 3 }}`");
    match (fields.key("to"), fields.key("steps")) {
        (None, None) => problems.error(node.at, "`loop` does not say where to go back to", example),
        (Some(_), Some(at)) => problems.error(
            at,
            "`loop` has both `to` and `steps`",
            "keep one of the two",
        ),
        _ => {}
    }
    let place = fields.key("steps").unwrap_or(node.at);
    endless(&fields, "`loop`", node.at, problems);
    fields.finish(
        &["to", "steps", "max", "skip"],
        &["while", "until"],
        problems,
    );
    let target = match (to, steps) {
        (Some(to), _) => Target::Step(to.owned(), to.at),
        (None, steps) => Target::Back(steps?, place),
    };
    Some(Loop {
        to: target,
        max: max?,
        skip,
    })
}

/// A way back without a limit is a loop that can never end.
fn endless(fields: &Fields<'_>, what: &str, at: Position, problems: &mut Problems) {
    if fields.node("max").is_none() {
        problems.error(
            at,
            format!("{what} has no limit: a loop that can never end"),
            format!("say how often, in the whole run: `{LOOP}`"),
        );
    }
}

fn jump(fields: &Fields<'_>, problems: &mut Problems) -> Option<Goto> {
    let node = fields.node("goto")?;
    let (to, max) = match &node.value {
        Value::Map { .. } => {
            let inner = Fields::of("`goto`", node, GOTO, problems)?;
            let to = selector::names(&inner, "to", problems);
            let max = inner.count("max", 1000, problems);
            if inner.node("to").is_none() {
                problems.error(
                    node.at,
                    "`goto` does not say where it may go",
                    format!("write `{GOTO}`"),
                );
            }
            inner.finish(&["to", "max"], &[], problems);
            (to, max)
        }
        _ => (selector::names(fields, "goto", problems), None),
    };
    Some(Goto { to, max })
}

/// `on-exit:` of a command.
pub(super) fn on_exit(fields: &Fields<'_>, problems: &mut Problems) -> Vec<(i32, Signal)> {
    let mut signals: Vec<(i32, Signal)> = Vec::new();
    for (key, node) in fields.map("on-exit", problems) {
        let code = key.text.parse::<u8>().ok().map(i32::from);
        let Some(code) = code else {
            problems.error(
                key.at,
                format!("`{}` is not an exit code", short(&key.text)),
                format!("a number from 0 to 255, like `{ON_EXIT}`"),
            );
            continue;
        };
        if signals.iter().any(|(known, _)| *known == code) {
            let message = format!("the exit code {code} is here twice");
            problems.error(key.at, message, "keep one of the two");
        }
        if let Some(signal) = signal(node, key.at, problems) {
            signals.push((code, signal));
        }
    }
    signals
}

fn signal(node: &Node, key: Position, problems: &mut Problems) -> Option<Signal> {
    if !matches!(node.value, Value::Map { .. }) {
        let word = text("the value of `on-exit`", key, node, problems)?;
        return match word.text {
            "checkpoint" => Some(Signal::Checkpoint),
            "pause" => Some(Signal::Pause),
            "error" => Some(Signal::Error(None)),
            other => {
                let known = ["checkpoint", "pause", "error"];
                let help = match other {
                    "loop" => format!("write `{LOOP}`"),
                    "goto" => format!("write `{ON_EXIT}`"),
                    _ => suggest::help(other, known, "possible"),
                };
                problems.error(
                    word.at,
                    format!("`on-exit` cannot be `{}`", short(other)),
                    help,
                );
                None
            }
        };
    }
    let fields = Fields::of("`on-exit`", node, ON_EXIT, problems)?;
    let known = ["loop", "goto", "error"];
    let given: Vec<_> = known
        .into_iter()
        .filter(|key| fields.node(key).is_some())
        .collect();
    let signal = match given.as_slice() {
        ["loop"] => fields
            .node("loop")
            .and_then(|node| looping(node, problems))
            .map(Signal::Loop),
        ["goto"] => one_jump(&fields, problems),
        ["error"] => fields
            .text("error", problems)
            .map(|text| Signal::Error(Some(text.owned()))),
        _ => {
            problems.error(
                node.at,
                "an exit code tells the workflow one thing",
                "one of `checkpoint`, `pause`, `error`, `{ loop: … }`, `{ goto: STEP }`, `{ error: REASON }`",
            );
            None
        }
    };
    fields.finish(&known, &[], problems);
    signal
}

fn one_jump(fields: &Fields<'_>, problems: &mut Problems) -> Option<Signal> {
    let at = fields.node("goto")?.at;
    let goto = jump(fields, problems)?;
    match <[_; 1]>::try_from(goto.to) {
        Ok([(to, at)]) => Some(Signal::Goto(to, at, goto.max)),
        Err(several) => {
            if !several.is_empty() {
                problems.error(
                    at,
                    "an exit code leads to one step",
                    format!("write `{ON_EXIT}`"),
                );
            }
            None
        }
    }
}

//! A turn of the past, decoded again.

use std::collections::VecDeque;

use cm_effects::Lines;
use cm_types::{Action, Framing, Input, TurnEvent, Usage};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{Broken, PastTurn, Subject, event_json, normal};

/// What another adapter makes of a turn that was recorded.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Redecoded {
    /// The step that the turn is of.
    pub step: String,
    /// The engine that it was for.
    pub engine: String,
    /// Whether everything is as it was.
    pub same: bool,
    /// The events as they were, one a line, without the last.
    pub was: Vec<Value>,
    /// The events as they are now.
    pub is: Vec<Value>,
    /// Tokens, in and out: as they were, and as they are now.
    pub tokens: [u64; 2],
    /// US dollars: as they were, and as they are now.
    pub cost_usd: [f64; 2],
    /// How the turn ended: as it did, and as it does now. Of failures only that they are.
    pub result: [Value; 2],
    /// Why the adapter did not come to an end, if it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broken: Option<String>,
    /// Bytes that were not recorded, so that neither may be the whole.
    #[serde(skip_serializing_if = "is_zero")]
    pub dropped: u64,
}

/// Decodes a turn again.
pub fn redecode(subject: &dyn Subject, turn: &PastTurn) -> Redecoded {
    let (events, broken) = decode(subject, turn);
    let finish = events.iter().find_map(|event| match event {
        TurnEvent::Finish(finish) => Some(finish),
        _ => None,
    });
    let before = match &turn.result {
        Some(Ok(text)) => json!({ "ok": true, "text": text }),
        Some(Err(_)) => json!({ "ok": false }),
        None => Value::Null,
    };
    let now = match finish {
        Some(finish) if finish.ok => json!({ "ok": true, "text": finish.text }),
        _ => json!({ "ok": false }),
    };
    // Of a turn that was tried again nobody knows the end.
    let now = if before.is_null() { Value::Null } else { now };
    let (was, is) = (lines(&turn.events), lines(&events));
    let (old, new) = (used(&turn.events), used(&events));
    Redecoded {
        step: turn.step.clone(),
        engine: turn.engine.clone(),
        same: was == is && before == now && broken.is_none(),
        was,
        is,
        tokens: [old.0, new.0],
        cost_usd: [old.1, new.1],
        result: [before, now],
        broken: broken.map(|broken| match broken {
            Broken::Said(error) => error.to_string(),
            Broken::Failed(why) => why,
        }),
        dropped: turn.dropped,
    }
}

fn decode(subject: &dyn Subject, turn: &PastTurn) -> (Vec<TurnEvent>, Option<Broken>) {
    let mut machine = match subject.turn(turn.asked.request()) {
        Ok(machine) => machine,
        Err(broken) => return (Vec::new(), Some(broken)),
    };
    let mut events = Vec::new();
    let mut lines: Option<Lines> = None;
    let mut inputs = vec![Input::Begin];
    inputs.extend(turn.inputs.iter().cloned());
    for input in inputs {
        for input in framed(input, &mut lines) {
            let mut waiting = VecDeque::from([input]);
            while let Some(input) = waiting.pop_front() {
                let actions = match machine.next(input) {
                    Ok(actions) => actions,
                    Err(broken) => return (events, Some(broken)),
                };
                for action in actions {
                    match action {
                        Action::Spawn(command) if command.framing == Framing::Lines => {
                            lines = Some(Lines::default());
                        }
                        Action::Emit(event) => {
                            // What was answered shows in what came after it.
                            if let TurnEvent::Ask(ask) = &event {
                                waiting.push_back(Input::Granted(ask.id.clone()));
                            }
                            events.push(event);
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    (events, None)
}

/// Output as an adapter takes it that wants lines.
fn framed(input: Input, lines: &mut Option<Lines>) -> Vec<Input> {
    match (lines, input) {
        (Some(lines), Input::Stdout(bytes)) => {
            lines.push(&bytes).into_iter().map(Input::Line).collect()
        }
        (Some(lines), Input::Exited(code)) => {
            let rest = lines.finish().map(Input::Line);
            rest.into_iter().chain([Input::Exited(code)]).collect()
        }
        (_, input) => vec![input],
    }
}

/// As they are compared: how the turn ended is looked at by itself, and when a limit is
/// over depends on the day.
fn lines(events: &[TurnEvent]) -> Vec<Value> {
    let events = normal(events).into_iter().filter_map(|event| match event {
        TurnEvent::Finish(_) => None,
        TurnEvent::Limit(mut limit) => {
            limit.until_ms = None;
            Some(event_json(&TurnEvent::Limit(limit)))
        }
        event => Some(event_json(&event)),
    });
    events.collect()
}

fn used(events: &[TurnEvent]) -> (u64, f64) {
    let used = events.iter().filter_map(|event| match event {
        TurnEvent::Usage(usage) => Some(usage),
        _ => None,
    });
    used.fold((0, 0.0), |(tokens, usd), usage: &Usage| {
        let more = u64::from(usage.input) + u64::from(usage.output);
        (tokens + more, usd + usage.cost_usd.unwrap_or_default())
    })
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

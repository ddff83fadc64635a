//! For tests: plays recorded bytes through an adapter.

mod exchanges;
mod recordings;

use std::path::Path;

use serde_json::{Value, json};

use super::{Action, Adapter, Command, Error, Event, Input, Machine, Request};

pub use exchanges::{Held, Said, Talk, echo, hold, request_json, talks_hold};
pub use recordings::{Recording, recordings_hold};

/// The command that an adapter plans for a request.
///
/// # Errors
///
/// What the adapter has against the request.
pub fn plan<A: Adapter>(request: Request) -> Result<Command, Error> {
    let actions = Machine::<A>::new(request).next(Input::Begin)?;
    for action in actions {
        if let Action::Spawn(command) = action {
            return Ok(command);
        }
    }
    Err(Error::invalid_request(
        "no-spawn",
        "The adapter starts no program.",
    ))
}

/// Plays one turn: these pieces of standard output, this standard error, this
/// exit code. Gives all events.
pub fn play<A: Adapter>(
    request: Request,
    stdout: &[&[u8]],
    stderr: &[u8],
    code: Option<i32>,
) -> Vec<Event> {
    let mut inputs = vec![Input::Begin];
    inputs.extend(stdout.iter().map(|piece| Input::Stdout(piece.to_vec())));
    inputs.push(Input::Stderr(stderr.to_vec()));
    inputs.push(Input::Exited(code));
    feed::<A>(request, inputs)
}

/// Plays any inputs and gives all events. Errors end it.
pub fn feed<A: Adapter>(request: Request, inputs: Vec<Input>) -> Vec<Event> {
    let mut machine = Machine::<A>::new(request);
    let mut events = Vec::new();
    for input in inputs {
        let Ok(actions) = machine.next(input) else {
            break;
        };
        events.extend(actions.into_iter().filter_map(|action| match action {
            Action::Emit(event) => Some(event),
            _ => None,
        }));
    }
    events
}

/// Pieces of a text that follow each other, as one. Where a program cuts its
/// answer is of no interest to anyone.
pub fn joined(events: Vec<Event>) -> Vec<Event> {
    let mut joined: Vec<Event> = Vec::new();
    for event in events {
        match (joined.last_mut(), event) {
            (Some(Event::Text(last)), Event::Text(next))
            | (Some(Event::Thought(last)), Event::Thought(next)) => last.push_str(&next),
            (_, event) => joined.push(event),
        }
    }
    joined
}

/// An event as JSON, for recordings that a person can read.
pub fn event_json(event: &Event) -> Value {
    match event {
        Event::Session(id) => json!({ "session": id }),
        Event::Text(text) => json!({ "text": text }),
        Event::Thought(text) => json!({ "thought": text }),
        Event::Call(call) => json!({ "call": {
            "id": call.id, "name": call.name,
            "arguments": parsed(&call.arguments), "options": call.options } }),
        Event::Outcome(result) => json!({ "outcome": {
            "id": result.id, "ok": result.ok, "output": result.output, "options": result.options } }),
        Event::Usage(usage) => json!({ "usage": {
            "input": usage.input, "cached": usage.cached, "output": usage.output,
            "reasoning": usage.reasoning, "cost-usd": usage.cost_usd, "options": usage.options } }),
        Event::Ask(ask) => json!({ "ask": {
            "id": ask.id, "tool": ask.tool, "arguments": parsed(&ask.arguments) } }),
        Event::Limit(limit) => json!({ "limit": {
            "until-ms": limit.until_ms, "scope": limit.scope,
            "message": limit.message, "options": limit.options } }),
        Event::Finish(finish) => json!({ "finish": {
            "ok": finish.ok, "text": finish.text, "reason": finish.reason,
            "failure": finish.failure.as_ref().map(|failure| json!({
                "code": failure.code, "message": failure.message, "retry": failure.retry,
                "retry-after-ms": failure.retry_after_ms, "details": failure.details })),
            "options": finish.options } }),
        Event::Other(other) => json!({ other.kind.clone(): parsed(&other.body) }),
    }
}

/// A command as JSON.
pub fn command_json(command: &Command) -> Value {
    let mut shown = json!({
        "program": command.program,
        "arguments": command.arguments,
        "environment": command.environment,
        "stdin": command.stdin,
    });
    if !command.files.is_empty() {
        shown["files"] = json!(command.files);
    }
    if !command.collect.is_empty() {
        shown["collect"] = json!(command.collect);
    }
    shown
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// Bytes cut at any places, in order.
pub fn cut(bytes: &[u8], places: &[usize]) -> Vec<Vec<u8>> {
    let mut places: Vec<usize> = places
        .iter()
        .map(|place| place % (bytes.len() + 1))
        .collect();
    places.sort_unstable();
    let mut pieces = Vec::new();
    let mut rest = bytes;
    let mut done = 0;
    for place in places {
        let (piece, after) = rest.split_at(place - done);
        pieces.push(piece.to_vec());
        (rest, done) = (after, place);
    }
    pieces.push(rest.to_vec());
    pieces
}

/// The `finish` of a turn.
///
/// # Panics
///
/// When there is not exactly one, or it is not the last event, or `ok` and
/// `failure` disagree.
pub fn finish(events: &[Event]) -> &super::Finish {
    let finishes = events
        .iter()
        .filter(|event| matches!(event, Event::Finish(_)))
        .count();
    assert_eq!(finishes, 1, "exactly one finish: {events:?}");
    let Some(Event::Finish(finish)) = events.last() else {
        panic!("finish is the last event: {events:?}");
    };
    assert_eq!(
        finish.ok,
        finish.failure.is_none(),
        "failure tells why not: {finish:?}"
    );
    finish
}

/// Compares values with a file of JSON lines. With `UPDATE_GOLDEN=1` in the
/// environment the file is written instead.
///
/// # Panics
///
/// When they differ, or the file cannot be read.
pub fn golden(file: &Path, values: &[Value]) {
    let lines: Vec<String> = values.iter().map(Value::to_string).collect();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        if let Some(folder) = file.parent() {
            let _ = std::fs::create_dir_all(folder);
        }
        let written = std::fs::write(file, lines.join("\n") + "\n");
        assert!(written.is_ok(), "{}: {written:?}", file.display());
        return;
    }
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => panic!("{}: {error}; write it with UPDATE_GOLDEN=1", file.display()),
    };
    let expected: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or(Value::Null))
        .collect();
    for (at, (expected, value)) in expected.iter().zip(values).enumerate() {
        assert_eq!(value, expected, "{} line {}", file.display(), at + 1);
    }
    assert_eq!(
        values.len(),
        expected.len(),
        "{}: number of lines",
        file.display()
    );
}

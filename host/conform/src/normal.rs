use cm_types::TurnEvent;
use serde_json::{Value, json};

/// Events without what nobody depends on: pieces of a text that follow each other are one.
pub fn normal(events: &[TurnEvent]) -> Vec<TurnEvent> {
    let mut normal: Vec<TurnEvent> = Vec::new();
    for event in events {
        match (normal.last_mut(), event) {
            (Some(TurnEvent::Text(last)), TurnEvent::Text(next))
            | (Some(TurnEvent::Thought(last)), TurnEvent::Thought(next)) => last.push_str(next),
            (_, event) => normal.push(event.clone()),
        }
    }
    normal
}

/// An event as JSON that a person can read: what is JSON inside of it is not quoted.
pub fn event_json(event: &TurnEvent) -> Value {
    match event {
        TurnEvent::Session(id) => json!({ "session": id }),
        TurnEvent::Text(text) => json!({ "text": text }),
        TurnEvent::Thought(text) => json!({ "thought": text }),
        TurnEvent::Call(call) => json!({ "call": {
            "id": call.id, "name": call.name,
            "arguments": parsed(&call.arguments), "options": call.options } }),
        TurnEvent::Outcome(result) => json!({ "outcome": {
            "id": result.id, "ok": result.ok, "output": result.output,
            "options": result.options } }),
        TurnEvent::Usage(usage) => json!({ "usage": {
            "input": usage.input, "cached": usage.cached, "output": usage.output,
            "reasoning": usage.reasoning, "cost-usd": usage.cost_usd,
            "options": usage.options } }),
        TurnEvent::Ask(ask) => json!({ "ask": {
            "id": ask.id, "tool": ask.tool, "arguments": parsed(&ask.arguments) } }),
        TurnEvent::Limit(limit) => json!({ "limit": {
            "until-ms": limit.until_ms, "scope": limit.scope,
            "message": limit.message, "options": limit.options } }),
        TurnEvent::Finish(finish) => json!({ "finish": {
            "ok": finish.ok, "text": finish.text, "reason": finish.reason,
            "failure": finish.failure.as_ref().map(|failure| json!({
                "code": failure.code, "message": failure.message, "retry": failure.retry,
                "retry-after-ms": failure.retry_after_ms, "details": failure.details })),
            "options": finish.options } }),
        TurnEvent::Other(other) => json!({ other.kind.clone(): parsed(&other.body) }),
    }
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

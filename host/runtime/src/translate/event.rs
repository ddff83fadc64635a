use cm_types::{Finish, Permission, RateLimit, ToolCall, ToolResult, TurnEvent, Usage};

use crate::bindings::engine::cm::types::events;

impl From<events::Event> for TurnEvent {
    fn from(event: events::Event) -> Self {
        match event {
            events::Event::Session(id) => Self::Session(id),
            events::Event::Text(text) => Self::Text(text),
            events::Event::Thought(text) => Self::Thought(text),
            events::Event::Call(call) => Self::Call(call.into()),
            events::Event::Outcome(result) => Self::Outcome(ToolResult {
                id: result.id,
                ok: result.ok,
                output: result.output,
                options: result.options,
            }),
            events::Event::Usage(usage) => Self::Usage(Usage {
                input: usage.input,
                cached: usage.cached,
                output: usage.output,
                reasoning: usage.reasoning,
                cost_usd: usage.cost_usd,
                options: usage.options,
            }),
            events::Event::Ask(permission) => Self::Ask(Permission {
                id: permission.id,
                tool: permission.tool,
                arguments: permission.arguments,
                options: permission.options,
            }),
            events::Event::Limit(limit) => Self::Limit(RateLimit {
                until_ms: limit.until_ms,
                scope: limit.scope,
                message: limit.message,
                options: limit.options,
            }),
            events::Event::Finish(finish) => Self::Finish(Finish {
                ok: finish.ok,
                text: finish.text,
                reason: finish.reason,
                failure: finish.failure.map(Into::into),
                options: finish.options,
            }),
            events::Event::Other(item) => Self::Other(item.into()),
        }
    }
}

impl From<events::ToolCall> for ToolCall {
    fn from(call: events::ToolCall) -> Self {
        Self {
            id: call.id,
            name: call.name,
            arguments: call.arguments,
            options: call.options,
        }
    }
}

impl From<ToolResult> for events::ToolResult {
    fn from(result: ToolResult) -> Self {
        Self {
            id: result.id,
            ok: result.ok,
            output: result.output,
            options: result.options,
        }
    }
}

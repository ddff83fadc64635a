//! OpenAI Responses: Codex.

use super::Frame;
use crate::answer::{Answer, Stop, id, pieces};
use crate::conversation::{Conversation, Offer, Part, text};
use crate::mcp::SEARCH;
use serde_json::{Value, json};

pub(super) fn read(body: &Value) -> Conversation {
    let mut talk = Conversation {
        system: text(&body["instructions"]),
        ..Conversation::default()
    };
    offer(&body["tools"], &mut talk.tools);
    if body["input"].is_string() {
        talk.user(&body["input"]);
    }
    for item in body["input"].as_array().into_iter().flatten() {
        let kind = item["type"].as_str().unwrap_or("message");
        match (kind, item["role"].as_str()) {
            ("message", Some("user")) => talk.user(&item["content"]),
            ("message", Some("system" | "developer")) => {
                talk.system.push_str(&text(&item["content"]));
            }
            // Tools that were looked for. Looking takes a request, and is no round.
            ("tool_search_output", _) => offer(&item["tools"], &mut talk.tools),
            ("tool_search_call", _) => {}
            (kind, _) if kind.ends_with("_output") => {
                talk.parts.push(Part::ToolResult(text(&item["output"])));
            }
            _ => talk.parts.push(Part::Assistant),
        }
    }
    // What was just looked for in vain is not looked for again.
    let last = body["input"].as_array().and_then(|items| items.last());
    if last.is_some_and(|item| item["type"] == "tool_search_output") {
        talk.tools.retain(|tool| tool.name != SEARCH);
    }
    talk
}

/// Adds the tools of a list, some of which may be groups.
fn offer(list: &Value, offers: &mut Vec<Offer>) {
    for tool in list.as_array().into_iter().flatten() {
        let members = tool["tools"].as_array().map(Vec::as_slice);
        let group = members.and(tool["name"].as_str());
        for tool in members.unwrap_or(std::slice::from_ref(tool)) {
            let name = tool["name"]
                .as_str()
                .or(tool["type"].as_str())
                .unwrap_or_default();
            offers.push(Offer {
                name: name.to_owned(),
                group: group.map(str::to_owned),
                schema: tool["parameters"].clone(),
                freeform: tool["type"] == "custom",
            });
        }
    }
}

/// The finished items of an answer.
fn items(answer: &Answer) -> Vec<Value> {
    let mut items = Vec::new();
    if !answer.thinking.is_empty() {
        let summary = json!([{"type": "summary_text", "text": answer.thinking}]);
        let item = json!({"type": "reasoning", "summary": summary, "encrypted_content": null});
        items.push((item, "rs_"));
    }
    if !answer.text.is_empty() {
        let part = json!({"type": "output_text", "text": answer.text, "annotations": []});
        let item = json!({"type": "message", "role": "assistant", "content": [part]});
        items.push((item, "msg_"));
    }
    for call in &answer.calls {
        let json = call.arguments.to_string();
        let plain = call.arguments.as_str().or(call.arguments["input"].as_str());
        let (kind, field, value, prefix) = match call.freeform {
            true => ("custom_tool_call", "input", plain.unwrap_or(&json), "ctc_"),
            false => ("function_call", "arguments", json.as_str(), "fc_"),
        };
        let mut item =
            json!({"type": kind, "call_id": id("call_"), "name": call.name, field: value});
        if let Some(group) = &call.group {
            item["namespace"] = json!(group);
        }
        if call.searches() {
            item = json!({
                "type": "tool_search_call", "call_id": id("call_"), "execution": "client",
                "arguments": call.arguments,
            });
        }
        items.push((item, prefix));
    }
    let finish = |(mut item, prefix): (Value, &str)| {
        item["id"] = json!(id(prefix));
        if item["type"] != "reasoning" {
            item["status"] = json!("completed");
        }
        item
    };
    items.into_iter().map(finish).collect()
}

fn response(answer: &Answer, id: &str, output: &[Value], finished: bool) -> Value {
    let usage = answer.usage;
    let status = match (finished, answer.stop) {
        (false, _) => "in_progress",
        (true, Stop::MaxTokens) => "incomplete",
        (true, _) => "completed",
    };
    let mut response = json!({
        "id": id, "object": "response", "created_at": 0, "status": status, "error": null,
        "model": answer.model, "output": output, "tools": [], "store": false, "usage": null,
        "incomplete_details": null, "parallel_tool_calls": true, "tool_choice": "auto",
    });
    if finished {
        response["usage"] = json!({
            "input_tokens": usage.input,
            "input_tokens_details": {"cached_tokens": usage.cached},
            "output_tokens": usage.output,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": usage.input + usage.output,
        });
    }
    if status == "incomplete" {
        response["incomplete_details"] = json!({"reason": "max_output_tokens"});
    }
    response
}

pub(super) fn whole(answer: &Answer) -> Value {
    response(answer, &id("resp_"), &items(answer), true)
}

pub(super) fn frames(answer: &Answer) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    let mut send = |event: &'static str, mut data: Value| {
        data["type"] = json!(event);
        data["sequence_number"] = json!(frames.len());
        frames.push(Frame {
            event: Some(event),
            data: data.to_string(),
        });
    };
    let (response_id, items) = (id("resp_"), items(answer));
    let begun = response(answer, &response_id, &[], false);
    send("response.created", json!({"response": begun}));
    send("response.in_progress", json!({"response": begun}));
    for (index, item) in items.iter().enumerate() {
        if item["type"] == "tool_search_call" {
            let place = json!({"output_index": index, "item": item});
            send("response.output_item.added", place.clone());
            send("response.output_item.done", place);
            continue;
        }
        let item_id = &item["id"];
        // The field that grows, and the events that make it grow.
        let (field, empty, full, part, delta, done) = match item["type"].as_str() {
            Some("reasoning") => (
                "summary",
                json!([]),
                answer.thinking.as_str(),
                Some(("response.reasoning_summary_part.added", "summary_index")),
                "response.reasoning_summary_text.delta",
                "response.reasoning_summary_text.done",
            ),
            Some("message") => (
                "content",
                json!([]),
                answer.text.as_str(),
                Some(("response.content_part.added", "content_index")),
                "response.output_text.delta",
                "response.output_text.done",
            ),
            Some("custom_tool_call") => (
                "input",
                json!(""),
                item["input"].as_str().unwrap_or_default(),
                None,
                "response.custom_tool_call_input.delta",
                "response.custom_tool_call_input.done",
            ),
            _ => (
                "arguments",
                json!(""),
                item["arguments"].as_str().unwrap_or_default(),
                None,
                "response.function_call_arguments.delta",
                "response.function_call_arguments.done",
            ),
        };
        let mut growing = item.clone();
        growing[field] = empty;
        if item["type"] != "reasoning" {
            growing["status"] = json!("in_progress");
        }
        send(
            "response.output_item.added",
            json!({"output_index": index, "item": growing}),
        );
        let mut place = json!({"output_index": index, "item_id": item_id});
        if let Some((added, key)) = part {
            place[key] = json!(0);
            let mut begun = place.clone();
            begun["part"] = item[field][0].clone();
            begun["part"]["text"] = json!("");
            send(added, begun);
        }
        for piece in pieces(full) {
            let mut data = place.clone();
            data["delta"] = json!(piece);
            send(delta, data);
        }
        let key = if part.is_some() { "text" } else { field };
        place[key] = json!(full);
        send(done, place);
        send(
            "response.output_item.done",
            json!({"output_index": index, "item": item}),
        );
    }
    let event = match answer.stop {
        Stop::MaxTokens => "response.incomplete",
        _ => "response.completed",
    };
    send(
        event,
        json!({"response": response(answer, &response_id, &items, true)}),
    );
    frames
}

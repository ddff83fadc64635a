//! The wire formats, the failures and the record, as a client without any engine sees them.

use cm_model_server::{ModelServer, Script};
use proptest::prelude::{ProptestConfig, prop_assert_eq, proptest};
use proptest::test_runner::TestCaseError;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;

const APIS: [&str; 3] = [
    "/claude/v1/messages",
    "/codex/v1/responses",
    "/x/v1/chat/completions",
];

fn server(rules: Value) -> ModelServer {
    let script = Script::from_json(&json!({ "rules": rules }).to_string()).expect("a script");
    ModelServer::start(script).expect("a server")
}

fn connect(server: &ModelServer, head: &str, body: &str) -> TcpStream {
    let address = server.url().replace("http://", "");
    let mut stream = TcpStream::connect(address).expect("a connection");
    let length = body.len();
    let request = format!(
        "{head} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-api-key: secret-key\r\n\
         content-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).expect("sent");
    stream
}

/// The whole response as it came over the wire.
fn raw(server: &ModelServer, head: &str, body: &str) -> String {
    let mut response = Vec::new();
    // An answer that the script cuts off ends in an error, after what was sent.
    let _ = connect(server, head, body).read_to_end(&mut response);
    String::from_utf8(response).expect("text")
}

fn post(server: &ModelServer, path: &str, body: &Value) -> String {
    raw(server, &format!("POST {path}"), &body.to_string())
}

fn status(response: &str) -> u16 {
    response
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .expect("a status")
}

fn body(response: &str) -> Value {
    let (_, body) = response.split_once("\r\n\r\n").expect("a head");
    serde_json::from_str(body).unwrap_or_else(|_| panic!("not JSON: {response}"))
}

fn events(response: &str) -> Vec<Value> {
    let data = response
        .lines()
        .filter_map(|line| line.strip_prefix("data: "));
    data.filter(|data| *data != "[DONE]")
        .map(|data| serde_json::from_str(data).expect("JSON"))
        .collect()
}

/// A request in each API's own words.
fn ask(path: &str, prompt: &str, stream: bool) -> Value {
    let message = json!([{"role": "user", "content": prompt}]);
    let schema = json!({"properties": {"path": {}, "content": {}}});
    let function = json!({"name": "write", "parameters": schema});
    let mut body = match path {
        _ if path.ends_with("responses") => json!({"input": message, "tools": [function]}),
        _ if path.ends_with("messages") => {
            json!({"messages": message, "tools": [{"name": "write", "input_schema": schema}]})
        }
        _ => json!({"messages": message, "tools": [{"type": "function", "function": function}]}),
    };
    body["model"] = json!("some-model");
    body["stream"] = json!(stream);
    body["stream_options"] = json!({"include_usage": true});
    body
}

/// (text, thinking, arguments of the tool call) put together from a stream's pieces.
fn put_together(events: &[Value]) -> [String; 3] {
    let mut parts = <[String; 3]>::default();
    for event in events {
        let chat = &event["choices"][0]["delta"];
        let is = |kind: &str| event["type"] == kind;
        let pieces = [
            [&event["delta"]["text"], &chat["content"], &event["delta"]],
            [
                &event["delta"]["thinking"],
                &chat["reasoning_content"],
                &event["delta"],
            ],
            [
                &event["delta"]["partial_json"],
                &chat["tool_calls"][0]["function"]["arguments"],
                &event["delta"],
            ],
        ];
        let responses = [
            is("response.output_text.delta"),
            is("response.reasoning_summary_text.delta"),
            is("response.function_call_arguments.delta"),
        ];
        for ((part, [anthropic, chat, delta]), ours) in parts.iter_mut().zip(pieces).zip(responses)
        {
            let delta = if ours { delta.as_str() } else { None };
            part.push_str(
                anthropic
                    .as_str()
                    .or(chat.as_str())
                    .or(delta)
                    .unwrap_or_default(),
            );
        }
    }
    parts
}

/// The same three from an answer in one piece.
fn whole(body: &Value) -> [String; 3] {
    let message = &body["choices"][0]["message"];
    let call = &message["tool_calls"][0]["function"]["arguments"];
    let chat = [&message["content"], &message["reasoning_content"], call];
    let mut parts = chat.map(|part| part.as_str().unwrap_or_default().to_owned());
    for block in body["content"].as_array().into_iter().flatten() {
        parts[0].push_str(block["text"].as_str().unwrap_or_default());
        parts[1].push_str(block["thinking"].as_str().unwrap_or_default());
        if block["type"] == "tool_use" {
            parts[2].push_str(&block["input"].to_string());
        }
    }
    for item in body["output"].as_array().into_iter().flatten() {
        parts[0].push_str(item["content"][0]["text"].as_str().unwrap_or_default());
        parts[1].push_str(item["summary"][0]["text"].as_str().unwrap_or_default());
        parts[2].push_str(item["arguments"].as_str().unwrap_or_default());
    }
    parts
}

fn echo() -> ModelServer {
    let tool = json!({"write_file": {"path": "p", "content": "{prompt}"}});
    let turn = json!({"text": "{prompt}", "thinking": "{prompt}", "tool": tool});
    server(json!([{ "turns": [turn] }]))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_text_survives_every_wire_format(prompt in r#"[a-zäß€"\\{}<>🦀 \n]{1,60}"#) {
        let server = echo();
        let said = prompt.trim();
        for path in APIS {
            let streamed = put_together(&events(&post(&server, path, &ask(path, &prompt, true))));
            let at_once = whole(&body(&post(&server, path, &ask(path, &prompt, false))));
            prop_assert_eq!(&streamed, &at_once);
            if said.is_empty() {
                continue;
            }
            prop_assert_eq!([streamed[0].as_str(), &streamed[1]], [said, said]);
            let arguments: Value = serde_json::from_str(&streamed[2])
                .map_err(|problem| TestCaseError::fail(problem.to_string()))?;
            prop_assert_eq!(arguments, json!({"path": "p", "content": said}));
        }
    }
}

#[test]
fn usage_is_told_once() {
    let usage = json!({"input": 1234, "output": 77, "cached": 1000});
    let server = server(json!([{ "turns": [{"text": "x", "usage": usage}] }]));
    let finals = [
        ("output_tokens", json!(77), "input_tokens", json!(234)),
        ("output_tokens", json!(77), "input_tokens", json!(1234)),
        ("completion_tokens", json!(77), "prompt_tokens", json!(1234)),
    ];
    for (path, (out_key, out, in_key, input)) in APIS.into_iter().zip(finals) {
        let events = events(&post(&server, path, &ask(path, "hi", true)));
        let found: Vec<&Value> = events
            .iter()
            .flat_map(|event| [&event["usage"], &event["response"]["usage"]])
            .filter(|usage| !usage.is_null())
            .collect();
        assert_eq!(found.len(), 1, "{path}: {found:?}");
        assert_eq!(
            (&found[0][out_key], &found[0][in_key]),
            (&out, &input),
            "{path}"
        );
    }
}

#[test]
fn an_error_comes_as_often_as_it_should_for_each_conversation() {
    let error = json!({
        "status": 529, "times": 2, "body": {"mine": true}, "headers": {"retry-after": "7"}
    });
    let server = server(json!([{ "turns": [{"error": error, "text": "fine"}] }]));
    let path = APIS[0];
    let codes =
        |prompt: &str| [(); 3].map(|()| status(&post(&server, path, &ask(path, prompt, false))));
    let first = post(&server, path, &ask(path, "zero", false));
    assert!(first.contains("retry-after: 7\r\n"), "{first}");
    assert_eq!(body(&first), json!({"mine": true}));
    assert_eq!(codes("one"), [529, 529, 200]);
    assert_eq!(codes("two"), [529, 529, 200]);
    assert_eq!(codes("one"), [200, 200, 200]);
    server.reset();
    assert_eq!(codes("one"), [529, 529, 200]);
}

#[test]
fn errors_have_the_form_of_the_api() {
    let error = json!({"status": 401, "body": "no such key"});
    let broken = json!({"status": 99});
    let server = server(json!([
        {"when": {"prompt_contains": "broken"}, "turns": [{"error": broken}]},
        {"turns": [{"error": error}]},
    ]));
    for path in APIS {
        let response = post(&server, path, &ask(path, "hi", true));
        assert_eq!(status(&response), 401);
        let body = body(&response);
        assert_eq!(body["error"]["message"], "no such key");
        assert_eq!(body["error"]["type"], "authentication_error");
        let response = post(&server, path, &ask(path, "broken", true));
        assert_eq!(status(&response), 500);
        assert!(response.contains("not valid HTTP"), "{response}");
    }
}

#[test]
fn a_cut_ends_in_mid_answer() {
    let server = server(json!([{
        "turns": [{"text": "some text", "cut_after_chunks": 2, "fault_times": 1, "headers": {"left": "3"}}]
    }]));
    for path in APIS {
        let cut = post(&server, path, &ask(path, "hi", true));
        assert_eq!(
            (events(&cut).len(), cut.ends_with("0\r\n\r\n")),
            (2, false),
            "{cut}"
        );
        let whole = post(&server, path, &ask(path, "hi", true));
        assert!(whole.ends_with("0\r\n\r\n"), "{whole}");
        assert!(whole.contains("left: 3\r\n"), "{whole}");
        assert_eq!(put_together(&events(&whole))[0], "some text");
    }
}

#[test]
fn a_server_that_hangs_stops_when_dropped() {
    let server = server(json!([{ "turns": [{"hang": true}] }]));
    let body = ask(APIS[0], "hi", true).to_string();
    let mut stream = connect(&server, &format!("POST {}", APIS[0]), &body);
    let mut start = [0; 15];
    stream.read_exact(&mut start).expect("the head comes");
    assert_eq!(&start, b"HTTP/1.1 200 OK");
    drop(server);
    let mut rest = String::new();
    let _ = stream.read_to_string(&mut rest);
    assert!(!rest.contains("data:"), "{rest}");
}

#[test]
fn the_turn_is_read_off_the_request() {
    let tool = json!({"shell": {"command": "ls"}});
    let server = server(json!([{
        "turns": [{"tool": tool}, {"text": "saw {tool_output}"}]
    }]));
    let mut body = ask(APIS[0], "go", false);
    let messages = body["messages"].as_array_mut().expect("messages");
    let result = json!({"type": "tool_result", "tool_use_id": "1", "content": "a.txt"});
    messages.push(json!({"role": "assistant", "content": []}));
    messages.push(json!({"role": "user", "content": [result]}));
    for _ in 0..2 {
        let response = post(&server, APIS[0], &body);
        assert_eq!(whole(&self::body(&response))[0], "saw a.txt");
    }
}

#[test]
fn requests_without_tools_are_errands() {
    let server = server(json!([
        {"when": {"prompt_contains": "sum"}, "turns": [{"text": "main"}]},
        {"when": {"prompt_contains": "sum", "has_tools": false}, "turns": [{"text": "errand"}]},
    ]));
    let mut body = ask(APIS[0], "sum up", false);
    assert_eq!(
        whole(&self::body(&post(&server, APIS[0], &body)))[0],
        "main"
    );
    body["tools"] = json!([]);
    assert_eq!(
        whole(&self::body(&post(&server, APIS[0], &body)))[0],
        "errand"
    );
    body["messages"][0]["content"] = json!("title please");
    assert_eq!(
        whole(&self::body(&post(&server, APIS[0], &body)))[0],
        "Scripted title"
    );
    assert_eq!(server.prompts().len(), 1);
}

#[test]
fn the_record_shows_what_came_but_not_the_key() {
    let server = server(json!([{ "name": "r", "turns": [{"text": "x"}] }]));
    assert_eq!(status(&raw(&server, "HEAD /claude/api/hello", "")), 200);
    assert_eq!(status(&raw(&server, "GET /nowhere", "")), 404);
    assert_eq!(status(&raw(&server, "GET /v1/messages", "")), 404);
    assert_eq!(status(&raw(&server, "POST /v1/messages", "{")), 400);
    let count = raw(&server, "POST /v1/messages/count_tokens", "12345678");
    assert_eq!(body(&count), json!({"input_tokens": 2}));
    post(
        &server,
        "/v1/messages?beta=true",
        &ask(APIS[0], "hi", false),
    );
    let record = raw(&server, "GET /requests", "");
    assert!(!record.contains("secret-key"));
    let record = body(&record);
    let codes: Vec<_> = record
        .as_array()
        .expect("a list")
        .iter()
        .map(|r| &r["status"])
        .collect();
    assert_eq!(codes, [200, 404, 404, 400, 200, 200]);
    let last = &record[5];
    assert_eq!(last["path"], "/v1/messages?beta=true");
    assert_eq!(
        (&last["prompt"], &last["rule"]),
        (&json!("hi"), &json!("r"))
    );
    assert_eq!(
        (&last["authorized"], &last["tools"]),
        (&json!(true), &json!(["write"]))
    );
    assert_eq!(status(&raw(&server, "POST /reset", "")), 200);
    assert!(server.requests().is_empty());
}

#[test]
fn a_script_with_a_misspelt_field_is_refused() {
    let problem = Script::from_json(r#"{"rules": [{"turns": [{"txet": "x"}]}]}"#);
    let message = problem.expect_err("it is not valid").to_string();
    assert!(
        message.contains("txet") && message.contains("line 1"),
        "{message}"
    );
    assert!(!Script::example().expect("the example").rules.is_empty());
}

/// The model is in the path, and so is whether the answer comes in pieces.
#[test]
fn the_gemini_api_is_spoken_too() {
    let tool = json!({"shell": {"command": "ls {what}"}});
    let usage = json!({"input": 30, "output": 4, "cached": 10});
    let server = server(json!([
        {"when": {"prompt_contains": "busy"}, "turns": [{"error": {"status": 429, "body": "later"}}]},
        {"when": {"prompt_contains": "look at {what}", "model": "gemini-x"}, "turns": [
            {"thinking": "hm", "tool": tool},
            {"text": "I saw {tool_output}, and that was all of it.", "usage": usage},
        ]},
    ]));
    let run = json!({
        "name": "run_shell_command",
        "parametersJsonSchema": {"properties": {"command": {"type": "string"}}},
    });
    let mut body = json!({
        "systemInstruction": {"parts": [{"text": "be brief"}]},
        "tools": [{"functionDeclarations": [run]}],
        "contents": [{"role": "user", "parts": [
            {"text": "<session_context>a day</session_context>"}, {"text": "look at src"},
        ]}],
    });
    let whole = "/gemini/v1beta/models/gemini-x:generateContent";
    let pieces = "/gemini/v1beta/models/gemini-x:streamGenerateContent?alt=sse";
    let first = self::body(&post(&server, whole, &body));
    let parts = &first["candidates"][0]["content"]["parts"];
    assert_eq!(parts[0], json!({"text": "hm", "thought": true}));
    let call = &parts[1]["functionCall"];
    assert_eq!(
        (&call["name"], &call["args"]),
        (&json!("run_shell_command"), &json!({"command": "ls src"}))
    );

    let response = json!({"name": "run_shell_command", "response": {"output": "a.rs"}});
    let contents = body["contents"].as_array_mut().expect("contents");
    contents.push(json!({"role": "model", "parts": [{"functionCall": call}]}));
    contents.push(json!({"role": "user", "parts": [{"functionResponse": response}]}));
    let events = events(&post(&server, pieces, &body));
    let text = |event: &Value| event["candidates"][0]["content"]["parts"][0]["text"].clone();
    let said: String = events
        .iter()
        .filter_map(|event| text(event).as_str().map(str::to_owned))
        .collect();
    assert_eq!(said, "I saw a.rs, and that was all of it.");
    let told = events
        .iter()
        .filter(|event| event["usageMetadata"].is_object());
    assert_eq!(told.count(), 1, "once only");
    let last = events.last().expect("an end");
    assert_eq!(last["candidates"][0]["finishReason"], "STOP");
    assert_eq!(last["usageMetadata"]["promptTokenCount"], 30);
    assert_eq!(last["usageMetadata"]["cachedContentTokenCount"], 10);

    body["contents"] = json!([{"role": "user", "parts": [{"text": "busy"}]}]);
    let refused = post(&server, pieces, &body);
    assert_eq!(status(&refused), 429);
    assert_eq!(
        self::body(&refused)["error"],
        json!({"code": 429, "message": "later", "status": "RESOURCE_EXHAUSTED"})
    );
    let count = "/gemini/v1beta/models/gemini-x:countTokens";
    assert!(self::body(&post(&server, count, &body))["totalTokens"].is_u64());
    let prompts = server.prompts();
    assert_eq!(prompts.len(), 3);
    assert!(
        prompts
            .iter()
            .all(|seen| seen.api == "gemini" && seen.model == "gemini-x")
    );
}

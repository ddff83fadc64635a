//! The messages of the programs that connect, as each really sent them to a server of
//! one tool: the order of the fields, the metadata, the version of the protocol.

use serde_json::{Value, json};

use crate::support::{House, Raw};

struct Program {
    name: &'static str,
    version: &'static str,
    /// What it asks before it introduces itself.
    discover: Option<&'static str>,
    initialize: &'static str,
    initialized: &'static str,
    list: &'static str,
    call: &'static str,
}

/// The last one is no recording: it is what the first version of the protocol allows.
const PROGRAMS: [Program; 4] = [
    Program {
        name: "Claude Code 2.1.330",
        version: "2025-11-25",
        discover: Some(
            r#"{"jsonrpc":"2.0","id":"server-discover-probe-1","method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"claude-code","title":"Claude Code","version":"2.1.330","description":"Anthropic's agentic coding tool","websiteUrl":"https://claude.com/claude-code"},"io.modelcontextprotocol/clientCapabilities":{"roots":{"listChanged":true},"elicitation":{"form":{},"url":{}}}}}}"#,
        ),
        initialize: r#"{"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"roots":{"listChanged":true},"elicitation":{"form":{},"url":{}}},"clientInfo":{"name":"claude-code","title":"Claude Code","version":"2.1.330","description":"Anthropic's agentic coding tool","websiteUrl":"https://claude.com/claude-code"}},"jsonrpc":"2.0","id":0}"#,
        initialized: r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        list: r#"{"method":"tools/list","jsonrpc":"2.0","id":1}"#,
        call: r#"{"method":"tools/call","params":{"name":"echo","arguments":{"text":"hi"},"_meta":{"claudecode/toolUseId":"toolu_63cec667d4f220f2","progressToken":2}},"jsonrpc":"2.0","id":2}"#,
    },
    Program {
        name: "Codex 0.169.0",
        version: "2025-06-18",
        discover: None,
        initialize: r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{"experimental":{"codex/auth-change":{}},"elicitation":{"form":{},"url":{}}},"clientInfo":{"name":"codex-mcp-client","title":"Codex","version":"0.169.0"}}}"#,
        initialized: r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        list: r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"progressToken":0}}}"#,
        call: r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"_meta":{"callId":"call_0d445284f3950b67","x-codex-turn-metadata":{"session_id":"01a1ff11-72c6-79e1-8fa3-25e436556ee7","thread_id":"01a1ff11-72c6-79e1-8fa3-25e436556ee7","reasoning_effort":"medium","turn_id":"01a1ff11-7318-73a0-b8ff-a240850b66ae","model":"gpt-5.5","thread_source":"user","turn_trigger":"exec","sandbox":"seccomp","sandbox_mode":"workspace-write","auto_review_enabled":false,"node_repl_auto_review_required":false,"node_repl_disabled":false,"turn_started_at_unix_ms":1795280696210,"codex_version":"0.169.0"},"threadId":"01a1ff11-72c6-79e1-8fa3-25e436556ee7","sessionId":"01a1ff11-72c6-79e1-8fa3-25e436556ee7","windowId":"01a1ff11-72c6-79e1-8fa3-25e436556ee7:0","itemId":"fc_603da2af3ca3bd20","progressToken":1},"name":"echo","arguments":{"text":"hi"}}}"#,
    },
    Program {
        name: "opencode 1.18.33",
        version: "2025-11-25",
        discover: None,
        initialize: r#"{"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"roots":{}},"clientInfo":{"name":"opencode","version":"1.18.33"}},"jsonrpc":"2.0","id":0}"#,
        initialized: r#"{"method":"notifications/initialized","jsonrpc":"2.0"}"#,
        list: r#"{"method":"tools/list","jsonrpc":"2.0","id":1}"#,
        call: r#"{"method":"tools/call","params":{"name":"echo","arguments":{"text":"hi"},"_meta":{"progressToken":2}},"jsonrpc":"2.0","id":2}"#,
    },
    Program {
        name: "one of the first",
        version: "2024-11-05",
        discover: None,
        initialize: r#"{"jsonrpc": "2.0", "id": "a", "method": "initialize", "params": {"protocolVersion": "2024-11-05", "capabilities": {"sampling": {}, "roots": {"listChanged": true}}, "clientInfo": {"name": "mcp", "version": "0.1.0"}}}"#,
        initialized: r#"{"jsonrpc": "2.0", "method": "notifications/initialized", "params": {}}"#,
        list: r#"{"jsonrpc": "2.0", "id": "b", "method": "tools/list", "params": null}"#,
        call: r#"{"jsonrpc": "2.0", "id": "c", "method": "tools/call", "params": {"name": "echo", "arguments": {"text": "hi"}}}"#,
    },
];

/// Asks, and takes the result of the answer with the same id.
async fn ask(raw: &mut Raw, line: &str) -> Value {
    raw.say(line).await;
    let question: Value = serde_json::from_str(line).unwrap();
    let mut answer = raw.hear().await;
    assert_eq!(answer["id"], question["id"], "{line}: {answer}");
    assert_eq!(answer["jsonrpc"], "2.0");
    assert_eq!(answer.get("error"), None, "{line}: {answer}");
    answer["result"].take()
}

#[tokio::test]
async fn every_program_is_understood() {
    let house = House::open();
    for program in PROGRAMS {
        let mut raw = Raw::connect(&house.socket()).await;
        if let Some(discover) = program.discover {
            raw.say(discover).await;
            let question: Value = serde_json::from_str(discover).unwrap();
            // Whatever it is answered, it must not wait for it, and may go on.
            assert_eq!(raw.hear().await["id"], question["id"], "{discover}");
        }
        let hello = ask(&mut raw, program.initialize).await;
        assert_eq!(
            hello["protocolVersion"], program.version,
            "{}",
            program.name
        );
        assert_eq!(hello["serverInfo"]["name"], "cm");
        assert_eq!(hello["capabilities"], json!({"tools": {}}));
        assert!(
            hello["instructions"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        );
        raw.say(program.initialized).await;
        let ping = r#"{"jsonrpc":"2.0","id":"p","method":"ping"}"#;
        assert_eq!(ask(&mut raw, ping).await, json!({}));

        let list = ask(&mut raw, program.list).await;
        let echo = json!({
            "name": "echo",
            "description": "Does echo.",
            "inputSchema": {
                "type": "object",
                "properties": {"text": {"type": "string"}},
                "required": ["text"],
            },
        });
        assert_eq!(list["tools"][0], echo, "{}", program.name);
        assert_eq!(list.get("nextCursor"), None);

        let result = ask(&mut raw, program.call).await;
        let wanted = json!({
            "content": [{"type": "text", "text": r#"{"text":"hi"}"#}],
            "structuredContent": {"text": "hi"},
            "isError": false,
        });
        assert_eq!(result, wanted, "{}", program.name);
        let failed = ask(&mut raw, &program.call.replace("echo", "fail")).await;
        let wanted = json!({
            "content": [{"type": "text", "text": "the disk is full; remove something"}],
            "isError": true,
        });
        assert_eq!(failed, wanted, "{}", program.name);
    }
}

#[tokio::test]
async fn a_version_that_does_not_exist_gets_one_that_does() {
    let house = House::open();
    for version in ["2099-01-01", "1", ""] {
        let mut raw = Raw::connect(&house.socket()).await;
        let hello = PROGRAMS[0].initialize.replace(PROGRAMS[0].version, version);
        let hello = ask(&mut raw, &hello).await;
        assert_eq!(hello["protocolVersion"], "2025-11-25");
        raw.say(PROGRAMS[0].initialized).await;
        assert_eq!(
            ask(&mut raw, PROGRAMS[0].list).await["tools"][0]["name"],
            "echo"
        );
    }
}

#[tokio::test]
async fn what_is_not_offered_is_said_not_to_be() {
    let house = House::open();
    let mut raw = Raw::greeted(&house.socket()).await;
    raw.say(r#"{"jsonrpc":"2.0","id":4,"method":"no/such/method"}"#)
        .await;
    let answer = raw.hear().await;
    assert_eq!(
        (&answer["id"], &answer["error"]["code"]),
        (&json!(4), &json!(-32601))
    );
}

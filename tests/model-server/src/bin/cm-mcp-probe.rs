//! `cm-mcp-probe LOG`: a server of the Model Context Protocol on standard input and
//! output, for tests with the real engine programs. It offers `write_state` and
//! `read_state`, does nothing, and writes every message that it gets into `LOG`.

use serde_json::{Value, json};
use std::fs::OpenOptions;
use std::io::{self, BufRead, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("cm-mcp-probe: {problem}\nusage: cm-mcp-probe LOG");
            ExitCode::from(2)
        }
    }
}

fn serve() -> io::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_default();
    let mut log = OpenOptions::new().create(true).append(true).open(path)?;
    let mut stdout = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        log.write_all(format!("{line}\n").as_bytes())?;
        let message: Value = serde_json::from_str(&line)?;
        // What has no id wants no answer.
        if let Some(id) = message.get("id") {
            let mut answer = answer(&message);
            answer["jsonrpc"] = json!("2.0");
            answer["id"] = id.clone();
            writeln!(stdout, "{answer}")?;
            stdout.flush()?;
        }
    }
    Ok(())
}

fn answer(message: &Value) -> Value {
    let given = &message["params"];
    let tool = |name: &str| {
        let text = json!({"type": "string"});
        let schema = json!({"type": "object", "properties": {"key": text, "value": text}});
        json!({"name": name, "description": "Shared state", "inputSchema": schema})
    };
    match message["method"].as_str() {
        Some("initialize") => json!({"result": {
            "protocolVersion": given["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "probe", "version": "1"},
        }}),
        Some("tools/list") => {
            json!({"result": {"tools": [tool("write_state"), tool("read_state")]}})
        }
        Some("tools/call") => {
            let text = format!("{} was called", given["name"].as_str().unwrap_or_default());
            json!({"result": {"content": [{"type": "text", "text": text}]}})
        }
        // Claude Code begins with a request of a later version of the protocol.
        _ => json!({"error": {"code": -32601, "message": "no such method"}}),
    }
}

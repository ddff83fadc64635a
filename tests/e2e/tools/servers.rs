//! Servers of the Model Context Protocol beside the host's own.

use serde_json::{Value, json};

use crate::support::Cm;

/// A program that says what a real engine would, and keeps what it was started with.
const ENGINE: &str = r#"case "$1" in --version) echo "2.1.0 (Claude Code)"; exit 0;; esac
read -r line
printf '%s\n' "$@" > arguments
echo '{"type":"system","subtype":"init","session_id":"s1","model":"m","tools":[],"mcp_servers":[]}'
echo '{"type":"result","subtype":"success","is_error":false,"result":"fine","session_id":"s1","total_cost_usd":0.01,"usage":{"input_tokens":1,"output_tokens":1}}'"#;

fn flow(mcp: &str) -> Cm {
    Cm::new()
        .workflow(&format!(
            "name: Servers\nsteps:\n  - agent: a\n    mcp: {mcp}\n"
        ))
        .agent("a", "go")
        .program("claude", ENGINE)
}

fn with_project_server(cm: Cm, command: &str) -> Cm {
    cm.write(
        ".codemachine/mcp.json",
        json!({ "mcpServers": { "files": { "command": command, "args": ["--root", "."], "env": { "KEY": "k" } } } }).to_string(),
    );
    cm
}

fn own_server(cm: &Cm, name: &str) {
    let file = json!({ "servers": { name: { "command": "/usr/bin/own" } } });
    std::fs::create_dir_all(cm.home()).expect("a home");
    std::fs::write(cm.home().join("mcp.json"), file.to_string()).expect("a file");
}

/// The servers that the engine was handed, by their names.
fn handed(cm: &Cm) -> Value {
    let arguments = cm.read("arguments");
    let mut lines = arguments.lines();
    let config = lines.find_map(|line| line.strip_prefix("--mcp-config="));
    let config: Value = serde_json::from_str(config.expect("servers")).expect("JSON");
    config["mcpServers"].clone()
}

const RUN: [&str; 4] = ["run", "./flow", "--engine", "claude"];

#[test]
fn the_persons_own_need_no_permission() {
    let cm = flow("[files]");
    own_server(&cm, "files");
    let _ = cm.run(RUN).code(0).says("fine");
    let handed = handed(&cm);
    assert_eq!(handed["files"]["command"], "/usr/bin/own");
    assert_eq!(
        handed.as_object().map(serde_json::Map::len),
        Some(1),
        "{handed}"
    );
    let _ = cm.run(["mcp", "servers"]).code(0).says("files").says("you");
}

#[test]
fn a_projects_server_is_started_when_the_person_has_allowed_exactly_it() {
    let cm = with_project_server(flow("[files]"), "/usr/bin/theirs");
    let _ = cm
        .run(["mcp", "servers"])
        .code(0)
        .says("project, not allowed");
    let _ = cm
        .run(RUN)
        .code(1)
        .says("`files` starts `/usr/bin/theirs --root .`")
        .says("cm mcp allow files");
    assert!(
        !cm.project().join("arguments").exists(),
        "the engine is not started"
    );
    let _ = cm
        .run(["mcp", "allow", "files"])
        .code(0)
        .says("/usr/bin/theirs --root .");
    let _ = cm.run(["resume", "last"]).code(0).says("fine");
    assert_eq!(handed(&cm)["files"]["env"]["KEY"], "k");
    // Another program under the same name is another matter.
    let cm = with_project_server(cm, "/usr/bin/others");
    let _ = cm
        .run(RUN)
        .code(1)
        .says("/usr/bin/others")
        .says("cm mcp allow files");
    let _ = cm
        .run(["mcp", "allow", "nothing"])
        .code(1)
        .says("there is no MCP server `nothing`");
}

#[test]
fn a_servers_tools_can_be_fewer() {
    let cm = flow("[{ server: files, only: [read], exclude: [write] }]");
    own_server(&cm, "files");
    let _ = cm.run(RUN).code(0);
    let arguments = cm.read("arguments");
    let line = |flag: &str| {
        let mut lines = arguments.lines();
        lines
            .find(|line| line.starts_with(flag))
            .unwrap_or_default()
            .to_owned()
    };
    let allowed = line("--allowedTools=");
    assert!(allowed.ends_with(",mcp__files__read"), "{allowed}");
    assert!(
        line("--disallowedTools=").contains("mcp__files__write"),
        "{arguments}"
    );
}

#[test]
fn a_server_that_is_not_set_up_is_named_with_those_that_are() {
    let cm = flow("[github]");
    own_server(&cm, "files");
    let _ = cm
        .run(RUN)
        .code(1)
        .says("there is no MCP server `github`; set up are: files")
        .says("mcp.json");
    assert!(!cm.project().join("arguments").exists());
}

#[test]
fn a_file_that_is_broken_is_named() {
    let cm = flow("[files]").file(".codemachine/mcp.json", "{ not JSON");
    let _ = cm
        .run(RUN)
        .code(1)
        .says(".codemachine/mcp.json` cannot be used: key must be a string at line 1")
        .calm();
}

#[test]
fn an_engine_that_cannot_use_servers_is_not_started() {
    // What the scripted engine has is the host's own server.
    let cm = flow("[files]").script(r#"{"rules":[]}"#);
    own_server(&cm, "files");
    let _ = cm.flow().calm();
}

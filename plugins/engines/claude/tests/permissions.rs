//! What is said to what the program asks for, without the program.

#[allow(dead_code)]
mod dialogue;

use cm_sdk::engine::testing::finish;
use cm_sdk::engine::{Input, McpServer, PermissionLevel, Request};
use dialogue::Dialogue;
use serde_json::{Value, json};

const LOOK: PermissionLevel = PermissionLevel::ReadOnly;
const WORK: PermissionLevel = PermissionLevel::WorkspaceWrite;
const FULL: PermissionLevel = PermissionLevel::Full;

fn at(permissions: PermissionLevel) -> Request {
    let some = McpServer {
        only: vec!["list all".to_owned(), "read".to_owned()],
        ..McpServer::new("tickets", "ticket-server")
    };
    let but = McpServer {
        exclude: vec!["drop".to_owned()],
        ..McpServer::new("tickets__old", "ticket-server")
    };
    Request {
        permissions,
        mcp_servers: vec![some, but],
        ..Request::new("please")
    }
}

fn question(id: &str, tool: &str, input: &Value, why: &str) -> String {
    json!({ "type": "control_request", "request_id": id, "request": {
        "subtype": "can_use_tool", "tool_name": tool, "input": input,
        "decision_reason_type": why,
    } })
    .to_string()
}

fn begun(request: Request) -> Dialogue {
    let mut dialogue = Dialogue::new(request);
    dialogue.said.clear();
    dialogue
}

/// `allow`, `deny` or `ask`.
fn verdict(level: PermissionLevel, tool: &str, why: &str) -> String {
    let mut dialogue = begun(at(level));
    dialogue.hear(&question("q", tool, &json!({ "a": 1 }), why));
    match dialogue.said.pop_front() {
        Some(line) => {
            assert!(dialogue.played.asks().is_empty());
            assert_eq!(line["response"]["request_id"], "q");
            let behavior = line["response"]["response"]["behavior"].as_str();
            behavior.expect("a word").to_owned()
        }
        None => {
            assert_eq!(dialogue.played.asks().len(), 1);
            "ask".to_owned()
        }
    }
}

#[test]
fn each_level_answers_for_itself() {
    for (tool, look, work, full) in [
        ("Bash", "deny", "ask", "allow"),
        ("Write", "deny", "ask", "allow"),
        ("WebFetch", "ask", "ask", "allow"),
        ("mcp__persons__any", "deny", "ask", "allow"),
        ("mcp__tickets__read", "allow", "allow", "allow"),
        ("mcp__tickets__list_all", "allow", "allow", "allow"),
        ("mcp__tickets__close", "deny", "deny", "deny"),
        ("mcp__tickets__old__find", "allow", "allow", "allow"),
        ("mcp__tickets__old__drop", "deny", "deny", "deny"),
        ("", "deny", "ask", "allow"),
    ] {
        let said = [LOOK, WORK, FULL].map(|level| verdict(level, tool, "other"));
        assert_eq!(said, [look, work, full], "{tool}");
    }
}

#[test]
fn what_the_person_wants_to_be_asked_about_is_asked_at_every_level() {
    assert_eq!(verdict(FULL, "Bash", "rule"), "ask");
    assert_eq!(verdict(FULL, "mcp__tickets__read", "rule"), "ask");
    assert_eq!(verdict(FULL, "mcp__tickets__close", "rule"), "deny");
    assert_eq!(verdict(WORK, "Bash", "rule"), "ask");
    assert_eq!(verdict(LOOK, "Bash", "rule"), "deny");
}

#[test]
fn a_yes_gives_back_what_was_asked_for_and_counts_once() {
    let mut dialogue = begun(at(WORK));
    let input = json!({ "file_path": "/etc/hosts", "content": "ü\n" });
    dialogue.hear(&question("one", "Write", &input, "other"));
    dialogue.hear(&question("two", "Write", &json!({}), "other"));
    dialogue.put(Input::Granted("three".to_owned()));
    assert!(dialogue.said.is_empty(), "nobody asked that");
    dialogue.put(Input::Denied("two".to_owned()));
    dialogue.put(Input::Granted("one".to_owned()));
    dialogue.put(Input::Granted("one".to_owned()));
    dialogue.put(Input::Granted("two".to_owned()));
    let said: Vec<_> = dialogue
        .said
        .iter()
        .map(|line| &line["response"])
        .map(|it| (&it["request_id"], &it["response"]["behavior"]))
        .collect();
    assert_eq!(
        said,
        [
            (&json!("two"), &json!("deny")),
            (&json!("one"), &json!("allow"))
        ]
    );
    assert_eq!(
        dialogue.said[1]["response"]["response"]["updatedInput"],
        input
    );
}

#[test]
fn only_the_same_command_is_the_same() {
    let pattern = |input: Value| {
        let mut dialogue = begun(at(WORK));
        dialogue.hear(&question("q", "Bash", &input, "other"));
        let options = dialogue.played.asks()[0].options.clone();
        options.into_iter().next().map(|(_, pattern)| pattern)
    };
    let push = Some("git push".to_owned());
    assert_eq!(pattern(json!({ "command": "git push" })), push);
    let told = json!({ "command": "git push", "description": "Send it" });
    assert_eq!(pattern(told), push);
    let loose = json!({ "command": "git push", "dangerouslyDisableSandbox": true });
    assert_eq!(pattern(loose), None);
    assert_eq!(pattern(json!({ "url": "http://localhost" })), None);
    assert_eq!(pattern(json!("git push")), None);
}

#[test]
fn what_the_program_takes_back_needs_no_answer() {
    let mut dialogue = begun(at(WORK));
    dialogue.hear(&question("q", "Bash", &json!({}), "other"));
    dialogue.hear(r#"{"type":"control_cancel_request","request_id":"q"}"#);
    dialogue.put(Input::Granted("q".to_owned()));
    assert!(dialogue.said.is_empty());
}

#[test]
fn a_request_that_is_not_known_is_answered() {
    let mut dialogue = begun(at(FULL));
    dialogue
        .hear(r#"{"type":"control_request","request_id":"x","request":{"subtype":"mcp_message"}}"#);
    let said = dialogue.said.pop_front().expect("an answer");
    assert_eq!(said["response"]["subtype"], "error");
    assert_eq!(said["response"]["request_id"], "x");
}

#[test]
fn who_is_stopped_is_told_once_and_nothing_is_asked_any_more() {
    let mut dialogue = begun(at(WORK));
    dialogue.put(Input::Cancelled);
    dialogue.put(Input::Cancelled);
    assert_eq!(dialogue.said.len(), 1);
    dialogue.hear(&question("q", "Bash", &json!({}), "other"));
    assert!(dialogue.played.asks().is_empty());
    assert_eq!(dialogue.said[1]["response"]["response"]["behavior"], "deny");
}

#[test]
fn after_the_last_word_nothing_is_asked_or_said() {
    let mut dialogue = begun(at(WORK));
    let result = r#"{"type":"result","subtype":"success","is_error":false,"result":"ok"}"#;
    dialogue.hear(result);
    assert!(dialogue.played.left);
    dialogue.hear(&question("q", "Bash", &json!({}), "other"));
    dialogue.put(Input::Cancelled);
    dialogue.put(Input::Exited(Some(0)));
    assert!(dialogue.said.is_empty() && dialogue.played.asks().is_empty());
    assert!(finish(&dialogue.played.events).ok);
}

#[test]
fn while_a_helper_is_at_work_it_may_ask() {
    let tasks = |kinds: &[&str]| {
        let tasks: Vec<_> = kinds.iter().map(|it| json!({ "task_type": it })).collect();
        json!({ "type": "system", "subtype": "background_tasks_changed", "tasks": tasks })
            .to_string()
    };
    let result = |text: &str| {
        json!({ "type": "result", "subtype": "success", "is_error": false, "result": text })
            .to_string()
    };
    let mut dialogue = begun(at(WORK));
    dialogue.hear(&tasks(&["local_agent", "local_bash"]));
    dialogue.hear(&result("wait"));
    assert!(!dialogue.played.left);
    dialogue.hear(&question("q", "Write", &json!({}), "other"));
    dialogue.put(Input::Granted("q".to_owned()));
    assert_eq!(dialogue.said.len(), 1);
    // A command that goes on in the background is not waited for.
    dialogue.hear(&tasks(&["local_bash"]));
    assert!(dialogue.played.left);
    dialogue.hear(&result("done"));
    dialogue.put(Input::Exited(Some(0)));
    assert_eq!(finish(&dialogue.played.events).text, "done");
}

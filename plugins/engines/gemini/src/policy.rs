//! What the agent may use, as rules of the program's policy engine.

use cm_sdk::engine::{PermissionLevel, Request};

/// The file in the scratch directory.
pub(crate) const FILE: &str = "cm-policy.toml";

/// What only looks.
const LOOKS: &[&str] = &[
    "glob",
    "grep_search",
    "list_directory",
    "read_file",
    "read_many_files",
    "google_web_search",
];
/// What changes files or may.
const CHANGES: &[&str] = &["run_shell_command", "write_file", "replace"];

/// Rules that go beyond the mode of the program; none when it says everything.
pub(crate) fn rules(request: &Request) -> Option<String> {
    let mut rules = String::new();
    if !request.tools.is_empty() {
        rules.push_str(&rule("\"*\"", "deny", 900));
        let may = |tool: &&String| match request.permissions {
            PermissionLevel::ReadOnly => LOOKS.contains(&tool.as_str()),
            PermissionLevel::WorkspaceWrite | PermissionLevel::Full => true,
        };
        let allowed: Vec<String> = request.tools.iter().filter(may).cloned().collect();
        if !allowed.is_empty() {
            rules.push_str(&rule(&list(&allowed), "allow", 950));
        }
        return Some(rules);
    }
    match request.permissions {
        // Whatever the person's own settings allow.
        PermissionLevel::ReadOnly => {
            let changes: Vec<String> = CHANGES.iter().map(|tool| (*tool).to_owned()).collect();
            Some(rule(&list(&changes), "deny", 999))
        }
        // Commands run in the sandbox of the host; the mode would refuse them.
        PermissionLevel::WorkspaceWrite => Some(rule("\"run_shell_command\"", "allow", 900)),
        PermissionLevel::Full => None,
    }
}

fn rule(tools: &str, decision: &str, priority: u32) -> String {
    let redirection = if decision == "allow" {
        "allowRedirection = true\n"
    } else {
        ""
    };
    format!(
        "[[rule]]\ntoolName = {tools}\ndecision = \"{decision}\"\npriority = {priority}\n{redirection}\n"
    )
}

/// A TOML list. JSON's escapes are among TOML's; only DEL has to be added.
fn list(names: &[String]) -> String {
    serde_json::Value::from(names)
        .to_string()
        .replace('\u{7f}', "\\u007f")
}

//! The tools of Claude Code itself, by name.

use cm_sdk::engine::{Error, PermissionLevel, Request};

/// Those that look.
pub(crate) const LOOKS: &[&str] = &["Read", "Glob", "Grep"];
/// What `acceptEdits` would still ask for, and `workspace-write` grants: the sandbox of
/// the host is around it.
pub(crate) const WORK: &[&str] = &["Bash", "WebFetch", "WebSearch"];
/// Those that look beyond the machine.
pub(crate) const WEB: &[&str] = &["WebFetch", "WebSearch"];
/// Everything that would be asked for.
pub(crate) const ALL: &[&str] = &[
    "Bash",
    "WebFetch",
    "WebSearch",
    "Read",
    "Edit",
    "Write",
    "NotebookEdit",
    "Glob",
    "Grep",
    "Skill",
    "Task",
];
/// Those that change something; some do so without a question.
pub(crate) const CHANGES: &[&str] = &[
    "Edit",
    "Write",
    "NotebookEdit",
    "EnterWorktree",
    "ExitWorktree",
    "CronCreate",
    "CronDelete",
];
/// Questions to a person, which are no permissions: nobody could answer them.
pub(crate) const QUESTIONS: &[&str] = &["AskUserQuestion", "EnterPlanMode", "ExitPlanMode"];

/// Whether the agent can be held to the tools that were named. To name none is to leave
/// them to the permissions.
pub(crate) fn check(request: &Request) -> Result<(), Error> {
    let looks = request.permissions == PermissionLevel::ReadOnly;
    for tool in &request.tools {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let why = if tool.starts_with("mcp__") {
            "it is of a server; say at the server which of its tools may be used"
        } else if tool.is_empty() || !tool.chars().all(plain) {
            "only whole tools can be named, like `Bash` or `Read`"
        } else if looks && CHANGES.contains(&tool.as_str()) {
            "it changes things, and the permissions are `read-only`"
        } else {
            continue;
        };
        return Err(Error::unsupported(format!(
            "The tool `{tool}` cannot be given to Claude Code: {why}."
        )));
    }
    Ok(())
}

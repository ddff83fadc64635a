//! How far the agent may go: what it is told beforehand, and what is said to its
//! questions.

use cm_sdk::engine::{Command, McpServer, PermissionLevel, Request};

use crate::servers;
use crate::tools::{ALL, CHANGES, LOOKS, QUESTIONS, WEB, WORK};

/// What was granted to a turn.
#[derive(Debug)]
pub(crate) struct Permissions {
    level: PermissionLevel,
    /// Servers whose tools were granted with the turn.
    servers: Vec<McpServer>,
    /// Everything that is no mere look is asked about.
    ask: bool,
}

/// What is said to a question of the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allow,
    /// No; and nobody is asked, as nobody may say yes.
    Refuse,
    /// Whoever is there to be asked decides.
    Ask,
}

impl Permissions {
    pub(crate) fn of(request: &Request) -> Self {
        Self {
            level: request.permissions,
            servers: request.mcp_servers.clone(),
            ask: request.flag("ask"),
        }
    }

    /// The mode, and what needs no question in it. `bypassPermissions` is no mode of
    /// ours: it would not hold back what was excluded, and the program refuses it to the
    /// superuser. A yes to each question comes to the same.
    pub(crate) fn hold(&self, named: &[String], command: Command) -> Command {
        let (mode, allowed) = match self.level {
            // Commands that only read are known to the program, and run.
            PermissionLevel::ReadOnly => ("default", LOOKS),
            PermissionLevel::WorkspaceWrite if self.ask => ("default", LOOKS),
            PermissionLevel::WorkspaceWrite => ("acceptEdits", WORK),
            PermissionLevel::Full => ("acceptEdits", ALL),
        };
        let may = |tool: &&&str| named.is_empty() || named.iter().any(|it| it == **tool);
        let allowed = allowed.iter().filter(may).map(|tool| (*tool).to_owned());
        let allowed: Vec<String> = allowed.chain(servers::allowed(&self.servers)).collect();
        let changes = match self.level {
            PermissionLevel::ReadOnly => CHANGES,
            _ => &[],
        };
        let never = QUESTIONS.iter().chain(changes).map(|it| (*it).to_owned());
        let never: Vec<String> = never.chain(servers::forbidden(&self.servers)).collect();
        let mut command = command.argument(format!("--permission-mode={mode}"));
        if !named.is_empty() {
            // Servers that the person has set up have tools that are none of these.
            command = command
                .argument(format!("--tools={}", named.join(",")))
                .argument("--strict-mcp-config");
        }
        if !allowed.is_empty() {
            command = command.argument(format!("--allowedTools={}", allowed.join(",")));
        }
        command.argument(format!("--disallowedTools={}", never.join(",")))
    }

    /// What is said when the agent asks for a tool. `by_rule`: because a rule in the
    /// person's own settings wants it to ask.
    pub(crate) fn verdict(&self, tool: &str, by_rule: bool) -> Verdict {
        match (servers::offered(&self.servers, tool), self.level) {
            (Some(false), _) => Verdict::Refuse,
            (Some(true), _) | (None, PermissionLevel::Full) if !by_rule => Verdict::Allow,
            (Some(true), _) | (None, PermissionLevel::Full) => Verdict::Ask,
            (None, PermissionLevel::WorkspaceWrite) => Verdict::Ask,
            (None, PermissionLevel::ReadOnly) if WEB.contains(&tool) => Verdict::Ask,
            // Whoever is asked cannot see what a command changes.
            (None, PermissionLevel::ReadOnly) => Verdict::Refuse,
        }
    }
}

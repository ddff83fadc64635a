//! What a turn or a command was granted, for as long as it is at work.

use std::sync::Arc;

use cm_effects::{Project, Scratch};
use cm_orchestrator::Attempt;
use cm_types::{EngineInfo, Error, Failure, Grants, McpServer, Reply};

use crate::{
    Servers,
    attempt::no_scratch,
    directive::{self, DirectiveFile},
    floor::Floor,
    tools::{Caller, Deciding, Said, Tools},
};

/// The variable that names the socket of the host's tools.
const CM_MCP: &str = "CM_MCP";

/// The path of this program, for scripts that call the tools: `"$CM" mcp call …`.
const CM: &str = "CM";

/// What one attempt may ask of the host while it is at work.
pub(crate) struct Granted {
    step: String,
    directives: Vec<String>,
    file: Option<DirectiveFile>,
    tools: Option<Offered>,
    servers: Vec<McpServer>,
}

/// The host's tools, and the socket at which they are to be had. The fields are dropped
/// in this order.
struct Offered {
    server: cm_mcp::Server,
    tools: Arc<Tools>,
    _directory: Scratch,
}

impl Floor {
    /// Opens what an attempt was granted. `agent` is who speaks; none: a command.
    pub(crate) fn grant(
        &self,
        attempt: &Attempt,
        agent: Option<&str>,
        grants: &Grants,
        deciding: Deciding,
    ) -> Result<Granted, Error> {
        let step = attempt.place.step.clone();
        let name = format!("{}-{}.directive.json", attempt.task, attempt.attempt);
        let file = (!grants.directives.is_empty())
            .then(|| DirectiveFile::new(self.scratch.join(name), &step));
        let offers = !grants.tools.is_empty() || matches!(deciding, Deciding::Controller(_));
        let tools = match offers {
            false => None,
            true => {
                let caller = Caller {
                    task: attempt.task,
                    step: step.clone(),
                    agent: agent.map(str::to_owned),
                };
                let project = Project::new(self.workspace_of(attempt)?.directory);
                let ledger = Arc::clone(&self.ledger);
                Some(offer(Tools::new(
                    ledger,
                    project,
                    caller,
                    grants.clone(),
                    deciding,
                ))?)
            }
        };
        Ok(Granted {
            step,
            directives: grants.directives.clone(),
            file,
            tools,
            servers: self.servers(grants)?,
        })
    }

    fn servers(&self, grants: &Grants) -> Result<Vec<McpServer>, Error> {
        if grants.servers.is_empty() {
            return Ok(Vec::new());
        }
        let home = self.catalog.registry().home().root();
        let servers = Servers::read(home, &self.directory)?;
        let granted = grants.servers.iter();
        granted.map(|grant| servers.granted(grant)).collect()
    }
}

/// Whether an engine can hand its agent what it was granted.
pub(crate) fn can_offer(engine: &EngineInfo, grants: &Grants, step: &str) -> Result<(), Error> {
    let needed = !grants.tools.is_empty() || !grants.servers.is_empty();
    if !needed || has(engine, "mcp") {
        return Ok(());
    }
    let message = format!(
        "step `{step}` grants its agent tools, and the engine `{}` has no way to hand it any (it lacks `mcp`); choose another engine for it, or grant no `tools:` and `mcp:`",
        engine.id
    );
    Err(Error::Invalid(Failure::new("no-mcp", message)))
}

/// Whether an engine can do something.
pub(crate) fn has(engine: &EngineInfo, feature: &str) -> bool {
    engine.features.iter().any(|known| known == feature)
}

fn offer(tools: Tools) -> Result<Offered, Error> {
    let directory = Scratch::new().map_err(|error| no_scratch(&error))?;
    let tools = Arc::new(tools);
    let toolbox: Arc<dyn cm_mcp::Toolbox> = Arc::clone(&tools) as _;
    let server = cm_mcp::Server::open(directory.path(), toolbox).map_err(|error| {
        let message = format!("the host's tools cannot be offered: {error}");
        Error::Unavailable(Failure::new("no-tools", message).retryable())
    })?;
    Ok(Offered {
        server,
        tools,
        _directory: directory,
    })
}

impl Granted {
    /// For the environment of the attempt's program.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let file = self.file.iter().map(DirectiveFile::variable);
        let program = self
            .tools
            .as_ref()
            .and_then(|_| std::env::current_exe().ok());
        let program = program.map(|path| (CM.to_owned(), path.display().to_string()));
        file.chain(self.socket()).chain(program).collect()
    }

    /// The servers that its agent may use, the host's own first.
    pub(crate) fn servers(&self) -> Result<Vec<McpServer>, Error> {
        let mut servers = Vec::new();
        if let Some(socket) = self.socket() {
            let program = std::env::current_exe().map_err(|error| {
                let message = format!("the path of `cm` itself cannot be told: {error}");
                Error::Unavailable(Failure::new("no-tools", message))
            })?;
            servers.push(McpServer {
                name: "cm".into(),
                command: program.display().to_string(),
                arguments: vec!["mcp".into()],
                environment: vec![socket],
                only: Vec::new(),
                exclude: Vec::new(),
            });
        }
        servers.extend(self.servers.iter().cloned());
        Ok(servers)
    }

    fn socket(&self) -> Option<(String, String)> {
        let socket = self.tools.as_ref()?.server.socket();
        Some((CM_MCP.to_owned(), socket.display().to_string()))
    }

    /// Whether its program waits for an answer from here.
    pub(crate) fn is_waited_for(&self) -> bool {
        let mut tools = self.tools.iter();
        tools.any(|offered| offered.tools.is_waited_for())
    }

    /// What was said with the tools until now.
    pub(crate) fn said(&self) -> Said {
        let said = self.tools.as_ref().map(|offered| offered.tools.take());
        said.unwrap_or_default()
    }

    /// Adds to the reply what was said with the tools and in the directive file.
    pub(crate) fn close(mut self, result: Result<Reply, Error>) -> Result<Reply, Error> {
        let said = self.said();
        // No call is answered any more: what it said could not be heard.
        self.tools = None;
        let mut reply = result?;
        let mut directives = said.directives;
        if let Some(file) = self.file.take() {
            for directive in file.take()? {
                directive::granted(&directive, &self.directives, &self.step)
                    .map_err(Error::Denied)?;
                directives.push(directive);
            }
        }
        reply.directives = directives;
        reply.decision = said.decision;
        if let Some(proposal) = said.proposal {
            reply
                .options
                .push(("proposal".into(), proposal.to_string()));
        }
        Ok(reply)
    }
}

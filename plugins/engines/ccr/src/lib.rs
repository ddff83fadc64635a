//! Claude Code with the models of others, through Claude Code Router (`ccr`): Claude
//! Code's own adapter, with the router in the place of the service.

use cm_engine_claude::Claude;
use cm_sdk::engine::{
    Adapter, Command, Ending, Error, Events, Exit, Finding, Health, Info, Program, Request,
    finding, strings,
};
use serde_json::Value;

const INSTALL: &str = "npm install -g @musistudio/claude-code-router@2";
const CLAUDE: &str = "npm install -g @anthropic-ai/claude-code";
/// Where the router listens, unless its settings say something else.
const ADDRESS: &str = "http://127.0.0.1:3456";

/// One turn of Claude Code, routed.
#[derive(Debug)]
pub struct Ccr {
    claude: Claude,
    address: String,
}

impl Adapter for Ccr {
    const NAME: &'static str = "Claude Code Router";

    fn describe() -> Info {
        let claude = Claude::describe();
        Info {
            id: "ccr".to_owned(),
            name: Self::NAME.to_owned(),
            programs: vec![
                Program {
                    name: "claude".to_owned(),
                    install: CLAUDE.to_owned(),
                },
                Program {
                    name: "ccr".to_owned(),
                    install: INSTALL.to_owned(),
                },
            ],
            // As its settings name them: `PROVIDER,MODEL`.
            models: Vec::new(),
            // What it costs is reckoned with the prices of Claude's own models.
            features: claude
                .features
                .into_iter()
                .filter(|feature| feature != "cost")
                .collect(),
            probes: claude
                .probes
                .into_iter()
                .filter(|probe| probe.purpose == "version")
                .collect(),
            tested: claude.tested,
            environment: strings(&[
                "ANTHROPIC_AUTH_TOKEN",
                "CLAUDE_*",
                "API_TIMEOUT_MS",
                "MAX_THINKING_TOKENS",
                "MCP_TIMEOUT",
                "MCP_TOOL_TIMEOUT",
            ]),
            options: claude.options,
        }
    }

    fn diagnose(findings: &[Finding]) -> Health {
        let version: Vec<Finding> = finding(findings, "version").cloned().into_iter().collect();
        Health::from_version(&version, "Claude Code", CLAUDE)
    }

    fn command(request: &Request) -> Result<(Self, Command), Error> {
        let address = request.option("url").unwrap_or(ADDRESS);
        if !address.starts_with("http://") && !address.starts_with("https://") {
            return Err(Error::invalid_request(
                "bad-option",
                format!(
                    "The option `url` must be the address of the router, like `{ADDRESS}`, not `{address}`."
                ),
            ));
        }
        let (claude, command) = Claude::command(request)?;
        let turn = Self {
            claude,
            address: address.to_owned(),
        };
        // The router wants some key; a real one, if it has been given one, is the
        // person's ANTHROPIC_AUTH_TOKEN.
        let command = command
            .variable("ANTHROPIC_BASE_URL", address)
            .variable("ANTHROPIC_API_KEY", "router");
        Ok((turn, command))
    }

    fn on_started(&mut self, events: &mut Events) {
        self.claude.on_started(events);
    }

    fn on_raw(&mut self, line: &str, events: &mut Events) -> bool {
        self.claude.on_raw(line, events)
    }

    fn on_line(&mut self, line: &Value, events: &mut Events) {
        if line.get("type").and_then(Value::as_str) == Some("result") {
            let mut line = line.clone();
            forget_costs(&mut line);
            self.claude.on_line(&line, events);
        } else {
            self.claude.on_line(line, events);
        }
    }

    fn on_note(&mut self, line: &str, events: &mut Events) {
        self.claude.on_note(line, events);
    }

    fn on_stderr(&mut self, line: &str, events: &mut Events) {
        self.claude.on_stderr(line, events);
    }

    fn on_granted(&mut self, id: &str, events: &mut Events) {
        self.claude.on_granted(id, events);
    }

    fn on_denied(&mut self, id: &str, events: &mut Events) {
        self.claude.on_denied(id, events);
    }

    fn on_cancelled(&mut self, events: &mut Events) {
        self.claude.on_cancelled(events);
    }

    fn on_file(&mut self, name: &str, content: &[u8], events: &mut Events) {
        self.claude.on_file(name, content, events);
    }

    fn on_exit(&mut self, exit: &Exit<'_>, events: &mut Events) -> Ending {
        let mut ending = self.claude.on_exit(exit, events);
        if let Some(failure) = &mut ending.failure {
            let address = &self.address;
            match failure.code.as_str() {
                "network" => {
                    failure.message = format!(
                        "There is no router at {address}: start it with `ccr start`, or say with the option `url` where it is."
                    );
                }
                "not-signed-in" => {
                    failure.message = format!(
                        "The router at {address}, or the service behind it, does not take the key: set the provider's key in ~/.claude-code-router/config.json, and ANTHROPIC_AUTH_TOKEN to the router's own `APIKEY` if it has one."
                    );
                }
                _ => {}
            }
        }
        ending
    }
}

/// Takes the costs out of a result: they are those of models that were not asked.
fn forget_costs(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.remove("total_cost_usd");
            map.remove("costUSD");
            map.values_mut().for_each(forget_costs);
        }
        Value::Array(list) => list.iter_mut().for_each(forget_costs),
        _ => {}
    }
}

cm_sdk::export_engine!(Ccr);

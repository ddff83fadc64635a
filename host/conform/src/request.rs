use std::collections::BTreeMap;

use cm_types::{McpServer, Permissions, TurnRequest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A directory that no case looks into.
const DIRECTORY: &str = "/srv/project";
/// The directory of the turn alone.
const SCRATCH: &str = "/srv/scratch";
const NEW_SESSION: &str = "11111111-2222-4333-8444-555555555555";
const PROMPT: &str = "please";

/// What is asked of the agent in a case; what is missing is as usual.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct AskedFor {
    /// The prompt; `please` when it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// The model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The reasoning effort.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effort: Option<String>,
    /// A conversation to go on with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Whether it goes on in a copy.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub fork: bool,
    /// `read-only`, `workspace-write` or `full`; `workspace-write` when it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions: Option<String>,
    /// Only these tools may be used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
    /// Servers of the Model Context Protocol: their names, and the command of each.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub mcp_servers: BTreeMap<String, Vec<String>>,
    /// Other directories that may be used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub directories: Vec<String>,
    /// Rules that stand beside the prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// A JSON Schema that the answer must meet, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// How often the model may be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_turns: Option<u32>,
    /// Named values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, String>,
}

impl AskedFor {
    /// As the adapter gets it.
    pub fn request(&self) -> TurnRequest {
        let server = |(name, line): (&String, &Vec<String>)| {
            let mut words = line.iter().cloned();
            McpServer {
                name: name.clone(),
                command: words.next().unwrap_or_default(),
                arguments: words.collect(),
                environment: Vec::new(),
                only: Vec::new(),
                exclude: Vec::new(),
            }
        };
        TurnRequest {
            prompt: self.prompt.clone().unwrap_or_else(|| PROMPT.to_owned()),
            model: self.model.clone(),
            effort: self.effort.clone(),
            session: self.session.clone(),
            fork: self.fork,
            new_session: NEW_SESSION.to_owned(),
            permissions: match self.permissions.as_deref() {
                Some("read-only") => Permissions::ReadOnly,
                Some("full") => Permissions::Full,
                _ => Permissions::WorkspaceWrite,
            },
            tools: self.tools.clone(),
            mcp_servers: self.mcp_servers.iter().map(server).collect(),
            directory: DIRECTORY.to_owned(),
            directories: self.directories.clone(),
            scratch: SCRATCH.to_owned(),
            instructions: self.instructions.clone(),
            schema: self.schema.clone(),
            max_turns: self.max_turns,
            options: self
                .options
                .iter()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        }
    }
}

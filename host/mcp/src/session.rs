//! What one client is told.

use std::sync::Weak;

use rmcp::{
    RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, ErrorData, Implementation, ListToolsResult,
        PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool as Listed,
    },
    service::RequestContext,
};
use serde_json::{Map, Value};
use tokio::sync::Semaphore;

use crate::{Tool, Toolbox, answer};

/// How many calls of one client may be at work at the same time.
const CALLS: usize = 32;

const INSTRUCTIONS: &str = "These tools belong to the workflow that this turn is a step of. What \
    they change is kept before they answer. Only the tools that the workflow grants to this step \
    are listed; an answer that is an error says what was wrong and what to do instead.";

/// One connection's view of the toolbox. The server alone keeps the toolbox alive:
/// when it is gone, so are the tools, however long a connection takes to end.
pub(crate) struct Session {
    toolbox: Weak<dyn Toolbox>,
    calls: Semaphore,
}

impl Session {
    pub(crate) fn new(toolbox: Weak<dyn Toolbox>) -> Self {
        Self {
            toolbox,
            calls: Semaphore::new(CALLS),
        }
    }

    async fn answer(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<Value, String> {
        let Ok(_place) = self.calls.try_acquire() else {
            return Err(format!(
                "{CALLS} calls are at work already; wait for an answer and call again"
            ));
        };
        let over = || Err("the turn that these tools belong to is over".to_owned());
        let Some(toolbox) = self.toolbox.upgrade() else {
            return over();
        };
        let answer = toolbox.call(&request.name, request.arguments.unwrap_or_default());
        tokio::select! {
            biased;
            // Also when the client takes the call back; then nobody reads this.
            () = context.ct.cancelled() => over(),
            answer = answer => answer,
        }
    }
}

impl ServerHandler for Session {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("cm", env!("CARGO_PKG_VERSION")))
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = self.toolbox.upgrade().map(|toolbox| toolbox.tools());
        let listed = tools.into_iter().flatten().map(listed).collect();
        Ok(ListToolsResult::with_all_items(listed))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        Ok(answer::write(self.answer(request, context).await).into())
    }
}

fn listed(tool: Tool) -> Listed {
    let mut schema = match tool.schema {
        Value::Object(schema) => schema,
        _ => Map::new(),
    };
    // Clients refuse the whole list when one schema does not say it.
    schema
        .entry("type")
        .or_insert_with(|| Value::String("object".into()));
    Listed::new(tool.name, tool.description, schema)
}

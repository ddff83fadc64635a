//! The tools for scripts and people.

use std::path::Path;

use rmcp::{
    RoleClient,
    model::{CallToolRequestParams, ClientCapabilities, ClientConfig, Implementation},
    service::{RunningService, ServiceError, serve_client},
};
use serde_json::{Map, Value};
use tokio::net::UnixStream;

use crate::{McpError, Tool, answer};

/// What the server at `socket` offers.
pub async fn list(socket: &Path) -> Result<Vec<Tool>, McpError> {
    let client = connect(socket).await?;
    let tools = client
        .list_all_tools()
        .await
        .map_err(|error| failed(socket, error))?;
    let tool = |tool: rmcp::model::Tool| Tool {
        schema: tool.schema_as_json_value(),
        name: tool.name.into_owned(),
        description: tool.description.unwrap_or_default().into_owned(),
    };
    Ok(tools.into_iter().map(tool).collect())
}

/// Calls a tool of the server at `socket`. The inner error is the tool's own. There is
/// no limit of time: some tools wait for a person.
pub async fn call(
    socket: &Path,
    tool: &str,
    arguments: Map<String, Value>,
) -> Result<Result<Value, String>, McpError> {
    let client = connect(socket).await?;
    let request = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
    match client.call_tool(request).await {
        Ok(result) => Ok(answer::read(result)),
        Err(error) => Err(failed(socket, error)),
    }
}

async fn connect(socket: &Path) -> Result<RunningService<RoleClient, ClientConfig>, McpError> {
    let stream = match UnixStream::connect(socket).await {
        Ok(stream) => stream,
        Err(source) => {
            return Err(McpError::Connect {
                path: socket.to_owned(),
                source,
            });
        }
    };
    let this = ClientConfig::new(
        ClientCapabilities::default(),
        Implementation::new("cm", env!("CARGO_PKG_VERSION")),
    );
    match serve_client(this, stream).await {
        Ok(client) => Ok(client),
        Err(error) => Err(McpError::Lost {
            path: socket.to_owned(),
            reason: error.to_string(),
        }),
    }
}

fn failed(socket: &Path, error: ServiceError) -> McpError {
    let path = socket.to_owned();
    match error {
        ServiceError::McpError(error) => McpError::Refused {
            path,
            reason: error.message.into_owned(),
        },
        error => McpError::Lost {
            path,
            reason: error.to_string(),
        },
    }
}

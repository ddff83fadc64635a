//! What makes the real engine programs talk to the server: settings in a home of their
//! own, and variables.

use serde_json::json;
use std::path::Path;
use std::{fs, io};

use crate::engine::{claude_environment, codex_environment, isolated, opencode_environment};

/// Variables for an engine's process.
pub(crate) type Environment = Vec<(String, String)>;

/// It must not be a part of any other word: Copilot CLI blots it out wherever it stands.
const KEY: &str = "k-Zq81x";

/// Makes this engine's program use the server at `url`, with `home` as its home. Gives the
/// variables that the program needs, `HOME` among them.
///
/// # Errors
/// `home` cannot be written to.
pub fn environment(engine: &str, url: &str, home: &Path) -> io::Result<Environment> {
    match engine {
        "claude" => claude_environment(url, home),
        "codex" => codex_environment(url, home),
        "opencode" => opencode_environment(url, home),
        "gemini" => gemini(url, home),
        "qwen" => qwen(url, home),
        "copilot" => copilot(url, home),
        "pi" => pi(url, home),
        "vibe" => vibe(url, home),
        "aider" => aider(url, home),
        other => Err(io::Error::new(
            io::ErrorKind::NotFound,
            format!("no settings are known for the engine `{other}`"),
        )),
    }
}

fn gemini(url: &str, home: &Path) -> io::Result<Environment> {
    let settings = json!({
        "security": { "auth": { "selectedType": "gemini-api-key" } },
        "privacy": { "usageStatisticsEnabled": false },
        "general": { "disableAutoUpdate": true, "disableUpdateNag": true },
        "model": { "name": "gemini-2.5-pro" },
    });
    write(&home.join(".gemini/settings.json"), &settings.to_string())?;
    let address = format!("{url}/gemini");
    with(
        home,
        &[
            ("GEMINI_API_KEY", KEY),
            ("GOOGLE_GEMINI_BASE_URL", &address),
        ],
    )
}

fn qwen(url: &str, home: &Path) -> io::Result<Environment> {
    let settings = json!({
        "security": { "auth": { "selectedType": "openai" } },
        "privacy": { "usageStatisticsEnabled": false },
        "general": { "disableAutoUpdate": true },
        "model": { "name": "scripted-model" },
        // What it asks its model on its own account.
        "memory": { "enableManagedAutoMemory": false },
        "ui": { "enableFollowupSuggestions": false },
    });
    write(&home.join(".qwen/settings.json"), &settings.to_string())?;
    let address = format!("{url}/qwen/v1");
    with(
        home,
        &[("OPENAI_API_KEY", KEY), ("OPENAI_BASE_URL", &address)],
    )
}

fn copilot(url: &str, home: &Path) -> io::Result<Environment> {
    let address = format!("{url}/copilot/v1");
    with(
        home,
        &[
            ("COPILOT_OFFLINE", "true"),
            ("COPILOT_AUTO_UPDATE", "false"),
            ("COPILOT_PROVIDER_BASE_URL", &address),
            ("COPILOT_PROVIDER_API_KEY", KEY),
            ("COPILOT_MODEL", "scripted-model"),
        ],
    )
}

fn pi(url: &str, home: &Path) -> io::Result<Environment> {
    let cost = json!({ "input": 3, "output": 15, "cacheRead": 0.3, "cacheWrite": 0 });
    let models = json!({ "providers": { "scripted": {
        "baseUrl": format!("{url}/pi/v1"),
        "api": "openai-completions",
        "apiKey": KEY,
        "compat": { "supportsDeveloperRole": false },
        "models": [{ "id": "scripted-model", "reasoning": true, "cost": cost }],
    } } });
    let settings = json!({ "defaultProvider": "scripted", "defaultModel": "scripted-model" });
    let folder = home.join(".pi/agent");
    write(&folder.join("models.json"), &models.to_string())?;
    write(&folder.join("settings.json"), &settings.to_string())?;
    with(home, &[("PI_OFFLINE", "1"), ("PI_TELEMETRY", "0")])
}

fn vibe(url: &str, home: &Path) -> io::Result<Environment> {
    let config = format!(
        r#"active_model = "scripted"
enable_telemetry = false
enable_update_checks = false
enable_auto_update = false
enable_connectors = false

[[providers]]
name = "scripted"
api_base = "{url}/vibe/v1"
api_key_env_var = "MISTRAL_API_KEY"
api_style = "openai"
backend = "generic"

# Of the model that it takes when it does not know the one that it should take.
[[providers]]
name = "mistral"
api_base = "{url}/vibe/v1"
api_key_env_var = "MISTRAL_API_KEY"
api_style = "openai"
backend = "generic"

[[models]]
name = "scripted-model"
provider = "scripted"
alias = "scripted"
input_price = 3.0
output_price = 15.0
"#
    );
    write(&home.join(".vibe/config.toml"), &config)?;
    with(home, &[("MISTRAL_API_KEY", KEY)])
}

fn aider(url: &str, home: &Path) -> io::Result<Environment> {
    let address = format!("{url}/aider/v1");
    with(
        home,
        &[
            ("AIDER_MODEL", "openai/scripted-model"),
            ("OPENAI_API_BASE", &address),
            ("OPENAI_API_KEY", KEY),
        ],
    )
}

/// Makes Claude Code Router, which is to listen at this port, use the server at `url`;
/// and Claude Code quiet.
///
/// # Errors
/// `home` cannot be written to.
pub fn router_environment(url: &str, home: &Path, port: u16) -> io::Result<Environment> {
    let provider = json!({
        "name": "scripted",
        "api_base_url": format!("{url}/ccr/v1/chat/completions"),
        "api_key": KEY,
        "models": ["scripted-model"],
    });
    let config = json!({
        "LOG": false,
        "HOST": "127.0.0.1",
        "PORT": port,
        "NON_INTERACTIVE_MODE": true,
        "Providers": [provider],
        "Router": { "default": "scripted,scripted-model" },
    });
    let file = home.join(".claude-code-router/config.json");
    write(&file, &config.to_string())?;
    with(
        home,
        &[
            ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
            ("CLAUDE_CODE_MAX_RETRIES", "2"),
        ],
    )
}

fn with(home: &Path, variables: &[(&str, &str)]) -> io::Result<Environment> {
    let mut environment = isolated(home)?;
    let owned = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    environment.extend(owned);
    Ok(environment)
}

pub(crate) fn write(file: &Path, content: &str) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, content)
}

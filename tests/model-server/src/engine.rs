//! The real engine programs: where they are, and what makes them talk to the server.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::home::{Environment, write};

/// The folder that the engines are installed in: `CM_ENGINES_DIR`, or
/// `target/engines`, which `cargo xtask engines` fills.
#[must_use]
pub fn engines_dir() -> PathBuf {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/engines");
    std::env::var_os("CM_ENGINES_DIR").map_or_else(default, PathBuf::from)
}

/// The folder with the program of this engine: put first on `PATH`, it is found by its
/// plain name. `None` if it is not installed.
///
/// For `claude`, `codex` and `opencode` it is the native program: the launchers that npm
/// puts beside it are Node programs that leave their child behind when they are killed.
/// The others are nothing but programs for Node (see [`node_path`]) or Python.
#[must_use]
pub fn engine_path(name: &str) -> Option<PathBuf> {
    let architecture = if cfg!(target_arch = "x86_64") {
        "x64"
    } else {
        "arm64"
    };
    let system = if cfg!(target_os = "macos") {
        "darwin"
    } else {
        "linux"
    };
    let platform = format!("{system}-{architecture}");
    let modules = engines_dir().join(name).join("node_modules");
    let folder = match name {
        "claude" => modules.join(format!("@anthropic-ai/claude-code-{platform}")),
        "opencode" => modules.join(format!("opencode-{platform}/bin")),
        "codex" => {
            let vendor = modules.join(format!("@openai/codex-{platform}/vendor"));
            let entries = fs::read_dir(vendor).ok()?.flatten();
            let mut folders = entries.map(|entry| entry.path().join("bin"));
            folders.find(|folder| folder.join(name).is_file())?
        }
        "vibe" | "aider" => engines_dir().join(name).join("bin"),
        _ => modules.join(".bin"),
    };
    folder.join(name).is_file().then_some(folder)
}

/// The folder with the Node.js that was fetched along with the engines, which some of
/// them need and the system may not have.
#[must_use]
pub fn node_path() -> Option<PathBuf> {
    engine_path("node")
}

/// [`engine_path`], which says so on standard error when the engine is missing.
#[must_use]
pub fn engine_or_skip(name: &str) -> Option<PathBuf> {
    let found = engine_path(name);
    if found.is_none() {
        let folder = engines_dir().join(name);
        // Not `eprintln!`: the test harness would keep that to itself.
        let _ = writeln!(
            io::stderr(),
            "SKIPPED: no {name} program below {}; type `cargo xtask engines` to install it",
            folder.display()
        );
    }
    found
}

/// Makes `claude` use the server at `url`, with `home` as its home.
///
/// It is signed in as a subscriber, not with an API key: only then does it report a
/// usage limit as one. All that matters is written into `home`, so that `HOME` and
/// `PATH` are enough for a program that is started with a filtered environment.
///
/// # Errors
/// `home` cannot be written to.
pub fn claude_environment(url: &str, home: &Path) -> io::Result<Environment> {
    let environment = isolated(home)?;
    let settings = serde_json::json!({ "env": {
        "ANTHROPIC_BASE_URL": format!("{url}/claude"),
        "CLAUDE_CODE_OAUTH_TOKEN": "scripted-key",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        // Otherwise a refused key is tried again for minutes.
        "CLAUDE_CODE_MAX_RETRIES": "2",
    } });
    write(&home.join(".claude/settings.json"), &settings.to_string())?;
    Ok(environment)
}

/// Makes `codex` use the server at `url`, with `home` as its home, where all of it
/// is written: see [`claude_environment`].
///
/// # Errors
/// `home` cannot be written to.
pub fn codex_environment(url: &str, home: &Path) -> io::Result<Environment> {
    let mut environment = isolated(home)?;
    let config = format!(
        r#"model = "gpt-5.5"
model_provider = "scripted"
check_for_update_on_startup = false

[model_providers.scripted]
name = "scripted"
base_url = "{url}/codex/v1"
wire_api = "responses"
experimental_bearer_token = "scripted-key"
request_max_retries = 2
stream_max_retries = 2

[analytics]
enabled = false

[features]
apps = false
plugins = false
"#
    );
    let folder = home.join(".codex");
    write(&folder.join("config.toml"), &config)?;
    add(&mut environment, &[("CODEX_HOME", &shown(&folder))]);
    Ok(environment)
}

/// Makes `opencode` use the server at `url`, with `home` as its home, where all of
/// it is written: see [`claude_environment`]. The variables only keep it from
/// looking for news of models, plugins and itself.
///
/// # Errors
/// `home` cannot be written to.
pub fn opencode_environment(url: &str, home: &Path) -> io::Result<Environment> {
    let mut environment = isolated(home)?;
    let config = serde_json::json!({
        "autoupdate": false,
        "share": "disabled",
        "model": "scripted/scripted-model",
        "small_model": "scripted/scripted-model",
        "provider": { "scripted": {
            "npm": "@ai-sdk/openai-compatible",
            "options": { "baseURL": format!("{url}/opencode/v1"), "apiKey": "scripted-key" },
            "models": { "scripted-model": {
                "limit": { "context": 200_000, "output": 8000 },
                "tool_call": true,
                "reasoning": true,
                "cost": { "input": 3, "output": 15 },
            } },
        } },
    });
    write(
        &home.join(".config/opencode/opencode.json"),
        &config.to_string(),
    )?;
    for name in [
        "OPENCODE_DISABLE_MODELS_FETCH",
        "OPENCODE_DISABLE_AUTOUPDATE",
        "OPENCODE_DISABLE_LSP_DOWNLOAD",
        "OPENCODE_DISABLE_DEFAULT_PLUGINS",
    ] {
        add(&mut environment, &[(name, "1")]);
    }
    Ok(environment)
}

/// A home where nothing of the person's own is found, and nothing of theirs is changed.
pub(crate) fn isolated(home: &Path) -> io::Result<Environment> {
    let temporary = home.join("tmp");
    fs::create_dir_all(&temporary)?;
    let mut environment = Environment::new();
    add(
        &mut environment,
        &[("HOME", &shown(home)), ("TMPDIR", &shown(&temporary))],
    );
    for (name, folder) in [
        ("XDG_CONFIG_HOME", ".config"),
        ("XDG_DATA_HOME", ".local/share"),
        ("XDG_STATE_HOME", ".local/state"),
        ("XDG_CACHE_HOME", ".cache"),
    ] {
        add(&mut environment, &[(name, &shown(&home.join(folder)))]);
    }
    Ok(environment)
}

fn add(environment: &mut Environment, variables: &[(&str, &str)]) {
    let owned = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    environment.extend(owned);
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

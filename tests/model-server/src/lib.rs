//! A scripted stand-in for the vendors' model APIs, on loopback.
//!
//! The engine programs in a test are the real ones; only the model behind them
//! is a script. The server speaks the wire formats that they use: Anthropic Messages
//! (Claude Code), OpenAI Responses (Codex), OpenAI Chat Completions (opencode and most
//! others) and the Gemini API. It keeps no conversation: which turn of a rule is due is read off
//! the request itself, so any number of engines may talk to one server at once.
//!
//! ```
//! let script = cm_model_server::Script::from_json(r#"{"rules": [{
//!     "when":  {"prompt_contains": "write {word} to {path}"},
//!     "turns": [
//!         {"tool": {"write_file": {"path": "{path}", "content": "{word}\n"}}},
//!         {"text": "Wrote {word}."}
//!     ]
//! }]}"#)?;
//! let server = cm_model_server::ModelServer::start(script)?;
//! assert!(server.requests().is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod body;
mod choice;
mod conversation;
mod engine;
mod home;
mod mcp;
mod pattern;
mod reply;
mod script;
mod seen;
mod server;
mod tool;
mod wire;

pub use engine::{
    claude_environment, codex_environment, engine_or_skip, engine_path, engines_dir, node_path,
    opencode_environment,
};
pub use home::{environment, router_environment};
pub use script::{Failure, Rule, Script, ScriptError, ToolCall, Turn, Usage, When};
pub use seen::Seen;
pub use server::ModelServer;

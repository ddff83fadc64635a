//! An agent of which nothing is known.

use crate::preset::{Meaning, Modes, Naming, Preset};

/// Variables of the services behind agents that take any of them.
const PROVIDERS: &[&str] = &[
    "ANTHROPIC_*",
    "OPENAI_*",
    "GEMINI_*",
    "GOOGLE_*",
    "OPENROUTER_API_KEY",
    "MISTRAL_API_KEY",
    "GROQ_API_KEY",
    "XAI_API_KEY",
    "DEEPSEEK_API_KEY",
    "GITHUB_TOKEN",
];

/// An agent of which nothing is known but that it speaks the protocol.
pub(crate) const ANY: Preset = Preset {
    engine: "acp",
    name: "ACP agent",
    program: "",
    arguments: &[],
    install: "",
    sign_in: "sign in with the agent's own program",
    login: &[],
    tested: &[],
    models: &[],
    features: &["resume", "fork", "usage", "permissions", "ask", "mcp"],
    environment: PROVIDERS,
    model_flag: None,
    modes: Modes {
        read_only: &["read-only", "readonly", "plan"],
        workspace_write: &[],
        full: &[],
        elsewhere: false,
    },
    naming: Naming::Kind,
    // What the protocol's draft says of its fields.
    meaning: Meaning::Session,
    speaks_for_itself: false,
};

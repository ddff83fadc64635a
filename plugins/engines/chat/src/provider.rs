//! Services that speak this API.

use cm_sdk::engine::{Error, HttpRequest, Request};
use serde_json::Value;

/// A service.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Provider {
    /// What stands before the model's name, or in the option `provider`.
    pub(crate) id: &'static str,
    /// The variable in which its address may be.
    pub(crate) address: &'static str,
    /// The variable of its key.
    pub(crate) key: &'static str,
    /// Where it is; empty for one that everybody has somewhere else.
    base: &'static str,
    /// What stands between the address and `/chat/completions`.
    prefix: &'static str,
    /// Whether it can be used without a key.
    open: bool,
}

/// All of them; the last one is anything else.
pub(crate) const ALL: [Provider; 10] = [
    local("ollama", "OLLAMA_HOST", "OLLAMA_API_KEY", "/v1"),
    local("vllm", "VLLM_BASE_URL", "VLLM_API_KEY", ""),
    local("lmstudio", "LMSTUDIO_BASE_URL", "LMSTUDIO_API_KEY", ""),
    local("llamacpp", "LLAMACPP_BASE_URL", "LLAMACPP_API_KEY", ""),
    remote(
        "openrouter",
        "OPENROUTER_BASE_URL",
        "OPENROUTER_API_KEY",
        "https://openrouter.ai/api/v1",
    ),
    remote(
        "deepseek",
        "DEEPSEEK_BASE_URL",
        "DEEPSEEK_API_KEY",
        "https://api.deepseek.com/v1",
    ),
    remote(
        "groq",
        "GROQ_BASE_URL",
        "GROQ_API_KEY",
        "https://api.groq.com/openai/v1",
    ),
    remote(
        "mistral",
        "MISTRAL_BASE_URL",
        "MISTRAL_API_KEY",
        "https://api.mistral.ai/v1",
    ),
    remote("xai", "XAI_BASE_URL", "XAI_API_KEY", "https://api.x.ai/v1"),
    ANY,
];

/// The service whose address the person sets themselves.
const ANY: Provider = local(OTHER, "CHAT_BASE_URL", "CHAT_API_KEY", "");
const OTHER: &str = "other";

const fn local(
    id: &'static str,
    address: &'static str,
    key: &'static str,
    prefix: &'static str,
) -> Provider {
    Provider {
        id,
        address,
        key,
        base: "",
        prefix,
        open: true,
    }
}

const fn remote(
    id: &'static str,
    address: &'static str,
    key: &'static str,
    base: &'static str,
) -> Provider {
    Provider {
        id,
        address,
        key,
        base,
        prefix: "",
        open: false,
    }
}

impl Provider {
    /// Who is asked for what: `ollama/qwen3`, or `qwen3` with the option `provider`. A
    /// model of no known service is asked for at the person's own.
    pub(crate) fn of(request: &Request) -> Result<(&'static Self, String), Error> {
        let known = |id: &str| ALL.iter().find(|provider| provider.id == id);
        let model = request.model.as_deref().unwrap_or_default();
        let (provider, model) = match request.option("provider") {
            Some(id) => match known(id) {
                Some(provider) => {
                    let own = model.strip_prefix(id).and_then(|it| it.strip_prefix('/'));
                    (provider, own.unwrap_or(model))
                }
                None => {
                    let all: Vec<_> = ALL.iter().map(|provider| provider.id).collect();
                    let message = format!(
                        "There is no service `{id}`; there are {}. Any other is `{OTHER}`, its address in CHAT_BASE_URL.",
                        all.join(", ")
                    );
                    return Err(Error::invalid_request("unsupported", message));
                }
            },
            None => {
                let named = model.split_once('/');
                let named = named.and_then(|(id, model)| Some((known(id)?, model)));
                named.unwrap_or((&ANY, model))
            }
        };
        if model.is_empty() {
            return Err(Error::invalid_request(
                "no-model",
                "This engine has no model of its own: name one, like `ollama/qwen3` or `openrouter/qwen/qwen3-coder`.",
            ));
        }
        Ok((provider, model.to_owned()))
    }

    /// A question.
    pub(crate) fn request(&self, body: &Value) -> HttpRequest {
        let path = format!("{}/chat/completions", self.prefix);
        let request = HttpRequest::post(self.address, self.base, &path, body);
        match self.open {
            true => request.optional_secret("authorization", "Bearer ", &[self.key]),
            false => request.secret("authorization", "Bearer ", &[self.key]),
        }
    }
}

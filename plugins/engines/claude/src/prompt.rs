//! The prompt, as the message with which a turn begins.

use cm_sdk::engine::Request;
use serde_json::{Value, json};

/// An argument may not be longer than 128 KiB on Linux; longer instructions go
/// in front of the prompt, which is on standard input and may be of any length.
const LONGEST_ARGUMENT: usize = 100_000;

/// The instructions, where they can stand beside the prompt.
pub(crate) fn beside(request: &Request) -> Option<&str> {
    let instructions = request.instructions.as_deref()?.trim();
    let fits = !instructions.is_empty() && instructions.len() <= LONGEST_ARGUMENT;
    fits.then_some(instructions)
}

pub(crate) fn message(request: &Request) -> Value {
    let mut prompt = match beside(request) {
        Some(_) => request.prompt.clone(),
        None => request.instructed(),
    };
    // A prompt that begins with a slash would be taken for a command of the
    // program; a line break before it keeps it a prompt.
    if prompt.starts_with('/') {
        prompt.insert(0, '\n');
    }
    json!({ "type": "user", "message": { "role": "user", "content": prompt } })
}

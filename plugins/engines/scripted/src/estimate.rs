//! Tokens and money from lengths.

use cm_sdk::engine::Request;
use serde_json::{Value, json};

use crate::script::Tokens;

/// Characters to a token, roughly, in English and in code.
const CHARACTERS: usize = 4;
/// US dollars for a token sent, taken from a cache, and written.
const PRICES: (f64, f64, f64) = (3e-6, 0.3e-6, 15e-6);

/// The usage of a turn in which the engine wrote `written` bytes.
pub(crate) fn usage(given: Tokens, request: &Request, written: usize) -> Value {
    let instructions = request.instructions.as_deref().unwrap_or("").len();
    let input = given
        .input
        .unwrap_or_else(|| tokens(request.prompt.len() + instructions));
    let output = given.output.unwrap_or_else(|| tokens(written));
    let cached = given.cached.unwrap_or(0).min(input);
    let reasoning = given.reasoning.unwrap_or(0).min(output);
    let (sent, read, wrote) = PRICES;
    let cost = given.cost_usd.unwrap_or_else(|| {
        f64::from(input - cached) * sent + f64::from(cached) * read + f64::from(output) * wrote
    });
    json!({
        "type": "usage",
        "input": input,
        "cached": cached,
        "output": output,
        "reasoning": reasoning,
        "cost-usd": cost,
    })
}

fn tokens(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(CHARACTERS)).unwrap_or(u32::MAX)
}

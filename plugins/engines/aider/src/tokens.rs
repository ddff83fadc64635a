//! The line in which aider tells what an answer used.

use cm_sdk::engine::Usage;

/// Reads `Tokens: 1.2k sent, 5k cache hit, 300 received. Cost: $0.01 message, $0.02 session.`
pub(crate) fn usage(line: &str) -> Option<Usage> {
    let tokens = line.strip_prefix("Tokens: ")?;
    let (tokens, cost) = match tokens.split_once(" Cost: ") {
        Some((tokens, cost)) => (tokens, Some(cost)),
        None => (tokens, None),
    };
    let count = |what: &str| {
        tokens
            .trim_end_matches('.')
            .split(", ")
            .find_map(|part| part.strip_suffix(what))
            .map_or(0, number)
    };
    let cached = count(" cache hit");
    Some(Usage {
        // What was written to a cache or came from it is not counted as sent.
        input: count(" sent")
            .saturating_add(cached)
            .saturating_add(count(" cache write")),
        cached,
        output: count(" received"),
        reasoning: 0,
        cost_usd: cost.and_then(|cost| {
            let (message, _) = cost.split_once(" message")?;
            let amount: f64 = message.strip_prefix('$')?.parse().ok()?;
            (amount.is_finite() && amount >= 0.0).then_some(amount)
        }),
        options: Vec::new(),
    })
}

/// `700`, `1.2k`, `3M`.
fn number(text: &str) -> u32 {
    let (digits, scale) = match text.strip_suffix(['k', 'M']) {
        Some(digits) if text.ends_with('k') => (digits, 1e3),
        Some(digits) => (digits, 1e6),
        None => (text, 1.0),
    };
    let number: f64 = digits.replace(',', "").parse().unwrap_or(0.0);
    // The cast saturates.
    (number * scale) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        let read = |line| usage(line).map(|it| (it.input, it.cached, it.output, it.cost_usd));
        assert_eq!(
            read("Tokens: 700 sent, 30 received."),
            Some((700, 0, 30, None))
        );
        assert_eq!(
            read(
                "Tokens: 1.2k sent, 5k cache hit, 300 received. Cost: $0.01 message, $0.02 session."
            ),
            Some((6200, 5000, 300, Some(0.01)))
        );
        assert_eq!(read("Tokens: many sent"), Some((0, 0, 0, None)));
        assert_eq!(read("No tokens"), None);
    }
}

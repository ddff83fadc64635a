//! When a limit ends, read from what a program said about it.

/// What a text says about the end of a limit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wait {
    /// A moment: milliseconds since 1970, UTC.
    pub until_ms: Option<f64>,
    /// A time from now, in milliseconds.
    pub after_ms: Option<u32>,
    /// A moment in words, such as `3pm (Europe/Berlin)`, which takes a clock and
    /// a calendar to understand; adapters have neither.
    pub words: Option<String>,
}

/// Reads `…limit reached|1757000000`, `try again in 1 day 3 hours`, `retry after
/// 2.5s`, `resets 3pm (UTC)` and `try again at Nov 25th, 2026 3:14 PM`.
pub fn wait(text: &str) -> Wait {
    let mut wait = Wait::default();
    if let Some((_, tail)) = text.split_once("limit reached|") {
        wait.until_ms = epoch(tail);
    }
    for marker in ["again in ", "retry after ", "retry in ", "resets in "] {
        if wait.after_ms.is_none() {
            wait.after_ms = after(text, marker).and_then(duration);
        }
    }
    if wait.until_ms.is_none() && wait.after_ms.is_none() {
        wait.words = ["resets at ", "resets ", "again at "]
            .iter()
            .find_map(|marker| after(text, marker))
            .map(moment)
            .filter(|words| !words.is_empty());
    }
    wait
}

/// What follows a marker, whatever its case.
fn after<'a>(text: &'a str, marker: &str) -> Option<&'a str> {
    let at = text
        .as_bytes()
        .windows(marker.len())
        .position(|window| window.eq_ignore_ascii_case(marker.as_bytes()))?;
    text.get(at + marker.len()..)
}

/// Seconds or milliseconds since 1970, as milliseconds.
pub(crate) fn epoch(text: &str) -> Option<f64> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let number: f64 = digits.parse().ok()?;
    moment_ms(number)
}

/// Seconds or milliseconds since 1970, as milliseconds; programs use both.
pub fn moment_ms(number: f64) -> Option<f64> {
    match number {
        n if !n.is_finite() || n < 1e9 => None,
        n if n < 1e11 => Some(n * 1000.0),
        n => Some(n),
    }
}

/// `1 day 3 hours`, `2.5s`, `1h30m`, as milliseconds.
fn duration(text: &str) -> Option<u32> {
    let mut rest = text;
    let mut total = 0.0_f64;
    let mut any = false;
    loop {
        rest = rest.trim_start_matches([' ', ',']);
        rest = rest.strip_prefix("and ").unwrap_or(rest);
        let digits = rest.len()
            - rest
                .trim_start_matches(|c: char| c.is_ascii_digit() || c == '.')
                .len();
        let (number, tail) = rest.split_at(digits);
        let tail = tail.trim_start();
        let letters = tail.len()
            - tail
                .trim_start_matches(|c: char| c.is_ascii_alphabetic())
                .len();
        let (unit, tail) = tail.split_at(letters);
        let Ok(number) = number.trim_end_matches('.').parse::<f64>() else {
            break;
        };
        let Some(unit) = milliseconds(unit) else {
            break;
        };
        total += number * unit;
        any = true;
        rest = tail;
    }
    any.then_some(total as u32)
}

fn milliseconds(unit: &str) -> Option<f64> {
    Some(match unit.to_ascii_lowercase().as_str() {
        "ms" | "millisecond" | "milliseconds" => 1.0,
        "s" | "sec" | "secs" | "second" | "seconds" => 1e3,
        "m" | "min" | "mins" | "minute" | "minutes" => 6e4,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3.6e6,
        "d" | "day" | "days" => 8.64e7,
        _ => return None,
    })
}

/// A moment in words ends where the sentence does.
fn moment(text: &str) -> String {
    let end = text
        .char_indices()
        .find(|(at, c)| {
            let tail = text.get(at + c.len_utf8()..).unwrap_or_default();
            matches!(c, '\n' | '·' | '∙' | ';' | '"')
                || (*c == '.' && (tail.is_empty() || tail.starts_with(char::is_whitespace)))
        })
        .map_or(text.len(), |(at, _)| at);
    text.get(..end)
        .unwrap_or_default()
        .trim()
        .chars()
        .take(80)
        .collect()
}

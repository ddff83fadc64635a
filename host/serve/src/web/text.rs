use std::time::SystemTime;

use jiff::{Timestamp, tz::TimeZone};

/// Text as HTML, in elements and in attributes.
pub(super) fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            letter => html.push(shown(letter)),
        }
    }
    html
}

/// A letter, unless it is one that makes text look like other text.
pub(super) fn shown(letter: char) -> char {
    match letter {
        '\n' | '\t' => letter,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => '\u{fffd}',
        letter if letter.is_control() => '\u{fffd}',
        letter => letter,
    }
}

/// The day of a moment, as HTML.
pub(super) fn day(time: Option<SystemTime>) -> String {
    let Some(time) = time.and_then(|time| Timestamp::try_from(time).ok()) else {
        return "unknown".to_owned();
    };
    let there = time.to_zoned(TimeZone::UTC);
    format!(
        "<time datetime=\"{}\">{}</time>",
        there.strftime("%Y-%m-%dT%H:%M:%SZ"),
        there.strftime("%-d %b %Y")
    )
}

/// A number of bytes for people.
pub(super) fn bytes(count: u64) -> String {
    match count {
        0..1024 => format!("{count} B"),
        1024..1_048_576 => format!("{:.0} KiB", count as f64 / 1024.0),
        _ => format!("{:.1} MiB", count as f64 / 1_048_576.0),
    }
}

/// A count and its noun.
pub(super) fn counted(count: usize, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

//! Finding a phrase in a prompt, and what stands in its gaps.

use std::collections::BTreeMap;

/// What the `{name}` gaps of a pattern were found to hold.
pub(crate) type Captures = BTreeMap<String, String>;

enum Part<'p> {
    Text(&'p str),
    /// `{name}`: one word. `{name...}`: the rest of the line.
    Gap {
        name: &'p str,
        line: bool,
    },
}

/// Looks for `pattern` anywhere in `text`; the first place that fits counts.
pub(crate) fn find(pattern: &str, text: &str) -> Option<Captures> {
    let parts = parts(pattern);
    let mut starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    starts.find_map(|at| fit(&parts, &text[at..]))
}

/// Puts `values` into the `{name}` places of `text`. A name that is not known is
/// left as it stands, so that scripted code may hold braces.
pub(crate) fn fill(text: &str, values: &Captures) -> String {
    let put = |part| match part {
        Part::Text(text) => text.to_owned(),
        Part::Gap { name, line } => values.get(name).cloned().unwrap_or_else(|| {
            let dots = if line { "..." } else { "" };
            format!("{{{name}{dots}}}")
        }),
    };
    parts(text).into_iter().map(put).collect()
}

fn parts(pattern: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut text, mut from) = (0, 0);
    while let Some(open) = pattern[from..].find('{').map(|at| at + from) {
        from = open + 1;
        let Some(close) = pattern[from..].find('}').map(|at| at + from) else {
            break;
        };
        let inner = &pattern[from..close];
        let name = inner.strip_suffix("...").unwrap_or(inner);
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(word) {
            continue;
        }
        if text < open {
            parts.push(Part::Text(&pattern[text..open]));
        }
        let line = name.len() < inner.len();
        parts.push(Part::Gap { name, line });
        (text, from) = (close + 1, close + 1);
    }
    if text < pattern.len() {
        parts.push(Part::Text(&pattern[text..]));
    }
    parts
}

fn fit(parts: &[Part<'_>], text: &str) -> Option<Captures> {
    let Some((first, rest)) = parts.split_first() else {
        return Some(Captures::new());
    };
    let (name, line) = match first {
        Part::Text(literal) => return fit(rest, text.strip_prefix(literal)?),
        Part::Gap { name, line } => (name, line),
    };
    // Engines quote prompts in several ways; a quotation mark never belongs to a word.
    let outside = |c: char| match line {
        true => c == '\n',
        false => c.is_whitespace() || matches!(c, '"' | '\'' | '`'),
    };
    let end = text.find(outside).unwrap_or(text.len());
    // Up to the nearest following literal; at the end of the pattern as far as it goes.
    let mut ends: Vec<usize> = text[..end]
        .char_indices()
        .map(|(at, _)| at)
        .skip(1)
        .collect();
    ends.extend((end > 0).then_some(end));
    if rest.is_empty() {
        ends = ends.pop().into_iter().collect();
    }
    ends.into_iter().find_map(|at| {
        let mut found = fit(rest, &text[at..])?;
        found.insert((*name).to_owned(), text[..at].to_owned());
        Some(found)
    })
}

#[cfg(test)]
mod tests {
    use super::{Captures, fill, find};
    use proptest::prelude::{prop_assert_eq, proptest};

    fn found(pattern: &str, text: &str) -> Option<Vec<(String, String)>> {
        find(pattern, text).map(|found| found.into_iter().collect())
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn a_gap_is_a_word_and_dots_make_it_a_line() {
        assert_eq!(found("plain", "a plain text"), Some(vec![]));
        assert_eq!(found("plain", "another text"), None);
        assert_eq!(
            found(
                "write {word} to {path}",
                "\"please write hi to /tmp/a.txt\" now"
            ),
            Some(vec![pair("path", "/tmp/a.txt"), pair("word", "hi")])
        );
        assert_eq!(
            found("run: {command...}", "run: cargo test -q\nthen stop"),
            Some(vec![pair("command", "cargo test -q")])
        );
        assert_eq!(found("write {word} to", "write  to"), None);
        assert_eq!(
            found("{a...} then {b}", "one two then three then four"),
            Some(vec![pair("a", "one two"), pair("b", "three")])
        );
        assert_eq!(found("{not a gap}", "x {not a gap} y"), Some(vec![]));
    }

    #[test]
    fn unknown_names_stay() {
        let values = Captures::from([pair("a", "1")]);
        assert_eq!(fill("{a} {b} fn x() {} {a", &values), "1 {b} fn x() {} {a");
    }

    proptest! {
        #[test]
        fn what_was_filled_in_is_found_again(
            word in "[a-zA-Z0-9/._äß-]{1,12}", path in "[a-z/.]{1,12}", around in "[^w]{0,20}",
        ) {
            let values = Captures::from([pair("word", &word), pair("path", &path)]);
            let pattern = "write {word} to {path}";
            let text = format!("{around}{} {around}", fill(pattern, &values));
            prop_assert_eq!(find(pattern, &text), Some(values));
        }

        #[test]
        fn no_text_breaks_it(pattern in ".{0,30}", text in ".{0,60}") {
            let _ = find(&pattern, &text);
            prop_assert_eq!(fill(&pattern, &Captures::new()), pattern);
        }
    }
}

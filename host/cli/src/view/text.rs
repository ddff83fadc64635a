//! What others say, made fit for a terminal.

/// Without control characters: an agent's output must not move the cursor, change the
/// title or the clipboard. Line ends and tabs stay.
pub(crate) fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' | '\t' => clean.push(c),
            // The rest of a colour's sequence would be noise without its first character.
            '\u{1b}' if chars.peek() == Some(&'[') => {
                chars.next();
                while let Some(c) = chars.next_if(|c| !('@'..='~').contains(c) && *c != '\n') {
                    let _ = c;
                }
                chars.next_if(|c| ('@'..='~').contains(c));
            }
            c if c.is_control() || is_direction(c) => {}
            c => clean.push(c),
        }
    }
    clean
}

/// With a sign in the place of each control character, so that columns stay what they are.
pub(crate) fn visible(text: &str) -> String {
    let fit = |c: char| "\n\t".contains(c) || !(c.is_control() || is_direction(c));
    text.replace("\r\n", " \n")
        .chars()
        .map(|c| if fit(c) { c } else { '\u{fffd}' })
        .collect()
}

/// JSON that a terminal can be shown: what must not reach it as it is can only stand in
/// strings, and there it has another spelling.
pub(crate) fn json(text: &str) -> String {
    let mut json = String::with_capacity(text.len());
    let mut rest = text;
    // Nearly all of it is plain, and lists are long: what is plain is copied in one go.
    while let Some(at) = rest.bytes().position(|byte| byte >= 0x7f) {
        let (plain, strange) = rest.split_at(at);
        json.push_str(plain);
        let mut strange = strange.chars();
        match strange.next() {
            Some(c) if ('\u{7f}'..='\u{9f}').contains(&c) || is_direction(c) => {
                json.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            Some(c) => json.push(c),
            None => {}
        }
        rest = strange.as_str();
    }
    json.push_str(rest);
    json
}

/// Characters that change the direction of what follows, and so what it seems to say.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// In one line of at most so many columns.
pub(crate) fn one_line(text: &str, width: usize) -> String {
    let line: Vec<_> = text.split_whitespace().collect();
    let line = clean(&line.join(" "));
    console::truncate_str(&line, width, "…").into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_the_terminal_but_text() {
        assert_eq!(
            clean("a\u{1b}[31mred\u{1b}[0m b\r\n\tc\u{7}\u{202e}"),
            "ared b\n\tc"
        );
        assert_eq!(clean("\u{1b}]0;title\u{7}x"), "]0;titlex");
        assert_eq!(clean("\u{1b}[12"), "");
    }

    #[test]
    fn what_is_made_visible_keeps_its_columns() {
        assert_eq!(visible("a\u{1b}[2J\té\r\nb"), "a\u{fffd}[2J\té \nb");
    }

    #[test]
    fn json_means_the_same() {
        let value = "\u{9b}31m \u{202e} é \n \u{1b}";
        let text = json(&serde_json::to_string(value).unwrap());
        assert_eq!(text, r#""\u009b31m \u202e é \n \u001b""#);
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), value);
    }

    #[test]
    fn one_line_is_one_line() {
        assert_eq!(one_line("  a\n b ", 10), "a b");
        assert_eq!(one_line("abcdef", 4), "abc…");
    }
}

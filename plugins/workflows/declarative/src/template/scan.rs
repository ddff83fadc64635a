//! Finds placeholders in a text.
//!
//! A placeholder is `{`, perhaps `!`, a name, `}`. A name is words of letters,
//! digits, `_` and `-`, joined by dots; it begins with a letter or `_`. Every
//! other brace is text: `{}`, `{ "json": 1 }`, `{print $1}`, and `${HOME}`,
//! which is the shell's. `\{name}` is the text `{name}`.

/// A piece of a text.
pub(super) enum Piece<'t> {
    Text(&'t str),
    /// It looks like a placeholder and is text.
    Kept(&'t str),
    Placeholder {
        /// With its braces.
        token: &'t str,
        name: &'t str,
        optional: bool,
    },
}

/// Cuts a text. The pieces of text, put together, are it without the
/// placeholders and without the backslashes that protect a brace.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut done = 0;
    let mut from = 0;
    while let Some(found) = text[from..].find('{') {
        let open = from + found;
        from = open + 1;
        let Some(token) = token(&text[open..]) else {
            continue;
        };
        let before = &text[done..open];
        done = open + token.len();
        from = done;
        match before.chars().next_back() {
            Some('$') => pieces.extend([Piece::Text(before), Piece::Kept(token)]),
            Some('\\') => {
                pieces.extend([Piece::Text(&before[..before.len() - 1]), Piece::Kept(token)])
            }
            _ => {
                pieces.push(Piece::Text(before));
                let inner = &token[1..token.len() - 1];
                let name = inner.strip_prefix('!').unwrap_or(inner);
                let optional = name.len() < inner.len();
                pieces.push(Piece::Placeholder {
                    token,
                    name,
                    optional,
                });
            }
        }
    }
    pieces.push(Piece::Text(&text[done..]));
    pieces
}

/// The placeholder at the beginning of `text`, with its braces.
fn token(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('{')?;
    let name = inner.strip_prefix('!').unwrap_or(inner);
    let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')))?;
    if !name[end..].starts_with('}') {
        return None;
    }
    let mut words = name[..end].split('.');
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !begins || words.any(str::is_empty) {
        return None;
    }
    let length = text.len() - name.len() + end + 1;
    Some(&text[..length])
}

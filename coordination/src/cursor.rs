//! A place in a script that moves forward.

use crate::{Fault, ScriptError};

/// What is not read yet.
pub(crate) struct Cursor<'a> {
    text: &'a str,
    /// Always the beginning of a character, or the end.
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(crate) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// Reads `wanted` if it is next.
    pub(crate) fn eat(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len();
        }
        found
    }

    /// Reads as long as `wanted` says so.
    pub(crate) fn take(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    /// Whether there was any.
    pub(crate) fn skip_space(&mut self) -> bool {
        !self.take(char::is_whitespace).is_empty()
    }

    /// What is next, for people.
    pub(crate) fn found(&self) -> String {
        match self.peek() {
            None => "the end".into(),
            Some(_) if self.rest().starts_with("&&") => "`&&`".into(),
            Some(c) if c.is_control() => format!("{c:?}"),
            Some(c) => format!("`{c}`"),
        }
    }

    /// An error at this place.
    pub(crate) fn fault(&self, fault: Fault) -> ScriptError {
        self.fault_at(self.at, fault)
    }

    pub(crate) fn fault_at(&self, at: usize, fault: Fault) -> ScriptError {
        ScriptError::new(self.text, at, fault)
    }

    /// Whether a quoted text is next.
    pub(crate) fn is_quote(&self) -> bool {
        matches!(self.peek(), Some('\'' | '"'))
    }

    /// Reads a quoted text. A backslash takes the meaning from the quote and from a
    /// backslash, and from nothing else: prompts hold regular expressions and paths.
    pub(crate) fn quoted(&mut self) -> Result<String, ScriptError> {
        let start = self.at;
        let mut text = String::new();
        let Some(quote) = self.next() else {
            return Ok(text);
        };
        while let Some(c) = self.next() {
            match c {
                _ if c == quote => return Ok(text),
                '\\' => match self.peek() {
                    Some(next) if next == quote || next == '\\' => {
                        text.push(next);
                        self.next();
                    }
                    _ => text.push('\\'),
                },
                _ => text.push(c),
            }
        }
        Err(self.fault_at(start, Fault::OpenQuote { quote }))
    }
}

//! What a script says.

use std::fmt;

/// Which agents shall work, and in which order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// One after the other; the members of a group at the same time. Neither the
    /// script nor a group is empty when it was read by [`parse`](crate::parse).
    pub groups: Vec<Vec<Call>>,
}

impl Script {
    /// Every call, in the order of the text.
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        self.groups.iter().flatten()
    }
}

/// One agent that shall work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its name: letters, digits, `-` and `_`.
    pub agent: String,
    /// What it is asked to do beside what its own prompt says.
    pub prompt: Option<String>,
    /// The files that are put before its prompt, in this order.
    pub inputs: Vec<String>,
    /// How many lines of its output are wanted, counted from the end; all, if none.
    pub tail: Option<u32>,
    /// Where the call begins in the text, in bytes.
    pub at: usize,
}

/// The script as text that is read as the same script again; only the places
/// ([`Call::at`]) may differ.
impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, group) in self.groups.iter().enumerate() {
            if number > 0 {
                f.write_str(" && ")?;
            }
            for (number, call) in group.iter().enumerate() {
                if number > 0 {
                    f.write_str(" & ")?;
                }
                call.fmt(f)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.agent)?;
        if !self.inputs.is_empty() || self.tail.is_some() {
            f.write_str("[")?;
            for (number, input) in self.inputs.iter().enumerate() {
                f.write_str(if number == 0 { "input:" } else { ";" })?;
                match is_plain(input) {
                    true => f.write_str(input)?,
                    false => write_quoted(f, input, '"')?,
                }
            }
            if let Some(tail) = self.tail {
                let comma = if self.inputs.is_empty() { "" } else { "," };
                write!(f, "{comma}tail:{tail}")?;
            }
            f.write_str("]")?;
        }
        if let Some(prompt) = &self.prompt {
            f.write_str(" ")?;
            write_quoted(f, prompt, '\'')?;
        }
        Ok(())
    }
}

/// Whether a file's name means itself without quotes.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name.trim() == name
        && !name.contains(|c: char| "'\"\\;,[]&".contains(c) || c.is_control())
}

fn write_quoted(f: &mut fmt::Formatter<'_>, text: &str, quote: char) -> fmt::Result {
    use fmt::Write;
    f.write_char(quote)?;
    for c in text.chars() {
        if c == quote || c == '\\' {
            f.write_char('\\')?;
        }
        f.write_char(c)?;
    }
    f.write_char(quote)
}

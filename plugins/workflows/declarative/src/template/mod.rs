//! Texts with `{placeholders}`: what is written, cut into its parts once. Values
//! are put in when a step begins, and are never cut again, so nothing that an
//! agent or a command said can act as a placeholder.

mod locate;
mod name;
mod scan;

pub use locate::Source;
pub use name::Name;

use crate::problem::Position;

/// A text with placeholders.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Template {
    /// Where the text begins.
    pub at: Position,
    /// Its parts, in order.
    pub parts: Vec<Part>,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// As it is.
    Text(String),
    /// To be replaced.
    Placeholder(Placeholder),
}

/// A value to be put in.
#[derive(Clone, Debug, PartialEq)]
pub struct Placeholder {
    /// Where it stands in its file.
    pub at: Position,
    /// Which value.
    pub name: Name,
    /// Written `{!name}`: without a value it is empty.
    pub optional: bool,
}

impl Template {
    /// Cuts `text`, which is found in its file as `source` says.
    pub fn new(text: &str, source: &Source<'_>) -> Self {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut finder = locate::Finder::new(source);
        for piece in scan::pieces(text) {
            match piece {
                scan::Piece::Text(text) => literal.push_str(text),
                scan::Piece::Kept(token) => {
                    finder.next(token);
                    literal.push_str(token);
                }
                scan::Piece::Placeholder {
                    token,
                    name,
                    optional,
                } => {
                    if !literal.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut literal)));
                    }
                    let at = finder.next(token);
                    parts.push(Part::Placeholder(Placeholder {
                        at,
                        name: Name::parse(name),
                        optional,
                    }));
                }
            }
        }
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        Self {
            at: source.start(),
            parts,
        }
    }

    /// The placeholders in it.
    pub fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.parts.iter().filter_map(|part| match part {
            Part::Placeholder(placeholder) => Some(placeholder),
            Part::Text(_) => None,
        })
    }

    /// How it was written, nearly: for labels.
    pub fn shown(&self) -> String {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Placeholder(placeholder) => text.push_str(&placeholder.token()),
            }
        }
        text
    }
}

impl Placeholder {
    /// As it is written: `{name}` or `{!name}`.
    pub fn token(&self) -> String {
        format!("{{{}{}}}", if self.optional { "!" } else { "" }, self.name)
    }
}

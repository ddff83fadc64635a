//! YAML with positions: a tree in which every node knows its line and column.
//!
//! Deliberately less than all of YAML: one document, no aliases, no tags of
//! one's own. What is left cannot grow when it is read, so a hostile file costs
//! at most its own size.

mod error;
mod tree;

use granit_parser::Parser;

use crate::problem::Position;
pub use error::YamlError;
use error::describe;
use tree::Tree;

/// The largest file that is read, in bytes.
pub const MAX_BYTES: usize = 1 << 20;
/// How many collections may be inside each other.
const MAX_DEPTH: usize = 32;

/// A value and where it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where it begins.
    pub at: Position,
    /// What it is.
    pub value: Value,
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing: an empty value, `~` or `null`.
    Null,
    /// A text. `plain` when it was written without quotes.
    Scalar {
        /// The text after YAML's own escapes.
        text: String,
        /// The text as it stands in the file, with its quotes.
        raw: String,
        /// Without quotes, so that `5` and `true` may mean a number and a truth.
        plain: bool,
    },
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of the file.
    Map {
        /// Written with braces.
        flow: bool,
        /// Keys are unique.
        pairs: Vec<(Key, Node)>,
    },
}

/// A mapping's key.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// Where it begins.
    pub at: Position,
    /// Its text.
    pub text: String,
}

impl Node {
    /// What it is, for messages: `a text`, `a list`, `a mapping`, `nothing`.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Scalar { .. } => "a text",
            Value::List(_) => "a list",
            Value::Map { .. } => "a mapping",
        }
    }
}

/// Reads the one document in `source`. An empty document is `Null`.
pub fn parse(source: &str) -> Result<Node, YamlError> {
    if source.len() > MAX_BYTES {
        return Err(YamlError {
            at: Position::FILE,
            message: format!(
                "the file has {} bytes; at most {MAX_BYTES} are read",
                source.len()
            ),
            help: Some("put long texts into files of their own".into()),
        });
    }
    let options = granit_parser::options! {
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
        emit_unresolved_aliases: true,
    };
    let mut tree = Tree::new(source);
    for item in Parser::new_from_str_with_options(source, options) {
        let (event, span) = item.map_err(|error| describe(&error))?;
        tree.take(event, &span)?;
    }
    Ok(tree.root.unwrap_or(Node {
        at: Position { line: 1, column: 1 },
        value: Value::Null,
    }))
}

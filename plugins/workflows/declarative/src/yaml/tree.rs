//! From the parser's events to nodes.

use std::collections::BTreeSet;

use granit_parser::{Event, ScalarStyle, Span, StructureStyle};

use super::error::{error, position};
use super::{Key, Node, Value, YamlError};
use crate::problem::Position;

/// A collection whose end has not come yet.
enum Open {
    List {
        at: Position,
        items: Vec<Node>,
    },
    Map {
        at: Position,
        flow: bool,
        pairs: Vec<(Key, Node)>,
        key: Option<Key>,
        seen: BTreeSet<String>,
    },
}

/// A document that is being read.
pub(super) struct Tree<'s> {
    source: &'s str,
    pub(super) root: Option<Node>,
    open: Vec<Open>,
    documents: u32,
}

impl<'s> Tree<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        Self {
            source,
            root: None,
            open: Vec::new(),
            documents: 0,
        }
    }

    /// Takes in the next event.
    pub(super) fn take(&mut self, event: Event<'_>, span: &Span) -> Result<(), YamlError> {
        let at = position(&span.start);
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(error(
                        at,
                        "a second document begins here",
                        "keep one document in the file: remove the `---`",
                    ));
                }
                Ok(())
            }
            Event::Scalar(text, style, _, tag) => {
                // `!!str` and its like say what the text is; anything else would be ignored.
                if let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) {
                    return Err(error(
                        at,
                        format!("the tag `{}` is not supported", tag.original()),
                        "remove it",
                    ));
                }
                let plain = style == ScalarStyle::Plain;
                let value = if plain && matches!(text.as_ref(), "" | "~" | "null") {
                    Value::Null
                } else {
                    let raw = span.slice(self.source).unwrap_or(&text).to_string();
                    Value::Scalar {
                        text: text.into_owned(),
                        raw,
                        plain,
                    }
                };
                self.put(Node { at, value })
            }
            Event::SequenceStart(..) => {
                self.no_key(at)?;
                self.open.push(Open::List {
                    at,
                    items: Vec::new(),
                });
                Ok(())
            }
            Event::MappingStart(style, ..) => {
                self.no_key(at)?;
                self.open.push(Open::Map {
                    at,
                    flow: style == StructureStyle::Flow,
                    pairs: Vec::new(),
                    key: None,
                    seen: BTreeSet::new(),
                });
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open::List { at, items }) => self.put(Node {
                    at,
                    value: Value::List(items),
                }),
                Some(Open::Map {
                    at, flow, pairs, ..
                }) => self.put(Node {
                    at,
                    value: Value::Map { flow, pairs },
                }),
                None => Ok(()),
            },
            Event::Alias(_) | Event::UnresolvedAlias(_) => Err(error(
                at,
                "aliases (`*name`) are not supported",
                "write the value again, or put the text in quotes",
            )),
            _ => Ok(()),
        }
    }

    /// Puts a finished node where it belongs.
    fn put(&mut self, node: Node) -> Result<(), YamlError> {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map {
                pairs, key, seen, ..
            }) => match key.take() {
                Some(key) => pairs.push((key, node)),
                None => {
                    let text = match node.value {
                        Value::Scalar { text, .. } => text,
                        Value::Null => "null".into(),
                        Value::List(_) | Value::Map { .. } => return Err(strange_key(node.at)),
                    };
                    if !seen.insert(text.clone()) {
                        return Err(error(
                            node.at,
                            format!("the key `{text}` is here twice"),
                            "keep one of the two",
                        ));
                    }
                    *key = Some(Key { at: node.at, text });
                }
            },
        }
        Ok(())
    }

    /// A collection may not begin where a key is expected.
    fn no_key(&self, at: Position) -> Result<(), YamlError> {
        match self.open.last() {
            Some(Open::Map { key: None, .. }) => Err(strange_key(at)),
            _ => Ok(()),
        }
    }
}

fn strange_key(at: Position) -> YamlError {
    error(
        at,
        "a key must be a word",
        "a text that begins with `{` or `[` needs quotes around it",
    )
}

//! Reading JSON so that every mistake says where it is and what is possible.

use serde_json::{Map, Value};

use crate::mistake::Mistake;

/// A value and where it stands.
#[derive(Clone, Copy)]
pub(crate) struct At<'v> {
    pub(crate) value: &'v Value,
    path: &'v str,
}

impl<'v> At<'v> {
    pub(crate) fn new(value: &'v Value, path: &'v str) -> Self {
        Self { value, path }
    }

    pub(crate) fn mistake(&self, what: impl Into<String>) -> Mistake {
        Mistake::new(self.path, what)
    }

    /// A mapping with no other keys than these.
    pub(crate) fn fields(&self, known: &[&str]) -> Result<&'v Map<String, Value>, Mistake> {
        let Value::Object(fields) = self.value else {
            return Err(self.wanted(&format!("a mapping with {}", listed(known))));
        };
        match fields.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => Err(Mistake::new(
                &self.below(key),
                format!("there is no such key; there are {}", listed(known)),
            )),
            None => Ok(fields),
        }
    }

    /// The path of something in it.
    pub(crate) fn below(&self, key: &str) -> String {
        match self.path {
            "" => key.to_owned(),
            path => format!("{path}.{key}"),
        }
    }

    /// One text, or a list of them; an empty list would never hold.
    pub(crate) fn texts(&self) -> Result<Vec<String>, Mistake> {
        let list = match self.value {
            Value::Array(list) => list.as_slice(),
            one => std::slice::from_ref(one),
        };
        let texts: Option<Vec<String>> = list.iter().map(word).collect();
        texts
            .filter(|texts| !texts.is_empty() && texts.iter().all(|text| !text.is_empty()))
            .ok_or_else(|| self.wanted("a text, or a list of texts"))
    }

    /// A text that says something.
    pub(crate) fn text(&self) -> Result<String, Mistake> {
        word(self.value)
            .filter(|text| !text.trim().is_empty())
            .ok_or_else(|| self.wanted("a text"))
    }

    /// A whole number from 0.
    pub(crate) fn count(&self) -> Result<u64, Mistake> {
        self.value
            .as_u64()
            .ok_or_else(|| self.wanted("a whole number, 0 or more"))
    }

    /// A whole number from 0 that is no larger than any counter of the host.
    pub(crate) fn small(&self) -> Result<u32, Mistake> {
        u32::try_from(self.count()?).map_err(|_| self.wanted("a smaller number"))
    }

    /// An amount of money.
    pub(crate) fn money(&self) -> Result<f64, Mistake> {
        self.value
            .as_f64()
            .filter(|number| *number >= 0.0)
            .ok_or_else(|| self.wanted("a number of US dollars, 0 or more"))
    }

    pub(crate) fn wanted(&self, what: &str) -> Mistake {
        self.mistake(format!("it must be {what}, not {}", short(self.value)))
    }
}

/// A text; YAML makes numbers and yes or no of some words.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// `a`, `b`, …
pub(crate) fn listed(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

/// The beginning of a value, for a message.
fn short(value: &Value) -> String {
    const LENGTH: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("`{}…`", text.get(..end).unwrap_or_default()),
        None => format!("`{text}`"),
    }
}

//! What the program prints: text, or JSON lines of which the workflow says what is where.

use cm_sdk::engine::{Error, Request, Usage, json as read};
use serde_json::Value;

use crate::template::bad;

/// How the output is read.
#[derive(Debug)]
pub(crate) enum Output {
    Plain,
    Lines(Box<Places>),
}

/// Where things are in a line.
#[derive(Debug, Default)]
pub(crate) struct Places {
    /// A message, or a piece of one.
    pub(crate) text: Option<Place>,
    pub(crate) session: Option<Place>,
    /// The answer. A line that has it says that the program has finished.
    pub(crate) answer: Option<Place>,
    /// What went wrong. A line that has it says that the turn failed.
    pub(crate) error: Option<Place>,
    pub(crate) input: Option<Place>,
    pub(crate) cached: Option<Place>,
    pub(crate) output: Option<Place>,
    pub(crate) cost: Option<Place>,
}

/// A JSON pointer, and what must hold of a line for it to count: `/text if /type=say`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pointer: String,
    only: Option<(String, String)>,
}

impl Output {
    pub(crate) fn of(request: &Request) -> Result<Self, Error> {
        let named = |name: &str| {
            let place = request.option(name).map(|text| Place::parse(name, text));
            place.transpose()
        };
        let places = Places {
            text: named("text")?,
            session: named("session")?,
            answer: named("final")?,
            error: named("error")?,
            input: named("usage-input")?,
            cached: named("usage-cached")?,
            output: named("usage-output")?,
            cost: named("usage-cost")?,
        };
        match request.option("output").unwrap_or("plain") {
            "plain" => Ok(Self::Plain),
            "json-lines" if places.text.is_none() && places.answer.is_none() => Err(bad(
                "with `output: json-lines` it must say where the answer is; set the option `text` or `final` to a JSON pointer, like `/message/text` or `/text if /type=say`",
            )),
            "json-lines" => Ok(Self::Lines(Box::new(places))),
            other => Err(bad(&format!(
                "`{other}` is no output; the option `output` is `plain` or `json-lines`"
            ))),
        }
    }
}

impl Place {
    fn parse(name: &str, text: &str) -> Result<Self, Error> {
        let wrong = || {
            bad(&format!(
                "the option `{name}` must be a JSON pointer, like `/message/text` or `/text if /type=say`, not `{text}`"
            ))
        };
        let (pointer, only) = match text.split_once(" if ") {
            Some((pointer, only)) => {
                let (place, value) = only.split_once('=').ok_or_else(wrong)?;
                (
                    pointer,
                    Some((place.trim().to_owned(), value.trim().to_owned())),
                )
            }
            None => (text, None),
        };
        let pointer = pointer.trim().to_owned();
        let places = only.iter().map(|(place, _)| place).chain([&pointer]);
        if places.into_iter().any(|place| !place.starts_with('/')) {
            return Err(wrong());
        }
        Ok(Self { pointer, only })
    }

    fn holds(&self, line: &Value) -> bool {
        self.only.as_ref().is_none_or(|(place, wanted)| {
            line.pointer(place).is_some_and(|value| match value {
                Value::String(text) => text == wanted,
                other => serde_json::from_str::<Value>(wanted).is_ok_and(|wanted| wanted == *other),
            })
        })
    }

    /// What is there: a text, or the texts of content blocks; none when there is nothing.
    pub(crate) fn text(&self, line: &Value) -> Option<String> {
        let value = self.holds(line).then(|| line.pointer(&self.pointer))??;
        match value {
            Value::Null | Value::Bool(false) => None,
            other => Some(read::content(other)),
        }
    }

    fn count(&self, line: &Value) -> u32 {
        if self.holds(line) {
            read::count(line, &self.pointer)
        } else {
            0
        }
    }
}

impl Places {
    /// What a line says was used.
    pub(crate) fn usage(&self, line: &Value) -> Option<Usage> {
        let count = |place: &Option<Place>| place.as_ref().map_or(0, |place| place.count(line));
        let cost = self.cost.as_ref().filter(|place| place.holds(line));
        let usage = Usage {
            input: count(&self.input),
            cached: count(&self.cached),
            output: count(&self.output),
            reasoning: 0,
            cost_usd: cost.and_then(|place| read::money(line, &place.pointer)),
            options: Vec::new(),
        };
        let used = usage.input > 0 || usage.output > 0;
        (used || usage.cost_usd.is_some_and(|cost| cost > 0.0)).then_some(usage)
    }
}

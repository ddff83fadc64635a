//! One call of a tool, put together from what the agent says of it in pieces.

use cm_sdk::engine::{Events, json as read};
use serde_json::{Map, Value, json};

use crate::preset::Naming;

/// One call, as far as it is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Call {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) kind: String,
    input: Value,
    locations: Vec<String>,
    content: Value,
    output: Value,
    /// That it started was told.
    told: bool,
    /// That it ended was told.
    pub(crate) ended: bool,
    pub(crate) refused: bool,
}

impl Call {
    pub(crate) fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            ..Self::default()
        }
    }

    pub(crate) fn take(&mut self, update: &Value, naming: Naming) {
        let title = read::text(update, "/title");
        let said = [
            "/name",
            "/_meta/claudeCode/toolName",
            "/_meta/toolName",
            "/_meta/tool_name",
        ]
        .iter()
        .map(|place| read::text(update, place))
        .find(|name| !name.is_empty());
        let name = said.or_else(|| match naming {
            Naming::Kind => None,
            Naming::Title => Some(title),
            Naming::Id => self.id.split_once("__").map(|(name, _)| name),
        });
        if let (true, Some(name)) = (self.name.is_empty(), name) {
            self.name = name.to_owned();
        }
        for (field, value) in [
            (&mut self.title, title),
            (&mut self.kind, read::text(update, "/kind")),
        ] {
            if !value.is_empty() {
                *field = value.to_owned();
            }
        }
        for (field, key) in [
            (&mut self.input, "rawInput"),
            (&mut self.content, "content"),
            (&mut self.output, "rawOutput"),
        ] {
            match update.get(key) {
                Some(value) if !is_empty(value) => *field = value.clone(),
                _ => {}
            }
        }
        let locations = read::list(update, "/locations");
        if !locations.is_empty() {
            self.locations = locations
                .iter()
                .map(|location| read::text(location, "/path").to_owned())
                .collect();
        }
    }

    /// Whether its arguments are known. The directory alone is none.
    pub(crate) fn is_filled(&self) -> bool {
        match &self.input {
            Value::Object(input) => input.keys().any(|key| key != "cwd"),
            other => !is_empty(other),
        }
    }

    /// The name of the tool.
    pub(crate) fn tool(&self) -> &str {
        match (self.name.as_str(), self.kind.as_str()) {
            ("", "") => "other",
            ("", kind) => kind,
            (name, _) => name,
        }
    }

    /// What it was given; what the agent shows of it, when it does not say that.
    pub(crate) fn arguments(&self) -> Value {
        if self.is_filled() {
            return self.input.clone();
        }
        let mut shown = Map::new();
        if !self.title.is_empty() {
            shown.insert("title".to_owned(), json!(self.title));
        }
        let changes: Vec<&Value> = diffs(&self.content).collect();
        if !changes.is_empty() {
            let changes = changes.iter().map(|change| {
                json!({
                    "path": change.get("path"),
                    "oldText": change.get("oldText"),
                    "newText": change.get("newText"),
                })
            });
            shown.insert("changes".to_owned(), changes.collect());
        } else if !self.locations.is_empty() {
            shown.insert("paths".to_owned(), json!(self.locations));
        }
        Value::Object(shown)
    }

    /// The files that it is about, as far as it says so.
    pub(crate) fn paths(&self) -> Vec<&str> {
        let named = ["/file_path", "/filePath", "/path", "/fileName"];
        let input = named.iter().map(|place| read::text(&self.input, place));
        let changed = diffs(&self.content).map(|change| read::text(change, "/path"));
        let located = self.locations.iter().map(String::as_str);
        let mut paths: Vec<&str> = input.chain(changed).chain(located).collect();
        paths.retain(|path| !path.is_empty());
        paths
    }

    /// Whether it runs a command.
    pub(crate) fn is_command(&self) -> bool {
        self.kind == "execute" || self.input.get("command").is_some()
    }

    pub(crate) fn tell(&mut self, events: &mut Events) {
        if self.told {
            return;
        }
        self.told = true;
        let options = [("title", &self.title), ("kind", &self.kind)]
            .into_iter()
            .filter(|(_, value)| !value.is_empty() && value.as_str() != self.tool())
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .collect();
        events.call_with(&self.id, self.tool(), &self.arguments(), options);
    }

    pub(crate) fn end(&mut self, ok: bool, events: &mut Events) {
        self.tell(events);
        if self.ended {
            return;
        }
        self.ended = true;
        events.outcome(&self.id, ok, self.result());
        // Nothing more is needed of it, and it may be large.
        for value in [&mut self.input, &mut self.content, &mut self.output] {
            *value = Value::Null;
        }
    }

    fn result(&self) -> String {
        let blocks: Vec<String> = list(&self.content)
            .iter()
            .filter(|block| read::text(block, "/type") == "content")
            .filter_map(|block| block.get("content"))
            .map(block_text)
            .collect();
        let said = blocks.join("\n");
        if !said.is_empty() {
            return said;
        }
        let places = [
            "",
            "/formatted_output",
            "/aggregated_output",
            "/output",
            "/content",
            "/message",
            "/error/message",
        ];
        let raw = places
            .iter()
            .map(|place| read::text(&self.output, place))
            .find(|text| !text.is_empty());
        if let Some(raw) = raw {
            return raw.to_owned();
        }
        let changed: Vec<&str> = diffs(&self.content)
            .map(|change| read::text(change, "/path"))
            .collect();
        if changed.is_empty() {
            String::new()
        } else {
            format!("Changed {}", changed.join(", "))
        }
    }
}

/// The text of a content block; what is no text is named in brackets.
pub(crate) fn block_text(block: &Value) -> String {
    match (read::text(block, "/type"), block.get("text")) {
        ("text", Some(Value::String(text))) => text.clone(),
        ("resource_link", _) => read::text(block, "/uri").to_owned(),
        ("resource", _) => read::text(block, "/resource/text").to_owned(),
        (kind, _) => format!("[{kind}]"),
    }
}

fn diffs(content: &Value) -> impl Iterator<Item = &Value> {
    list(content)
        .iter()
        .filter(|block| read::text(block, "/type") == "diff")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

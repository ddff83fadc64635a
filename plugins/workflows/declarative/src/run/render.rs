//! Puts values into texts. A value is copied, never read: whatever is in it
//! stays as it is.

use cm_sdk::workflow::{Error, missing};

use super::files;
use super::host::Host;
use super::results::Results;
use crate::model::{Data, FileSource};
use crate::read::Files;
use crate::template::{Name, Part, Placeholder, Template};

/// Where values come from, for one step.
pub(super) struct Values<'v, H> {
    pub(super) host: &'v H,
    pub(super) results: &'v Results,
    /// Files whose text is put in.
    pub(super) files: &'v [FileSource],
    /// The step's own.
    pub(super) inputs: &'v [(String, String)],
    /// Of a step that is at work.
    pub(super) so_far: Option<SoFar<'v>>,
}

/// What a step's agent has said before the step is over: its id, the agent, the answer.
pub(super) type SoFar<'v> = (&'v str, &'v str, &'v str);

impl<H: Host + Files> Values<'_, H> {
    /// The text with its values.
    pub(super) fn text(&self, template: &Template) -> Result<String, Error> {
        let mut text = String::new();
        for part in &template.parts {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Placeholder(placeholder) => text.push_str(&self.value(placeholder)?),
            }
        }
        Ok(text)
    }

    /// One value. Nothing is an error, unless the placeholder is optional.
    pub(super) fn value(&self, placeholder: &Placeholder) -> Result<String, Error> {
        if let Name::Plain(name) = &placeholder.name
            && self.input(name).is_none()
            && let Some(source) = self.files.iter().find(|source| source.name == *name)
        {
            return files::text(self.host, source, placeholder);
        }
        if let Some(value) = self.find(&placeholder.name) {
            return Ok(value);
        }
        if placeholder.optional {
            return Ok(String::new());
        }
        let name = &placeholder.name;
        let (why, help) = match name {
            Name::Plain(plain) if plain == "specification" => (
                "here".into(),
                "start the run with `--spec FILE`, or write ".into(),
            ),
            Name::Plain(plain) if plain == "selected_track" => (
                "here: no track was chosen".into(),
                "start the run with `--track TRACK`, or write ".into(),
            ),
            Name::Output(step) | Name::Exit(step) | Name::Artifact(step, _) => {
                let why = match self.results.left_out(step) {
                    Some(why) => format!("here: the step `{step}` was left out ({why})"),
                    None => "here".into(),
                };
                (why, "write ".into())
            }
            _ => ("here".to_string(), "write ".to_string()),
        };
        let token = placeholder.token();
        Err(missing(
            "no-value",
            format!("{token} has no value {why}; {help}{{!{name}}} if it may be empty"),
        ))
    }

    fn find(&self, name: &Name) -> Option<String> {
        match name {
            Name::Plain(name) => self.input(name).or_else(|| match name.as_str() {
                "run_id" => Some(self.host.id()),
                // To have chosen none of them is a choice.
                "selected_conditions" => Some(self.host.setting(name).unwrap_or_default()),
                name => self.host.setting(name),
            }),
            Name::Input(name) => self.input(name),
            Name::State(key) => Some(Host::read(self.host, key)?.value),
            Name::Output(step) => self
                .said_so_far(step)
                .or_else(|| self.results.get(step).map(|output| output.text.as_str()))
                .map(Into::into),
            Name::Exit(step) => {
                let output = self.results.get(step)?;
                // A command that was stopped has none; it ran all the same.
                Some(
                    output
                        .exit
                        .map_or_else(|| "none".into(), |code| code.to_string()),
                )
            }
            Name::Artifact(step, name) => self.host.artifact(self.results.step(step), name),
            Name::Unknown(_) => None,
        }
    }

    /// The answer of the step that is at work, when `name` means it: it is newer than
    /// what an earlier round gave.
    fn said_so_far(&self, name: &str) -> Option<&str> {
        let (id, agent, answer) = self.so_far?;
        let other = self.results.of_step(name).is_some();
        (name == id || name == agent && !other).then_some(answer)
    }

    fn input(&self, name: &str) -> Option<String> {
        self.inputs
            .iter()
            .find(|(input, _)| input == name)
            .map(|(_, value)| value.clone())
    }

    /// The data as JSON.
    pub(super) fn json(&self, data: &Data, json: &mut String) -> Result<(), Error> {
        match data {
            Data::Null => json.push_str("null"),
            Data::Bare(text) => json.push_str(text),
            Data::Text(template) => quote(&self.text(template)?, json),
            Data::List(items) => {
                json.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        json.push(',');
                    }
                    self.json(item, json)?;
                }
                json.push(']');
            }
            Data::Map(pairs) => {
                json.push('{');
                for (index, (key, value)) in pairs.iter().enumerate() {
                    if index > 0 {
                        json.push(',');
                    }
                    quote(key, json);
                    json.push(':');
                    self.json(value, json)?;
                }
                json.push('}');
            }
        }
        Ok(())
    }
}

/// A JSON string. By hand, because it is all of JSON that the guest writes.
fn quote(text: &str, json: &mut String) {
    json.push('"');
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            c if u32::from(c) < 0x20 => json.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => json.push(c),
        }
    }
    json.push('"');
}

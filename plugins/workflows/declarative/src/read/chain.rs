//! Prompts that follow each other: `NN-name.md` in a directory.

use cm_sdk::workflow::message;

use super::front::{self, Document};
use super::reading::Reading;
use super::selector;
use crate::model::Chained;
use crate::problem::Position;

/// A file `NN-name.md`.
pub(super) struct Numbered {
    number: u32,
    pub(super) name: String,
    pub(super) path: String,
}

/// The files `NN-name.md` right in `directory`, in their order.
pub(super) fn numbered(directory: &str, reading: &Reading<'_>) -> Vec<Numbered> {
    let prefix = format!("{directory}/");
    let mut files: Vec<_> = reading
        .paths(&prefix)
        .into_iter()
        .filter_map(|path| {
            let (number, name) = path
                .strip_prefix(&prefix)?
                .strip_suffix(".md")?
                .split_once('-')?;
            Some(Numbered {
                number: number.parse().ok()?,
                name: name.to_string(),
                path,
            })
        })
        .filter(|file| !file.name.is_empty() && !file.name.contains('/'))
        .collect();
    files.sort_by(|a, b| (a.number, &a.name).cmp(&(b.number, &b.name)));
    files
}

/// The chained prompts of an agent.
pub(super) fn read(agent: &str, reading: &mut Reading<'_>) -> Vec<Chained> {
    let files = numbered(&format!("agents/{agent}"), reading);
    files
        .into_iter()
        .map(|file| {
            let entry = reading.problems.enter(&file.path);
            let mut chained = match reading.text(&file.path) {
                Ok(source) => parse(&source, reading),
                Err(error) => {
                    let message = format!("the prompt cannot be read: {}", message(&error));
                    reading.problems.error(Position::FILE, message, "");
                    Chained::default()
                }
            };
            reading.problems.enter(&entry);
            if chained.name.is_empty() {
                chained.name = file.name;
            }
            chained.path = file.path;
            chained
        })
        .collect()
}

fn parse(source: &str, reading: &mut Reading<'_>) -> Chained {
    let problems = &mut *reading.problems;
    let mut chained = Chained::default();
    let Some(document) = Document::of(source, problems) else {
        return chained;
    };
    let matter = document.matter(problems);
    let fields = matter
        .as_ref()
        .and_then(|node| front::fields(node, problems));
    if let Some(fields) = fields {
        let mut text = |key| fields.text(key, problems).map(|text| text.owned());
        chained.name = text("name").unwrap_or_default();
        chained.description = text("description");
        chained.when = selector::read(&fields, problems).unwrap_or_default();
        let known = [&["name", "description"][..], &selector::KEYS].concat();
        fields.finish(&known, &[], problems);
    }
    chained.prompt = document.prompt(Some("the chained prompt"), problems);
    chained
}

//! What is chosen before a run: `tracks` and `conditions`, as a flat list in the
//! order in which it is asked.

use super::fields::{Fields, short, text};
use super::{selector, word};
use crate::model::{Answer, Question, Selector};
use crate::problem::{Position, Problems};
use crate::yaml::{Key, Node, Value};

const TRACKS: &str = "tracks: { question: Which language?, options: { rust: Rust } }";
const CONDITIONS: &str = "- { question: Which features?, select: many, options: { docs: Docs } }";

pub(super) fn read(fields: &Fields<'_>, problems: &mut Problems) -> Vec<Question> {
    let mut questions = Vec::new();
    if let Some(node) = fields.node("tracks") {
        questions.extend(tracks(node, problems));
    }
    if let Some(node) = fields.node("conditions") {
        let mut ids = Vec::new();
        for group in groups(node) {
            conditions(group, None, &mut questions, &mut ids, problems);
        }
    }
    questions
}

fn tracks(node: &Node, problems: &mut Problems) -> Option<Question> {
    let fields = Fields::of("`tracks`", node, TRACKS, problems)?;
    let question = Question {
        at: node.at,
        tracks: true,
        question: asked(&fields, node.at, problems),
        many: false,
        options: options(&fields, node.at, problems)
            .iter()
            .filter_map(|(key, node)| {
                let (answer, follow) = option(key, node, problems)?;
                if let Some(follow) = follow {
                    problems.error(
                        follow.at,
                        "a track has no follow-up questions",
                        format!(
                            "write a group of `conditions` with `tracks: [{}]`",
                            answer.id
                        ),
                    );
                }
                Some(answer)
            })
            .collect(),
        when: Selector::default(),
    };
    fields.finish(&["question", "options"], &[], problems);
    Some(question)
}

/// A list of groups, or one.
fn groups(node: &Node) -> &[Node] {
    match &node.value {
        Value::List(items) => items,
        _ => std::slice::from_ref(node),
    }
}

/// A group, and right after it what follows up on its options. `parent` is what
/// must have been chosen before it is asked.
fn conditions(
    node: &Node,
    parent: Option<&Selector>,
    questions: &mut Vec<Question>,
    ids: &mut Vec<(String, u32)>,
    problems: &mut Problems,
) {
    if problems.full() {
        return;
    }
    let Some(fields) = Fields::of("a group of conditions", node, CONDITIONS, problems) else {
        return;
    };
    if let Some(id) = fields.text("id", problems) {
        unique(id.text, id.at, ids, problems);
    }
    let mut when = parent.cloned().unwrap_or_default();
    if fields.node("tracks").is_some() {
        when.tracks = selector::names(&fields, "tracks", problems);
    }
    let many = fields
        .word("select", &["one", "many"], problems)
        .is_some_and(|word| word == "many");
    let place = questions.len();
    questions.push(Question {
        at: node.at,
        tracks: false,
        question: asked(&fields, node.at, problems),
        many,
        options: Vec::new(),
        when: when.clone(),
    });
    let mut answers = Vec::new();
    for (key, value) in options(&fields, node.at, problems) {
        let Some((answer, follow)) = option(key, value, problems) else {
            continue;
        };
        let when = Selector {
            tracks: when.tracks.clone(),
            conditions: vec![(answer.id.clone(), answer.at)],
            conditions_any: Vec::new(),
        };
        answers.push(answer);
        for group in follow.map(groups).unwrap_or_default() {
            conditions(group, Some(&when), questions, ids, problems);
        }
    }
    if let Some(question) = questions.get_mut(place) {
        question.options = answers;
    }
    fields.finish(
        &["question", "id", "select", "tracks", "options"],
        &[],
        problems,
    );
}

fn unique(id: &str, at: Position, ids: &mut Vec<(String, u32)>, problems: &mut Problems) {
    if !word::is_name(id) {
        let message = format!("`{}` cannot be an id", short(id));
        problems.error(at, message, word::NAME_HELP);
    } else if let Some((_, line)) = ids.iter().find(|(known, _)| known == id) {
        let message = format!("there are two groups `{id}`; the other one is in line {line}");
        problems.error(at, message, "give one of them another `id`");
    } else {
        ids.push((id.into(), at.line));
    }
}

fn asked(fields: &Fields<'_>, at: Position, problems: &mut Problems) -> String {
    if fields.node("question").is_none() {
        problems.error(at, "this asks nothing", "write `question: Which one?`");
    }
    let question = fields.text("question", problems);
    question.map(|text| text.owned()).unwrap_or_default()
}

fn options<'n>(fields: &Fields<'n>, at: Position, problems: &mut Problems) -> &'n [(Key, Node)] {
    let options = fields.map("options", problems);
    let missing = match fields.node("options") {
        None => Some(at),
        Some(node) => match &node.value {
            Value::Map { pairs, .. } if pairs.is_empty() => Some(node.at),
            _ => None,
        },
    };
    if let Some(at) = missing {
        problems.error(
            at,
            "there is nothing to choose from",
            "write `options: { ID: What people read }`",
        );
    }
    options
}

/// An option, and what is asked when it was chosen.
fn option<'n>(
    key: &Key,
    node: &'n Node,
    problems: &mut Problems,
) -> Option<(Answer, Option<&'n Node>)> {
    if !word::is_name(&key.text) {
        let message = format!("`{}` cannot be the id of an option", short(&key.text));
        problems.error(key.at, message, word::NAME_HELP);
        return None;
    }
    let mut answer = Answer {
        id: key.text.clone(),
        at: key.at,
        label: key.text.clone(),
        description: None,
    };
    let mut follow = None;
    match &node.value {
        Value::Null => {}
        Value::Map { .. } => {
            let fields = Fields::of("an option", node, "rust: { label: Rust }", problems)?;
            if let Some(label) = fields.text("label", problems) {
                answer.label = label.owned();
            }
            let description = fields.text("description", problems);
            answer.description = description.map(|text| text.owned());
            follow = fields.node("ask");
            fields.finish(&["label", "description", "ask"], &[], problems);
        }
        _ => answer.label = text(&format!("`{}`", key.text), key.at, node, problems)?.owned(),
    }
    Some((answer, follow))
}

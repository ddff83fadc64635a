//! The tracks and conditions of a workflow.

use std::collections::{BTreeMap, BTreeSet};

use cm_types::{Alternative, Choice, Outline};

use crate::{trouble::Trouble, view::text};

/// What was chosen before a run begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) track: Option<String>,
    pub(crate) conditions: Vec<String>,
}

const TRACK: &str = "selected_track";
const CONDITIONS: &str = "selected_conditions";

impl Chosen {
    /// What was typed, as it was typed.
    pub(crate) fn typed(track: Option<&str>, conditions: &[String]) -> Self {
        let conditions = conditions.iter().map(|id| id.trim().to_owned());
        Self {
            track: track.map(|id| id.trim().to_owned()),
            conditions: conditions.filter(|id| !id.is_empty()).collect(),
        }
    }

    /// Goes through the workflow's questions in their order: what was typed answers
    /// them, and `ask` those that it does not answer and that what was chosen until then
    /// leaves open.
    pub(crate) fn settle(
        outline: &Outline,
        typed: &Self,
        mut ask: impl FnMut(&Choice) -> Result<Vec<String>, Trouble>,
    ) -> Result<Self, Trouble> {
        let mut chosen = Self::default();
        let mut used = BTreeSet::new();
        for choice in &outline.choices {
            if !choice
                .when
                .is_met(chosen.track.as_deref(), &chosen.conditions)
            {
                continue;
            }
            let is_track = choice.kind == "track";
            let wanted: Vec<&String> = match is_track {
                true => typed.track.iter().collect(),
                false => typed.conditions.iter().collect(),
            };
            let known = |id: &&String| choice.alternatives.iter().any(|one| one.id == **id);
            let mut answers: Vec<String> = Vec::new();
            for id in wanted.into_iter().filter(known) {
                used.insert((is_track, id.clone()));
                if !answers.contains(id) {
                    answers.push(id.clone());
                }
            }
            if answers.len() > 1 && !choice.many {
                return Err(too_many(choice, &answers));
            }
            if answers.is_empty() {
                refuse_unknown_track(choice, typed)?;
                answers = ask(choice)?;
            }
            match is_track {
                true => chosen.track = answers.into_iter().next(),
                false => chosen.conditions.extend(answers),
            }
        }
        for (is_track, id) in typed.ids() {
            if !used.contains(&(is_track, id.clone())) {
                return Err(unfit(outline, &chosen, is_track, &id));
            }
        }
        Ok(chosen)
    }

    /// From a run's settings.
    pub(crate) fn stored(settings: &BTreeMap<String, String>) -> Self {
        let conditions = settings.get(CONDITIONS).map(String::as_str);
        let conditions = conditions.unwrap_or_default().split(", ");
        Self {
            track: settings.get(TRACK).cloned(),
            conditions: conditions
                .filter(|id| !id.is_empty())
                .map(str::to_owned)
                .collect(),
        }
    }

    /// Into a run's settings. What was never asked is not there.
    pub(crate) fn store(&self, outline: &Outline, settings: &mut BTreeMap<String, String>) {
        if let Some(track) = &self.track {
            settings.insert(TRACK.into(), track.clone());
        }
        if outline.choices.iter().any(|choice| choice.kind != "track") {
            settings.insert(CONDITIONS.into(), self.conditions.join(", "));
        }
    }

    /// The workflow without the steps that take no part.
    pub(crate) fn filter(&self, mut outline: Outline) -> Outline {
        let mut out = BTreeSet::new();
        outline.steps.retain(|step| {
            let parent_is_out = step.parent.as_ref().is_some_and(|id| out.contains(id));
            let stays = !parent_is_out && step.when.is_met(self.track.as_deref(), &self.conditions);
            if !stays {
                out.insert(step.id.clone());
            }
            stays
        });
        outline
    }

    fn ids(&self) -> impl Iterator<Item = (bool, String)> {
        let track = self.track.iter().map(|id| (true, id.clone()));
        track.chain(self.conditions.iter().map(|id| (false, id.clone())))
    }
}

/// Nobody is there to be asked.
pub(crate) fn missing(choice: &Choice) -> Result<Vec<String>, Trouble> {
    if choice.many {
        return Ok(Vec::new());
    }
    let question = text::one_line(&choice.question, 200);
    let message = format!("the workflow asks before it begins: {question}");
    Err(Trouble::usage("not-chosen", message).help(format!(
        "{}\nsay which with {} ID",
        listed(&choice.alternatives),
        flag(choice.kind == "track")
    )))
}

/// A line for each, with its id, which is what is typed.
fn listed(alternatives: &[Alternative]) -> String {
    let width = alternatives.iter().map(|one| one.id.chars().count()).max();
    let width = width.unwrap_or_default();
    let lines = alternatives.iter().map(|one| {
        let about = described(one);
        format!("  {:width$}  {about}", one.id)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Its label, and what it is.
pub(crate) fn described(alternative: &Alternative) -> String {
    let label = text::one_line(&alternative.label, 60);
    match &alternative.description {
        Some(more) => format!("{label}: {}", text::one_line(more, 120)),
        None => label,
    }
}

fn flag(is_track: bool) -> &'static str {
    if is_track { "--track" } else { "--condition" }
}

fn too_many(choice: &Choice, answers: &[String]) -> Trouble {
    let message = format!(
        "only one of {} can be chosen: {}",
        answers.join(", "),
        text::one_line(&choice.question, 200)
    );
    Trouble::usage("too-many-chosen", message).help(listed(&choice.alternatives))
}

/// A track that was typed is meant for the only question there is about tracks.
fn refuse_unknown_track(choice: &Choice, typed: &Chosen) -> Result<(), Trouble> {
    match &typed.track {
        Some(track) if choice.kind == "track" => {
            let message = format!("there is no track `{}`", text::one_line(track, 60));
            let list = listed(&choice.alternatives);
            Err(Trouble::usage("no-such-track", message).help(format!("tracks are:\n{list}")))
        }
        _ => Ok(()),
    }
}

/// What was typed answers no question that was asked.
fn unfit(outline: &Outline, chosen: &Chosen, is_track: bool, id: &str) -> Trouble {
    let what = if is_track { "track" } else { "condition" };
    let id = text::one_line(id, 60);
    let kind = |choice: &&Choice| (choice.kind == "track") == is_track;
    let choices: Vec<_> = outline.choices.iter().filter(kind).collect();
    let knows = |choice: &&&Choice| choice.alternatives.iter().any(|one| one.id == id);
    let message = match choices.iter().find(knows) {
        Some(choice) => {
            let question = text::one_line(&choice.question, 200);
            let track = chosen.track.as_deref().unwrap_or("none");
            format!(
                "the {what} `{id}` does not apply to what else was chosen: \
                 “{question}” is not asked for the track `{track}` with these conditions"
            )
        }
        None if choices.is_empty() => format!("the workflow has no {what}s to choose from"),
        None => format!("there is no {what} `{id}`"),
    };
    let met = |choice: &&&Choice| {
        choice
            .when
            .is_met(chosen.track.as_deref(), &chosen.conditions)
    };
    let possible: Vec<_> = choices
        .iter()
        .filter(met)
        .flat_map(|choice| choice.alternatives.iter().cloned())
        .collect();
    let trouble = Trouble::usage(&format!("no-such-{what}"), message);
    if possible.is_empty() {
        trouble.help(format!("leave {} away", flag(is_track)))
    } else {
        trouble.help(format!("possible are:\n{}", listed(&possible)))
    }
}

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use cm_journal::{Ask, AskKind, Journal, JournalError, Waiting};
use cm_orchestrator::BUDGET;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{place::STATE, view::spending};

/// Something that waits for a person: a row of `cm inbox --json`, and what is sent to
/// whoever is told about it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Entry {
    /// The run's id.
    pub(crate) run: String,
    /// The project's directory.
    pub(crate) project: String,
    /// What the person named: a package or a path.
    pub(crate) workflow: String,
    /// The workflow's name for people.
    pub(crate) name: String,
    /// The step that asks; none: the run itself waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) step: Option<String>,
    /// What is wanted: `question`, `turn`, `approval`, `checkpoint`, `permission` or `paused`.
    pub(crate) kind: String,
    /// Who speaks: the agent's name, or who has paused the run; none: the workflow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) speaker: Option<String>,
    /// What is asked, or why the run is paused: its first 300 characters.
    pub(crate) prompt: String,
    /// What can be answered; empty: any text will do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) choices: Vec<String>,
    /// Since when: milliseconds since 1970 (UTC).
    pub(crate) since_ms: u64,
    /// A person must answer, whatever the mode.
    pub(crate) personal: bool,
    /// Why it is a person who is asked, when it is not as the run's mode says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
    /// What to type, one of these.
    pub(crate) answer: Vec<String>,
    /// All that can be looked at, when one run was named.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(crate) full: Option<Full>,
    #[serde(skip)]
    pub(crate) wanted: AskKind,
    #[serde(skip)]
    pub(crate) task: Option<u32>,
}

/// What a list has no room for.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub(crate) struct Full {
    /// All that is asked.
    pub(crate) asked: String,
    /// What was said that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) about: Option<String>,
    /// More about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) details: Option<String>,
    /// The digest of what is shown, as it is kept with an approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) shown: Option<String>,
}

impl Entry {
    /// What waits in a run. `among` is how much waits there: with one, nothing need be
    /// said to tell it from others.
    pub(crate) fn new(
        run: &str,
        project: &Path,
        (workflow, name): (&str, &str),
        ask: Ask,
        among: usize,
    ) -> Self {
        let step = (!ask.step.is_empty()).then_some(ask.step);
        let told_apart = step.as_deref().filter(|_| among > 1);
        let spent = ask.kind == AskKind::Paused && ask.speaker.as_deref() == Some(BUDGET);
        let answer = match spent {
            true => vec![format!(
                "cm resume {run} --budget {}",
                spending::some_more(&ask.prompt)
            )],
            false => ways(ask.kind, run, told_apart),
        };
        Self {
            answer,
            run: run.to_owned(),
            project: project.display().to_string(),
            workflow: workflow.to_owned(),
            name: name.to_owned(),
            step,
            kind: ask.kind.as_str().to_owned(),
            speaker: ask.speaker,
            prompt: ask.prompt,
            choices: ask.choices,
            since_ms: ask.since_ms,
            personal: ask.personal,
            why: ask.why,
            full: None,
            wanted: ask.kind,
            task: ask.task,
        }
    }

    fn all(project: &Path, waiting: Waiting) -> impl Iterator<Item = Self> {
        let Waiting {
            run,
            workflow,
            name,
            asks,
            ..
        } = waiting;
        // The run itself has no step to be told apart by.
        let questions = asks.iter().filter(|ask| ask.task.is_some()).count();
        let entry = move |ask| Self::new(&run, project, (&workflow, &name), ask, questions);
        asks.into_iter().map(entry)
    }
}

/// What to type for what is wanted.
pub(crate) fn ways(kind: AskKind, run: &str, step: Option<&str>) -> Vec<String> {
    let step = step.map_or_else(String::new, |step| format!(" --step {}", quoted(step)));
    let ways: &[&str] = match kind {
        AskKind::Turn => &["cm next RUN", "cm reply RUN TEXT"],
        AskKind::Approval => &[
            "cm approve RUN",
            "cm reject RUN REASON",
            "cm revise RUN TEXT",
        ],
        AskKind::Permission => &["cm approve RUN --for once|step|run", "cm reject RUN REASON"],
        AskKind::Checkpoint => &["cm next RUN", "cm cancel RUN"],
        AskKind::Paused => &["cm resume RUN"],
        _ => &["cm reply RUN ANSWER"],
    };
    let way = |way: &&str| {
        let whole_run = way.starts_with("cm cancel") || way.starts_with("cm resume");
        let step = if whole_run { "" } else { &step };
        format!("{}{step}", way.replace("RUN", run))
    };
    ways.iter().map(way).collect()
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:".contains(c);
    if !word.is_empty() && !word.starts_with('-') && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Everything that waits in these projects, the newest first, and what could not be
/// looked at.
pub(crate) fn gather(projects: &[PathBuf]) -> (Vec<Entry>, Vec<(PathBuf, JournalError)>) {
    let (mut entries, mut closed) = (Vec::new(), Vec::new());
    for project in projects {
        match look(project) {
            Ok(waiting) => {
                let found = waiting.into_iter();
                entries.extend(found.flat_map(|waiting| Entry::all(project, waiting)));
            }
            Err(error) => closed.push((project.clone(), error)),
        }
    }
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.since_ms));
    (entries, closed)
}

fn look(project: &Path) -> Result<Vec<Waiting>, JournalError> {
    match Journal::open_existing(&project.join(STATE))? {
        Some(journal) => journal.waiting(),
        None => Ok(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_type_can_be_typed() {
        assert_eq!(
            ways(AskKind::Turn, "k3f9ab", None),
            ["cm next k3f9ab", "cm reply k3f9ab TEXT"]
        );
        assert_eq!(
            ways(AskKind::Question, "k3f9ab", Some("it's; rm -rf")),
            [r"cm reply k3f9ab ANSWER --step 'it'\''s; rm -rf'"]
        );
        assert_eq!(
            ways(AskKind::Checkpoint, "k3f9ab", Some("a")),
            ["cm next k3f9ab --step a", "cm cancel k3f9ab"]
        );
    }
}

//! Whether a step has made what it says: seen by the host, not told by the agent.

use std::{
    fs,
    path::{Path, PathBuf},
};

use cm_effects::{Project, ProjectError, worktree};
use cm_orchestrator::{Attempt, IDLE, Run, Task};
use cm_types::{Error, ProofWork, Reply, Work};
use tokio::sync::watch;

use crate::{
    Stop,
    attempt::{Done, stopped},
    floor::Floor,
    schema,
};

/// How many problems are told of one thing.
const TOLD: usize = 5;

impl Floor {
    pub(crate) async fn prove(
        &self,
        attempt: &Attempt,
        work: &ProofWork,
        mut stop: watch::Receiver<Stop>,
    ) -> Done {
        let result = tokio::select! {
            result = self.proven(attempt, work) => result,
            _ = stopped(&mut stop) => Err(Error::Cancelled),
        };
        let recorded = None;
        Done { result, recorded }
    }

    async fn proven(&self, attempt: &Attempt, work: &ProofWork) -> Result<Reply, Error> {
        let workspace = self.workspace(work.workspace.as_deref())?;
        let project = Project::new(&workspace.directory);
        let mut problems = Vec::new();
        for pattern in &work.files {
            problems.extend(missing(&project, &workspace.directory, pattern));
        }
        for (path, schema) in &work.schemas {
            problems.extend(unmet(&project, path, schema)?);
        }
        if let Some(task) = work.changed_since {
            let directory = &workspace.directory;
            problems.extend(self.unchanged(attempt, task, directory).await);
        }
        let idle = self.ledger.look(|run| did_nothing(run, attempt));
        let said = idle.as_ref().map(|agent| {
            format!("agent `{agent}` said that it was done, and has not used a single tool")
        });
        let mut options = Vec::new();
        let (code, text) = match problems.is_empty() {
            true => {
                options.extend(idle.map(|agent| (IDLE.to_owned(), agent)));
                (0, "all that was to be there is there".to_owned())
            }
            false => {
                problems.extend(said.clone());
                (1, problems.join("\n"))
            }
        };
        if let Some(said) = said.filter(|_| code == 0) {
            let step = &attempt.place.step;
            let body = format!("step `{step}`: {said}; what it was to produce is there");
            self.note(attempt, "warning", body);
        }
        Ok(Reply {
            text,
            code: Some(code),
            options,
            ..Reply::default()
        })
    }

    /// Why nothing seems to have changed since a task was sent out; none: something has.
    async fn unchanged(&self, attempt: &Attempt, task: u32, directory: &Path) -> Option<String> {
        if self
            .ledger
            .look(|run| run.task(task).is_some_and(|it| it.reused.is_some()))
        {
            // It was proven in the run that has done it.
            return None;
        }
        let Ok(found) = fs::read_to_string(self.found(task)) else {
            return Some(
                "it cannot be told whether anything has changed: what was there before is not known"
                    .to_owned(),
            );
        };
        let now = worktree::fingerprint(directory, &self.variables(attempt)).await;
        if now.is_some_and(|now| now != found) {
            return None;
        }
        Some("no file has changed".to_owned())
    }

    /// Writes down what an attempt finds where it works, before it begins. What the first
    /// attempt found counts.
    /// Reading a whole project takes long, so only where somebody is going to ask.
    pub(crate) async fn look_around(&self, attempt: &Attempt, directory: &Path) {
        let asked = |(name, value): &(String, String)| name == "changes" && value == "true";
        if !attempt.policy.options.iter().any(asked) {
            return;
        }
        let path = self.found(attempt.task);
        if attempt.attempt > 1 && path.is_file() {
            return;
        }
        if let Some(found) = worktree::fingerprint(directory, &self.variables(attempt)).await {
            // Without it a proof says that it cannot tell.
            let _ = fs::write(path, found);
        }
    }

    /// Where it is written down what a task found.
    fn found(&self, task: u32) -> PathBuf {
        self.scratch.join(format!("{task}.found"))
    }
}

/// The agent whose turns ended well without a single call of a tool, since its step was
/// proven last.
fn did_nothing(run: &Run, attempt: &Attempt) -> Option<String> {
    let proof = run.task(attempt.task)?;
    let earlier = run.tasks.iter().take(proof.id as usize).rev();
    let of_step =
        earlier.filter(|task| (task.scope, &task.place.step) == (proof.scope, &attempt.place.step));
    let is_proven = |task: &&Task| {
        let code = task.result().and_then(|result| result.as_ref().ok()?.code);
        matches!(task.work, Work::Proof(_)) && code == Some(0)
    };
    let mut agent = None;
    for task in of_step.take_while(|task| !is_proven(task)) {
        let Work::Turn(turn) = &task.work else {
            continue;
        };
        if task.calls > 0 || task.reused.is_some() {
            return None;
        }
        agent.get_or_insert_with(|| turn.agent.clone());
    }
    agent
}

fn missing(project: &Project, directory: &Path, pattern: &str) -> Option<String> {
    let found = match project.matching(pattern) {
        Ok(found) => found,
        // More than can be listed are there.
        Err(ProjectError::TooMany(_)) if !pattern.contains("**") => return None,
        Err(error) => return Some(error.to_string()),
    };
    let is_full = |path: &String| fs::metadata(directory.join(path)).is_ok_and(|it| it.len() > 0);
    if found.iter().any(is_full) {
        return None;
    }
    let is_pattern = pattern.contains(['*', '?']);
    Some(match (found.as_slice(), is_pattern) {
        ([], true) => format!("there is no file that matches `{pattern}`"),
        ([], false) => format!("there is no file `{pattern}`"),
        (_, true) => format!("all files that match `{pattern}` are empty"),
        (_, false) => format!("the file `{pattern}` is empty"),
    })
}

fn unmet(project: &Project, path: &str, schema: &str) -> Result<Option<String>, Error> {
    let text = match project.read(path) {
        Ok(text) => text,
        Err(ProjectError::Missing(_)) => return Ok(Some(format!("there is no file `{path}`"))),
        Err(error) => return Ok(Some(error.to_string())),
    };
    let problems = schema::conform(schema, &text).map_err(Error::Invalid)?;
    let told: Vec<String> = problems.iter().take(TOLD).cloned().collect();
    Ok((!told.is_empty()).then(|| {
        let told = told.join("; ");
        format!("`{path}` does not meet its schema: {told}")
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(files: &[(&str, &str)]) -> (tempfile::TempDir, Project) {
        let directory = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = directory.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let project = Project::new(directory.path());
        (directory, project)
    }

    #[test]
    fn files_are_there_and_not_empty() {
        let (held, project) = project(&[("a.md", "a"), ("empty.md", ""), ("docs/empty.txt", "")]);
        let missing = |pattern: &str| missing(&project, held.path(), pattern);
        assert_eq!(missing("a.md"), None);
        assert_eq!(missing("*.md"), None);
        assert_eq!(missing("**/*.md"), None);
        let said = |pattern: &str| missing(pattern).unwrap();
        assert_eq!(said("b.md"), "there is no file `b.md`");
        assert_eq!(said("empty.md"), "the file `empty.md` is empty");
        assert_eq!(
            said("docs/*.txt"),
            "all files that match `docs/*.txt` are empty"
        );
        assert_eq!(said("*.rs"), "there is no file that matches `*.rs`");
        for out in ["../a.md", "/etc/passwd"] {
            assert!(said(out).contains("no path in the project"), "{out}");
        }
    }

    #[test]
    fn files_meet_their_schemas() {
        let (_held, project) = project(&[
            ("good.json", r#"{"n": 1}"#),
            ("bad.json", r#"{"n": "x"}"#),
            ("none.json", "so:"),
        ]);
        let schema = r#"{"type": "object", "properties": {"n": {"type": "integer"}}}"#;
        let unmet = |path: &str| unmet(&project, path, schema).unwrap();
        assert_eq!(unmet("good.json"), None);
        assert!(unmet("bad.json").unwrap().contains("/n: "));
        assert!(unmet("none.json").unwrap().contains("not JSON"));
        assert_eq!(unmet("x.json").unwrap(), "there is no file `x.json`");
        let error = super::unmet(&project, "good.json", "{").unwrap_err();
        assert_eq!(error.failure().unwrap().code, "bad-schema");
    }
}

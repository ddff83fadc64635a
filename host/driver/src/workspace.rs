//! Where a turn or a command works: the run's directory, or a branch of the project.

use std::path::PathBuf;

use cm_effects::worktree::{Branch, WorktreeError, Worktrees};
use cm_orchestrator::{Attempt, Run};
use cm_types::{Error, Failure, Work};

use crate::floor::Floor;

/// A directory to work in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Workspace {
    pub(crate) directory: PathBuf,
    /// By which a program knows where it is.
    pub(crate) environment: Vec<(String, String)>,
}

impl Floor {
    /// Where this attempt works.
    pub(crate) fn workspace_of(&self, attempt: &Attempt) -> Result<Workspace, Error> {
        self.workspace(named(&attempt.work))
    }

    /// Where this attempt works, now that it begins.
    pub(crate) fn enter(&self, attempt: &Attempt) -> Result<Workspace, Error> {
        let id = named(&attempt.work);
        let workspace = self.workspace(id)?;
        // Somebody may have taken one since the branch was made; or a server of an earlier
        // step in the same branch is still there, and then it is as it should be.
        for port in Worktrees::taken(&workspace.environment) {
            let id = id.unwrap_or_default();
            let step = &attempt.place.step;
            let warning = format!(
                "step `{step}`: port {port} of branch `{id}` is taken by another program; if that is no server of this run, end it (`ss -ltnp 'sport = :{port}'` names it), or let the step take another port"
            );
            self.note(attempt, "warning", warning);
        }
        Ok(workspace)
    }

    /// The workspace with this id; none: the run's directory.
    pub(crate) fn workspace(&self, id: Option<&str>) -> Result<Workspace, Error> {
        let Some(id) = id else {
            return Ok(Workspace {
                directory: self.directory.clone(),
                environment: Vec::new(),
            });
        };
        let worktrees = self.worktrees_with(id, Vec::new())?;
        let branch = worktrees.branch(id).map_err(|error| failed(&error))?;
        Ok(Workspace {
            directory: worktrees.directory_of(&branch),
            environment: Worktrees::environment(&branch),
        })
    }

    /// The branches of this run.
    pub(crate) fn worktrees(&self, variables: Vec<(String, String)>) -> Result<Worktrees, Error> {
        let run = self.ledger.run();
        Worktrees::new(&self.directory, run, variables).map_err(|error| failed(&error))
    }

    /// The branches among which the one with this id is: those of this run, or of the one
    /// whose work was taken over.
    pub(crate) fn worktrees_with(
        &self,
        id: &str,
        variables: Vec<(String, String)>,
    ) -> Result<Worktrees, Error> {
        let own = self.ledger.run().to_owned();
        let run = self.ledger.look(|run| made_in(run, id)).unwrap_or(own);
        Worktrees::new(&self.directory, &run, variables).map_err(|error| failed(&error))
    }
}

/// The branch that a piece of work names.
pub(crate) fn named(work: &Work) -> Option<&str> {
    match work {
        Work::Turn(turn) => turn.workspace.as_deref(),
        Work::Command(command) => command.workspace.as_deref(),
        Work::Proof(proof) => proof.workspace.as_deref(),
        _ => None,
    }
}

/// The option of a branch's reply that names the run it was made in.
pub(crate) const RUN: &str = "run";

fn made_in(run: &Run, id: &str) -> Option<String> {
    let branches = run.tasks.iter().rev();
    let mut branches = branches.filter(|task| matches!(task.work, Work::Branch(_)));
    let reply = branches.find_map(|task| {
        let reply = task.result()?.as_ref().ok()?;
        (reply.text == id).then_some(reply)
    })?;
    let run = reply.options.iter().find(|(name, _)| name == RUN)?;
    Some(run.1.clone())
}

/// What a workflow is told when there is something with a branch.
pub(crate) fn failed(error: &WorktreeError) -> Error {
    let failure = Failure::new(error.code(), error.to_string());
    match error {
        WorktreeError::Name(_) | WorktreeError::Include(_) => Error::Invalid(failure),
        WorktreeError::Unknown { .. } | WorktreeError::NoRepository { .. } => {
            Error::Missing(failure)
        }
        WorktreeError::Ports { .. } | WorktreeError::Io { .. } => Error::Unavailable(failure),
        WorktreeError::InTheWay(_)
        | WorktreeError::Uncommitted { .. }
        | WorktreeError::Busy { .. }
        | WorktreeError::Unfinished { .. }
        | WorktreeError::Git(_)
        | WorktreeError::Record { .. } => Error::Other(failure),
    }
}

/// The options of a branch's reply.
pub(crate) fn options(
    run: &str,
    worktrees: &Worktrees,
    branch: &Branch,
    included: usize,
) -> Vec<(String, String)> {
    let ports: Vec<String> = branch.ports.iter().map(u16::to_string).collect();
    let path = worktrees.directory_of(branch).display().to_string();
    let named = [
        (RUN, Some(run.to_owned())),
        ("path", Some(path)),
        ("base", branch.base.clone()),
        ("branch", branch.name.clone()),
        ("ports", Some(ports.join(",")).filter(|it| !it.is_empty())),
        ("included", (included > 0).then(|| included.to_string())),
        ("shared", branch.shared.as_ref().map(|_| "true".to_owned())),
        ("why", branch.shared.clone()),
    ];
    let named = named.into_iter();
    let given = named.filter_map(|(name, value)| Some((name.to_owned(), value?)));
    given.collect()
}

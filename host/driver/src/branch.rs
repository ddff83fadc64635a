//! Branches: copies of the project to work in, ready before anybody works there.

use cm_effects::worktree::{State, Wanted, Worktrees};
use cm_orchestrator::{Attempt, Input};
use cm_types::{BranchWork, Error, Extension, Failure, Reply};
use tokio::sync::watch;

use crate::{
    Stop,
    attempt::{Done, stopped},
    floor::Floor,
    shell::Line,
    times::Times,
    workspace::{Workspace, failed, options},
};

/// How many of a command's last lines are told when it failed.
const LAST: usize = 20;

impl Floor {
    pub(crate) async fn branch(
        &self,
        attempt: &Attempt,
        work: &BranchWork,
        mut stop: watch::Receiver<Stop>,
    ) -> Done {
        let result = self.make_branch(attempt, work, &mut stop).await;
        let recorded = None;
        Done { result, recorded }
    }

    async fn make_branch(
        &self,
        attempt: &Attempt,
        work: &BranchWork,
        stop: &mut watch::Receiver<Stop>,
    ) -> Result<Reply, Error> {
        let worktrees = self.worktrees(self.variables(attempt))?;
        let wanted = Wanted {
            name: work.name.clone(),
            owner: attempt.idempotency.clone(),
            include: work.include.clone(),
            ports: work.ports,
            teardown: work.teardown.clone(),
        };
        // Let go of in the middle, it is as after a crash: the next try begins anew.
        let made = tokio::select! {
            made = worktrees.make(&wanted) => made,
            _ = stopped(stop) => return Err(Error::Cancelled),
        };
        let (mut branch, included) = made.map_err(|error| failed(&error))?;
        if branch.state == State::Making {
            if let Some(why) = &branch.shared {
                let warning = format!(
                    "branch `{}` has no worktree of its own, and works in the project itself: {why}",
                    branch.id
                );
                self.note(attempt, "warning", warning);
            }
            let workspace = Workspace {
                directory: worktrees.directory_of(&branch),
                environment: Worktrees::environment(&branch),
            };
            for line in &work.setup {
                let (code, said) = self
                    .errand(attempt, line, "setup", &workspace, stop)
                    .await?;
                if code != Some(0) {
                    return Err(not_ready(&branch.id, line, code, &said));
                }
            }
            branch = worktrees.ready(branch).map_err(|error| failed(&error))?;
        }
        let run = self.ledger.run();
        Ok(Reply {
            text: branch.id.clone(),
            options: options(run, &worktrees, &branch, included),
            ..Reply::default()
        })
    }

    /// Runs a command that belongs to a branch. What it says stands in the log.
    pub(crate) async fn errand(
        &self,
        attempt: &Attempt,
        line: &str,
        kind: &str,
        workspace: &Workspace,
        stop: &mut watch::Receiver<Stop>,
    ) -> Result<(Option<i32>, String), Error> {
        let times = Times::of_command(&attempt.policy);
        let mut environment = self.variables(attempt);
        environment.extend(workspace.environment.iter().cloned());
        let line = Line {
            line,
            directory: &workspace.directory,
            environment,
            times,
            recording: None,
        };
        let shown = line.line.to_owned();
        let (capture, exit) = self.shell(attempt, line, stop).await?;
        let said = capture.text();
        self.note(attempt, kind, format!("$ {shown}\n{said}"));
        if let Some(error) = times.judge(&self.ledger, attempt, &shown, &exit) {
            return Err(error);
        }
        Ok((exit.code.or(exit.signal.map(|signal| 128 + signal)), said))
    }

    pub(crate) fn note(&self, attempt: &Attempt, kind: &str, body: String) {
        let task = Some(attempt.task);
        let kind = kind.to_owned();
        let item = Extension { kind, body };
        self.ledger.input(Input::Note { task, item });
    }
}

fn not_ready(id: &str, line: &str, code: Option<i32>, said: &str) -> Error {
    let code = code.map_or("a signal".to_owned(), |code| code.to_string());
    let lines: Vec<&str> = said.lines().collect();
    let from = lines.len().saturating_sub(LAST);
    let last = lines.get(from..).unwrap_or_default().join("\n");
    let message =
        format!("branch `{id}` is not ready: its setup command `{line}` ended with {code}");
    Error::Other(Failure::new("setup-failed", message).with_details(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_told() {
        let lines: Vec<String> = (0..30).map(|number| number.to_string()).collect();
        let error = not_ready("api", "npm ci", Some(7), &lines.join("\n"));
        let failure = error.failure().unwrap();
        assert!(failure.message.contains("`npm ci` ended with 7"));
        let details = failure.details.as_deref().unwrap();
        assert!(details.starts_with("10\n") && details.ends_with("\n29"));
    }
}

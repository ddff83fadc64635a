//! Bringing branches back.

use cm_effects::worktree::{Conflict, Merged, State, Worktrees};
use cm_orchestrator::Attempt;
use cm_types::{Error, MergeWork, Reply};
use tokio::sync::watch;

use crate::{
    Stop,
    attempt::{Done, stopped},
    floor::Floor,
    workspace::{Workspace, failed},
};

impl Floor {
    pub(crate) async fn merge(
        &self,
        attempt: &Attempt,
        work: &MergeWork,
        mut stop: watch::Receiver<Stop>,
    ) -> Done {
        let result = self.bring_back(attempt, work, &mut stop).await;
        let recorded = None;
        Done { result, recorded }
    }

    async fn bring_back(
        &self,
        attempt: &Attempt,
        work: &MergeWork,
        stop: &mut watch::Receiver<Stop>,
    ) -> Result<Reply, Error> {
        let id = &work.from;
        let worktrees = self.worktrees_with(id, self.variables(attempt))?;
        let message = work.message.clone().unwrap_or_else(|| {
            let (step, run) = (&attempt.place.step, self.ledger.run());
            format!("Merge {id}\n\nDone in step {step} of cm's run {run}.")
        });
        // Let go of in the middle, it is as after a crash: the next try goes on.
        let merged = tokio::select! {
            merged = worktrees.merge(id, &message, &attempt.idempotency) => merged,
            _ = stopped(stop) => return Err(Error::Cancelled),
        };
        let merged = merged.map_err(|error| failed(&error))?;
        if let Merged::Conflicts(conflicts) = &merged {
            return Ok(conflicted(conflicts));
        }
        self.tear_down(attempt, &worktrees, id, stop).await?;
        Ok(done(id, merged))
    }

    /// Takes a branch that is merged away. What cannot be taken away is left to `cm gc`.
    async fn tear_down(
        &self,
        attempt: &Attempt,
        worktrees: &Worktrees,
        id: &str,
        stop: &mut watch::Receiver<Stop>,
    ) -> Result<(), Error> {
        let branch = worktrees.any(id).map_err(|error| failed(&error))?;
        let Some(branch) = branch.filter(|it| matches!(it.state, State::Merged { .. })) else {
            return Ok(());
        };
        let directory = worktrees.directory_of(&branch);
        if directory.is_dir() {
            let workspace = Workspace {
                directory,
                environment: Worktrees::environment(&branch),
            };
            for line in &branch.teardown {
                let (code, _) = self
                    .errand(attempt, line, "teardown", &workspace, stop)
                    .await?;
                if code != Some(0) {
                    let code = code.map_or("a signal".to_owned(), |code| code.to_string());
                    let warning =
                        format!("the teardown command `{line}` of branch `{id}` ended with {code}");
                    self.note(attempt, "warning", warning);
                }
            }
        }
        let dismissed = tokio::select! {
            dismissed = worktrees.dismiss(id) => dismissed,
            _ = stopped(stop) => return Err(Error::Cancelled),
        };
        if let Err(error) = dismissed {
            let warning = format!(
                "branch `{id}` is merged, and its worktree could not be removed: {error}; `cm gc` \
                 tries again"
            );
            self.note(attempt, "warning", warning);
        }
        Ok(())
    }
}

fn done(id: &str, merged: Merged) -> Reply {
    let (text, options) = match merged {
        Merged::Done { commit, files } => {
            let count = match files.len() {
                1 => "1 file".to_owned(),
                many => format!("{many} files"),
            };
            let options = vec![
                ("commit".to_owned(), commit),
                ("files".to_owned(), files.join("\n")),
            ];
            (format!("`{id}` is merged: {count}"), options)
        }
        _ => (format!("`{id}` has changed nothing"), Vec::new()),
    };
    Reply {
        text,
        code: Some(0),
        options,
        ..Reply::default()
    }
}

fn conflicted(conflicts: &[Conflict]) -> Reply {
    let lines = conflicts.iter().map(|conflict| {
        let how = match conflict.kind.as_str() {
            "contents" | "add/add" => "both have changed it; it has conflict markers".to_owned(),
            "modify/delete" => "one has changed it, the other has removed it".to_owned(),
            kind => format!("{kind}; there are no conflict markers in it"),
        };
        format!("- {}: {how}", conflict.path)
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    let files: Vec<&str> = conflicts.iter().map(|it| it.path.as_str()).collect();
    Reply {
        text,
        code: Some(1),
        options: vec![("files".to_owned(), files.join("\n"))],
        ..Reply::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conflicts_name_their_files() {
        let conflict = |path: &str, kind: &str| Conflict {
            path: path.to_owned(),
            kind: kind.to_owned(),
        };
        let reply = conflicted(&[conflict("a b", "contents"), conflict("c", "binary")]);
        assert_eq!(reply.code, Some(1));
        assert!(
            reply.text.starts_with("- a b: both have changed it"),
            "{}",
            reply.text
        );
        assert!(
            reply
                .text
                .ends_with("\n- c: binary; there are no conflict markers in it")
        );
        assert_eq!(reply.options, [("files".to_owned(), "a b\nc".to_owned())]);
    }

    #[test]
    fn a_merge_says_what_it_was() {
        let merged = Merged::Done {
            commit: "c0ffee".to_owned(),
            files: vec!["a".to_owned()],
        };
        let reply = done("ui", merged);
        assert_eq!(
            (reply.text.as_str(), reply.code),
            ("`ui` is merged: 1 file", Some(0))
        );
        assert_eq!(done("ui", Merged::Nothing).text, "`ui` has changed nothing");
    }
}

//! What another run has finished, for one that comes after it.

use std::path::Path;

use cm_effects::{Git, GitError};
use cm_journal::{Journal, JournalError};
use cm_orchestrator::{Gathering, Input};

use crate::ledger::Ledger;

/// What a run has finished before this step, as far as it is still there.
///
/// # Errors
/// When the journal cannot be read, or has no such run.
pub async fn gather(
    journal: &Journal,
    run: &str,
    at: &str,
    project: &Path,
) -> Result<Gathered, JournalError> {
    let mut gathering = Gathering::new(run, at);
    for record in journal.events(run, 0)? {
        gathering.add(&record.event);
    }
    let mut lost = Vec::new();
    for (task, commit) in gathering.merges() {
        if is_lost(project, &commit).await {
            lost.extend(gathering.lose(task));
        }
    }
    Ok(Gathered { gathering, lost })
}

/// What a run has finished.
#[derive(Debug)]
pub struct Gathered {
    /// What is still there.
    pub gathering: Gathering,
    /// Branches that were merged, and whose merge is no longer in the project's history.
    pub lost: Vec<String>,
}

/// Whether a commit is known not to be in the history of what is checked out. Without git
/// nothing is known.
async fn is_lost(project: &Path, commit: &str) -> bool {
    let asked = ["merge-base", "--is-ancestor", commit, "HEAD"];
    matches!(
        Git::new(project).run(&asked).await,
        Err(GitError::Failed { .. })
    )
}

/// Reads what the run comes after, if that can still be of use, and tells the core.
///
/// # Errors
/// When the journal cannot be read. That the other run is not there any more is no error:
/// then all of it is done again.
pub(crate) async fn offer(ledger: &Ledger, project: &Path) -> Result<(), JournalError> {
    let wanted = ledger.look(|run| {
        let (run, at) = run.wanted_offers()?;
        Some((run.to_owned(), at.to_owned()))
    });
    let Some((run, at)) = wanted else {
        return Ok(());
    };
    let gathered = match gather(ledger.journal(), &run, &at, project).await {
        Err(JournalError::NoRun { .. }) => return Ok(()),
        gathered => gathered?,
    };
    let offers = gathered.gathering.offers();
    ledger.input(Input::Offer(Box::new(offers)));
    Ok(())
}

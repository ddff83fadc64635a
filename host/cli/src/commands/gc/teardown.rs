use std::{path::Path, time::Duration};

use cm_effects::{
    Launch, Limits, Process, Scratch, Stdin,
    worktree::{Leftover, State, Worktrees},
};

use super::CM_RUN;
use crate::view::{notice, text};

/// The longest that a teardown command may take.
const TEARDOWN: Duration = Duration::from_secs(5 * 60);

/// Runs what was to be run before the branch is taken away. What comes of it changes
/// nothing.
pub(super) async fn tear_down(project: &Path, left: &Leftover) {
    let Some(branch) = left.branch.as_ref().filter(|it| it.state == State::Ready) else {
        return;
    };
    let Ok(worktrees) = Worktrees::new(project, &left.run, Vec::new()) else {
        return;
    };
    let directory = worktrees.directory_of(branch);
    let mut set = Worktrees::environment(branch);
    set.push((CM_RUN.to_owned(), left.run.clone()));
    for line in &branch.teardown {
        let Ok(scratch) = Scratch::new() else { return };
        let environment = cm_effects::environment::filtered(&[], &set, &directory, scratch.path());
        let started = Process::start(Launch {
            program: "sh".to_owned(),
            arguments: vec!["-c".to_owned(), line.clone()],
            environment,
            directory: directory.clone(),
            stdin: Stdin::Null,
            limits: Limits {
                wall: Some(TEARDOWN),
                ..Limits::default()
            },
            recording: None,
        });
        match started {
            Ok(mut process) => drop(process.finish().await),
            Err(error) => notice(&format!("`{}`: {error}", text::one_line(line, 80))),
        }
    }
}

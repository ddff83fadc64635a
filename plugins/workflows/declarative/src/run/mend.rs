//! Who mends a merge: the workspace's agent, or a person.

use cm_sdk::workflow::{Error, Question, Turn, other, policy, question};

use super::course::How;
use super::host::Host;
use super::interpreter::Interpreter;
use super::member::Move;
use super::merger::{Merger, Phase};
use crate::read::Files;

/// How often somebody is asked to mend what is wrong with one merge.
const TRIES: u32 = 3;
/// The most characters of what is wrong that a note has.
const LONGEST_NOTE: usize = 240;
/// What a person answers when it is mended, and when it will not be.
pub(super) const SOLVED: &str = "solved";
pub(super) const GIVE_UP: &str = "give up";

impl<'r> Merger<'r> {
    /// Has somebody mend what is wrong.
    pub(super) fn mend<H: Host + Files>(
        &mut self,
        run: &mut Interpreter<'r, H>,
        wrong: String,
    ) -> Result<Move<'r, H::Task>, Error> {
        self.wrong = Some(wrong.clone());
        if self.tries >= TRIES {
            return Err(self.given_up(&format!("it was tried {TRIES} times")));
        }
        self.tries += 1;
        let Some(item) = &self.now else {
            return Ok(Move::Over(How::Done));
        };
        let id = item.step.id.as_str();
        match &item.workspace.conflicts {
            Some((agent, _)) => {
                let note = format!("{}; `{agent}` mends it", in_one_line(&wrong));
                self.mark(run, "started", Some(&note));
                let words = format!(
                    "The work of the step `{id}` is being merged into this directory with git, and {wrong}\n\nMend it here, in the files: keep what both sides wanted, and leave no conflict markers. Do not commit; that is done when you are finished."
                );
                let turn = match &self.session {
                    Some(session) => Turn {
                        session: Some(session.clone()),
                        prompt: words,
                        ..run.errand(agent, &[], None)?.0
                    },
                    None => run.errand(agent, &[], Some(words))?.0,
                };
                let (_, policy) = run.errand(agent, &[], None)?;
                self.phase = Phase::Solving;
                let task = run.host.agent(&self.place, &turn, &policy)?;
                Ok(Move::Wait(task))
            }
            None => {
                self.phase = Phase::Person;
                let question = Question {
                    choices: vec![SOLVED.into(), GIVE_UP.into()],
                    personal: true,
                    ..question(format!(
                        "Merging the work of the step `{id}`: {wrong}\n\nMend it in the run's directory, without a commit, then say `{SOLVED}`."
                    ))
                };
                let task = run.host.ask(&self.place, &question, &policy())?;
                Ok(Move::Wait(task))
            }
        }
    }

    pub(super) fn given_up(&self, why: &str) -> Error {
        let words = in_one_line(self.wrong.as_deref().unwrap_or_default());
        let (id, branch) = match &self.now {
            Some(item) => (item.step.id.as_str(), item.branch.id.as_str()),
            None => ("", ""),
        };
        other(
            "merge-conflict",
            format!(
                "the work of the step `{id}` could not be merged: {words}; {why}. It is in the branch {branch}: mend it in the run's directory, then resume the run"
            ),
        )
    }
}

/// What is wrong, for a note: what it lists or what a check said follows in the same line, as
/// far as there is room.
fn in_one_line(wrong: &str) -> String {
    let lines = wrong
        .lines()
        .map(|line| line.trim().trim_start_matches("- "));
    let mut lines = lines.filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let rest = lines.collect::<Vec<_>>().join(", ");
    let mut words = match rest.as_str() {
        "" => first.trim_end_matches(':').to_owned(),
        rest => format!("{first} {rest}"),
    };
    if let Some((end, _)) = words.char_indices().nth(LONGEST_NOTE) {
        words.truncate(end);
        words.push('…');
    }
    words
}

#[cfg(test)]
mod tests {
    use super::in_one_line;

    #[test]
    fn a_list_stands_in_the_line_and_a_long_text_ends() {
        assert_eq!(
            in_one_line("in these files:\n\n- a.txt\n- b.txt\n"),
            "in these files: a.txt, b.txt"
        );
        assert_eq!(in_one_line("it ended:\n\n"), "it ended");
        let long = in_one_line(&format!("said:\n{}", "ü".repeat(500)));
        assert!(long.ends_with('…') && long.chars().count() == 241, "{long}");
    }
}

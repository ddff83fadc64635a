//! Ways to other steps, and how often they may be taken.

use super::course::{Jump, Spot, find};
use super::host::Host;
use super::interpreter::Interpreter;
use crate::model::{Loop, Step, Target};
use crate::read::Files;

/// Who leaves a step, to count it: the step, and the exit code that says so.
pub(super) type Leaving = (String, Option<i32>);

impl<'r, H: Host + Files> Interpreter<'r, H> {
    /// The step `to`, which must be the one at `top` or come before it.
    pub(super) fn way_back(&self, top: usize, to: &str) -> Result<Spot<'r>, String> {
        let steps = &self.workflow.steps;
        // A step beside others can begin anew by itself.
        let bars = |at: usize| at != top && self.graph.bars(top, at).is_some();
        let earlier = || {
            let ids: Vec<_> = steps
                .iter()
                .enumerate()
                .take(top + 1)
                .filter(|(at, step)| step.runs() && !bars(*at))
                .map(|(_, step)| format!("`{}`", step.id))
                .collect();
            ids.join(", ")
        };
        match find(steps, to) {
            Some(spot) if bars(spot.index) => Err(format!(
                "the step `{to}` runs beside others and cannot be gone back to alone; these can be gone back to: {}",
                earlier()
            )),
            Some(spot) if spot.index <= top => Ok(spot),
            Some(_) => Err(format!(
                "the step `{to}` lies ahead; only this one and earlier ones can be gone back to: {}",
                earlier()
            )),
            None => Err(format!(
                "there is no step `{to}`; these can be gone back to: {}",
                earlier()
            )),
        }
    }

    /// So many steps before the one at `top`; the first one if there are not so many.
    fn steps_back(&self, top: usize, number: u32) -> (Spot<'r>, &'r str) {
        let mut before: Vec<(usize, &'r Step)> = self
            .workflow
            .steps
            .iter()
            .enumerate()
            .take(top + 1)
            .filter(|(_, step)| step.runs())
            .collect();
        before.reverse();
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        let found = before.get(number).or(before.last());
        let (index, id) = found.map_or((top, ""), |(index, step)| (*index, step.id.as_str()));
        (Spot { index, only: None }, id)
    }

    /// Where a loop goes back to, and that step's id.
    pub(super) fn target(&self, top: usize, target: &Target) -> Result<(Spot<'r>, String), String> {
        match target {
            Target::Step(to, _) => Ok((self.way_back(top, to)?, to.clone())),
            Target::Back(number, _) => {
                let (spot, id) = self.steps_back(top, *number);
                self.way_back(top, id)?;
                Ok((spot, id.to_string()))
            }
        }
    }

    /// Goes round once more. None at the limit.
    pub(super) fn go_round(
        &mut self,
        top: usize,
        leaving: &Leaving,
        looping: &Loop,
        (spot, to): (Spot<'r>, &str),
        reason: Option<&str>,
    ) -> Option<Jump<'r>> {
        let count = self.rounds.entry(leaving.clone()).or_default();
        if *count >= looping.max {
            return None;
        }
        *count += 1;
        let mut note = format!("back to `{to}`, {count} of {}", looping.max);
        if let Some(reason) = reason {
            note.push_str(&format!(": {reason}"));
        }
        self.detour(top, &leaving.0, looping);
        Some(Jump {
            spot,
            note,
            wanted: false,
        })
    }

    /// Goes on at another step. None at the limit.
    pub(super) fn go_to(
        &mut self,
        leaving: &Leaving,
        max: Option<u32>,
        (spot, to): (Spot<'r>, &str),
        reason: Option<&str>,
    ) -> Option<Jump<'r>> {
        let count = self.jumps.entry(leaving.clone()).or_default();
        if max.is_some_and(|max| *count >= max) {
            return None;
        }
        *count += 1;
        let mut note = format!("on to `{to}`");
        if let Some(max) = max {
            note.push_str(&format!(", {count} of {max}"));
        }
        if let Some(reason) = reason {
            note.push_str(&format!(": {reason}"));
        }
        Some(Jump {
            spot,
            note,
            wanted: false,
        })
    }
}

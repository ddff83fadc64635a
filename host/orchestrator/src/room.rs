//! How many programs run at once.

use cm_types::Work;

use crate::{Task, TaskState, core::Turn};

impl Turn<'_> {
    /// Whether a task that is queued may be sent out now.
    pub(crate) fn may_go(&self, id: u32) -> bool {
        let Some(task) = self.task(id) else {
            return false;
        };
        if self.core.at_work.contains(&id) {
            // An attempt that was stopped is still on its way out.
            return false;
        }
        if matches!(task.work, Work::Question(_) | Work::Talk(_)) {
            return true;
        }
        let lender = self.lender(task);
        if self.core.run.paused.is_some() && lender.is_none() {
            return false;
        }
        !task.takes_a_place() || self.has_room() || lender.is_some_and(|it| self.lends(it))
    }

    fn has_room(&self) -> bool {
        let start = self.core.run.start.as_ref();
        let room = start.map_or(1, |start| start.parallel.max(1)) as usize;
        self.placed().count() < room
    }

    /// The programs that are at work.
    fn placed(&self) -> impl Iterator<Item = &Task> {
        let tasks = self.core.at_work.iter();
        let tasks = tasks.filter_map(|id| self.task(*id));
        tasks.filter(|task| task.takes_a_place())
    }

    /// A program waits for what it asked for; meanwhile one of those may have its place.
    /// So a run with a single place does not wait for itself.
    fn lends(&self, lender: u32) -> bool {
        !self
            .placed()
            .any(|task| self.outer_program(task) == Some(lender))
    }

    /// The program at work in which this task was asked for.
    fn lender(&self, task: &Task) -> Option<u32> {
        let outer = self.outer_program(task)?;
        let at_work = self.core.at_work.contains(&outer) && self.is_running(Some(outer));
        at_work.then_some(outer)
    }

    fn outer_program(&self, task: &Task) -> Option<u32> {
        let mut scope = task.scope;
        while let Some(outer) = scope.and_then(|id| self.task(id)) {
            if outer.takes_a_place() {
                return Some(outer.id);
            }
            scope = outer.scope;
        }
        None
    }

    pub(crate) fn is_running(&self, scope: Option<u32>) -> bool {
        let task = scope.and_then(|scope| self.task(scope));
        task.is_some_and(|task| task.state == TaskState::Running)
    }
}

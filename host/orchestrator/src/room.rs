//! How many programs run at once: of all classes, and of each.

use std::collections::{BTreeMap, HashSet};

use cm_types::Work;

use crate::{Task, TaskState, core::Turn};

/// The places that are taken, while queued work is looked through.
#[derive(Debug, Default)]
pub(crate) struct Places {
    all: usize,
    by_class: BTreeMap<String, usize>,
}

impl Places {
    pub(crate) fn take(&mut self, task: &Task) {
        if task.takes_a_place() {
            self.all += 1;
            match self.by_class.get_mut(task.class()) {
                Some(taken) => *taken += 1,
                None => {
                    self.by_class.insert(task.class().to_owned(), 1);
                }
            }
        }
    }
}

impl Turn<'_> {
    /// The places that programs at work have.
    pub(crate) fn places(&self) -> Places {
        let mut places = Places::default();
        self.placed().for_each(|task| places.take(task));
        places
    }

    /// Whether a task that is queued may be sent out now, as far as there is room.
    pub(crate) fn may_go(&self, id: u32, places: &Places) -> bool {
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
        !task.takes_a_place() || self.has_room(task, lender, places)
    }

    fn has_room(&self, task: &Task, lender: Option<u32>, places: &Places) -> bool {
        let (mut all, mut of_class) = (1, None);
        if let Some(start) = &self.core.run.start {
            all = start.parallel.max(1);
            of_class = start.classes.get(task.class()).map(|many| (*many).max(1));
        }
        let lends = |class: Option<&str>| {
            lender.is_some()
                && self
                    .outer_program(task, class)
                    .is_some_and(|it| self.lends(it, class))
        };
        if places.all >= all as usize && !lends(None) {
            return false;
        }
        let taken = places.by_class.get(task.class()).copied().unwrap_or(0);
        of_class.is_none_or(|many| taken < many as usize || lends(Some(task.class())))
    }

    /// The programs that are at work.
    fn placed(&self) -> impl Iterator<Item = &Task> {
        let tasks = self.core.at_work.iter();
        let tasks = tasks.filter_map(|id| self.task(*id));
        tasks.filter(|task| task.takes_a_place())
    }

    /// A program waits for what it asked for; meanwhile one of those may have its place.
    /// So a run with a single place does not wait for itself. A place of a class goes to
    /// one of the same class.
    fn lends(&self, lender: u32, class: Option<&str>) -> bool {
        let fits = |task: &&Task| class.is_none_or(|class| task.class() == class);
        let at_work = self.core.at_work.contains(&lender);
        let mut others = self.placed().filter(fits);
        at_work && !others.any(|task| self.outer_program(task, class) == Some(lender))
    }

    /// The program at work in which this task was asked for.
    fn lender(&self, task: &Task) -> Option<u32> {
        let outer = self.outer_program(task, None)?;
        let at_work = self.core.at_work.contains(&outer) && self.is_running(Some(outer));
        at_work.then_some(outer)
    }

    /// The innermost program, of this class if one is named, in which it was asked for.
    fn outer_program(&self, task: &Task, class: Option<&str>) -> Option<u32> {
        let mut scope = task.scope;
        while let Some(outer) = scope.and_then(|id| self.task(id)) {
            if outer.takes_a_place() && class.is_none_or(|class| outer.class() == class) {
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

    /// Whether no program at work will end by itself: each waits for something queued.
    pub(crate) fn is_stuck(&self) -> bool {
        let mut waiting = HashSet::new();
        for queued in self.core.queue.iter().filter_map(|id| self.task(*id)) {
            let mut scope = queued.scope;
            while let Some(outer) = scope {
                if !waiting.insert(outer) {
                    break;
                }
                scope = self.task(outer).and_then(|task| task.scope);
            }
        }
        self.placed().all(|task| waiting.contains(&task.id))
    }

    /// Programs of several classes may wait for each other in a ring. None of them does
    /// anything then, so that one more does no harm.
    pub(crate) fn breaks_the_ring(&self, id: u32) -> bool {
        let Some(task) = self.task(id).filter(|task| task.takes_a_place()) else {
            return false;
        };
        self.lender(task).is_some() && !self.core.at_work.contains(&id)
    }
}

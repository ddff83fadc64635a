//! Stopping on the way, to go on later.

use cm_types::{Digest, Error, Failure, Outline, Work};

use crate::{Command, Event, RunEnd, TaskState, core::Turn};

impl Turn<'_> {
    /// Goes on with a run. After a failure, what failed is tried again; what was
    /// finished stays.
    pub(crate) fn resume(&mut self, host: String, workflow: Digest, outline: Outline) {
        let failed = match self.core.run.end {
            Some(RunEnd::Failed { .. }) => self.core.run.failed_tasks(),
            _ => Vec::new(),
        };
        self.append(Event::Resumed {
            host,
            workflow,
            outline,
        });
        for task in failed {
            self.append(Event::Reopened { task });
        }
        // No guest will ask for these again.
        let tasks = self.core.run.tasks.iter();
        let talks = tasks.filter(|task| matches!(task.work, Work::Talk(_)));
        let talks: Vec<u32> = talks.map(|task| task.id).collect();
        for task in talks {
            self.want(task);
        }
    }

    pub(crate) fn close(&mut self, event: Event) {
        for task in &self.core.run.tasks {
            if task.state == TaskState::Running {
                self.decision.commands.push(Command::Stop { task: task.id });
            }
        }
        self.dismiss();
        self.append(event);
        self.core.closed = true;
        self.core.queue.clear();
    }

    pub(crate) fn pause(&mut self, reason: Option<String>, now: bool, by: String) {
        if self.core.run.paused.is_none() {
            self.append(Event::Paused { reason, by });
        }
        if !now {
            return;
        }
        for id in 0..self.core.run.tasks.len() as u32 {
            let turn = self.task(id).map(|task| &task.work);
            if matches!(turn, Some(Work::Turn(_))) && self.is_running(Some(id)) {
                self.hold(id, None);
            }
        }
    }

    pub(crate) fn go_on(&mut self, by: String) {
        if self.core.run.paused.is_none() {
            let message = "the run is not paused";
            return self.refuse(Failure::new("not-paused", message));
        }
        if self.is_paused_for_budget() {
            let message = "the budget is used up, and going on would only stop here again";
            let help = format!("let it use more: cm resume {} --budget +5usd", self.core.id);
            return self.refuse(Failure::new("budget", message).with_details(help));
        }
        self.append(Event::Continued { by });
    }

    /// Stops a turn; as soon as it has stopped it is sent out again.
    pub(crate) fn hold(&mut self, id: u32, say: Option<String>) {
        let running = self.is_running(Some(id));
        self.append(Event::Held { task: id, say });
        if running {
            self.command(Command::Stop { task: id });
            self.core.queue.push_back(id);
        }
        self.suspend_children(id);
    }

    /// What a program asked for stops with it, and goes on when it asks for it again.
    pub(crate) fn suspend_children(&mut self, id: u32) {
        for child in self.children(id) {
            match self.task(child).map(|task| &task.state) {
                None | Some(TaskState::Finished { .. }) => continue,
                Some(TaskState::Queued) => {}
                Some(state) => {
                    if *state == TaskState::Running {
                        self.command(Command::Stop { task: child });
                    }
                    self.withdraw(child);
                    self.append(Event::Held {
                        task: child,
                        say: None,
                    });
                }
            }
            self.core.queue.retain(|queued| *queued != child);
            if let Some(wanted) = self.core.wanted.get_mut(child as usize) {
                *wanted = false;
            }
        }
    }

    /// What a program asked for ends with it.
    pub(crate) fn end_children(&mut self, id: u32) {
        for child in self.children(id) {
            let Some(task) = self.task(child).filter(|task| task.result().is_none()) else {
                continue;
            };
            if task.state == TaskState::Running {
                self.command(Command::Stop { task: child });
            }
            self.withdraw(child);
            self.core.queue.retain(|queued| *queued != child);
            self.append(Event::Finished {
                task: child,
                result: Err(Error::Cancelled),
                by: None,
                shown: None,
            });
        }
    }

    fn children(&self, id: u32) -> Vec<u32> {
        let run = &self.core.run;
        let later = run.tasks.iter().skip(id as usize + 1);
        let within = later.filter(|task| task.result().is_none() && run.is_within(task, id));
        within.map(|task| task.id).collect()
    }
}

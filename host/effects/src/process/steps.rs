//! What happens next, and when to look again.

use std::{
    future::Future as _,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::Instant;

use super::{Process, Stage};
use crate::{EndedBy, Exit, Output, census, leader::Ending};

/// How long output is awaited from whoever holds the pipes of a program that has ended.
const DRAIN: Duration = Duration::from_millis(500);
/// How often, in the time of grace, it is looked whether those without a pipe are gone.
const LOOK: Duration = Duration::from_millis(50);
/// How long a killed program may take to end; one that hangs in the kernel takes for ever.
const PATIENCE: Duration = Duration::from_secs(10);

impl Process {
    pub(super) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Output> {
        loop {
            if let Some(exit) = &self.exit {
                return Poll::Ready(Output::Exited(exit.clone()));
            }
            let now = Instant::now();
            if self.ended.is_none() && self.watch.poll_ended(&self.leader, context).is_ready() {
                self.ended = Some(now);
            }
            self.enforce(now);
            if let Stage::Rest(left) = self.stage {
                return Poll::Ready(self.take_rest(left));
            }
            // A program that closes its input is no error; who writes more is told so.
            let _ = self.feed.poll(context);
            let quiet = *self.quiet.get_or_insert(now);
            if let Some(output) = self.poll_read(context) {
                return Poll::Ready(output);
            }
            if self.exit_is_complete() {
                self.take_the_rest();
                continue;
            }
            let idle = self.limits.idle.filter(|_| self.excused.is_none());
            let idle = idle.map(|idle| quiet + idle);
            if self.stage == Stage::Running
                && self.ended.is_none()
                && idle.is_some_and(|idle| idle <= now)
            {
                self.tell_to_end(EndedBy::Idle, now);
            }
            let look = self.next_look(idle, now);
            self.timer.as_mut().reset(look);
            if self.timer.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
        }
    }

    /// What time alone decides. Done before reading: a flood must not put it off.
    pub(super) fn enforce(&mut self, now: Instant) {
        if let Some(wall) = self.limits.wall
            && self.ended.is_none()
            && self.excused.is_none()
            && self.stage == Stage::Running
            && self.started + wall <= now
        {
            self.tell_to_end(EndedBy::Timeout, now);
        }
        match (self.stage, self.ended) {
            (Stage::Running, Some(ended)) if ended + DRAIN <= now => self.take_the_rest(),
            (Stage::Stopping(until), _) if until <= now => {
                self.kill_now(EndedBy::Stopped, now);
            }
            (Stage::Killed(since), Some(ended)) if since.max(ended) + DRAIN <= now => {
                self.take_the_rest();
            }
            (Stage::Killed(since), None) if since + PATIENCE <= now => self.take_the_rest(),
            _ => {}
        }
    }

    /// Whether nothing more can come, as far as the pipes tell.
    pub(super) fn exit_is_complete(&self) -> bool {
        if self.ended.is_none() || self.stdout.is_some() || self.stderr.is_some() {
            return false;
        }
        match self.stage {
            // Those of the group that hold no pipe may still be tidying up.
            Stage::Stopping(_) => census::members(&self.identity).is_empty(),
            _ => true,
        }
    }

    /// When to look again if nothing else happens.
    pub(super) fn next_look(&self, idle: Option<Instant>, now: Instant) -> Instant {
        let far = now + Duration::from_secs(24 * 60 * 60);
        match (self.stage, self.ended) {
            (Stage::Running, None) => {
                let wall = self.limits.wall.filter(|_| self.excused.is_none());
                let wall = wall.map(|wall| self.started + wall);
                [wall, idle].into_iter().flatten().min().unwrap_or(far)
            }
            (Stage::Running, Some(ended)) => ended + DRAIN,
            (Stage::Stopping(until), Some(_)) if self.stdout.is_none() && self.stderr.is_none() => {
                until.min(now + LOOK)
            }
            (Stage::Stopping(until), _) => until,
            (Stage::Killed(since), Some(ended)) => since.max(ended) + DRAIN,
            (Stage::Killed(since), None) => since + PATIENCE,
            (Stage::Rest(_), _) => now,
        }
    }

    pub(super) fn conclude(&mut self) -> Exit {
        // None for a process that hangs in the kernel: whoever drops it has it reaped.
        let Ending {
            code,
            signal,
            usage,
        } = self.leader.reap().unwrap_or_default();
        Exit {
            code,
            signal,
            ended_by: self.ended_by.unwrap_or(EndedBy::Itself),
            usage,
            recorded: self
                .recorder
                .take()
                .map(|recorder| recorder.end(code, signal)),
        }
    }
}

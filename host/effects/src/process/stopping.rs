//! From the first word to the last blow.

use tokio::time::Instant;

use super::{Process, Stage};
use crate::EndedBy;

/// What is still taken out of the pipes after the group was killed: more than they hold.
const REST: u64 = 2 * 1024 * 1024;

impl Process {
    pub(super) fn tell_to_end(&mut self, why: EndedBy, now: Instant) {
        if self.stage != Stage::Running || self.exit.is_some() {
            return;
        }
        self.blame(why);
        self.feed.close();
        self.stage = Stage::Stopping(now + self.limits.grace);
        self.leader.signal(libc::SIGTERM);
        // A stopped process hears nothing until it goes on.
        self.leader.signal(libc::SIGCONT);
        self.leader.signal_strays(&self.identity, libc::SIGTERM);
    }

    pub(super) fn kill_now(&mut self, why: EndedBy, now: Instant) {
        if !matches!(self.stage, Stage::Running | Stage::Stopping(_)) || self.exit.is_some() {
            return;
        }
        self.blame(why);
        self.feed.close();
        self.stage = Stage::Killed(now);
        self.leader.signal_strays(&self.identity, libc::SIGKILL);
        self.leader.signal(libc::SIGKILL);
    }

    /// The first reason is the reason; and what had ended already ended by itself.
    pub(super) fn blame(&mut self, why: EndedBy) {
        if self.ended.is_none() && !self.leader.has_ended() {
            self.ended_by.get_or_insert(why);
        }
    }

    /// Nobody of the group may outlive its leader; what they said is still heard.
    pub(super) fn take_the_rest(&mut self) {
        if self.stdout.is_some() || self.stderr.is_some() {
            // Somebody still holds them, perhaps from outside of the group.
            self.leader.signal_strays(&self.identity, libc::SIGKILL);
        }
        self.leader.signal(libc::SIGKILL);
        self.feed.close();
        self.stage = Stage::Rest(REST);
    }
}

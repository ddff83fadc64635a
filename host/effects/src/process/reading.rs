//! Taking what was printed out of the pipes.

use std::{
    os::fd::AsFd as _,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead as _, ReadBuf},
    net::unix::pipe,
    time::Instant,
};

use super::{Process, Stage};
use crate::{EndedBy, Output, recording::Channel};

impl Process {
    pub(super) fn poll_read(&mut self, context: &mut Context<'_>) -> Option<Output> {
        let both = if self.stderr_first {
            [Channel::Stderr, Channel::Stdout]
        } else {
            [Channel::Stdout, Channel::Stderr]
        };
        for channel in both {
            while let Some(mut open) = self.pipe(channel).take() {
                let mut piece = ReadBuf::new(&mut self.buffer);
                match Pin::new(&mut open).poll_read(context, &mut piece) {
                    Poll::Pending => {
                        *self.pipe(channel) = Some(open);
                        break;
                    }
                    Poll::Ready(Ok(())) if !piece.filled().is_empty() => {
                        let bytes = piece.filled().to_vec();
                        *self.pipe(channel) = Some(open);
                        self.stderr_first = channel == Channel::Stdout;
                        if let Some(output) = self.deliver(channel, bytes) {
                            return Some(output);
                        }
                    }
                    // Its end, or an error of the pipe, which is an end as well.
                    Poll::Ready(_) => {}
                }
            }
        }
        None
    }

    /// Takes what lies in the pipes without waiting: their other ends may be held for
    /// ever by somebody who left the group.
    pub(super) fn take_rest(&mut self, mut left: u64) -> Output {
        for channel in [Channel::Stdout, Channel::Stderr] {
            while let Some(open) = self.pipe(channel).take() {
                // Not through tokio: it waits for news of a pipe that it saw empty.
                let count = rustix::io::read(open.as_fd(), &mut *self.buffer).unwrap_or(0);
                let bytes = self.buffer.get(..count).unwrap_or_default().to_vec();
                let taken = u64::try_from(count).unwrap_or(u64::MAX);
                if taken == 0 || taken > left {
                    break;
                }
                left -= taken;
                self.stage = Stage::Rest(left);
                *self.pipe(channel) = Some(open);
                if let Some(output) = self.deliver(channel, bytes) {
                    return output;
                }
            }
        }
        let exit = self.conclude();
        self.exit = Some(exit.clone());
        Output::Exited(exit)
    }

    pub(super) fn pipe(&mut self, channel: Channel) -> &mut Option<pipe::Receiver> {
        match channel {
            Channel::Stderr => &mut self.stderr,
            // A program has no others.
            _ => &mut self.stdout,
        }
    }

    /// What may be told of this; none when nothing is left of it.
    pub(super) fn deliver(&mut self, channel: Channel, mut bytes: Vec<u8>) -> Option<Output> {
        self.quiet = None;
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if length > self.allowed {
            bytes.truncate(usize::try_from(self.allowed).unwrap_or(usize::MAX));
            self.kill_now(EndedBy::Flood, Instant::now());
            if self.ended_by.is_none() {
                self.ended_by = Some(EndedBy::Flood);
            }
        }
        self.allowed = self.allowed.saturating_sub(length);
        if bytes.is_empty() {
            return None;
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.append(channel, &bytes);
        }
        Some(match channel {
            Channel::Stderr => Output::Stderr(bytes),
            _ => Output::Stdout(bytes),
        })
    }
}

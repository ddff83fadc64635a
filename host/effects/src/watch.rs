use std::{
    io,
    os::fd::OwnedFd,
    task::{Context, Poll},
};

use tokio::{
    io::{Interest, unix::AsyncFd},
    signal::unix::{Signal, SignalKind, signal},
};

use crate::leader::Leader;

/// Wakes when a leader has ended, without asking again and again.
#[derive(Debug)]
pub(crate) enum Watch {
    /// By the process's own file descriptor (Linux 5.3 and later).
    Handle(AsyncFd<OwnedFd>),
    /// By the signal that tells of any child.
    Children(Signal),
}

impl Watch {
    pub(crate) fn new(handle: Option<OwnedFd>) -> io::Result<Self> {
        match handle {
            Some(handle) => {
                // SAFETY: an `OwnedFd` stays open, and the same, as long as it lives; the
                // `AsyncFd` owns it from here on.
                let handle =
                    unsafe { AsyncFd::register_with_interest(handle, Interest::READABLE) }?;
                Ok(Self::Handle(handle))
            }
            None => signal(SignalKind::child()).map(Self::Children),
        }
    }

    /// Ready once the leader has ended; it is not reaped.
    pub(crate) fn poll_ended(&mut self, leader: &Leader, context: &mut Context<'_>) -> Poll<()> {
        loop {
            match self {
                Self::Handle(handle) => match handle.poll_read_ready(context) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Ok(mut ready)) => {
                        if leader.has_ended() {
                            return Poll::Ready(());
                        }
                        ready.clear_ready();
                    }
                    // The runtime is shutting down.
                    Poll::Ready(Err(_)) => return Poll::Ready(()),
                },
                Self::Children(children) => {
                    // Asked before waiting: a signal that came before this watch did is lost.
                    if leader.has_ended() {
                        return Poll::Ready(());
                    }
                    match children.poll_recv(context) {
                        Poll::Ready(Some(())) => {}
                        Poll::Ready(None) => return Poll::Ready(()),
                        Poll::Pending => return Poll::Pending,
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, path::Path, time::Duration};

    use super::*;
    use crate::spawn::{Plan, spawn};

    /// What Linux does without handles, and other systems always.
    #[test]
    fn the_signal_tells_as_well_as_the_handle() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            for script in ["exit 3", "sleep 0.2; exit 3"] {
                let arguments = ["-c".to_owned(), script.to_owned()];
                for by_handle in [true, false] {
                    let mut spawned = spawn(&Plan {
                        program: Path::new("/bin/sh"),
                        name: "sh",
                        arguments: &arguments,
                        environment: &[],
                        directory: Path::new("/"),
                        stdin: false,
                        finishes: false,
                    })
                    .unwrap();
                    let mut leader = Leader::new(spawned.pid);
                    let handle = spawned.handle.take().filter(|_| by_handle);
                    let mut watch = Watch::new(handle).unwrap();
                    let ended = poll_fn(|context| watch.poll_ended(&leader, context));
                    let minute = Duration::from_secs(60);
                    tokio::time::timeout(minute, ended).await.unwrap();
                    assert_eq!(leader.reap().unwrap().code, Some(3));
                }
            }
        });
    }
}

//! Lines that do not grow for ever.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, ReadBuf};

/// Reads until a line is longer than allowed. From there on it only fails: whoever
/// sends such a line has lost count of where messages begin.
pub(crate) struct Limited<R> {
    inner: R,
    longest: usize,
    /// How long the line is so far.
    line: usize,
    exceeded: Arc<AtomicBool>,
}

impl<R> Limited<R> {
    /// Also gives what becomes true when a line was too long.
    pub(crate) fn new(inner: R, longest: usize) -> (Self, Arc<AtomicBool>) {
        let exceeded = Arc::new(AtomicBool::new(false));
        let limited = Self {
            inner,
            longest,
            line: 0,
            exceeded: exceeded.clone(),
        };
        (limited, exceeded)
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for Limited<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        if self.line <= self.longest {
            ready!(Pin::new(&mut self.inner).poll_read(context, buffer))?;
        }
        for byte in buffer.filled().iter().skip(before) {
            match byte {
                b'\n' if self.line <= self.longest => self.line = 0,
                _ => self.line += 1,
            }
        }
        if self.line > self.longest {
            buffer.set_filled(before);
            self.exceeded.store(true, Ordering::Relaxed);
            let message = "a line is too long";
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, message)));
        }
        Poll::Ready(Ok(()))
    }
}

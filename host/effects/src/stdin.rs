use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{io::AsyncWrite as _, net::unix::pipe::Sender};

/// What waits to be read by the program, at most. A program that lets more than this
/// lie will not read it.
const MOST: usize = 64 * 1024 * 1024;

/// The way to a program's standard input: texts wait here until there is room in the
/// pipe, so that writing never holds up reading.
#[derive(Debug)]
pub(crate) struct Feed {
    pipe: Option<Sender>,
    waiting: VecDeque<Vec<u8>>,
    /// How much of the first one is written.
    written: usize,
    bytes: usize,
    /// Close when nothing waits any more.
    ending: bool,
}

impl Feed {
    pub(crate) fn new(pipe: Option<Sender>) -> Self {
        Self {
            pipe,
            waiting: VecDeque::new(),
            written: 0,
            bytes: 0,
            ending: false,
        }
    }

    /// Puts these bytes into the line.
    pub(crate) fn push(&mut self, bytes: Vec<u8>) -> io::Result<()> {
        if self.pipe.is_none() || self.ending {
            return Err(closed());
        }
        if bytes.len() > MOST - self.bytes {
            return Err(io::Error::new(
                io::ErrorKind::StorageFull,
                "the program does not read its standard input: 64 MiB are waiting for it",
            ));
        }
        if !bytes.is_empty() {
            self.bytes += bytes.len();
            self.waiting.push_back(bytes);
        }
        Ok(())
    }

    /// Closes it once all is written.
    pub(crate) fn end(&mut self) {
        self.ending = true;
        if self.waiting.is_empty() {
            self.pipe = None;
        }
    }

    /// Closes it now.
    pub(crate) fn close(&mut self) {
        self.pipe = None;
        self.waiting.clear();
        self.bytes = 0;
        self.written = 0;
    }

    /// Writes what there is room for; asks to be woken when there is room again. An
    /// error means that the program closed its end.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        while let (Some(pipe), Some(first)) = (&mut self.pipe, self.waiting.front()) {
            let rest = first.get(self.written..).unwrap_or_default();
            match Pin::new(pipe).poll_write(context, rest) {
                Poll::Pending => return Ok(()),
                Poll::Ready(Ok(count)) => {
                    self.written += count;
                    self.bytes = self.bytes.saturating_sub(count);
                    if self.written >= first.len() {
                        self.waiting.pop_front();
                        self.written = 0;
                    }
                }
                Poll::Ready(Err(error)) => {
                    self.close();
                    return Err(error);
                }
            }
        }
        if self.ending {
            self.pipe = None;
        }
        Ok(())
    }
}

fn closed() -> io::Error {
    io::Error::new(
        io::ErrorKind::BrokenPipe,
        "the program's standard input is closed",
    )
}

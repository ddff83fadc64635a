//! The body of an answer: known at once, or a part of a file.

use std::{
    fs::File,
    io::{self, Read},
    pin::Pin,
    task::{Context, Poll, ready},
};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::task::{JoinHandle, spawn_blocking};

/// So much is read at once.
const CHUNK: u64 = 256 << 10;

pub(crate) enum Reply {
    Whole(Bytes),
    File(FilePart),
}

/// The bytes of a file from where it stands. No thread is held while a slow client
/// takes them.
pub(crate) struct FilePart {
    /// Not yet given to the connection.
    left: u64,
    /// The next piece; it is read while the one before is on its way.
    next: Option<JoinHandle<io::Result<(File, Bytes)>>>,
}

impl FilePart {
    pub(crate) fn new(file: File, length: u64) -> Self {
        Self {
            left: length,
            next: (length > 0).then(|| read(file, length)),
        }
    }
}

fn read(mut file: File, left: u64) -> JoinHandle<io::Result<(File, Bytes)>> {
    spawn_blocking(move || {
        let size = usize::try_from(left.min(CHUNK)).unwrap_or_default();
        let mut bytes = vec![0; size];
        file.read_exact(&mut bytes)?;
        Ok((file, bytes.into()))
    })
}

impl Body for Reply {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let part = match self.get_mut() {
            Self::Whole(bytes) if bytes.is_empty() => return Poll::Ready(None),
            Self::Whole(bytes) => return Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Self::File(part) => part,
        };
        let Some(next) = &mut part.next else {
            return Poll::Ready(None);
        };
        let read_now = ready!(Pin::new(next).poll(context));
        part.next = None;
        let (file, bytes) = match read_now.map_err(io::Error::other).flatten() {
            Ok(piece) => piece,
            Err(error) => return Poll::Ready(Some(Err(error))),
        };
        part.left = part.left.saturating_sub(bytes.len() as u64);
        if part.left > 0 {
            part.next = Some(read(file, part.left));
        }
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_empty(),
            Self::File(part) => part.left == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(match self {
            Self::Whole(bytes) => bytes.len() as u64,
            Self::File(part) => part.left,
        })
    }
}

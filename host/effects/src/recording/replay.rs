use std::io::{self, BufRead, Read as _};

use super::{Channel, Header};

/// The longest header that is read: a line without end is no header.
const HEADER: u64 = 64 * 1024;

/// The entries of a recording, in their order.
#[derive(Debug)]
pub struct Replay<R> {
    source: R,
    began: u64,
    over: bool,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Milliseconds since the program was started.
    pub at_ms: u64,
    /// What it was.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// This came: the program printed it, a service sent it, a tool answered it.
    Output(Channel, Vec<u8>),
    /// It ended. The last entry of a recording that is complete.
    Exited {
        /// Its exit code.
        code: Option<i32>,
        /// The signal that ended it.
        signal: Option<i32>,
        /// Bytes of output that were not recorded.
        dropped: u64,
    },
    /// A turn that started no program is over. The last entry then.
    Ended {
        /// Bytes that were not recorded.
        dropped: u64,
    },
}

impl<R: BufRead> Replay<R> {
    /// Reads a recording.
    ///
    /// # Errors
    /// When it cannot be read, or is not a recording that this version knows.
    pub fn new(mut source: R) -> io::Result<Self> {
        let wrong = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
        let (header, _) = entry(&mut source)?.ok_or_else(|| wrong("the recording is empty"))?;
        if header.format.as_deref() != Some(Header::FORMAT) {
            return Err(wrong("this is not a recording"));
        }
        if header.version != Some(Header::VERSION) {
            return Err(wrong(
                "the recording was written by a newer `cm`; update this one",
            ));
        }
        Ok(Self {
            source,
            began: header.unix_ms.unwrap_or(0),
            over: false,
        })
    }

    /// When it began, in milliseconds since 1970.
    pub fn began_ms(&self) -> u64 {
        self.began
    }

    fn read(&mut self) -> io::Result<Option<Entry>> {
        // Of an entry that this version does not know, nothing is told.
        while let Some((header, bytes)) = entry(&mut self.source)? {
            let what = match header.channel.as_deref() {
                Some("end") => What::Ended {
                    dropped: header.dropped.unwrap_or(0),
                },
                Some("exit") => What::Exited {
                    code: header.code,
                    signal: header.signal,
                    dropped: header.dropped.unwrap_or(0),
                },
                name => match name.and_then(Channel::named) {
                    Some(channel) => What::Output(channel, bytes),
                    None => continue,
                },
            };
            return Ok(Some(Entry {
                at_ms: header.t_ms.unwrap_or(0),
                what,
            }));
        }
        Ok(None)
    }
}

impl<R: BufRead> Iterator for Replay<R> {
    type Item = io::Result<Entry>;

    /// The next entry. None after the last whole one: an entry that was cut off by a crash
    /// is not there.
    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let read = self.read().transpose();
        self.over = !matches!(read, Some(Ok(_)));
        read
    }
}

fn entry(source: &mut impl BufRead) -> io::Result<Option<(Header, Vec<u8>)>> {
    let mut line = Vec::new();
    source.take(HEADER).read_until(b'\n', &mut line)?;
    if line.pop() != Some(b'\n') {
        let long = line.len() + 1 >= usize::try_from(HEADER).unwrap_or(usize::MAX);
        return if long { Err(broken(&line)) } else { Ok(None) };
    }
    let header: Header = serde_json::from_slice(&line).map_err(|_| broken(&line))?;
    // Not allocated beforehand: a damaged length must not cost more than the file has.
    let mut bytes = Vec::new();
    let wanted = u64::try_from(header.len).unwrap_or(u64::MAX);
    source.take(wanted).read_to_end(&mut bytes)?;
    let mut end = [0];
    if bytes.len() < header.len || source.read(&mut end)? == 0 {
        return Ok(None);
    }
    if end != *b"\n" {
        return Err(broken(&line));
    }
    Ok(Some((header, bytes)))
}

fn broken(line: &[u8]) -> io::Error {
    let line = String::from_utf8_lossy(line.get(..80.min(line.len())).unwrap_or_default());
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("the recording is damaged at `{line}`"),
    )
}

use std::{
    fs::{File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::PathBuf,
    time::Instant,
};

use cm_types::Digest;
use sha2::{Digest as _, Sha256};

use super::{Channel, Header};

/// Where to write a recording, and how much of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// The file, which must not exist yet.
    pub path: PathBuf,
    /// Bytes of output that are kept at most. What comes after is counted only.
    pub most: u64,
}

/// A recording that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The file.
    pub path: PathBuf,
    /// The SHA-256 of all that is in it.
    pub digest: Digest,
    /// How long the file is.
    pub bytes: u64,
    /// Bytes of output that are not in it, for want of room or because of `failure`.
    pub dropped: u64,
    /// Why it could not be written to its end, for example a full disk. The program was
    /// not disturbed by that.
    pub failure: Option<String>,
}

/// Writes one. Each entry is written at once, so that it outlives this process.
#[derive(Debug)]
pub struct Recorder {
    file: File,
    path: PathBuf,
    room: u64,
    began: Instant,
    digest: Sha256,
    bytes: u64,
    dropped: u64,
    failure: Option<String>,
    entry: Vec<u8>,
}

impl Recorder {
    /// Begins one.
    ///
    /// # Errors
    /// When the file cannot be made, or is there already.
    pub fn begin(recording: Recording) -> Result<Self, (PathBuf, io::Error)> {
        let Recording { path, most } = recording;
        // What agents print may hold secrets: nobody else reads it.
        let file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .mode(0o600)
            .open(&path);
        let file = match file {
            Ok(file) => file,
            Err(error) => return Err((path, error)),
        };
        let mut recorder = Self {
            file,
            path,
            room: most,
            began: Instant::now(),
            digest: Sha256::new(),
            bytes: 0,
            dropped: 0,
            failure: None,
            entry: Vec::new(),
        };
        recorder.write(
            &Header {
                format: Some(Header::FORMAT.to_owned()),
                version: Some(Header::VERSION),
                unix_ms: Some(crate::timer::now_ms()),
                ..Header::of_length(0)
            },
            &[],
        );
        Ok(recorder)
    }

    /// Writes down what came.
    pub fn append(&mut self, channel: Channel, bytes: &[u8]) {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        // A piece is kept whole or not at all, and none after one that was not.
        if self.failure.is_some() || self.dropped > 0 || length > self.room {
            self.dropped += length;
            return;
        }
        let header = Header {
            t_ms: Some(self.elapsed()),
            channel: Some(channel.name().to_owned()),
            ..Header::of_length(bytes.len())
        };
        self.write(&header, bytes);
        if self.failure.is_some() {
            self.dropped += length;
        } else {
            self.room -= length;
        }
    }

    pub(crate) fn end(self, code: Option<i32>, signal: Option<i32>) -> Recorded {
        self.close(Header {
            channel: Some("exit".to_owned()),
            code,
            signal,
            ..Header::of_length(0)
        })
    }

    /// Ends the recording of a turn that started no program.
    pub fn finish(self) -> Recorded {
        self.close(Header {
            channel: Some("end".to_owned()),
            ..Header::of_length(0)
        })
    }

    fn close(mut self, last: Header) -> Recorded {
        let header = Header {
            t_ms: Some(self.elapsed()),
            dropped: (self.dropped > 0).then_some(self.dropped),
            ..last
        };
        self.write(&header, &[]);
        let digest: [u8; 32] = self.digest.finalize().into();
        Recorded {
            path: self.path,
            digest: Digest::from(digest),
            bytes: self.bytes,
            dropped: self.dropped,
            failure: self.failure,
        }
    }

    fn elapsed(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn write(&mut self, header: &Header, bytes: &[u8]) {
        if self.failure.is_some() {
            return;
        }
        self.entry.clear();
        let written = serde_json::to_writer(&mut self.entry, header)
            .map_err(io::Error::from)
            .and_then(|()| {
                self.entry.push(b'\n');
                self.entry.extend_from_slice(bytes);
                self.entry.push(b'\n');
                self.file.write_all(&self.entry)
            });
        match written {
            Ok(()) => {
                self.digest.update(&self.entry);
                self.bytes += u64::try_from(self.entry.len()).unwrap_or(0);
            }
            Err(error) => {
                // Half an entry would not be what the digest is of.
                let _ = self.file.set_len(self.bytes);
                self.failure = Some(error.to_string());
            }
        }
    }
}

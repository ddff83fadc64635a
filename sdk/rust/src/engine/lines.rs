//! Bytes in pieces of any size, out come lines.

use std::borrow::Cow;

/// The longest line that is kept, unless another limit is asked for: 8 MiB.
pub const LONGEST_LINE: usize = 8 * 1024 * 1024;

/// One line of a program's output, without its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// The line; bytes that are not UTF-8 became U+FFFD.
    pub text: Cow<'a, str>,
    /// How many bytes beyond the limit were dropped; 0 nearly always.
    pub dropped: usize,
}

/// Cuts a stream of bytes into lines.
///
/// How the bytes are cut into pieces makes no difference, a line may end in
/// `\n` or `\r\n`, and a program that never ends its line costs no more memory
/// than the limit.
///
/// ```
/// use cm_sdk::engine::Lines;
///
/// let mut lines = Lines::default();
/// assert!(lines.push(b"{\"a\"").is_empty());
/// let done = lines.push(b":1}\r\n{");
/// assert_eq!(done[0].text, "{\"a\":1}");
/// assert_eq!(lines.finish().map(|line| line.text), Some("{".into()));
/// ```
#[derive(Clone, Debug)]
pub struct Lines {
    pending: Vec<u8>,
    dropped: usize,
    limit: usize,
}

impl Default for Lines {
    fn default() -> Self {
        Self::with_limit(LONGEST_LINE)
    }
}

impl Lines {
    /// With another limit for one line's bytes.
    pub fn with_limit(limit: usize) -> Self {
        Self {
            pending: Vec::new(),
            dropped: 0,
            limit,
        }
    }

    /// Takes a piece and gives the lines that it completes. Lines that are whole in the
    /// piece are not copied.
    pub fn push<'a>(&mut self, mut bytes: &'a [u8]) -> Vec<Line<'a>> {
        let mut lines = Vec::new();
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            let (head, tail) = bytes.split_at(end);
            bytes = tail.get(1..).unwrap_or_default();
            if self.pending.is_empty() && self.dropped == 0 && head.len() <= self.limit {
                lines.push(Line {
                    text: String::from_utf8_lossy(head.strip_suffix(b"\r").unwrap_or(head)),
                    dropped: 0,
                });
            } else {
                self.keep(head);
                lines.push(self.take());
            }
        }
        self.keep(bytes);
        lines
    }

    /// The last line, when the output did not end with a line end.
    pub fn finish(&mut self) -> Option<Line<'static>> {
        (!self.pending.is_empty() || self.dropped > 0).then(|| self.take())
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = self.limit.saturating_sub(self.pending.len());
        let (kept, lost) = bytes.split_at(room.min(bytes.len()));
        self.pending.extend_from_slice(kept);
        self.dropped = self.dropped.saturating_add(lost.len());
    }

    fn take(&mut self) -> Line<'static> {
        let mut bytes = std::mem::take(&mut self.pending);
        let dropped = std::mem::take(&mut self.dropped);
        if dropped == 0 && bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        };
        Line {
            text: Cow::Owned(text),
            dropped,
        }
    }
}

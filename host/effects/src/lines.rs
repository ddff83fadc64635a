/// Cuts a stream of bytes into lines of checked UTF-8 without their ends (`\n` or
/// `\r\n`). Any split of the stream into pieces gives the same lines. Invalid bytes
/// become U+FFFD; a line longer than the limit is cut there and the rest of it dropped.
#[derive(Debug)]
pub struct Lines {
    most: usize,
    pending: Vec<u8>,
    /// The pending line was longer than the limit.
    overlong: bool,
    cut: u64,
}

impl Lines {
    /// The longest line that is kept whole, unless told otherwise.
    pub const MOST: usize = 16 * 1024 * 1024;

    /// With lines of at most this many bytes.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            pending: Vec::new(),
            overlong: false,
            cut: 0,
        }
    }

    /// The lines that these bytes complete.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            self.keep(rest.get(..end).unwrap_or_default());
            lines.push(self.take());
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        self.keep(rest);
        lines
    }

    /// The last line, if the stream did not end with a line's end.
    pub fn finish(&mut self) -> Option<String> {
        (!self.pending.is_empty()).then(|| self.take())
    }

    /// How many lines were cut.
    pub fn cut(&self) -> u64 {
        self.cut
    }

    fn keep(&mut self, bytes: &[u8]) {
        // One more than the limit, because it may be a `\r` that does not count.
        let room = (self.most.saturating_add(1)).saturating_sub(self.pending.len());
        match bytes.get(..room) {
            Some(fitting) if fitting.len() < bytes.len() => {
                self.overlong = true;
                self.pending.extend_from_slice(fitting);
            }
            _ => self.pending.extend_from_slice(bytes),
        }
    }

    fn take(&mut self) -> String {
        let mut line = std::mem::take(&mut self.pending);
        if !self.overlong && line.last() == Some(&b'\r') {
            line.pop();
        }
        if std::mem::take(&mut self.overlong) || line.len() > self.most {
            self.cut += 1;
            line.truncate(self.most);
            // Not in the middle of a character.
            if let Err(error) = str::from_utf8(&line)
                && error.error_len().is_none()
            {
                line.truncate(error.valid_up_to());
            }
        }
        match String::from_utf8(line) {
            Ok(line) => line,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        }
    }
}

impl Default for Lines {
    fn default() -> Self {
        Self::new(Self::MOST)
    }
}

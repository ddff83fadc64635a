//! Server-sent events: bytes in pieces of any size, out come events.

/// The longest event that is kept: 8 MiB. What is longer is dropped as a whole.
pub const LONGEST_EVENT: usize = 8 * 1024 * 1024;

/// One event of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SseEvent {
    /// Its name; empty when the stream gives none.
    pub name: String,
    /// Its data; several lines are joined by `\n`.
    pub data: String,
}

/// Cuts a stream of bytes into events.
///
/// How the bytes are cut into pieces makes no difference; lines end in `\n`, `\r\n` or
/// `\r`; comments and unknown fields are passed over.
///
/// ```
/// use cm_sdk::engine::Sse;
///
/// let mut sse = Sse::default();
/// assert!(sse.push(b"event: hi\r\nda").is_empty());
/// let events = sse.push(b"ta: {\"a\":1}\r\n\r\n");
/// assert_eq!((events[0].name.as_str(), events[0].data.as_str()), ("hi", "{\"a\":1}"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Sse {
    line: Vec<u8>,
    /// A `\n` that follows belongs to the line's end that was.
    after_return: bool,
    began: bool,
    event: SseEvent,
    has_data: bool,
    /// Bytes of the event at hand.
    size: usize,
    dropped: usize,
}

impl Sse {
    /// Takes a piece and gives the events that it completes.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<SseEvent> {
        let mut events = Vec::new();
        let mut rest = bytes;
        while let Some(first) = rest.first() {
            if std::mem::take(&mut self.after_return) && *first == b'\n' {
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let Some(end) = end else {
                self.keep(rest);
                break;
            };
            let (line, after) = rest.split_at(end);
            self.keep(line);
            self.after_return = after.first() == Some(&b'\r');
            rest = after.get(1..).unwrap_or_default();
            events.extend(self.line());
        }
        events
    }

    /// The last event, when the stream did not end with an empty line.
    pub fn finish(&mut self) -> Option<SseEvent> {
        let last = match self.line.is_empty() {
            true => None,
            false => self.line(),
        };
        last.or_else(|| self.take())
    }

    /// How many events were dropped because they were too long.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = LONGEST_EVENT.saturating_sub(self.size);
        let kept = bytes.get(..room.min(bytes.len())).unwrap_or_default();
        self.line.extend_from_slice(kept);
        self.size = self.size.saturating_add(bytes.len());
    }

    fn line(&mut self) -> Option<SseEvent> {
        let bytes = std::mem::take(&mut self.line);
        let mut line = String::from_utf8_lossy(&bytes).into_owned();
        if !std::mem::replace(&mut self.began, true) {
            line = line.trim_start_matches('\u{feff}').to_owned();
        }
        if line.is_empty() {
            return self.take();
        }
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => self.event.name = value.to_owned(),
            "data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
            }
            _ => {}
        }
        None
    }

    fn take(&mut self) -> Option<SseEvent> {
        let event = std::mem::take(&mut self.event);
        let size = std::mem::take(&mut self.size);
        let has_data = std::mem::take(&mut self.has_data);
        if size > LONGEST_EVENT {
            self.dropped += 1;
            return None;
        }
        has_data.then_some(event)
    }
}

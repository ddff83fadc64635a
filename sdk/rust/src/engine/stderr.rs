//! What is kept of a program's standard error.

/// How much is kept of the beginning, and how much of the end.
const KEPT: usize = 8 * 1024;

/// The beginning and the end of standard error. Programs print the reason first
/// and a backtrace after it, or a page of help first and the reason last.
#[derive(Clone, Debug, Default)]
pub struct Stderr {
    head: Vec<u8>,
    tail: std::collections::VecDeque<u8>,
    lost: bool,
}

impl Stderr {
    /// Takes a piece.
    pub fn push(&mut self, bytes: &[u8]) {
        let room = KEPT.saturating_sub(self.head.len());
        let (head, rest) = bytes.split_at(room.min(bytes.len()));
        self.head.extend_from_slice(head);
        self.tail.extend(rest);
        let excess = self.tail.len().saturating_sub(KEPT);
        self.lost |= excess > 0;
        self.tail.drain(..excess);
    }

    /// What was kept, without colours.
    pub fn text(&self) -> String {
        let mut bytes = self.head.clone();
        if self.lost {
            bytes.extend_from_slice(b"\n...\n");
        }
        bytes.extend(&self.tail);
        plain(&String::from_utf8_lossy(&bytes))
    }
}

/// A text without the escape sequences that colour it on a terminal.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        let end = after.find(|c: char| c.is_ascii_alphabetic());
        rest = end.and_then(|at| after.get(at + 1..)).unwrap_or_default();
    }
    plain.push_str(rest);
    plain
}

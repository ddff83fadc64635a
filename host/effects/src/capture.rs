/// What a command printed, as much of it as somebody later needs: the beginning and,
/// since that is where the error stands, more of the end.
#[derive(Debug)]
pub struct Capture {
    head: Vec<u8>,
    tail: std::collections::VecDeque<u8>,
    left_out: u64,
    most: (usize, usize),
}

const HEAD: usize = 64 * 1024;
const TAIL: usize = 192 * 1024;

impl Default for Capture {
    fn default() -> Self {
        Self::new(HEAD, TAIL)
    }
}

impl Capture {
    /// Keeps so many bytes of the beginning, and so many of the end.
    pub fn new(head: usize, tail: usize) -> Self {
        Self {
            head: Vec::new(),
            tail: std::collections::VecDeque::new(),
            left_out: 0,
            most: (head, tail),
        }
    }

    /// Takes a piece.
    pub fn push(&mut self, bytes: &[u8]) {
        let (most_of_head, most_of_tail) = self.most;
        let room = most_of_head
            .saturating_sub(self.head.len())
            .min(bytes.len());
        let (head, tail) = bytes.split_at(room);
        self.head.extend_from_slice(head);
        self.tail.extend(tail);
        let over = self.tail.len().saturating_sub(most_of_tail);
        self.tail.drain(..over);
        self.left_out += over as u64;
    }

    /// Whether nothing was left out.
    pub fn is_whole(&self) -> bool {
        self.left_out == 0
    }

    /// As text; invalid bytes become U+FFFD, the last line's end is dropped.
    pub fn text(mut self) -> String {
        let mut text = String::from_utf8_lossy(&self.head).into_owned();
        if self.left_out > 0 {
            text.push_str(&format!("\n[… {} bytes left out …]\n", self.left_out));
            text.push_str(&String::from_utf8_lossy(self.tail.make_contiguous()));
        } else {
            self.head.extend(self.tail);
            text = String::from_utf8_lossy(&self.head).into_owned();
        }
        text.truncate(text.trim_end().len());
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_is_kept_whole() {
        let mut capture = Capture::default();
        let text = "é".repeat(HEAD);
        for chunk in text.as_bytes().chunks(7) {
            capture.push(chunk);
        }
        capture.push(b"\n");
        assert_eq!(capture.text(), text);
    }

    #[test]
    fn of_much_the_ends_are_kept() {
        let mut capture = Capture::default();
        capture.push(b"first");
        capture.push(&vec![b'.'; 10 * (HEAD + TAIL)]);
        capture.push(b"last");
        let text = capture.text();
        assert!(text.starts_with("first") && text.ends_with("last"));
        assert!(text.contains("bytes left out") && text.len() < HEAD + TAIL + 100);
    }
}

//! A line that is being typed.

/// What has been typed of it, byte by byte as the terminal sends it.
#[derive(Debug, Default)]
pub(crate) struct Typing {
    bytes: Vec<u8>,
    escape: Escape,
}

/// How far the sequence of a key without a character is: they are passed over.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Escape {
    #[default]
    None,
    Begun,
    Inside,
}

impl Typing {
    /// Takes a byte; gives the line when it is complete.
    pub(crate) fn push(&mut self, byte: u8) -> Option<String> {
        match (self.escape, byte) {
            (Escape::Begun, b'[' | b'O') => self.escape = Escape::Inside,
            (Escape::Inside, b'@'..=b'~') | (Escape::Begun, _) => self.escape = Escape::None,
            (Escape::Inside, b' '..=b'?') => {}
            (_, b'\n' | b'\r') => {
                self.escape = Escape::None;
                let line = self.text();
                self.bytes.clear();
                return Some(line);
            }
            (_, 0x1b) => self.escape = Escape::Begun,
            // Backspace, by either name.
            (_, 0x7f | 0x08) => self.drop_character(),
            // Ctrl-U and Ctrl-W, as everywhere.
            (_, 0x15) => self.bytes.clear(),
            (_, 0x17) => self.drop_word(),
            (_, b'\t') => self.bytes.push(b' '),
            (_, 0..0x20) => self.escape = Escape::None,
            (_, byte) => self.bytes.push(byte),
        }
        None
    }

    /// What is there so far. A character of which a part has come yet is left out.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for chunk in self.bytes.utf8_chunks() {
            text.push_str(chunk.valid());
        }
        text
    }

    fn drop_character(&mut self) {
        while let Some(byte) = self.bytes.pop() {
            // The first byte of a character is any but these.
            if !(0x80..0xc0).contains(&byte) {
                break;
            }
        }
    }

    fn drop_word(&mut self) {
        while self.bytes.pop_if(|byte| *byte == b' ').is_some() {}
        while self.bytes.pop_if(|byte| *byte != b' ').is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(bytes: &[u8]) -> (Vec<String>, String) {
        let mut typing = Typing::default();
        let lines = bytes.iter().filter_map(|byte| typing.push(*byte)).collect();
        (lines, typing.text())
    }

    #[test]
    fn lines_are_what_stays() {
        for (bytes, line) in [
            (&b"abc\n"[..], "abc"),
            (b"ab\x7fc\r", "ac"),
            ("caf\u{e9}\u{7f}e\n".as_bytes(), "cafe"),
            (b"one two\x17three\n", "one three"),
            (b"one\x15two\n", "two"),
            (b"a\x1b[Db\x1b[3~c\x1bOAd\n", "abcd"),
            (b"\x7f\x17\x15\x04a\n", "a"),
        ] {
            assert_eq!(typed(bytes).0, [line], "{bytes:?}");
        }
        assert_eq!(typed(b"a\n\nb").0, ["a", ""]);
    }

    #[test]
    fn half_a_character_is_not_shown() {
        assert_eq!(typed(&"é".as_bytes()[..1]).1, "");
        assert_eq!(typed("né".as_bytes()).1, "né");
    }
}

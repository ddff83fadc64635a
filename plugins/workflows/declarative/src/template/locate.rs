use crate::problem::Position;

/// How a text stands in its file: possibly quoted, escaped and indented.
#[derive(Clone, Copy, Debug)]
pub struct Source<'s> {
    raw: &'s str,
    at: Position,
}

impl<'s> Source<'s> {
    /// `raw` is the text as the file has it; it begins at `at`.
    pub fn new(raw: &'s str, at: Position) -> Self {
        Self { raw, at }
    }

    pub(super) fn start(&self) -> Position {
        self.at
    }
}

/// Finds the tokens of a text in its file, one after the other.
///
/// YAML's quoting can move a token but not change it (it has no spaces to fold),
/// so the tokens of the text are in the file in the same order. The search only
/// goes forward: a long text costs its length once.
pub(super) struct Finder<'s> {
    source: Source<'s>,
    rest: &'s str,
    here: Position,
}

impl<'s> Finder<'s> {
    pub(super) fn new(source: &Source<'s>) -> Self {
        Self {
            source: *source,
            rest: source.raw,
            here: source.at,
        }
    }

    /// Where the next `token` stands.
    pub(super) fn next(&mut self, token: &str) -> Position {
        let Some(found) = self.rest.find(token) else {
            // Written with an escape for a brace or a letter: say where the text
            // begins, and do not search for the others.
            self.rest = "";
            return self.source.at;
        };
        let place = self.step(found);
        self.step(token.len());
        place
    }

    /// Goes on by so many bytes.
    fn step(&mut self, bytes: usize) -> Position {
        let (passed, rest) = self.rest.split_at(bytes);
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        match passed.rfind('\n') {
            None => {
                self.here.column = self
                    .here
                    .column
                    .saturating_add(small(passed.chars().count()))
            }
            Some(end) => {
                self.here.line = self
                    .here
                    .line
                    .saturating_add(small(passed.matches('\n').count()));
                self.here.column = small(passed[end + 1..].chars().count()).saturating_add(1);
            }
        }
        self.rest = rest;
        self.here
    }
}

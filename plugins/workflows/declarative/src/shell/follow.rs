use super::Spot;
use super::words::{Why, Words};

/// What surrounds the place that is read.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Around {
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `${…}`
    Brace,
    /// `$((…))`
    Arithmetic,
    /// `$(…)` or `(…)`
    Command,
    /// `` `…` ``
    Backtick,
}

/// A here-document that was announced, or is being read.
#[derive(Debug)]
struct Here {
    delimiter: String,
    quoted: bool,
    tabs: bool,
    line: String,
}

/// Follows a shell line as far as quoting goes.
#[derive(Debug, Default)]
pub(super) struct Follow {
    around: Vec<Around>,
    /// The command at the top, then those of each `Command` and `Backtick`.
    commands: Vec<Words>,
    top: Words,
    comment: bool,
    announced: Vec<Here>,
    reading: Option<Here>,
}

impl Follow {
    /// Reads a part of the line.
    pub(super) fn text(&mut self, text: &str) {
        let chars: Vec<char> = text.chars().collect();
        let mut at = 0;
        while let Some(&c) = chars.get(at) {
            at += if self.reading.is_some() {
                self.document(c)
            } else {
                self.character(c, &chars[at + 1..])
            };
        }
    }

    /// A value comes next: where is it?
    pub(super) fn value(&mut self) -> Result<Spot, Why> {
        if let Some(here) = &mut self.reading {
            here.line.push('\0');
            if here.quoted {
                return Err((
                    "is in a here-document whose end is quoted, where the shell expands nothing",
                    "write `<<EOF` without quotes",
                ));
            }
            return Ok(Spot::Expanded);
        }
        if self.comment {
            return Ok(Spot::Expanded);
        }
        self.words().refuse_code()?;
        let spot = match self.around.last() {
            Some(Around::Single) => Spot::Single,
            Some(Around::Double) => Spot::Expanded,
            Some(Around::Brace) => {
                return Err(("is inside `${…}`", "give it to a variable first: `X={…}`"));
            }
            Some(Around::Arithmetic) => {
                return Err((
                    "is inside `$((…))`, where some shells run what is in a value",
                    "check first that it is a number, and put it into a variable",
                ));
            }
            Some(Around::Backtick) => return Err(("is inside `` `…` ``", "write `$(…)`")),
            Some(Around::Command) | None => Spot::Bare,
        };
        self.words().word.push('\0');
        Ok(spot)
    }

    fn words(&mut self) -> &mut Words {
        self.commands.last_mut().unwrap_or(&mut self.top)
    }

    /// One character of a here-document.
    fn document(&mut self, c: char) -> usize {
        if let Some(here) = &mut self.reading {
            if c != '\n' {
                here.line.push(c);
                return 1;
            }
            let line = std::mem::take(&mut here.line);
            let line = if here.tabs {
                line.trim_start_matches('\t')
            } else {
                &line
            };
            if line == here.delimiter {
                self.reading = (!self.announced.is_empty()).then(|| self.announced.remove(0));
            }
        }
        1
    }

    /// One character elsewhere; says how many were read.
    fn character(&mut self, c: char, rest: &[char]) -> usize {
        if self.comment {
            if c != '\n' {
                return 1;
            }
            self.comment = false;
        }
        let around = self.around.last().copied();
        match (around, c) {
            (Some(Around::Single), '\'')
            | (Some(Around::Double), '"')
            | (Some(Around::Brace), '}') => {
                self.around.pop();
                1
            }
            (Some(Around::Single), c) => self.push(c),
            (_, '\\') => {
                rest.iter().take(1).for_each(|&c| self.words().word.push(c));
                2
            }
            (Some(Around::Backtick), '`') => self.leave(),
            (_, '`') => self.enter(Around::Backtick),
            (_, '$') => match rest {
                ['(', '(', ..] => self.open(Around::Arithmetic, 3),
                ['(', ..] => self.enter(Around::Command) + 1,
                ['{', ..] => self.open(Around::Brace, 2),
                _ => self.push(c),
            },
            (Some(Around::Double), c) => self.push(c),
            (Some(Around::Arithmetic), ')') if rest.first() == Some(&')') => {
                self.around.pop();
                2
            }
            (Some(Around::Arithmetic), _) => 1,
            (_, '\'') => self.open(Around::Single, 1),
            (_, '"') => self.open(Around::Double, 1),
            (Some(Around::Brace), c) => self.push(c),
            (_, c) => self.plain(c, rest),
        }
    }

    /// One character outside of all quotes.
    fn plain(&mut self, c: char, rest: &[char]) -> usize {
        match c {
            '#' if self.words().word.is_empty() => self.comment = true,
            '<' if matches!(rest, ['<', '<', ..]) => return 3,
            '<' if rest.first() == Some(&'<') => return 2 + self.announce(&rest[1..]),
            '(' => return self.enter(Around::Command),
            ')' if self.around.last() == Some(&Around::Command) => return self.leave(),
            '\n' => {
                *self.words() = Words::default();
                if !self.announced.is_empty() {
                    self.reading = Some(self.announced.remove(0));
                }
            }
            ';' | '|' | '&' | ')' => *self.words() = Words::default(),
            c if c.is_whitespace() || matches!(c, '<' | '>') => {
                let words = self.words();
                let word = std::mem::take(&mut words.word);
                // `X=1 command`, `then command`: what follows is still a command.
                let assigns = words.done.is_empty() && word.contains('=');
                let opens = matches!(
                    word.as_str(),
                    "if" | "then" | "else" | "elif" | "while" | "until" | "do" | "!" | "{"
                );
                if !word.is_empty() && !assigns && !opens {
                    words.done.push(word);
                }
            }
            c => return self.push(c),
        }
        1
    }

    /// The word after `<<`; says how many characters it has.
    fn announce(&mut self, rest: &[char]) -> usize {
        let tabs = rest.first() == Some(&'-');
        let mut at = usize::from(tabs);
        while rest.get(at).is_some_and(|c| matches!(c, ' ' | '\t')) {
            at += 1;
        }
        let (mut delimiter, mut quoted) = (String::new(), false);
        while let Some(&c) = rest.get(at) {
            match c {
                '\'' | '"' | '\\' => quoted = true,
                c if c.is_whitespace() || matches!(c, ';' | '|' | '&' | '<' | '>' | '(' | ')') => {
                    break;
                }
                c => delimiter.push(c),
            }
            at += 1;
        }
        self.announced.push(Here {
            delimiter,
            quoted,
            tabs,
            line: String::new(),
        });
        at
    }

    fn push(&mut self, c: char) -> usize {
        self.words().word.push(c);
        1
    }

    fn open(&mut self, around: Around, length: usize) -> usize {
        if !matches!(around, Around::Single | Around::Double) {
            self.words().word.push('\0');
        }
        self.around.push(around);
        length
    }

    fn enter(&mut self, around: Around) -> usize {
        self.words().word.push('\0');
        self.around.push(around);
        self.commands.push(Words::default());
        1
    }

    fn leave(&mut self) -> usize {
        self.around.pop();
        self.commands.pop();
        1
    }
}

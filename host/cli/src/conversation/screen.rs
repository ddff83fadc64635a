//! Where a person reads and types while a run goes on.

use std::time::Duration;

use console::style;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// The lines above, and the one that is being typed below everything else.
#[derive(Debug)]
pub(crate) struct Screen {
    multi: MultiProgress,
    /// None: the terminal shows itself what is typed.
    line: Option<ProgressBar>,
    hint: String,
}

impl Screen {
    /// `drawn`: whether the line that is typed is shown by us.
    pub(crate) fn new(multi: MultiProgress, drawn: bool) -> Self {
        let line = drawn.then(|| {
            let line = multi.add(ProgressBar::new_spinner());
            // A template that does not parse would be a mistake in this file.
            let plain = ProgressStyle::with_template("{msg}");
            line.set_style(plain.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            line.enable_steady_tick(Duration::from_millis(100));
            line
        });
        Self {
            multi,
            line,
            hint: String::new(),
        }
    }

    /// Says something above.
    pub(crate) fn say(&self, text: &str) {
        // A terminal that cannot be written to is nothing a run should end for.
        if self.multi.is_hidden() {
            eprintln!("{text}");
        } else if text.is_empty() {
            let _ = self.multi.println(" ");
        } else {
            let _ = self.multi.println(text);
        }
    }

    /// What stands where nothing has been typed yet.
    pub(crate) fn hint(&mut self, hint: &str) {
        self.hint = hint.to_owned();
        self.typed("");
    }

    /// Shows the line as it is.
    pub(crate) fn typed(&self, text: &str) {
        let Some(line) = &self.line else { return };
        let sign = style("›").for_stderr().cyan().bold();
        let message = match text {
            "" => format!("{sign} {}", style(&self.hint).for_stderr().dim()),
            text => format!("{sign} {}", end_of(text, width())),
        };
        line.set_message(message);
    }

    /// Takes the line away.
    pub(crate) fn close(&self) {
        if let Some(line) = &self.line {
            line.finish_and_clear();
        }
    }
}

fn width() -> usize {
    usize::from(console::Term::stderr().size().1).saturating_sub(4)
}

/// As much of the end as fits, with a cursor behind it.
fn end_of(text: &str, width: usize) -> String {
    let mut shown = String::new();
    let mut room = width.saturating_sub(1);
    for character in text.chars().rev() {
        let wide = console::measure_text_width(&character.to_string());
        if wide > room {
            break;
        }
        room -= wide;
        shown.insert(0, character);
    }
    format!("{shown}▏")
}

#[cfg(test)]
mod tests {
    use super::end_of;

    #[test]
    fn the_end_of_a_long_line_is_shown() {
        assert_eq!(end_of("abc", 10), "abc▏");
        assert_eq!(end_of("abcdef", 4), "def▏");
        assert_eq!(end_of("日本", 4), "本▏");
    }
}

use std::{cell::RefCell, fmt::Display, time::Instant};

/// What the person at the terminal sees: one line per thing done, and at the end
/// everything that was skipped, so that no skip goes unseen.
pub(crate) struct Progress {
    skipped: RefCell<Vec<String>>,
    strict: bool,
}

impl Progress {
    /// `strict`: a skip is an error at the end.
    pub(crate) fn new(strict: bool) -> Self {
        Self {
            skipped: RefCell::default(),
            strict,
        }
    }

    /// One line.
    pub(crate) fn say(&self, subject: &str, message: impl Display) {
        eprintln!("{subject:>10}  {message}");
    }

    /// Announces a phase, runs it, and says how long it took.
    pub(crate) fn phase<T, E>(
        &self,
        subject: &str,
        message: impl Display,
        run: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.say(subject, message);
        let start = Instant::now();
        let result = run();
        let end = if result.is_ok() {
            "done in"
        } else {
            "failed after"
        };
        self.say(
            subject,
            format_args!("{end} {:.1} s", start.elapsed().as_secs_f64()),
        );
        result
    }

    /// Something was not done, and why.
    pub(crate) fn skip(&self, what: &str, why: impl Display) {
        let line = format!("{what}: {why}");
        self.say("SKIPPED", &line);
        self.skipped.borrow_mut().push(line);
    }

    /// Repeats what was skipped. False when that is not allowed.
    pub(crate) fn end(&self) -> bool {
        let skipped = self.skipped.borrow();
        if skipped.is_empty() {
            return true;
        }
        eprintln!("\n{} skipped, and so not tested:", skipped.len());
        for line in skipped.iter() {
            eprintln!("  SKIPPED {line}");
        }
        if self.strict {
            eprintln!("That is an error, because of --no-skip.");
        }
        !self.strict
    }
}

use std::{fmt, process::ExitCode};

use cm_driver::DriveError;
use cm_journal::JournalError;
use cm_runtime::RuntimeError;
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode,
};

use crate::{exit::Exit, view::text};

/// What `cm` could not do: what happened, where, why, and what to type next.
#[derive(Debug)]
pub(crate) struct Trouble {
    exit: Exit,
    code: String,
    message: String,
    help: Option<String>,
    because: Vec<String>,
    place: Option<Box<Place>>,
}

#[derive(Debug)]
struct Place {
    source: NamedSource<String>,
    label: LabeledSpan,
}

impl Trouble {
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Failed,
            code: code.into(),
            message: message.into(),
            help: None,
            because: Vec::new(),
            place: None,
        }
    }

    /// The person asked for something that cannot be: exit code 2.
    pub(crate) fn usage(code: &str, message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            ..Self::new(code, message)
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// One more reason behind it.
    pub(crate) fn because(mut self, reason: impl fmt::Display) -> Self {
        self.because.push(reason.to_string());
        self
    }

    /// Shows the line in the file. Line and column count from 1; column 0 means the
    /// whole line.
    pub(crate) fn at(mut self, file: &str, text: &str, line: u32, column: u32) -> Self {
        let text = text::visible(text);
        let start = offset(&text, line, column);
        let rest = text.get(start..).unwrap_or_default();
        let word = |c: char| c.is_alphanumeric() || "-_./{}!".contains(c);
        let end = match column {
            0 => rest.find('\n').unwrap_or(rest.len()),
            _ => rest.find(|c| !word(c)).unwrap_or(rest.len()),
        };
        let label = LabeledSpan::at(start..start + end, "here");
        self.place = Some(Box::new(Place {
            source: NamedSource::new(text::clean(file), text),
            label,
        }));
        self
    }

    /// Says it on standard error.
    pub(crate) fn report(&self) -> ExitCode {
        eprint!("{}", self.rendered());
        self.exit.into()
    }

    pub(crate) fn rendered(&self) -> String {
        let theme = if console::colors_enabled_stderr() {
            GraphicalTheme::unicode()
        } else {
            GraphicalTheme::unicode_nocolor()
        };
        let terminal = console::Term::stderr();
        let width = usize::from(terminal.size().1).clamp(60, 100);
        // A path or a command is copied whole; what reads a pipe has no width.
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_width(width)
            .with_wrap_lines(terminal.is_term())
            .with_break_words(false);
        let mut text = String::new();
        // Writing to a string fails only when the diagnostic itself does.
        if handler.render_report(&mut text, self).is_err() {
            text = format!("error: {self}\n");
        }
        text
    }
}

fn offset(text: &str, line: u32, column: u32) -> usize {
    let above = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1) as usize);
    let start: usize = above.map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    let before = rest
        .chars()
        .take_while(|c| *c != '\n')
        .take(column.saturating_sub(1) as usize);
    start + before.map(char::len_utf8).sum::<usize>()
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What a file or an engine says is in all of it.
        f.write_str(&text::clean(&self.message))?;
        for reason in &self.because {
            write!(f, "\n  because {}", text::clean(reason))?;
        }
        Ok(())
    }
}

impl std::error::Error for Trouble {}

impl Diagnostic for Trouble {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(format!("cm::{}", self.code)))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.help.as_deref().map(text::clean);
        help.map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.place
            .as_ref()
            .map(|place| &place.source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let place = self.place.as_ref()?;
        Some(Box::new(std::iter::once(place.label.clone())))
    }
}

impl From<cm_registry::Error> for Trouble {
    fn from(error: cm_registry::Error) -> Self {
        let trouble = Self::new(error.code(), error.to_string()).maybe_help(error.help());
        match error {
            cm_registry::Error::NotAPackage { .. }
            | cm_registry::Error::NoPackage { .. }
            | cm_registry::Error::NoVersion { .. }
            | cm_registry::Error::BadName { .. } => Self {
                exit: Exit::Usage,
                ..trouble
            },
            _ => trouble,
        }
    }
}

impl From<cm_distribution::Error> for Trouble {
    fn from(error: cm_distribution::Error) -> Self {
        use cm_distribution::Error;
        let trouble = Self::new(error.code(), error.to_string()).maybe_help(error.help());
        match error {
            Error::Package(error) => (*error).into(),
            Error::BadName { .. }
            | Error::BadSpec { .. }
            | Error::BadUrl { .. }
            | Error::NoPackage { .. }
            | Error::NoRegistry { .. }
            | Error::NoVersion { .. }
            | Error::NotGranted { .. }
            | Error::NotNeeded { .. }
            | Error::NoProject { .. }
            | Error::Caution { .. } => Self {
                exit: Exit::Usage,
                ..trouble
            },
            _ => trouble,
        }
    }
}

impl From<cm_serve::Error> for Trouble {
    fn from(error: cm_serve::Error) -> Self {
        Self::new(error.code(), error.to_string()).maybe_help(error.help())
    }
}

impl From<JournalError> for Trouble {
    fn from(error: JournalError) -> Self {
        Self::new(error.code(), error.to_string()).maybe_help(error.help())
    }
}

impl From<RuntimeError> for Trouble {
    fn from(error: RuntimeError) -> Self {
        let trouble = Self::new(error.code(), error.to_string());
        match error.backtrace() {
            Some(backtrace) => trouble.because(backtrace),
            None => trouble,
        }
    }
}

impl From<DriveError> for Trouble {
    fn from(error: DriveError) -> Self {
        match error {
            DriveError::Journal(error) => error.into(),
            DriveError::Guest(error) => error.into(),
            DriveError::Package(error) => error.into(),
            DriveError::Gone(gone) => Self::usage("version-gone", gone.to_string()),
            DriveError::Unknown { .. } => Self::usage("unknown", error.to_string()),
            DriveError::Settings { .. } => Self::usage("bad-settings", error.to_string()).help(
                "an engine gets a home of its own with `[engines.NAME]` and `home = \"isolated\"`",
            ),
            DriveError::Leftover { .. } => Self::new("leftover", error.to_string())
                .help("end that process, then resume the run"),
        }
    }
}

impl From<cm_mcp::McpError> for Trouble {
    fn from(error: cm_mcp::McpError) -> Self {
        Self::new("mcp", error.to_string())
    }
}

impl From<cm_types::Error> for Trouble {
    fn from(error: cm_types::Error) -> Self {
        let code = error.failure().map_or("cancelled", |failure| &failure.code);
        let details = error.failure().and_then(|failure| failure.details.clone());
        Self::new(code, error.to_string()).maybe_help(details)
    }
}

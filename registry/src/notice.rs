use std::fmt;

/// Something a person should know that did not stop the work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What happened, where, and why.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Notice {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: None,
        }
    }

    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, "\n  {help}"),
            None => Ok(()),
        }
    }
}

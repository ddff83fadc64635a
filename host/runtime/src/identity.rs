use std::fmt;

/// Whose component it is, for reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The package's name.
    pub package: String,
    /// The package's version.
    pub version: String,
    /// The component's name in its package.
    pub component: String,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` of {} {}",
            self.component, self.package, self.version
        )
    }
}

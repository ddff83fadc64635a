use granit_parser::{ErrorKind, Marker, ScanError};

use crate::problem::Position;

/// Why a text is no YAML that can be used here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlError {
    /// Where.
    pub at: Position,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

pub(super) fn error(at: Position, message: impl Into<String>, help: &str) -> YamlError {
    YamlError {
        at,
        message: message.into(),
        help: Some(help.into()),
    }
}

pub(super) fn position(mark: &Marker) -> Position {
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Position {
        line: small(mark.line()),
        column: small(mark.col()).saturating_add(1),
    }
}

/// The parser's error, with what was expected there.
pub(super) fn describe(scan: &ScanError) -> YamlError {
    let help = match scan.kind() {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInBlockIndentation => "indent with spaces",
        ErrorKind::RecursionLimitExceeded => "nothing in a workflow is this deep",
        ErrorKind::UnclosedQuotedScalar => "close the quotes",
        ErrorKind::UnknownQuotedScalarEscape => {
            "inside \"…\" a backslash is written twice: `\\\\`; inside '…' once"
        }
        ErrorKind::UnclosedFlowCollection { open: '[' } => "close it with `]`",
        ErrorKind::UnclosedFlowCollection { open: '{' }
        | ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::UnexpectedEofFlowMapping => {
            "a text that begins with `{` needs quotes around it"
        }
        ErrorKind::InvalidTrailingDoubleQuotedScalar
        | ErrorKind::InvalidTrailingSingleQuotedScalar => {
            "the quotes must go around the whole text"
        }
        ErrorKind::MappingValueNotAllowed => {
            "a text with `: ` in it needs quotes around it; if this is a key, check its indentation"
        }
        ErrorKind::UnexpectedCharacter { .. } => {
            "a text that begins with a special character needs quotes around it"
        }
        _ => "expected `key: value` or `- item`, indented with spaces like the lines around it",
    };
    YamlError {
        at: position(scan.marker()),
        message: format!("this is not valid YAML: {}", scan.info()),
        help: Some(help.into()),
    }
}

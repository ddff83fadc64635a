//! The language in which one agent says which other agents shall work:
//! `architect 'Plan it' && builder[input:plan.md] & tester[tail:50] 'Write the tests'`.
//!
//! `&&` separates groups, which run one after the other; `&` separates the members
//! of a group, which run at the same time. So `a & b && c` is `a` beside `b`, and
//! then `c`. Host and guests read a script with the same parser; it has no input or
//! output and no opinion on which agents there are.
//!
//! ```
//! let script = coordination::parse("a & b[tail:5] 'R&D' && c go on").unwrap();
//! assert_eq!(script.groups.len(), 2);
//! assert_eq!(script.groups[0][1].prompt.as_deref(), Some("R&D"));
//! assert_eq!(script.to_string(), "a & b[tail:5] 'R&D' && c 'go on'");
//! ```

mod cursor;
mod error;
mod options;
mod parse;
mod script;

pub use error::{Fault, ScriptError};
pub use parse::parse;
pub use script::{Call, Script};

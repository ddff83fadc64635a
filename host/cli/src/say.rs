//! Standard error, for a reader that may leave at any time.
//!
//! The macros of this name in `std` panic then, and a run would end because nobody
//! watches it (`cm run … 2>&1 | head`).

macro_rules! eprint {
    ($($what:tt)*) => {{
        use std::io::Write as _;
        let _ = write!(std::io::stderr().lock(), $($what)*);
    }};
}

macro_rules! eprintln {
    ($($what:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr().lock(), $($what)*);
    }};
}

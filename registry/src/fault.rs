//! Breaks the n-th change on the disk that this thread makes.

use std::{cell::Cell, io};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The process ends at once, as by `kill -9`.
    Abort,
    /// This change and all later ones fail, as on a full or read-only disk.
    Full,
    /// This change alone fails.
    Once,
}

thread_local! {
    static PLAN: Cell<Option<(u32, Fault)>> = const { Cell::new(None) };
}

/// Breaks the `n`-th change from now, from 1.
pub(crate) fn plan(n: u32, fault: Fault) {
    PLAN.set(Some((n, fault)));
}

/// Ends the plan; says whether it came to pass.
pub(crate) fn clear() -> bool {
    PLAN.take().is_some_and(|(left, _)| left == 0)
}

pub(crate) fn point() -> io::Result<()> {
    let Some((left, fault)) = PLAN.get() else {
        return Ok(());
    };
    let first = left == 1;
    let left = left.saturating_sub(1);
    PLAN.set(Some((left, fault)));
    match (left, fault) {
        (0, Fault::Abort) => std::process::abort(),
        (0, Fault::Once) if !first => Ok(()),
        (0, Fault::Full | Fault::Once) => Err(io::ErrorKind::StorageFull.into()),
        _ => Ok(()),
    }
}

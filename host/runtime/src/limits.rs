use std::time::Duration;

/// How much a guest may use. Reaching one ends that guest, with an error that says
/// which it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of memory, all memories of a component together.
    pub memory: usize,
    /// Entries of all tables together.
    pub table: usize,
    /// Core instances of one component: language runtimes bring a few.
    pub instances: usize,
    /// Wasm operations for one call; for workflows and steps, between two results
    /// that they waited for.
    pub fuel: u64,
    /// Time a guest may run by itself in one call; for workflows and steps, between
    /// two results that they waited for. Waiting does not count.
    pub wall: Duration,
    /// Bytes of strings and lists that a guest may hand over at once.
    pub data: usize,
    /// Bytes of captured output that are kept.
    pub output: usize,
    /// Bytes of a component's file.
    pub component: usize,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: usize = 1 << 20;
        Self {
            // Python needs more than 64 MiB to start.
            memory: 256 * MIB,
            table: 1_000_000,
            instances: 64,
            // Well over what runs in `wall`: it is the limit of a slow machine.
            fuel: 50_000_000_000,
            wall: Duration::from_secs(10),
            data: 8 * MIB,
            output: 64 * 1024,
            component: 128 * MIB,
        }
    }
}

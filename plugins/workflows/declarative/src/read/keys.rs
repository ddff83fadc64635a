//! Which keys a step may have, by its kind.

/// What a step does: it has exactly one of these.
pub(super) const KINDS: [&str; 8] = [
    "agent",
    "run",
    "ask",
    "approve",
    "step",
    "parallel",
    "folder",
    "separator",
];

/// Keys of every step.
pub(super) const COMMON: [&str; 13] = [
    "id",
    "label",
    "tracks",
    "conditions",
    "conditions-any",
    "once",
    "needs",
    "timeout",
    "idle-timeout",
    "retry",
    "on-failure",
    "set",
    "save",
];

/// Keys of steps that work: agents, commands and steps of components.
pub(super) const WORK: [&str; 2] = ["class", "produces"];
/// Keys of steps that can work in a copy of the project.
const PLACED: [&str; 2] = ["workspace", "checks"];
/// Keys of groups.
pub(super) const GROUP: [&str; 4] = ["fail-fast", "workspace", "checks", "merge-order"];

/// Keys that are part of the language and not built yet.
pub(super) const LATER: [&str; 10] = [
    "when",
    "if",
    "controller",
    "budget",
    "isolation",
    "output",
    "fallback",
    "for-each",
    "chained",
    "workflow",
];

/// The keys that a kind of step has in common with others. Of `own` it says something
/// itself.
pub(super) fn shared(kind: &str, own: &[&str]) -> Vec<&'static str> {
    let fits = |key: &&str| match *key {
        // A group has neither a time nor attempts of its own.
        "timeout" | "retry" => kind != "parallel",
        "idle-timeout" => !matches!(kind, "parallel" | "ask" | "approve" | "step"),
        key => !own.contains(&key),
    };
    let mut keys: Vec<&str> = COMMON.into_iter().filter(fits).collect();
    match kind {
        "agent" | "run" | "folder" => keys.extend([&WORK[..], &PLACED].concat()),
        "step" => keys.extend(WORK),
        "parallel" => keys.extend(GROUP),
        _ => {}
    }
    keys
}

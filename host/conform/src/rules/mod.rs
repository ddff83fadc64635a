//! The rules, each something that holds for every adapter.

mod contract;
mod damage;
mod golden;
mod hostile;
mod itself;
mod pieces;

use crate::{Broken, Case, Played, Subject, bytes::Loaded};

pub(crate) use contract::contract;
pub(crate) use damage::{foreign, is_success, long, truncated};
pub(crate) use golden::{golden, wrote};
pub(crate) use hostile::{garbage, prompts};
pub(crate) use itself::{imports, itself};
pub(crate) use pieces::{pieces, twice};

/// A rule, its name, and what it means when it is broken.
pub(crate) type Verdict = Result<(), String>;

/// A case, and everything that belongs to it.
pub(crate) struct Scene<'all> {
    pub(crate) subject: &'all dyn Subject,
    pub(crate) case: &'all Case,
    pub(crate) loaded: &'all Loaded,
    /// As it was played whole.
    pub(crate) played: &'all Played,
}

/// What is wrong when an adapter trapped or reached a limit.
pub(crate) fn trapped(played: &Played) -> Option<String> {
    match &played.broken {
        Some(Broken::Failed(why)) => Some(format!("the component failed: {why}")),
        Some(Broken::Said(_)) | None => None,
    }
}

/// A text, short enough for a report.
pub(crate) fn short(text: &str) -> String {
    const MOST: usize = 300;
    let mut short: String = text.chars().take(MOST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// Numbers without any pattern, the same each time.
pub(crate) fn numbers(seed: u64) -> impl Iterator<Item = usize> {
    let mut state = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    std::iter::repeat_with(move || {
        // SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) as usize
    })
}

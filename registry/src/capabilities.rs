//! Reckoning with capabilities: what lies within what.

use crate::{Capabilities, WorkspaceAccess};

mod widening;
mod words;

pub use widening::{Widening, difference};
pub use words::CapabilityRow;

/// One of the lists in [`Capabilities`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    Programs,
    Environment,
    Network,
}

impl List {
    pub(crate) const ALL: [Self; 3] = [Self::Programs, Self::Environment, Self::Network];

    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Programs => "programs",
            Self::Environment => "environment",
            Self::Network => "network",
        }
    }

    pub(crate) fn of(self, all: &Capabilities) -> &Vec<String> {
        match self {
            Self::Programs => &all.programs,
            Self::Environment => &all.environment,
            Self::Network => &all.network,
        }
    }

    fn of_mut(self, all: &mut Capabilities) -> &mut Vec<String> {
        match self {
            Self::Programs => &mut all.programs,
            Self::Environment => &mut all.environment,
            Self::Network => &mut all.network,
        }
    }

    /// Whether all that `narrow` stands for is part of what `wide` stands for. `*`
    /// alone, which only a policy may say, stands for everything.
    fn covers(self, wide: &str, narrow: &str) -> bool {
        if wide == "*" {
            return true;
        }
        match self {
            Self::Programs => wide == narrow,
            Self::Environment => match wide.strip_suffix('*') {
                Some(stem) => narrow.starts_with(stem),
                None => wide == narrow,
            },
            Self::Network => {
                let (wide, narrow) = (wide.to_ascii_lowercase(), narrow.to_ascii_lowercase());
                match wide.strip_prefix('*') {
                    Some(end) => narrow.strip_prefix('*').unwrap_or(&narrow).ends_with(end),
                    None => wide == narrow,
                }
            }
        }
    }
}

impl Capabilities {
    /// What is in both. Where one has a pattern and the other a part of it, the part.
    pub fn intersect(&self, other: &Self) -> Self {
        let mut both = Self {
            workspace: self.workspace.min(other.workspace),
            ..Self::default()
        };
        for list in List::ALL {
            let (ours, theirs) = (list.of(self), list.of(other));
            let within =
                |entry: &&String, all: &[String]| all.iter().any(|wide| list.covers(wide, entry));
            let mut found: Vec<String> = ours
                .iter()
                .filter(|it| within(it, theirs))
                .cloned()
                .collect();
            for entry in theirs.iter().filter(|it| within(it, ours)) {
                if !found.contains(entry) {
                    found.push(entry.clone());
                }
            }
            *list.of_mut(&mut both) = found;
        }
        both
    }

    /// What is in either.
    pub fn union(&self, other: &Self) -> Self {
        let mut either = self.clone();
        either.workspace = self.workspace.max(other.workspace);
        for list in List::ALL {
            let more = list.of(&other.beyond(self)).clone();
            list.of_mut(&mut either).extend(more);
        }
        either
    }

    /// What of this goes beyond `other`.
    pub fn beyond(&self, other: &Self) -> Self {
        let mut more = Self::default();
        if self.workspace > other.workspace {
            more.workspace = self.workspace;
        }
        for list in List::ALL {
            let known = list.of(other);
            let fresh = list.of(self).iter();
            let fresh = fresh.filter(|it| !known.iter().any(|wide| list.covers(wide, it)));
            *list.of_mut(&mut more) = fresh.cloned().collect();
        }
        more
    }

    /// Whether all of this is within `other`.
    pub fn is_within(&self, other: &Self) -> bool {
        self.beyond(other).is_empty()
    }

    /// What is left when `denied` may not be had. A pattern of which only a part is
    /// denied goes as a whole: there is no way to say the rest of it.
    pub fn without(&self, denied: &Self) -> Self {
        let mut left = self.clone();
        left.workspace = match denied.workspace {
            WorkspaceAccess::None => self.workspace,
            WorkspaceAccess::Read => WorkspaceAccess::None,
            WorkspaceAccess::Write => self.workspace.min(WorkspaceAccess::Read),
        };
        for list in List::ALL {
            let denied = list.of(denied);
            list.of_mut(&mut left).retain(|entry| {
                let touches = |it: &String| list.covers(it, entry) || list.covers(entry, it);
                !denied.iter().any(touches)
            });
        }
        left
    }
}

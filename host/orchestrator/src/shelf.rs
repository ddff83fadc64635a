use std::collections::HashMap;

/// Everything that was kept under names, in the journal's order: several guests and
/// agents write, and each sees what it wrote itself and what others wrote after it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Shelf {
    kept: Vec<Kept>,
    by_place: HashMap<(Option<u32>, u32), usize>,
    by_name: HashMap<String, Vec<usize>>,
}

/// One text under a name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Kept {
    /// Whose guest or agent wrote it.
    pub(crate) scope: Option<u32>,
    pub(crate) name: String,
    pub(crate) text: String,
    /// From 1; one more with each text under this name.
    pub(crate) version: u32,
}

impl Shelf {
    /// Keeps a text; gives its version.
    pub(crate) fn put(
        &mut self,
        scope: Option<u32>,
        ordinal: u32,
        name: String,
        text: String,
    ) -> u32 {
        let position = self.kept.len();
        let same = self.by_name.entry(name.clone()).or_default();
        same.push(position);
        let version = u32::try_from(same.len()).unwrap_or(u32::MAX);
        self.by_place.insert((scope, ordinal), position);
        self.kept.push(Kept {
            scope,
            name,
            text,
            version,
        });
        version
    }

    /// Where the `ordinal`-th text of this scope is, if it was this one.
    pub(crate) fn repeated(
        &self,
        scope: Option<u32>,
        ordinal: u32,
        name: &str,
        text: &str,
    ) -> Option<usize> {
        let position = *self.by_place.get(&(scope, ordinal))?;
        let kept = self.kept.get(position)?;
        (kept.name == name && kept.text == text).then_some(position)
    }

    /// The position of what was kept last under this name.
    pub(crate) fn newest(&self, name: &str) -> Option<usize> {
        self.by_name.get(name)?.last().copied()
    }

    pub(crate) fn get(&self, position: usize) -> Option<&Kept> {
        self.kept.get(position)
    }

    /// What a guest sees that wrote this name at position `own` itself, or not at all:
    /// the newest of its own and of what others wrote after it. What the guest itself
    /// wrote later, in a life before this one, it has not written yet.
    pub(crate) fn seen(&self, name: &str, scope: Option<u32>, own: Option<usize>) -> Option<&Kept> {
        let Some(own) = own else {
            return self.get(self.newest(name)?);
        };
        let later = self.by_name.get(name)?.iter().rev().copied();
        let by_others = later
            .take_while(|position| *position > own)
            .filter_map(|position| self.get(position))
            .find(|kept| kept.scope != scope);
        by_others.or_else(|| self.get(own))
    }
}

/// A pattern for paths, or what is left of one below some directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<String>);

impl Pattern {
    pub(crate) fn new(text: &str) -> Self {
        let parts = text.split('/').filter(|part| !matches!(*part, "" | "."));
        let mut kept: Vec<String> = Vec::new();
        for part in parts {
            // Two of them mean the same as one, and would be searched twice.
            if part != "**" || kept.last().is_none_or(|last| last != "**") {
                kept.push(part.to_owned());
            }
        }
        Self(kept)
    }

    /// Whether it is met by a file with this name, here.
    pub(crate) fn is_met_by(&self, name: &str) -> bool {
        match self.0.as_slice() {
            [any] if any == "**" => !name.starts_with('.'),
            [any, last] if any == "**" => fits(last, name),
            [last] => fits(last, name),
            _ => false,
        }
    }

    /// Whether a relative path meets it.
    pub(crate) fn is_met_by_path(&self, path: &str) -> bool {
        let mut ways = vec![self.clone()];
        let mut parts = path.split('/').peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                return ways.iter().any(|way| way.is_met_by(part));
            }
            ways = ways.iter().flat_map(|way| way.below(part)).collect();
        }
        false
    }

    /// What is to be met in the directory with this name, in each way in which it can be.
    pub(crate) fn below(&self, name: &str) -> Vec<Self> {
        let Some((first, rest)) = self.0.split_first() else {
            return Vec::new();
        };
        if first != "**" {
            let enters = !rest.is_empty() && fits(first, name);
            return if enters {
                vec![Self(rest.to_vec())]
            } else {
                Vec::new()
            };
        }
        let mut ways = Vec::new();
        if !name.starts_with('.') {
            ways.push(self.clone());
        }
        let mut after = Self(rest.to_vec()).below(name);
        ways.append(&mut after);
        ways
    }
}

/// Whether a name fits one part of a pattern.
fn fits(part: &str, name: &str) -> bool {
    if name.starts_with('.') && !part.starts_with('.') {
        return false;
    }
    let (part, name): (Vec<char>, Vec<char>) = (part.chars().collect(), name.chars().collect());
    // The last `*`, and how much of the name it has taken: only that one ever has to take
    // more.
    let (mut at, mut to) = (0, 0);
    let mut star = None;
    while to < name.len() {
        match part.get(at) {
            Some('*') => {
                star = Some((at, to));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || Some(wanted) == name.get(to) => {
                at += 1;
                to += 1;
            }
            _ => match star {
                Some((star_at, taken)) => {
                    star = Some((star_at, taken + 1));
                    at = star_at + 1;
                    to = taken + 1;
                }
                None => return false,
            },
        }
    }
    part.get(at..)
        .is_some_and(|rest| rest.iter().all(|c| *c == '*'))
}

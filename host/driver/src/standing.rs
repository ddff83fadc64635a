use std::cmp::Ordering;

/// How a program's version stands to those that its adapter was tested with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is one of them.
    Tested,
    /// It is newer than all of them; the newest is this.
    Newer(String),
    /// It is older than all of them; the oldest is this.
    Older(String),
    /// It is between them, or cannot be compared.
    Untested,
}

impl Standing {
    /// How this version stands to the tested ones; none when there are none.
    pub fn of(version: &str, tested: &[String]) -> Option<Self> {
        if tested.iter().any(|tested| tested == version) {
            return Some(Self::Tested);
        }
        let newest = tested.iter().max_by(|a, b| compare(a, b))?;
        let oldest = tested.iter().min_by(|a, b| compare(a, b))?;
        if numbers(version).is_empty() {
            return Some(Self::Untested);
        }
        Some(match (compare(version, newest), compare(version, oldest)) {
            (Ordering::Greater, _) => Self::Newer(newest.clone()),
            (_, Ordering::Less) => Self::Older(oldest.clone()),
            _ => Self::Untested,
        })
    }
}

/// By their numbers alone: programs do not agree on what stands behind those.
fn compare(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (numbers(one), numbers(other));
    let longest = one.len().max(other.len());
    one.resize(longest, 0);
    other.resize(longest, 0);
    one.cmp(&other)
}

/// The numbers at the beginning, between dots.
fn numbers(version: &str) -> Vec<u64> {
    let end = version.find(|c: char| !(c.is_ascii_digit() || c == '.'));
    let plain = version.get(..end.unwrap_or(version.len()));
    let parts = plain.unwrap_or_default().split('.');
    parts.map_while(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        let of = |version: &str, tested: &[&str]| {
            let tested: Vec<_> = tested.iter().map(|it| (*it).to_owned()).collect();
            Standing::of(version, &tested)
        };
        let newer = |than: &str| Some(Standing::Newer(than.into()));
        assert_eq!(of("2.1.330", &["2.1.330"]), Some(Standing::Tested));
        assert_eq!(of("2.1.331", &["2.1.330"]), newer("2.1.330"));
        assert_eq!(of("2.10.0", &["2.9.9", "2.9.10"]), newer("2.9.10"));
        assert_eq!(of("3", &["2.9.9"]), newer("2.9.9"));
        assert_eq!(of("1.0.0", &["1.0"]), Some(Standing::Untested));
        assert_eq!(of("1.0.0-beta", &["1.0.0"]), Some(Standing::Untested));
        assert_eq!(
            of("0.9", &["1.0", "1.2"]),
            Some(Standing::Older("1.0".into()))
        );
        assert_eq!(of("1.1", &["1.0", "1.2"]), Some(Standing::Untested));
        assert_eq!(of("nightly", &["1.0"]), Some(Standing::Untested));
        assert_eq!(of("1.0", &[]), None);
        assert_eq!(
            of("99999999999999999999999.0", &["1.0"]),
            Some(Standing::Untested)
        );
    }
}

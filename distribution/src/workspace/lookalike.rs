//! Names that are easily taken for others.

/// Whether two names that are not the same may be taken for each other: one letter
/// more, less or other, two exchanged, or signs that look alike.
pub(super) fn alike(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    // Of short names there are too many that are near each other.
    a != b
        && (shape(a) == shape(b)
            || (short.len() >= 5 && one_edit(short.as_bytes(), long.as_bytes())))
}

/// A name without what the eye passes over.
fn shape(name: &str) -> String {
    let plain: String = name
        .chars()
        .filter(|it| *it != '-')
        .map(|it| match it {
            '0' => 'o',
            '1' | 'i' => 'l',
            '5' => 's',
            other => other,
        })
        .collect();
    plain.replace("rn", "m").replace("vv", "w")
}

fn one_edit(short: &[u8], long: &[u8]) -> bool {
    let front = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let back = |short: &[u8], long: &[u8]| {
        let both = short.iter().rev().zip(long.iter().rev());
        both.take_while(|(a, b)| a == b).count()
    };
    let same = front
        + back(
            short.get(front..).unwrap_or_default(),
            long.get(front..).unwrap_or_default(),
        );
    match (long.len() - short.len(), long.len() - same) {
        (0, 1) | (1, 1) => true,
        (0, 2) => {
            short.get(front) == long.get(front + 1) && short.get(front + 1) == long.get(front)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (a, b) in [
            ("review", "reviews"),
            ("review", "reveiw"),
            ("review", "rewiew"),
            ("claude", "c1aude"),
            ("code-x", "codex"),
            ("modern", "modem"),
        ] {
            assert!(alike(a, b) && alike(b, a), "{a} {b}");
        }
        for (a, b) in [
            ("review", "review"),
            ("review", "preview-x"),
            ("lint", "list"),
            ("tools", "rules"),
        ] {
            assert!(!alike(a, b), "{a} {b}");
        }
    }
}

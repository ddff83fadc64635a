//! "Did you mean …": the known word that is nearest to an unknown one.

/// How many names are listed when none is near.
const LISTED: usize = 20;

/// How many names are compared: more would cost, and help nobody.
const SEARCHED: usize = 2000;

/// The nearest of `known`, when it is near enough to be a slip of the finger.
pub(crate) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    // Long words are not names that somebody mistyped, and would cost.
    if word.len() > 64 {
        return None;
    }
    let allowed = (word.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .take(SEARCHED)
        .filter(|candidate| candidate.len().abs_diff(word.len()) <= 2 * allowed)
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// `did you mean `x`?`, or what is known.
pub(crate) fn help<'k>(
    word: &str,
    known: impl IntoIterator<Item = &'k str> + Clone,
    what: &str,
) -> String {
    if let Some(near) = nearest(word, known.clone()) {
        return format!("did you mean `{near}`?");
    }
    let mut names = known.into_iter();
    let mut list: Vec<_> = names
        .by_ref()
        .take(LISTED)
        .map(|name| format!("`{name}`"))
        .collect();
    if names.next().is_some() {
        list.push("…".into());
    }
    match list.as_slice() {
        [] => format!("there are no {what} here"),
        list => format!("{what}: {}", list.join(", ")),
    }
}

/// How a second way goes on after `help`.
pub(crate) fn or(help: &str) -> &'static str {
    if help.ends_with('?') { " Or" } else { "; or" }
}

/// Insertions, deletions, changes and swaps of neighbours that lead from one to
/// the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &y) in b.iter().enumerate() {
            let mut best = (above[j] + usize::from(x != y))
                .min(above[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

//! `docs/comparison.md`: every row of the table says what holds, and names a test that shows
//! it and that is really there.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// How many features the original is known to have.
const ROWS: usize = 98;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The names of all functions in Rust tests of the project, and of its other tests.
fn functions(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            if !matches!(name.as_str(), "target" | ".git" | "node_modules") {
                functions(&path, names);
            }
        } else if name.ends_with(".rs") {
            let text = fs::read_to_string(&path).expect("a source");
            for (at, _) in text.match_indices("fn ") {
                let rest = &text[at + 3..];
                let end = rest
                    .find(|c: char| !c.is_alphanumeric() && c != '_')
                    .unwrap_or(rest.len());
                names.insert(rest[..end].to_owned());
            }
        }
    }
}

#[test]
fn every_row_of_the_comparison_is_true() {
    let text = fs::read_to_string(root().join("docs/comparison.md")).expect("the comparison");
    let mut known = BTreeSet::new();
    functions(&root(), &mut known);
    let mut wrong = Vec::new();
    let mut expected = 1;
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let Ok(number) = cells[0].parse::<usize>() else {
            continue;
        };
        if number != expected {
            wrong.push(format!("row {number} stands where {expected} should"));
        }
        expected = number + 1;
        let [_, feature, state, shown] = cells[..] else {
            wrong.push(format!("row {number} has {} cells", cells.len()));
            continue;
        };
        let tests: Vec<_> = shown.split('`').skip(1).step_by(2).collect();
        match state {
            "yes" | "partly" if tests.is_empty() => {
                wrong.push(format!("row {number}, {feature}: no test is named"));
            }
            "yes" | "partly" | "not yet" | "not wanted" => {}
            other => wrong.push(format!("row {number}: `{other}` is no state")),
        }
        for test in tests.iter().filter(|test| !known.contains(**test)) {
            wrong.push(format!(
                "row {number}, {feature}: there is no test `{test}`"
            ));
        }
    }
    assert_eq!(expected - 1, ROWS, "rows");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

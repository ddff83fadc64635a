//! Who may depend on whom, and how large a file may be.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use serde_json::Value;

use crate::support::house;

/// The crates of this repository: who needs whom at run time, by `cargo metadata`.
struct Crates {
    /// From a package's id to its name and what it needs.
    all: BTreeMap<String, (String, BTreeSet<String>)>,
    own: BTreeMap<String, String>,
}

fn crates() -> &'static Crates {
    static CRATES: OnceLock<Crates> = OnceLock::new();
    CRATES.get_or_init(|| {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
        let output = Command::new(cargo)
            .args(["metadata", "--format-version", "1", "--offline", "--locked"])
            .current_dir(house())
            .output()
            .expect("cargo runs");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        Crates::of(&metadata)
    })
}

impl Crates {
    fn of(metadata: &Value) -> Self {
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let names: BTreeMap<_, _> = list(&metadata["packages"])
            .iter()
            .map(|package| (text(&package["id"]), text(&package["name"])))
            .collect();
        let at_run_time = |dep: &Value| {
            list(&dep["dep_kinds"])
                .iter()
                .any(|kind| kind["kind"].is_null())
        };
        let all = list(&metadata["resolve"]["nodes"])
            .iter()
            .map(|node| {
                let deps = list(&node["deps"]);
                let needs = deps
                    .iter()
                    .filter(|dep| at_run_time(dep))
                    .map(|dep| text(&dep["pkg"]));
                let id = text(&node["id"]);
                (id.clone(), (names[&id].clone(), needs.collect()))
            })
            .collect();
        let members = list(&metadata["workspace_members"]);
        let own = members
            .iter()
            .map(|id| (names[&text(id)].clone(), text(id)))
            .collect();
        Self { all, own }
    }

    /// The crates of this repository that one of them names as its needs.
    fn direct(&self, name: &str) -> BTreeSet<&str> {
        let needs = &self.all[&self.own[name]].1;
        let own = self.own.iter().filter(|(_, id)| needs.contains(*id));
        own.map(|(name, _)| name.as_str()).collect()
    }

    /// Everything that a crate cannot be built without.
    fn tree(&self, name: &str) -> BTreeSet<&str> {
        let mut seen = BTreeSet::new();
        let mut todo = VecDeque::from([&self.own[name]]);
        while let Some(id) = todo.pop_front() {
            if seen.insert(id) {
                todo.extend(&self.all[id].1);
            }
        }
        seen.into_iter().map(|id| self.all[id].0.as_str()).collect()
    }
}

/// Dependencies point downwards only. A new arrow is a decision: it is made here.
#[test]
fn dependencies_point_downwards() {
    let allowed: &[(&str, &[&str])] = &[
        ("cm-types", &[]),
        ("cm-orchestrator", &["cm-types"]),
        ("cm-journal", &["cm-orchestrator", "cm-types"]),
        ("cm-runtime", &["cm-types"]),
        ("cm-effects", &["cm-types"]),
        ("cm-registry", &["cm-types"]),
        ("cm-mcp", &[]),
        ("coordination", &[]),
        ("cm-distribution", &["cm-registry", "cm-types"]),
        ("cm-serve", &["cm-distribution", "cm-registry", "cm-types"]),
        (
            "cm-driver",
            &[
                "cm-effects",
                "cm-journal",
                "cm-mcp",
                "cm-orchestrator",
                "cm-registry",
                "cm-runtime",
                "cm-types",
                "coordination",
            ],
        ),
        (
            "cm-conform",
            &["cm-effects", "cm-orchestrator", "cm-runtime", "cm-types"],
        ),
        (
            "cm",
            &[
                "cm-conform",
                "cm-distribution",
                "cm-driver",
                "cm-effects",
                "cm-journal",
                "cm-mcp",
                "cm-model-server",
                "cm-orchestrator",
                "cm-registry",
                "cm-runtime",
                "cm-serve",
                "cm-types",
                "coordination",
            ],
        ),
        ("cm-sdk", &[]),
        ("xtask", &[]),
    ];
    let crates = crates();
    for (name, needs) in allowed {
        assert!(
            crates.own.contains_key(*name),
            "there is no crate `{name}` any more"
        );
        let needs: BTreeSet<_> = needs.iter().copied().collect();
        let found = crates.direct(name);
        let above: Vec<_> = found.difference(&needs).collect();
        assert!(above.is_empty(), "{name} must not depend on {above:?}");
    }
    let known: BTreeSet<_> = allowed.iter().map(|(name, _)| *name).collect();
    for name in crates
        .own
        .keys()
        .filter(|name| !known.contains(name.as_str()))
    {
        let found = crates.direct(name);
        match place(name) {
            // What is inside a guest knows the contract and nothing of the host; an adapter may
            // be made of another one.
            place if place.starts_with("plugins") && !place.ends_with("tests") => {
                assert!(
                    found
                        .iter()
                        .all(|need| ["cm-sdk", "coordination"].contains(need)
                            || need.starts_with("cm-engine-")),
                    "{name} depends on {found:?}"
                );
            }
            // Tests may look at everything.
            place if place.starts_with("tests") || place.ends_with("tests") => {}
            place => panic!("`{name}` in {} is in no room", place.display()),
        }
    }
}

/// A crate's directory, below the repository.
fn place(name: &str) -> PathBuf {
    let id = &crates().own[name];
    let path = id
        .split("://")
        .nth(1)
        .and_then(|rest| rest.split('#').next())
        .expect("a path");
    Path::new(path)
        .strip_prefix(house())
        .expect("it is in the repository")
        .to_owned()
}

#[test]
fn the_core_is_pure() {
    for (name, without) in [
        ("cm-types", &["wasmtime", "tokio", "rusqlite", "rustix"][..]),
        (
            "cm-orchestrator",
            &["wasmtime", "tokio", "rusqlite", "rustix"],
        ),
        ("cm-journal", &["wasmtime", "tokio"]),
        ("cm-runtime", &["rusqlite"]),
        ("cm-effects", &["wasmtime", "rusqlite"]),
        ("cm-registry", &["wasmtime", "tokio", "rusqlite"]),
        ("cm-mcp", &["wasmtime", "rusqlite"]),
        ("coordination", &["tokio", "serde"]),
    ] {
        let tree = crates().tree(name);
        let found: Vec<_> = without
            .iter()
            .filter(|crate_| tree.contains(**crate_))
            .collect();
        assert!(found.is_empty(), "{name} is built with {found:?}");
    }
    // This test can fail: the program is built with all of them.
    let tree = crates().tree("cm");
    assert!(
        ["wasmtime", "tokio", "rusqlite"]
            .iter()
            .all(|name| tree.contains(name))
    );
}

/// What a guest is made of must not bring the host's rooms, nor a world of its own.
#[test]
fn guests_are_small() {
    for name in crates()
        .own
        .keys()
        .filter(|name| place(name).starts_with("plugins"))
    {
        if place(name).ends_with("tests") {
            continue;
        }
        let tree = crates().tree(name);
        let found: Vec<_> = tree
            .iter()
            .filter(|it| ["wasmtime", "tokio", "rusqlite", "rustix"].contains(it))
            .collect();
        assert!(found.is_empty(), "{name} is built with {found:?}");
    }
}

/// The source files of these directories, tests apart.
fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let aside = ["target", "tests", "benches", "examples", "node_modules"].contains(&name);
        if path.is_dir() && !aside && !name.starts_with('.') {
            sources(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn no_file_is_large() {
    let mut files = Vec::new();
    for room in ["host", "registry", "sdk", "plugins", "xtask"] {
        sources(&house().join(room), &mut files);
    }
    assert!(files.len() > 150, "only {} files were found", files.len());
    let large: Vec<_> = files
        .iter()
        .filter_map(|path| {
            let text = fs::read_to_string(path).expect("a text");
            let lines = text
                .lines()
                .take_while(|line| *line != "#[cfg(test)]")
                .count();
            (lines > 400).then(|| format!("{}: {lines} lines", path.display()))
        })
        .collect();
    assert!(
        large.is_empty(),
        "files that hold more than one thing: {large:#?}"
    );
}

#[test]
fn the_host_does_not_panic_on_purpose() {
    let mut files = Vec::new();
    for room in ["host", "registry"] {
        sources(&house().join(room), &mut files);
    }
    let words = [".unwrap()", ".expect(", "panic!(", "unreachable!("];
    let found: Vec<_> = files
        .iter()
        .filter(|path| !path.ends_with("tests.rs") && !path.ends_with("build.rs"))
        .flat_map(|path| {
            let text = fs::read_to_string(path).expect("a text");
            let lines = text
                .lines()
                .take_while(|line| *line != "#[cfg(test)]")
                .map(str::trim);
            let bad = lines.filter(|line| {
                !line.starts_with("//") && words.iter().any(|word| line.contains(word))
            });
            bad.map(|line| format!("{}: {line}", path.display()))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

mod commands;

use std::{fs, os::unix::fs::symlink, time::Instant};

use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;

/// A project, another directory beside it, and what nobody may reach.
struct World(TempDir);

impl World {
    fn new() -> Self {
        let world = Self(tempfile::tempdir().unwrap());
        for directory in [
            "project/src",
            "project/.codemachine/runs",
            "other",
            "secret",
        ] {
            fs::create_dir_all(world.at(directory)).unwrap();
        }
        for (file, text) in [
            ("project/src/lib.rs", "fn one() {}\nfn two() {}\n"),
            ("project/notes.md", "a note\n"),
            ("project/.codemachine/journal.db", "journal"),
            ("project/.codemachine/runs/1", "run"),
            ("other/more.txt", "more\n"),
            ("secret/key", "the key\n"),
        ] {
            fs::write(world.at(file), text).unwrap();
        }
        symlink(world.at("secret"), world.at("project/out")).unwrap();
        symlink(world.at("secret/key"), world.at("project/key")).unwrap();
        symlink(world.at("secret/new"), world.at("project/dangling")).unwrap();
        symlink(world.at("project/notes.md"), world.at("project/link.md")).unwrap();
        world
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap()
    }

    fn hands(&self, permissions: Permissions) -> Hands {
        let other = vec![self.at("other").display().to_string()];
        Hands::new(&self.at("project"), &other, permissions)
    }

    /// Ways to what is outside.
    fn ways_out(&self) -> Vec<String> {
        let absolute = |path: &str| self.at(path).display().to_string();
        vec![
            "../secret/key".into(),
            "src/../../secret/key".into(),
            "out/key".into(),
            "out/../secret/key".into(),
            "key".into(),
            absolute("secret/key"),
            absolute("project/../secret/key"),
            absolute("project/out/key"),
            absolute("other/../secret/key"),
            "/etc/passwd".into(),
            "./out/./key".into(),
        ]
    }
}

fn deed(hands: &Hands, tool: &str, arguments: Value) -> Deed {
    hands.perform(tool, &arguments.to_string())
}

fn done(hands: &Hands, tool: &str, arguments: Value) -> String {
    let deed = deed(hands, tool, arguments);
    assert!(deed.ok && !deed.denied, "{deed:?}");
    deed.output
}

#[test]
fn the_tools_are_those_that_adapters_are_told_of() {
    let tools: Vec<Value> = serde_json::from_str(TOOLS).unwrap();
    let world = World::new();
    let hands = world.hands(Permissions::ReadOnly);
    for tool in &tools {
        let name = tool["name"].as_str().unwrap();
        assert!(tool["parameters"]["additionalProperties"] == false);
        let deed = match name {
            "run" => hands.start("{}", Vec::new()).unwrap_err(),
            _ => deed(&hands, name, json!({ "no-such-argument": 1 })),
        };
        // Those that change something are the ones that a look-only turn is denied.
        assert_eq!(deed.denied, tool["changes"] == true, "{name}: {deed:?}");
        assert!(!deed.output.contains("there is no tool"), "{name}");
    }
    assert_eq!(tools.len(), 6);
    assert!(
        deed(&hands, "rm", json!({}))
            .output
            .contains("there is no tool")
    );
}

#[test]
fn nothing_outside_is_reached() {
    let world = World::new();
    for permissions in [Permissions::ReadOnly, Permissions::WorkspaceWrite] {
        let hands = world.hands(permissions);
        for way in world.ways_out() {
            for (tool, arguments) in [
                ("read", json!({ "path": way })),
                ("search", json!({ "path": way, "pattern": "." })),
                ("list", json!({ "path": way })),
                ("write", json!({ "path": way, "content": "x" })),
                ("edit", json!({ "path": way, "old": "the", "new": "no" })),
            ] {
                let deed = deed(&hands, tool, arguments);
                assert!(!deed.ok && deed.denied, "{tool} {way}: {deed:?}");
                assert!(!deed.output.contains("the key"), "{tool} {way}");
            }
        }
    }
    assert_eq!(world.text("secret/key"), "the key\n");
}

#[test]
fn nothing_is_made_outside() {
    let world = World::new();
    let hands = world.hands(Permissions::WorkspaceWrite);
    let absolute = world.at("secret/new").display().to_string();
    for way in [
        "out/new",
        "out/a/b/new",
        "../secret/new",
        "../new",
        "src/../../new",
        "none/../../new",
        "dangling",
        absolute.as_str(),
    ] {
        let deed = deed(&hands, "write", json!({ "path": way, "content": "x" }));
        assert!(!deed.ok && deed.denied, "{way}: {deed:?}");
    }
    assert_eq!(fs::read_dir(world.at("secret")).unwrap().count(), 1);
    assert!(!world.at("new").exists());
}

#[test]
fn whether_something_is_outside_is_not_told() {
    let world = World::new();
    let hands = world.hands(Permissions::ReadOnly);
    let there = deed(&hands, "read", json!({ "path": "../secret/key" }));
    let not = deed(&hands, "read", json!({ "path": "../secret/nothing" }));
    assert_eq!(there.denied, not.denied);
    let words = |deed: &Deed, name: &str| deed.output.replace(name, "");
    assert_eq!(words(&there, "key"), words(&not, "nothing"));
}

#[test]
fn the_journal_is_nobodys() {
    let world = World::new();
    for permissions in [Permissions::ReadOnly, Permissions::Full] {
        let hands = world.hands(permissions);
        for path in [".codemachine/journal.db", ".codemachine/runs/1"] {
            assert!(
                deed(&hands, "read", json!({ "path": path })).denied,
                "{path}"
            );
        }
        let found = done(&hands, "search", json!({ "pattern": "^(journal|run)$" }));
        assert_eq!(found, "nothing below `.` matches");
    }
    let hands = world.hands(Permissions::Full);
    let write = json!({ "path": ".codemachine/journal.db", "content": "x" });
    assert!(deed(&hands, "write", write).denied);
}

#[test]
fn who_may_do_everything_reaches_everything() {
    let world = World::new();
    let hands = world.hands(Permissions::Full);
    for path in ["../secret/key", "out/key", "key"] {
        assert_eq!(done(&hands, "read", json!({ "path": path })), "the key\n");
    }
    done(
        &hands,
        "write",
        json!({ "path": "out/new", "content": "x" }),
    );
    assert_eq!(world.text("secret/new"), "x");
}

#[test]
fn other_directories_are_like_the_working_one() {
    let world = World::new();
    let hands = world.hands(Permissions::WorkspaceWrite);
    let more = world.at("other/more.txt").display().to_string();
    assert_eq!(done(&hands, "read", json!({ "path": more })), "more\n");
    done(&hands, "write", json!({ "path": more, "content": "less" }));
    assert_eq!(world.text("other/more.txt"), "less");
    done(&hands, "read", json!({ "path": "link.md" }));
}

#[test]
fn a_long_file_comes_in_parts() {
    let world = World::new();
    let lines: String = (1..=5000).map(|n| format!("line {n}\n")).collect();
    fs::write(world.at("project/long"), &lines).unwrap();
    let hands = world.hands(Permissions::ReadOnly);
    let first = done(&hands, "read", json!({ "path": "long" }));
    assert!(first.ends_with("line 2000\n[lines 1 to 2000 of 5000; go on with `from`: 2001]\n"));
    let last = done(&hands, "read", json!({ "path": "long", "from": 4999 }));
    assert_eq!(last, "line 4999\nline 5000\n");
    let some = done(
        &hands,
        "read",
        json!({ "path": "long", "from": 2, "lines": 1 }),
    );
    assert_eq!(
        some,
        "line 2\n[lines 2 to 2 of 5000; go on with `from`: 3]\n"
    );
    assert!(!deed(&hands, "read", json!({ "path": "long", "from": 5001 })).ok);
    fs::write(world.at("project/wide"), "é".repeat(100_000)).unwrap();
    let wide = done(&hands, "read", json!({ "path": "wide" }));
    assert!(
        wide.len() < 5000 && wide.contains("more bytes"),
        "{}",
        wide.len()
    );
}

#[test]
fn what_is_no_text_is_not_read() {
    let world = World::new();
    fs::write(world.at("project/bytes"), b"a\0b").unwrap();
    fs::write(world.at("project/latin"), b"caf\xe9").unwrap();
    let pipe = world.at("project/pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let hands = world.hands(Permissions::WorkspaceWrite);
    for path in ["bytes", "latin", "pipe", "src", "nothing", "a\0b", ""] {
        let read = deed(&hands, "read", json!({ "path": path }));
        assert!(!read.ok && !read.denied, "{path:?}: {read:?}");
        let edit = deed(
            &hands,
            "edit",
            json!({ "path": path, "old": "a", "new": "b" }),
        );
        assert!(!edit.ok, "{path:?}");
    }
    for path in ["src", "pipe", "", "."] {
        let write = deed(&hands, "write", json!({ "path": path, "content": "x" }));
        assert!(!write.ok, "{path:?}: {write:?}");
    }
    // A pipe is not waited for when it is searched.
    done(&hands, "search", json!({ "pattern": "x" }));
}

#[test]
fn a_file_is_replaced_as_a_whole_and_stays_what_it_was() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    let script = world.at("project/script");
    fs::write(&script, "old").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o750)).unwrap();
    let hands = world.hands(Permissions::WorkspaceWrite);
    done(
        &hands,
        "write",
        json!({ "path": "script", "content": "new" }),
    );
    let mode = fs::metadata(&script).unwrap().permissions().mode();
    assert_eq!(
        (world.text("project/script").as_str(), mode & 0o777),
        ("new", 0o750)
    );
    let made = done(
        &hands,
        "write",
        json!({ "path": "a/b/c.txt", "content": "é" }),
    );
    assert_eq!(made, "made `a/b/c.txt`: 2 bytes");
    // Over a link, the file that it means.
    done(
        &hands,
        "write",
        json!({ "path": "link.md", "content": "other" }),
    );
    assert_eq!(world.text("project/notes.md"), "other");
    assert!(
        fs::symlink_metadata(world.at("project/link.md"))
            .unwrap()
            .is_symlink()
    );
    let left: Vec<_> = fs::read_dir(world.at("project"))
        .unwrap()
        .flatten()
        .collect();
    assert!(
        left.iter()
            .all(|it| !it.file_name().to_string_lossy().starts_with(".tmp"))
    );
}

#[test]
fn an_edit_says_what_it_means() {
    let world = World::new();
    let hands = world.hands(Permissions::WorkspaceWrite);
    let edit = |old: &str, new: &str, all: bool| json!({ "path": "src/lib.rs", "old": old, "new": new, "all": all });
    let twice = deed(&hands, "edit", edit("fn ", "pub fn ", false));
    assert!(!twice.ok && twice.output.contains("2 times"), "{twice:?}");
    assert!(!deed(&hands, "edit", edit("fn three", "x", false)).ok);
    assert!(!deed(&hands, "edit", edit("", "x", false)).ok);
    assert!(!deed(&hands, "edit", edit("x", "x", false)).ok);
    assert_eq!(
        world.text("project/src/lib.rs"),
        "fn one() {}\nfn two() {}\n"
    );
    done(&hands, "edit", edit("fn one", "fn $1", false));
    done(&hands, "edit", edit("fn ", "pub fn ", true));
    assert_eq!(
        world.text("project/src/lib.rs"),
        "pub fn $1() {}\npub fn two() {}\n"
    );
}

#[test]
fn directories_are_listed() {
    let world = World::new();
    let hands = world.hands(Permissions::ReadOnly);
    let listed = done(&hands, "list", json!({}));
    assert_eq!(
        listed,
        ".codemachine/\ndangling\nkey\nlink.md\nnotes.md\nout\nsrc/"
    );
    assert_eq!(hands.perform("list", "").output, listed);
    let found = done(&hands, "list", json!({ "pattern": "**/*.rs" }));
    assert_eq!(found, "src/lib.rs");
    let outside = deed(&hands, "list", json!({ "pattern": "../**" }));
    assert!(!outside.ok, "{outside:?}");
    for n in 0..1500 {
        fs::write(world.at(&format!("project/src/f{n}")), "").unwrap();
    }
    let many = done(&hands, "list", json!({ "path": "src" }));
    assert!(many.ends_with("[… 501 more; use a `pattern`]"), "{many}");
}

#[test]
fn lines_are_found() {
    let world = World::new();
    fs::create_dir_all(world.at("project/target")).unwrap();
    fs::write(world.at("project/target/x.rs"), "fn three() {}").unwrap();
    let hands = world.hands(Permissions::ReadOnly);
    let found = done(&hands, "search", json!({ "pattern": "fn t" }));
    assert_eq!(found, "src/lib.rs:2: fn two() {}\n");
    for files in ["*.rs", "src/*.rs", "**/lib.*"] {
        let some = json!({ "pattern": "NOTE|ONE", "ignore_case": true, "files": files });
        assert_eq!(
            done(&hands, "search", some),
            "src/lib.rs:1: fn one() {}\n",
            "{files}"
        );
    }
    let one = json!({ "pattern": "note", "path": "notes.md" });
    assert_eq!(done(&hands, "search", one), "notes.md:1: a note\n");
    assert!(!deed(&hands, "search", json!({ "pattern": "(" })).ok);
    assert!(!deed(&hands, "search", json!({ "pattern": "(a{1000}){1000}" })).ok);
    // The link to outside is not followed.
    let key = done(&hands, "search", json!({ "pattern": "the key" }));
    assert_eq!(key, "nothing below `.` matches");
    fs::write(world.at("project/many"), "match\n".repeat(1000)).unwrap();
    let many = done(&hands, "search", json!({ "pattern": "match" }));
    assert_eq!(many.lines().count(), 201);
    assert!(
        many.ends_with("narrow the pattern or the path]\n"),
        "{many}"
    );
}

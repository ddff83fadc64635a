//! An older git finds what a newer one finds.

use super::super::{
    Conflict,
    conflict::Found,
    join::{join, join_elsewhere},
    repository::Repository,
};
use super::*;

/// What git finds without and with a worktree; which leaves nothing behind.
fn both(project: &Project, base: &str, ours: &str, theirs: &str) -> (Found, Found) {
    let git = Git::new(&project.path);
    let repository = wait(Repository::find(&git, &project.path))
        .unwrap()
        .unwrap();
    let new = wait(join(&repository, base, ours, theirs)).unwrap();
    let old = wait(join_elsewhere(&repository, ours, theirs)).unwrap();
    assert_eq!(project.git(&["worktree", "list"]).lines().count(), 1);
    assert_eq!(project.git(&["status", "--porcelain"]), "");
    (new, old)
}

/// A commit on top of `main` with these files, on a branch of its own.
fn side(project: &Project, name: &str, files: &[(&str, Option<&str>)]) -> String {
    project.git(&["checkout", "--quiet", "-b", name, "main"]);
    for (path, text) in files {
        match text {
            Some(text) => project.write(path, text),
            None => fs::remove_file(project.path.join(path)).unwrap(),
        }
    }
    project.git(&["add", "-A", "-f"]);
    project.git(&["commit", "--quiet", "-m", name]);
    let commit = project.git(&["rev-parse", "HEAD"]);
    project.git(&["checkout", "--quiet", "main"]);
    commit
}

#[test]
fn what_fits_together_is_the_same_tree() {
    let project = Project::new(&[
        (".gitignore", "*.env\n"),
        ("a.txt", "1\n2\n3\n4\n5\n6\n7\n"),
        ("gone.txt", "x\n"),
        ("b c.txt", "x\n"),
    ]);
    let base = project.git(&["rev-parse", "HEAD"]);
    let ours = [
        ("a.txt", Some("one\n2\n3\n4\n5\n6\n7\n")),
        ("ü.txt", Some("new\n")),
    ];
    let ours = side(&project, "ours", &ours);
    let theirs = [
        ("a.txt", Some("1\n2\n3\n4\n5\n6\nseven\n")),
        ("gone.txt", None),
        ("local.env", Some("ignored\n")),
    ];
    let theirs = side(&project, "theirs", &theirs);
    let (new, old) = both(&project, &base, &ours, &theirs);
    assert_eq!(new, old);
    assert_eq!(new.conflicts, []);
    let shown = project.git(&["show", &format!("{}:a.txt", new.tree)]);
    assert_eq!(shown, "one\n2\n3\n4\n5\n6\nseven");
}

#[test]
fn what_does_not_is_the_same_conflict() {
    let project = Project::new(&[("a.txt", "one\n"), ("gone.txt", "x\n"), ("fine.txt", "x\n")]);
    let base = project.git(&["rev-parse", "HEAD"]);
    let ours = [
        ("a.txt", Some("ours\n")),
        ("gone.txt", None),
        ("new", Some("ours\n")),
    ];
    let ours = side(&project, "ours", &ours);
    let theirs = [
        ("a.txt", Some("theirs\n")),
        ("gone.txt", Some("y\n")),
        ("new", Some("theirs\n")),
        ("fine.txt", Some("theirs\n")),
    ];
    let theirs = side(&project, "theirs", &theirs);
    let (new, old) = both(&project, &base, &ours, &theirs);
    let sorted = |found: &Found| {
        let mut conflicts: Vec<_> = found.conflicts.clone();
        conflicts.sort_by(|a: &Conflict, b| a.path.cmp(&b.path));
        let pair = |it: Conflict| (it.path, it.kind);
        conflicts.into_iter().map(pair).collect::<Vec<_>>()
    };
    let paths = |found: &Found| sorted(found).into_iter().map(|it| it.0).collect::<Vec<_>>();
    assert_eq!(paths(&new), ["a.txt", "gone.txt", "new"]);
    assert_eq!(paths(&old), paths(&new));
    let kinds: Vec<_> = sorted(&old).into_iter().map(|it| it.1).collect();
    assert_eq!(kinds, ["contents", "modify/delete", "add/add"]);
    for found in [&new, &old] {
        let show = |path: &str| project.git(&["show", &format!("{}:{path}", found.tree)]);
        assert!(show("a.txt").contains("ours\n=======\ntheirs"));
        assert_eq!(show("fine.txt"), "theirs");
        assert_eq!(show("gone.txt"), "y");
    }
}

use super::*;

fn left(project: &Project) -> Vec<(String, Option<Worth>)> {
    let all = wait(Leftover::all(&project.path)).unwrap();
    all.into_iter()
        .map(|it| {
            let worth = wait(it.worth(&project.path)).unwrap();
            (format!("{}/{}", it.run, it.id), worth)
        })
        .collect()
}

#[test]
fn after_a_merge_nothing_is_left() {
    let project = Project::new(&[("a.txt", "one\n")]);
    let (branch, api) = project.branch("api");
    write(&api.join("a.txt"), "two\n");
    // A tool has write-protected what it made.
    write(&api.join("target/x"), "x");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o555);
    fs::set_permissions(api.join("target"), mode).unwrap();
    project.merge("api").unwrap();
    wait(project.worktrees().dismiss("api")).unwrap();
    assert!(!api.exists());
    assert_eq!(project.git(&["branch", "--list", "cm/*"]), "");
    assert_eq!(project.git(&["worktree", "list"]).lines().count(), 1);
    let error = project.worktrees().branch(&branch.id).unwrap_err();
    assert!(error.to_string().contains("was merged"), "{error}");
    // Merged once more, it says the same.
    assert_eq!(files(project.merge("api").unwrap()).len(), 2);
    // Before it is merged it is not taken away.
    let (_, ui) = project.branch("ui");
    wait(project.worktrees().dismiss("ui")).unwrap();
    assert!(ui.is_dir());
}

#[test]
fn what_is_worth_keeping_is_known() {
    let project = Project::new(&[("a.txt", "one\n")]);
    project.write("mine.txt", "mine\n");
    project.branch("empty");
    let (_, changed) = project.branch("changed");
    write(&changed.join("a.txt"), "two\n");
    let (_, committed) = project.branch("committed");
    write(&committed.join("b.txt"), "two\n");
    git(&committed, &["add", "-A"]);
    git(
        &committed,
        &[
            "-c",
            "user.name=x",
            "-c",
            "user.email=x",
            "commit",
            "-qm",
            "agent",
        ],
    );
    let (_, safe) = project.branch("safe");
    git(&safe, &["switch", "--quiet", "-c", "feature"]);
    write(&safe.join("c.txt"), "c\n");
    git(&safe, &["add", "-A"]);
    git(
        &safe,
        &[
            "-c",
            "user.name=x",
            "-c",
            "user.email=x",
            "commit",
            "-qm",
            "agent",
        ],
    );
    project.git(&["branch", "cm/gone/api"]);
    project.git(&["branch", "cm/mine"]);
    write(
        &project.path.join(".codemachine/worktrees/stray/x/file"),
        "",
    );
    assert_eq!(
        left(&project),
        [
            ("run1/changed".to_owned(), Some(Worth::Uncommitted(1))),
            ("run1/committed".to_owned(), Some(Worth::Unmerged(1))),
            ("run1/empty".to_owned(), None),
            ("run1/safe".to_owned(), None),
            ("stray/x".to_owned(), Some(Worth::Uncommitted(1))),
            ("gone/api".to_owned(), None),
        ]
    );
    for it in wait(Leftover::all(&project.path)).unwrap() {
        wait(it.remove(&project.path)).unwrap();
    }
    assert_eq!(left(&project), []);
    let branches = project.git(&["branch", "--format=%(refname:short)"]);
    assert_eq!(branches, "cm/mine\nfeature\nmain");
    assert!(!project.path.join(".codemachine/worktrees/run1").exists());
    assert_eq!(project.read("mine.txt"), "mine\n");
}

#[test]
fn changes_are_seen_with_git_and_without() {
    let print = |project: &Project| wait(fingerprint(&project.path, &[])).unwrap();
    for with_git in [true, false] {
        let project = match with_git {
            true => Project::new(&[("a.txt", "one\n"), (".gitignore", "ignored\n")]),
            false => Project::bare(),
        };
        project.write("new dir/b c.txt", "b\n");
        let mut last = print(&project);
        assert_eq!(print(&project), last);
        let mut seen = |what: &str, project: &Project| {
            let now = print(project);
            assert_ne!(now, last, "{what}, git: {with_git}");
            last = now;
        };
        project.write("a.txt", "changed\n");
        seen("a file that is known", &project);
        project.write("new dir/b c.txt", "bb\n");
        seen("a new file, again", &project);
        fs::remove_file(project.path.join("a.txt")).unwrap();
        seen("a file that is gone", &project);
        if with_git {
            project.git(&["add", "-A"]);
            project.git(&["commit", "-qm", "all"]);
            seen("a commit", &project);
            project.write("ignored", "x");
        }
        project.write(".codemachine/runs/x", "x");
        project.write(".codemachine/journal.db", "x");
        if with_git {
            // In a project `cm` has made this file itself.
            project.write(".codemachine/.gitignore", "*\n");
        }
        assert_eq!(print(&project), last, "git: {with_git}");
    }
}

use super::*;

#[test]
fn branches_come_back_as_one_commit_each() {
    let project = Project::new(&[("a.txt", "one\n"), ("b.txt", "one\n"), ("old/c.txt", "c\n")]);
    let (_, api) = project.branch("api");
    let (_, ui) = project.branch("ui");
    write(&api.join("a.txt"), "two\n");
    write(&api.join("new dir/ü.txt"), "new\n");
    git(&api, &["add", "-A"]);
    git(
        &api,
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
    write(&api.join("more.txt"), "not committed\n");
    write(&ui.join("b.txt"), "two\n");
    fs::remove_file(ui.join("old/c.txt")).unwrap();
    let merged = files(project.merge("api").unwrap());
    assert_eq!(merged, ["a.txt", "more.txt", "new dir/ü.txt"]);
    assert_eq!(files(project.merge("ui").unwrap()), ["b.txt", "old/c.txt"]);
    assert_eq!(project.read("a.txt"), "two\n");
    assert_eq!(project.read("b.txt"), "two\n");
    assert_eq!(project.read("new dir/ü.txt"), "new\n");
    assert!(!project.path.join("old").exists());
    assert_eq!(project.git(&["status", "--porcelain"]), "");
    let log = project.git(&["log", "--format=%an %s"]);
    assert_eq!(log, "Ada Merge ui\nAda Merge api\nAda first");
}

#[test]
fn what_the_person_has_not_committed_stays_as_it_is() {
    let project = Project::new(&[("a.txt", "one\n"), ("mine.txt", "one\n"), ("x.txt", "x\n")]);
    project.write("mine.txt", "mine\n");
    let (_, api) = project.branch("api");
    write(&api.join("a.txt"), "two\n");
    project.write("later.txt", "later\n");
    project.write("x.txt", "staged\n");
    project.git(&["add", "x.txt"]);
    let status = project.git(&["status", "--porcelain"]);
    assert_eq!(files(project.merge("api").unwrap()), ["a.txt"]);
    assert_eq!(project.git(&["status", "--porcelain"]), status);
    assert_eq!(project.read("mine.txt"), "mine\n");
    let shown = project.git(&["show", "--name-only", "--format=", "HEAD"]);
    assert_eq!(shown, "a.txt");
}

#[test]
fn the_same_file_changed_here_and_not_committed_is_refused() {
    let project = Project::new(&[("a.txt", "one\n"), ("b.txt", "one\n")]);
    let (_, api) = project.branch("api");
    write(&api.join("a.txt"), "theirs\n");
    write(&api.join("b.txt"), "theirs\n");
    write(&api.join("new.txt"), "theirs\n");
    project.write("a.txt", "mine\n");
    project.write("new.txt", "mine\n");
    let head = project.git(&["rev-parse", "HEAD"]);
    let error = project.merge("api").unwrap_err();
    assert_eq!(error.code(), "uncommitted-changes");
    let said = error.to_string();
    assert!(said.contains("`a.txt`, `new.txt` are changed"), "{said}");
    assert_eq!(project.read("a.txt"), "mine\n");
    assert_eq!(project.read("b.txt"), "one\n");
    assert_eq!(project.read("new.txt"), "mine\n");
    assert_eq!(project.git(&["rev-parse", "HEAD"]), head);
    // The way out that it names.
    project.git(&["checkout", "--quiet", "a.txt"]);
    fs::remove_file(project.path.join("new.txt")).unwrap();
    assert_eq!(
        files(project.merge("api").unwrap()),
        ["a.txt", "b.txt", "new.txt"]
    );
}

#[test]
fn what_git_ignores_is_not_overwritten() {
    let project = Project::new(&[(".gitignore", "*.env\nbuild\n"), ("a.txt", "one\n")]);
    let (_, api) = project.branch("api");
    write(&api.join("local.env"), "theirs");
    write(&api.join("build/out"), "theirs");
    git(&api, &["add", "-f", "local.env", "build/out"]);
    project.write("local.env", "mine");
    project.write("build", "a file");
    let error = project.merge("api").unwrap_err();
    assert_eq!(error.code(), "uncommitted-changes");
    assert!(
        error.to_string().contains("`build`, `local.env`"),
        "{error}"
    );
    assert_eq!(project.read("local.env"), "mine");
    assert_eq!(project.read("build"), "a file");
}

#[test]
fn what_was_staged_by_halves_is_not_lost() {
    let project = Project::new(&[("a.txt", "one\n")]);
    project.write("a.txt", "staged\n");
    project.git(&["add", "a.txt"]);
    project.write("a.txt", "staged\nand more\n");
    let (_, api) = project.branch("api");
    write(&api.join("a.txt"), "staged\nand more\ntheirs\n");
    let error = project.merge("api").unwrap_err();
    assert_eq!(error.code(), "uncommitted-changes");
    assert_eq!(project.git(&["show", ":a.txt"]), "staged");
}

#[test]
fn what_the_branch_began_with_goes_into_the_commit_with_it() {
    let project = Project::new(&[("plan.md", "one\n")]);
    project.write("plan.md", "one\nby an earlier step\n");
    project.write("notes.md", "notes\n");
    project.write("other.md", "other\n");
    let (_, api) = project.branch("api");
    let (_, ui) = project.branch("ui");
    write(&api.join("plan.md"), "api\none\nby an earlier step\n");
    write(&ui.join("plan.md"), "one\nby an earlier step\nui\n");
    write(&ui.join("notes.md"), "notes\nui\n");
    assert_eq!(files(project.merge("api").unwrap()), ["plan.md"]);
    assert_eq!(files(project.merge("ui").unwrap()), ["notes.md", "plan.md"]);
    assert_eq!(
        project.read("plan.md"),
        "api\none\nby an earlier step\nui\n"
    );
    assert_eq!(project.read("notes.md"), "notes\nui\n");
    assert_eq!(project.git(&["status", "--porcelain"]), "?? other.md");
}

#[test]
fn conflicts_are_solved_in_the_project() {
    let project = Project::new(&[("a.txt", "one\n"), ("b.txt", "one\n"), ("use.txt", "use\n")]);
    project.write("mine.txt", "mine\n");
    let (_, api) = project.branch("api");
    let (_, ui) = project.branch("ui");
    write(&api.join("a.txt"), "api\n");
    write(&ui.join("a.txt"), "ui\n");
    write(&ui.join("b.txt"), "ui\n");
    project.merge("api").unwrap();
    let found = conflicts(project.merge("ui").unwrap());
    assert_eq!(found, [("a.txt".to_owned(), "contents".to_owned())]);
    let text = project.read("a.txt");
    assert!(
        text.contains("<<<<<<< ") && text.contains("api\n=======\nui\n"),
        "{text}"
    );
    assert_eq!(project.read("b.txt"), "ui\n");
    // Nobody has solved it.
    assert_eq!(conflicts(project.merge("ui").unwrap()), found);
    // Another branch waits for it.
    let (_, third) = project.branch("third");
    write(&third.join("b.txt"), "third\n");
    let error = project.merge("third").unwrap_err();
    assert_eq!(error.code(), "unfinished-merge");
    assert!(error.to_string().contains("`ui`"), "{error}");
    // An agent solves it, and changes another file with it.
    project.write("a.txt", "api and ui\n");
    project.write("use.txt", "used\n");
    assert_eq!(
        files(project.merge("ui").unwrap()),
        ["a.txt", "b.txt", "use.txt"]
    );
    assert_eq!(project.git(&["status", "--porcelain"]), "?? mine.txt");
    assert_eq!(project.git(&["show", "HEAD:a.txt"]), "api and ui");
}

#[test]
fn conflicts_may_be_committed_by_whoever_solves_them() {
    let project = Project::new(&[("a.txt", "one\n"), ("bin", "\0one")]);
    let (_, api) = project.branch("api");
    write(&api.join("a.txt"), "api\n");
    write(&api.join("bin"), "\0api");
    project.write("a.txt", "mine\n");
    fs::remove_file(project.path.join("bin")).unwrap();
    project.git(&["commit", "-qam", "mine"]);
    let mut found = conflicts(project.merge("api").unwrap());
    found.sort();
    assert_eq!(found[1].1, "modify/delete");
    project.write("a.txt", "both\n");
    project.git(&["add", "-A"]);
    project.git(&["commit", "-qm", "solved"]);
    let head = project.git(&["rev-parse", "HEAD"]);
    match project.merge("api").unwrap() {
        Merged::Done { commit, .. } => assert_eq!(commit, head),
        other => panic!("{other:?}"),
    }
    assert_eq!(project.git(&["status", "--porcelain"]), "");
}

#[test]
fn a_repository_in_the_middle_of_something_is_left_alone() {
    let project = Project::new(&[("a.txt", "one\n")]);
    let (_, api) = project.branch("api");
    write(&api.join("b.txt"), "b\n");
    let head = project.git(&["rev-parse", "HEAD"]);
    write(&project.path.join(".git/MERGE_HEAD"), &head);
    let error = project.merge("api").unwrap_err();
    assert_eq!(error.code(), "repository-busy");
    assert!(
        error.to_string().contains("in the middle of a merge"),
        "{error}"
    );
    assert!(!project.path.join("b.txt").exists());
    fs::remove_file(project.path.join(".git/MERGE_HEAD")).unwrap();
    assert_eq!(files(project.merge("api").unwrap()), ["b.txt"]);
}

#[test]
fn nothing_changed_is_nothing_merged() {
    let project = Project::new(&[("a.txt", "one\n")]);
    project.write("a.txt", "mine\n");
    project.branch("api");
    let head = project.git(&["rev-parse", "HEAD"]);
    assert_eq!(project.merge("api").unwrap(), Merged::Nothing);
    assert_eq!(project.git(&["rev-parse", "HEAD"]), head);
    assert_eq!(project.read("a.txt"), "mine\n");
    // A second time is no mistake.
    assert_eq!(project.merge("api").unwrap(), Merged::Nothing);
}

#[test]
fn links_modes_and_directories_come_along() {
    let project = Project::new(&[("file", "f\n"), ("dir/a", "a\n"), ("run.sh", "#!/bin/sh\n")]);
    let (_, api) = project.branch("api");
    fs::remove_file(api.join("file")).unwrap();
    write(&api.join("file/in/it"), "it\n");
    fs::remove_dir_all(api.join("dir")).unwrap();
    write(&api.join("dir"), "a file now\n");
    std::os::unix::fs::symlink("dir", api.join("link")).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(api.join("run.sh"), mode).unwrap();
    project.merge("api").unwrap();
    assert_eq!(project.read("file/in/it"), "it\n");
    assert_eq!(project.read("dir"), "a file now\n");
    assert_eq!(
        fs::read_link(project.path.join("link")).unwrap(),
        Path::new("dir")
    );
    assert_eq!(project.git(&["status", "--porcelain"]), "");
    assert!(
        project
            .git(&["ls-files", "-s", "run.sh"])
            .starts_with("100755")
    );
}

#[test]
fn what_is_mended_after_a_merge_is_brought_in_by_the_next_one() {
    let project = Project::new(&[("a.txt", "one\n"), ("use.txt", "use\n")]);
    project.write("mine.txt", "mine\n");
    let (_, api) = project.branch("api");
    write(&api.join("a.txt"), "two\n");
    project.merge_for("api", "merge").unwrap();
    // The check after it failed, and an agent mends it.
    project.write("use.txt", "mended\n");
    project.write("new.txt", "mended\n");
    project.write("mine.txt", "still mine\n");
    // The same piece of work, again after a crash, has nothing to do with that.
    assert_eq!(files(project.merge_for("api", "merge").unwrap()), ["a.txt"]);
    assert_eq!(project.git(&["show", "HEAD:use.txt"]), "use");
    let merged = files(project.merge_for("api", "after the check").unwrap());
    assert_eq!(merged, ["a.txt", "new.txt", "use.txt"]);
    assert_eq!(project.git(&["status", "--porcelain"]), "?? mine.txt");
    assert_eq!(project.git(&["rev-list", "--count", "HEAD"]), "3");
    // Nothing was mended since.
    project.merge_for("api", "once more").unwrap();
    assert_eq!(project.git(&["rev-list", "--count", "HEAD"]), "3");
}

//! Whoever did it was killed in between.

use super::*;

#[test]
fn a_branch_that_was_begun_is_begun_anew() {
    let project = Project::new(&[("a.txt", "one\n")]);
    let worktrees = project.worktrees();
    let wanted = Wanted {
        name: "api".to_owned(),
        owner: "key".to_owned(),
        ..Wanted::default()
    };
    let (branch, _) = wait(worktrees.make(&wanted)).unwrap();
    // Setup had made something when it was killed.
    let directory = worktrees.directory_of(&branch);
    write(&directory.join("half"), "half");
    assert_eq!(
        worktrees.branch("api").unwrap_err().code(),
        "unknown-branch"
    );
    let (branch, _) = wait(worktrees.make(&wanted)).unwrap();
    assert_eq!((branch.id.as_str(), &branch.state), ("api", &State::Making));
    assert!(!directory.join("half").exists());
    // Killed after the record, before git; or in the middle of git.
    fs::remove_dir_all(&directory).unwrap();
    project.git(&["worktree", "prune"]);
    let (_, _) = wait(worktrees.make(&wanted)).unwrap();
    assert!(directory.join("a.txt").is_file());
    fs::remove_file(directory.join(".git")).unwrap();
    let (branch, _) = wait(worktrees.make(&wanted)).unwrap();
    worktrees.ready(branch).unwrap();
    // Ready, and whoever made it did not live to say so.
    write(&directory.join("a.txt"), "work");
    let (branch, _) = wait(worktrees.make(&wanted)).unwrap();
    assert_eq!(branch.state, State::Ready);
    assert_eq!(fs::read_to_string(directory.join("a.txt")).unwrap(), "work");
}

#[test]
fn a_name_that_has_work_in_it_is_not_taken_over() {
    let project = Project::new(&[("a.txt", "one\n")]);
    let make = |owner: &str| {
        let (branch, directory) = project.branch_with(Wanted {
            name: "api".to_owned(),
            owner: owner.to_owned(),
            ..Wanted::default()
        });
        (branch.id, directory)
    };
    assert_eq!(make("one").0, "api");
    // Nothing was done in it.
    let (id, first) = make("two");
    assert_eq!(id, "api");
    write(&first.join("a.txt"), "work");
    let (id, second) = make("three");
    assert_eq!(id, "api-2");
    assert_ne!(first, second);
    assert_eq!(fs::read_to_string(first.join("a.txt")).unwrap(), "work");
    // Merged and taken away, its name is free again.
    project.merge("api").unwrap();
    wait(project.worktrees().dismiss("api")).unwrap();
    assert_eq!(make("four").0, "api");
}

#[test]
fn a_merge_that_was_written_down_is_gone_on_with() {
    for stage in 0..4 {
        let project = Project::new(&[("a.txt", "one\n"), ("b.txt", "one\n"), ("c.txt", "c\n")]);
        project.write("mine.txt", "mine");
        let (_, api) = project.branch("api");
        write(&api.join("a.txt"), "two\n");
        write(&api.join("b.txt"), "two\n");
        fs::remove_file(api.join("c.txt")).unwrap();
        // What it is like in the end, to be taken back by steps.
        project.merge("api").unwrap();
        let commit = project.git(&["rev-parse", "HEAD"]);
        let before = project.git(&["rev-parse", "HEAD~"]);
        let worktrees = project.worktrees();
        let tree = |name: &str| project.git(&["rev-parse", &format!("{name}^{{tree}}")]);
        let mut branch = worktrees.any("api").unwrap().unwrap();
        let merging = record::Merging {
            head: before.clone(),
            before: tree("HEAD~"),
            tree: tree("HEAD"),
            commit: Some(commit.clone()),
            files: vec!["a.txt".into(), "b.txt".into(), "c.txt".into()],
            conflicts: Vec::new(),
            message: "Merge api".into(),
            by: "step".into(),
        };
        branch.state = State::Merging(merging);
        worktrees.write(&branch).unwrap();
        match stage {
            // Nothing was written.
            0 => drop(project.git(&["reset", "--quiet", "--hard", &before])),
            // Half of the files were.
            1 => {
                project.git(&["reset", "--quiet", "--hard", &before]);
                project.write("a.txt", "two\n");
            }
            // All were.
            2 => drop(project.git(&["reset", "--quiet", "--soft", &before])),
            // The commit is there, and the index has not followed.
            _ => drop(project.git(&["read-tree", &before])),
        }
        let merged = files(project.merge("api").unwrap());
        assert_eq!(merged.len(), 3, "stage {stage}");
        assert_eq!(project.git(&["rev-parse", "HEAD"]), commit, "stage {stage}");
        assert_eq!(project.git(&["status", "--porcelain"]), "?? mine.txt");
        assert_eq!(project.read("b.txt"), "two\n");
        assert!(!project.path.join("c.txt").exists());
    }
}

#[test]
fn between_two_tries_the_person_loses_nothing_either() {
    let project = Project::new(&[("a.txt", "one\n"), ("b.txt", "one\n")]);
    let (_, api) = project.branch("api");
    write(&api.join("a.txt"), "two\n");
    write(&api.join("b.txt"), "two\n");
    project.merge("api").unwrap();
    let worktrees = project.worktrees();
    let commit = project.git(&["rev-parse", "HEAD"]);
    let before = project.git(&["rev-parse", "HEAD~"]);
    let tree = |name: &str| project.git(&["rev-parse", &format!("{name}^{{tree}}")]);
    let mut branch = worktrees.any("api").unwrap().unwrap();
    branch.state = State::Merging(record::Merging {
        head: before.clone(),
        before: tree("HEAD~"),
        tree: tree("HEAD"),
        commit: Some(commit),
        files: vec!["a.txt".into(), "b.txt".into()],
        conflicts: Vec::new(),
        message: "Merge api".into(),
        by: "step".into(),
    });
    worktrees.write(&branch).unwrap();
    project.git(&["reset", "--quiet", "--hard", &before]);
    project.write("a.txt", "mine\n");
    let error = project.merge("api").unwrap_err();
    assert_eq!(error.code(), "uncommitted-changes");
    assert_eq!(project.read("a.txt"), "mine\n");
    // They commit it: then both have changed the same.
    project.git(&["commit", "-qam", "mine"]);
    let found = conflicts(project.merge("api").unwrap());
    assert_eq!(found[0].0, "a.txt");
    assert_eq!(project.read("b.txt"), "two\n");
}

#[test]
fn a_change_in_the_second_of_the_checkout_is_seen() {
    let project = Project::new(&[("a.txt", "one\n")]);
    let (_, api) = project.branch("api");
    let file = api.join("a.txt");
    let written = fs::metadata(&file).unwrap().modified().unwrap();
    // As long as before, and with the time of before: only the index tells that git has to
    // look into it.
    write(&file, "two\n");
    let times = fs::File::options().write(true).open(&file).unwrap();
    times.set_modified(written).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    assert_eq!(files(project.merge("api").unwrap()), ["a.txt"]);
    assert_eq!(project.read("a.txt"), "two\n");
}

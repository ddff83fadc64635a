use super::*;

#[test]
fn a_branch_has_what_the_person_sees() {
    let project = Project::new(&[
        ("a.txt", "one\n"),
        ("gone.txt", ""),
        (".gitignore", "*.env\n"),
    ]);
    project.write("a.txt", "two\n");
    project.write("new file.txt", "new\n");
    project.write("staged.txt", "staged\n");
    project.write("secret.env", "key");
    fs::remove_file(project.path.join("gone.txt")).unwrap();
    project.git(&["add", "staged.txt"]);
    let status = project.git(&["status", "--porcelain"]);
    let (branch, directory) = project.branch("api");
    let read = |path: &str| fs::read_to_string(directory.join(path)).unwrap();
    assert_eq!(read("a.txt"), "two\n");
    assert_eq!(read("new file.txt"), "new\n");
    assert_eq!(read("staged.txt"), "staged\n");
    assert!(!directory.join("gone.txt").exists());
    assert!(!directory.join("secret.env").exists());
    assert_eq!(git(&directory, &["status", "--porcelain"]), "");
    assert_eq!(branch.name.as_deref(), Some("cm/run1/api"));
    assert_eq!(
        git(&directory, &["branch", "--show-current"]),
        "cm/run1/api"
    );
    // The project has noticed nothing.
    assert_eq!(project.git(&["status", "--porcelain"]), status);
    assert_eq!(project.git(&["stash", "list"]), "");
}

#[test]
fn without_changes_it_begins_with_the_commit_itself() {
    let project = Project::new(&[("a.txt", "one\n")]);
    let (branch, _) = project.branch("api");
    assert_eq!(branch.base, Some(project.git(&["rev-parse", "HEAD"])));
}

#[test]
fn without_git_or_a_commit_it_is_the_directory_itself() {
    let project = Project::bare();
    let (branch, directory) = project.branch("api");
    assert!(branch.shared.unwrap().contains("no git repository"));
    assert_eq!(directory, project.path);
    assert_eq!(project.merge("api").unwrap(), Merged::Nothing);
    assert!(project.path.is_dir());

    project.git(&["init", "--quiet"]);
    let (branch, directory) = project.branch("ui");
    assert!(branch.shared.unwrap().contains("no commit yet"));
    assert_eq!(directory, project.path);
}

#[test]
fn a_project_within_a_repository_is_worked_in_there() {
    let project = Project::new(&[("sub dir/a.txt", "one\n"), ("b.txt", "b\n")]);
    write(&project.path.join("outside.txt"), "not ours");
    let below = Project {
        _held: tempfile::tempdir().unwrap(),
        path: project.path.join("sub dir"),
    };
    below.write("new.txt", "new");
    let (_, directory) = below.branch("api");
    assert!(directory.ends_with(".codemachine/worktrees/run1/api/sub dir"));
    assert_eq!(
        fs::read_to_string(directory.join("new.txt")).unwrap(),
        "new"
    );
    assert!(!directory.join("../outside.txt").exists());
    write(&directory.join("a.txt"), "two\n");
    write(&directory.join("../b.txt"), "two\n");
    assert_eq!(
        files(below.merge("api").unwrap()),
        ["b.txt", "sub dir/a.txt"]
    );
    assert_eq!(project.read("b.txt"), "two\n");
    assert_eq!(below.read("a.txt"), "two\n");
}

#[test]
fn what_git_ignores_can_be_included() {
    let project = Project::new(&[
        (".gitignore", "*.env\nnode_modules\ncache/\n"),
        (".worktreeinclude", "# more\nnode_modules/\n"),
        ("a.txt", ""),
    ]);
    project.write(".env", "top");
    project.write("config/local dir/x.env", "deep");
    project.write("node_modules/left/pad.js", "js");
    project.write("cache/big", "big");
    std::os::unix::fs::symlink("pad.js", project.path.join("node_modules/left/link")).unwrap();
    let wanted = Wanted {
        name: "api".to_owned(),
        include: vec!["*.env".to_owned(), "missing.txt".to_owned()],
        ..Wanted::default()
    };
    let (branch, included) = wait(project.worktrees().make(&wanted)).unwrap();
    let directory = project.worktrees().directory_of(&branch);
    assert_eq!(included, 4);
    let read = |path: &str| fs::read_to_string(directory.join(path)).unwrap();
    assert_eq!(read(".env"), "top");
    assert_eq!(read("config/local dir/x.env"), "deep");
    assert_eq!(read("node_modules/left/link"), "js");
    assert!(!directory.join("cache").exists());
    // None of it comes back.
    project.worktrees().ready(branch).unwrap();
    write(&directory.join(".env"), "changed");
    assert_eq!(project.merge("api").unwrap(), Merged::Nothing);
    assert_eq!(project.read(".env"), "top");
}

#[test]
fn hostile_names_lead_nowhere() {
    let project = Project::new(&[("a.txt", "")]);
    let worktrees = project.worktrees();
    let long = "a".repeat(81);
    for name in [
        "", "..", "-x", "/tmp/x", "a/b", "a b", ".git", "a.lock", "x\0", "@{0}", &long,
    ] {
        let wanted = Wanted {
            name: name.to_owned(),
            ..Wanted::default()
        };
        let error = wait(worktrees.make(&wanted)).unwrap_err();
        assert_eq!(error.code(), "bad-name", "{name:?}");
        assert_eq!(worktrees.branch(name).unwrap_err().code(), "bad-name");
        let merged = wait(worktrees.merge(name, "m", "step")).unwrap_err();
        assert_eq!(merged.code(), "bad-name");
        assert!(Worktrees::new(&project.path, name, Vec::new()).is_err());
    }
    for pattern in ["../x", "/etc/passwd", "a/../../b", ""] {
        let wanted = Wanted {
            name: "api".to_owned(),
            include: vec![pattern.to_owned()],
            ..Wanted::default()
        };
        let error = wait(worktrees.make(&wanted)).unwrap_err();
        assert_eq!(error.code(), "bad-include", "{pattern}");
    }
    assert_eq!(project.git(&["status", "--porcelain"]), "");
}

#[test]
fn a_link_does_not_lead_the_worktrees_elsewhere() {
    let project = Project::new(&[("a.txt", "")]);
    let elsewhere = tempfile::tempdir().unwrap();
    fs::create_dir(project.path.join(".codemachine")).unwrap();
    let link = project.path.join(".codemachine/worktrees");
    std::os::unix::fs::symlink(elsewhere.path(), link).unwrap();
    let wanted = Wanted {
        name: "api".to_owned(),
        ..Wanted::default()
    };
    let error = wait(project.worktrees().make(&wanted)).unwrap_err();
    assert_eq!(error.code(), "in-the-way");
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn a_file_in_the_way_stays() {
    let project = Project::new(&[("a.txt", "")]);
    let path = project.path.join(".codemachine/worktrees/run1/api");
    write(&path, "mine");
    let wanted = Wanted {
        name: "api".to_owned(),
        ..Wanted::default()
    };
    let error = wait(project.worktrees().make(&wanted)).unwrap_err();
    assert_eq!(error.code(), "in-the-way");
    assert_eq!(fs::read_to_string(path).unwrap(), "mine");
}

#[test]
fn every_branch_has_its_own_ports() {
    let project = Project::new(&[("a.txt", "")]);
    let with_ports = |name: &str, ports| {
        let (branch, _) = project.branch_with(Wanted {
            name: name.to_owned(),
            owner: name.to_owned(),
            ports,
            ..Wanted::default()
        });
        branch
    };
    let (one, two) = (with_ports("one", 3), with_ports("two", 3));
    let mut ports = [one.ports.clone(), two.ports].concat();
    ports.sort_unstable();
    ports.dedup();
    assert_eq!(ports.len(), 6);
    let set = Worktrees::environment(&one);
    let names: Vec<&str> = set.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["CM_WORKSPACE", "CM_PORT", "CM_PORT_1", "CM_PORT_2"]);
    assert_eq!(set[2].1, one.ports[1].to_string());
    let too_many = Wanted {
        name: "three".to_owned(),
        ports: 101,
        ..Wanted::default()
    };
    let error = wait(project.worktrees().make(&too_many)).unwrap_err();
    assert_eq!(error.code(), "no-ports");
}

#[test]
fn many_are_made_at_once() {
    let project = Project::new(&[("a.txt", "one\n")]);
    project.write("b.txt", "not committed");
    wait(async {
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..8 {
            let worktrees = project.worktrees();
            tasks.spawn(async move {
                let wanted = Wanted {
                    name: format!("b{number}"),
                    ..Wanted::default()
                };
                let (branch, _) = worktrees.make(&wanted).await.unwrap();
                worktrees.ready(branch).unwrap();
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
    });
    for number in 0..8 {
        let branch = project.worktrees().branch(&format!("b{number}")).unwrap();
        let directory = project.worktrees().directory_of(&branch);
        assert!(directory.join("b.txt").is_file());
    }
}

#[test]
fn nothing_that_a_repository_names_is_run() {
    let project = Project::new(&[("a.txt", "one\n")]);
    let hook = project.path.join(".git/hooks/post-checkout");
    write(&hook, "#!/bin/sh\ntouch ../../../../hooked\ntouch hooked\n");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&hook, mode).unwrap();
    for name in ["pre-commit", "reference-transaction", "post-index-change"] {
        fs::copy(&hook, hook.with_file_name(name)).unwrap();
    }
    let (_, directory) = project.branch("api");
    write(&directory.join("a.txt"), "two\n");
    project.merge("api").unwrap();
    assert!(!project.path.join("hooked").exists());
    assert!(!directory.join("hooked").exists());
}

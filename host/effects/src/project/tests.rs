use super::*;

/// A project with these files, each with its own path as its text.
fn project(files: &[&str]) -> (tempfile::TempDir, Project) {
    let directory = tempfile::tempdir().unwrap();
    for file in files {
        let path = directory.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file).unwrap();
    }
    let project = Project::new(directory.path());
    (directory, project)
}

#[test]
fn files_are_read_by_their_path() {
    let (_held, project) = project(&["docs/a.md", ".codemachine/plan.md"]);
    assert_eq!(project.read("docs/a.md").unwrap(), "docs/a.md");
    assert_eq!(project.read("./docs/a.md").unwrap(), "docs/a.md");
    let plan = project.read(".codemachine/plan.md").unwrap();
    assert_eq!(plan, ".codemachine/plan.md");
    let missing = project.read("docs/b.md").unwrap_err();
    assert!(matches!(missing, ProjectError::Missing(_)), "{missing}");
    let directory = project.read("docs").unwrap_err();
    assert!(
        matches!(directory, ProjectError::NotAFile(_)),
        "{directory}"
    );
}

#[test]
fn nothing_leads_out() {
    let (held, project) = project(&["inside/a.md"]);
    let elsewhere = tempfile::tempdir().unwrap();
    fs::write(elsewhere.path().join("secret"), "secret").unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), held.path().join("link")).unwrap();
    std::os::unix::fs::symlink("inside/a.md", held.path().join("alias")).unwrap();
    for path in [
        "",
        "../x",
        "inside/../../x",
        "/etc/passwd",
        "inside\\a.md",
        "a\0b",
    ] {
        let error = project.read(path).unwrap_err();
        assert!(matches!(error, ProjectError::Path(_)), "{path:?}: {error}");
        assert!(project.matching(path).is_err(), "{path:?}");
    }
    let error = project.read("link/secret").unwrap_err();
    assert!(matches!(error, ProjectError::Outside(_)), "{error}");
    assert_eq!(project.read("alias").unwrap(), "inside/a.md");
    assert_eq!(project.matching("link/*").unwrap(), Vec::<String>::new());
    assert_eq!(project.matching("a*").unwrap(), ["alias"]);
}

#[test]
fn the_journal_is_not_handed_out() {
    let (held, project) = project(&[
        ".codemachine/journal.db",
        ".codemachine/journal.db-wal",
        ".codemachine/runs/abc/lock",
        ".codemachine/inputs/specification.md",
    ]);
    std::os::unix::fs::symlink(".codemachine/journal.db", held.path().join("alias")).unwrap();
    for path in [
        ".codemachine/journal.db",
        ".codemachine/./runs/abc/lock",
        "alias",
    ] {
        let error = project.read(path).unwrap_err();
        assert!(
            matches!(error, ProjectError::Reserved(_)),
            "{path}: {error}"
        );
    }
    let found = project.matching(".codemachine/**").unwrap();
    assert_eq!(found, [".codemachine/inputs/specification.md"]);
    assert_eq!(project.matching("*").unwrap(), Vec::<String>::new());
}

#[test]
fn patterns_find_what_they_say() {
    let (_held, project) = project(&[
        "a.md",
        "b.txt",
        "docs/a.md",
        "docs/deep/er/a.md",
        "docs/.hidden/a.md",
        "docs/.secret.md",
    ]);
    let found = |pattern: &str| project.matching(pattern).unwrap();
    assert_eq!(found("*.md"), ["a.md"]);
    assert_eq!(found("docs/*.md"), ["docs/a.md"]);
    assert_eq!(found("**/*.md"), ["a.md", "docs/a.md", "docs/deep/er/a.md"]);
    assert_eq!(
        found("**/**/a.md"),
        ["a.md", "docs/a.md", "docs/deep/er/a.md"]
    );
    assert_eq!(found("docs/**/er/?.md"), ["docs/deep/er/a.md"]);
    assert_eq!(found("docs/.*/*.md"), ["docs/.hidden/a.md"]);
    assert_eq!(found("docs/.s*t.md"), ["docs/.secret.md"]);
    assert_eq!(found("*a*.*m*d*"), ["a.md"]);
    assert_eq!(found("docs"), Vec::<String>::new());
}

#[test]
fn too_much_is_refused() {
    let (held, project) = project(&[]);
    let large = vec![b'a'; MAX_FILE as usize + 1];
    fs::write(held.path().join("large"), large).unwrap();
    fs::write(held.path().join("bytes"), [0xff, 0xfe]).unwrap();
    let error = project.read("large").unwrap_err();
    assert!(matches!(error, ProjectError::TooLarge(_)), "{error}");
    let error = project.read("bytes").unwrap_err();
    assert!(matches!(error, ProjectError::NotText(_)), "{error}");
    for number in 0..=MAX_MATCHES {
        fs::write(held.path().join(format!("{number}.txt")), "").unwrap();
    }
    let error = project.matching("*.txt").unwrap_err();
    assert!(matches!(error, ProjectError::TooMany(_)), "{error}");
}

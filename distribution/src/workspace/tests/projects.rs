use super::*;

fn project(place: &Place) -> Workspace<'static> {
    place.workspace().with_project(place.path("project"))
}

fn locked(place: &Place) -> String {
    fs::read_to_string(place.path("project/cm.lock")).unwrap_or_default()
}

#[test]
fn a_project_is_the_same_everywhere() {
    let place = Place::new();
    place.publish("tools", "1.0.0", "");
    place.publish(
        "acme/review",
        "1.0.0",
        "[dependencies]\ntools = '^1'\nclaude = '^1'\n",
    );
    place.write(
        "project/cm.toml",
        "[package]\nname = 'mine'\nversion = '0.1.0'\n# mine\n",
    );
    let (workspace, mut registry) = (project(&place), place.registry());
    let review: Name = "acme/review".parse().unwrap();
    let plan = workspace
        .add(&registry, &[(review.clone(), None)], &all())
        .unwrap();
    assert!(locked(&place).is_empty());
    workspace.apply(&mut registry, plan).unwrap();
    let text = fs::read_to_string(place.path("project/cm.toml")).unwrap();
    assert!(
        text.contains("# mine\n\n[dependencies]\n\"acme/review\" = \"^1.0.0\"\n"),
        "{text}"
    );
    let lock = locked(&place);
    assert!(
        lock.contains("name = \"tools\"") && !lock.contains("claude"),
        "{lock}"
    );

    // Later versions change nothing until somebody asks for them.
    place.publish("tools", "1.1.0", "");
    for options in [
        all(),
        Options {
            locked: true,
            ..all()
        },
        Options {
            offline: true,
            locked: true,
            ..all()
        },
    ] {
        let plan = workspace.sync(&registry, &options).unwrap();
        assert!(plan.is_idle());
        workspace.apply(&mut registry, plan).unwrap();
        assert_eq!(locked(&place), lock);
    }
    // On another machine the same is fetched.
    let other = Workspace::open(place.home("author"))
        .unwrap()
        .with_project(place.path("project"));
    let mut theirs = Registry::open(place.home("author"), EMBEDDED).unwrap().0;
    let plan = other
        .sync(
            &theirs,
            &Options {
                locked: true,
                ..all()
            },
        )
        .unwrap();
    other.apply(&mut theirs, plan).unwrap();
    let (theirs, _) = other.registry(EMBEDDED).unwrap();
    assert_eq!(theirs.find("tools").unwrap().version().to_string(), "1.0.0");

    let plan = workspace
        .update(&registry, &["tools".parse().unwrap()], &all())
        .unwrap();
    let found = plan
        .steps
        .iter()
        .find(|it| it.name.to_string() == "tools")
        .unwrap();
    assert_eq!(found.version, Version::new(1, 1, 0));
    workspace.apply(&mut registry, plan).unwrap();
    assert_ne!(locked(&place), lock);
    let (pinned, _) = workspace.registry(EMBEDDED).unwrap();
    assert_eq!(pinned.find("tools").unwrap().version().to_string(), "1.1.0");
    // Beside the project nothing has changed.
    assert_eq!(
        place
            .registry()
            .find("tools")
            .unwrap()
            .version()
            .to_string(),
        "1.0.0"
    );

    // A cm.toml that the lock does not fit.
    place.write(
        "project/cm.toml",
        "[package]\nname = 'mine'\nversion = '0.1.0'\n[dependencies]\ntools = '^2'\n",
    );
    let error = workspace
        .sync(
            &registry,
            &Options {
                locked: true,
                ..all()
            },
        )
        .err()
        .unwrap();
    assert!(
        error
            .to_string()
            .contains("`tools` 1.1.0, and ^2 is needed"),
        "{error}"
    );
    let error = workspace
        .add(
            &registry,
            &[(review, None)],
            &Options {
                locked: true,
                ..all()
            },
        )
        .err()
        .unwrap();
    assert_eq!(error.code(), "lock-file-frozen");
}

fn manifest(place: &Place) -> String {
    fs::read_to_string(place.path("project/cm.toml")).unwrap()
}

#[test]
fn a_project_that_is_no_package() {
    let place = Place::new();
    place.publish("tools", "1.0.0", "");
    place.publish("acme/review", "1.0.0", "[dependencies]\ntools = '^1'\n");
    fs::create_dir_all(place.path("project")).unwrap();
    let (workspace, mut registry) = (project(&place), place.registry());
    for error in [
        workspace.sync(&registry, &all()).err().unwrap(),
        workspace.update(&registry, &[], &all()).err().unwrap(),
    ] {
        assert_eq!(error.code(), "no-project");
        assert!(error.help().unwrap().contains("cm add"));
    }
    // The first one that is added makes it.
    let review: Name = "acme/review".parse().unwrap();
    let nobody: Name = "acme/nobody".parse().unwrap();
    assert!(workspace.add(&registry, &[(nobody, None)], &all()).is_err());
    let plan = workspace
        .add(&registry, &[(review.clone(), None)], &all())
        .unwrap();
    assert!(!place.path("project/cm.toml").exists());
    workspace.apply(&mut registry, plan).unwrap();
    assert_eq!(
        manifest(&place),
        "[dependencies]\n\"acme/review\" = \"^1.0.0\"\n"
    );

    place.publish("acme/review", "1.1.0", "[dependencies]\ntools = '^1'\n");
    let plan = workspace.update(&registry, &[], &all()).unwrap();
    workspace.apply(&mut registry, plan).unwrap();
    assert!(locked(&place).contains("1.1.0"));
    let tools: Name = "tools".parse().unwrap();
    let plan = workspace
        .add(
            &registry,
            &[(tools.clone(), Some("*".parse().unwrap()))],
            &all(),
        )
        .unwrap();
    workspace.apply(&mut registry, plan).unwrap();

    // Out again: the one that the other needs stays locked.
    let error = workspace
        .remove_from_project(&registry, &["tool".parse().unwrap()], &all())
        .err()
        .unwrap();
    assert_eq!(
        (error.code(), error.help().unwrap()),
        ("not-needed", "did you mean `tools`?".into())
    );
    let plan = workspace
        .remove_from_project(&registry, std::slice::from_ref(&tools), &all())
        .unwrap();
    assert!(manifest(&place).contains("tools") && plan.dropped.is_empty());
    workspace.apply(&mut registry, plan).unwrap();
    assert_eq!(
        manifest(&place),
        "[dependencies]\n\"acme/review\" = \"^1.0.0\"\n"
    );
    assert!(locked(&place).contains("name = \"tools\""));
    let plan = workspace
        .remove_from_project(&registry, &[review], &all())
        .unwrap();
    let dropped: Vec<_> = plan.dropped.iter().map(|it| it.0.to_string()).collect();
    assert_eq!(dropped, ["acme/review", "tools"]);
    workspace.apply(&mut registry, plan).unwrap();
    assert_eq!(manifest(&place), "[dependencies]\n");
    assert!(!locked(&place).contains("name"));
}

/// What is locked and here needs no registry; a registry that is gone does not matter.
#[test]
fn what_is_here_is_not_asked_for() {
    let place = Place::new();
    place.publish("tools", "1.0.0", "");
    place.publish(
        "acme/review",
        "1.0.0",
        "[dependencies]\ntools = '^1'\nclaude = '*'\n",
    );
    place.write(
        "project/cm.toml",
        "[dependencies]\n\"acme/review\" = '^1'\n",
    );
    let (workspace, mut registry) = (project(&place), place.registry());
    let plan = workspace.sync(&registry, &all()).unwrap();
    workspace.apply(&mut registry, plan).unwrap();
    place.install(&["acme/review@1.0.0"], &all()).unwrap();
    let before = locked(&place);

    fs::rename(place.path("registry"), place.path("elsewhere")).unwrap();
    place.write("registry", "no directory: whoever asks it fails");
    let plan = workspace.sync(&registry, &all()).unwrap();
    assert!(plan.is_idle());
    workspace.apply(&mut registry, plan).unwrap();
    assert_eq!(locked(&place), before);
    place.install(&["acme/review@1.0.0"], &all()).unwrap();
    assert!(place.install(&["acme/review"], &all()).is_err());
    assert!(workspace.update(&registry, &[], &all()).is_err());
    // What is taken out frees what it needs, without a question.
    let review = "acme/review".parse().unwrap();
    let plan = workspace
        .remove_from_project(&registry, &[review], &all())
        .unwrap();
    workspace.apply(&mut registry, plan).unwrap();
}

/// A directory with a workflow stays one when it names what it needs.
#[test]
fn a_loose_directory_with_needs() {
    let place = Place::new();
    place.publish("tools", "1.0.0", "");
    place.publish("tools", "2.0.0", "");
    place.write("project/workflow.yaml", "name: x\nsteps: []\n");
    let (workspace, mut registry) = (project(&place), place.registry());
    let tools: Name = "tools".parse().unwrap();
    let wanted = Some("^1".parse().unwrap());
    let plan = workspace
        .add(&registry, &[(tools, wanted)], &all())
        .unwrap();
    workspace.apply(&mut registry, plan).unwrap();
    let package = cm_registry::Package::open(&place.path("project")).unwrap();
    assert!(package.is_loose());
    assert_eq!(package.manifest().dependencies.len(), 1);
    let error = workspace
        .publish(&place.path("project"), None, &all(), true)
        .unwrap_err();
    assert_eq!(error.code(), "unfit-package");
    // Installed, it is the same.
    let path = place.path("project");
    place.install(&[path.to_str().unwrap()], &all()).unwrap();
    let installed = place.registry().find("project").unwrap();
    assert!(installed.is_loose() && installed.verify().is_ok());
    assert_eq!(installed.manifest().dependencies.len(), 1);
}

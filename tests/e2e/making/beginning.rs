//! `cm new`.

use std::fs;

use snapbox::str;

use crate::support::Cm;

#[test]
fn a_new_package_is_sound_and_can_be_handed_on_at_once() {
    let cm = Cm::new();
    cm.run(["new", "release-notes"])
        .code(0)
        .stdout("")
        .stderr(str![[r#"
Made release-notes
Check it: cm check release-notes
Run it on a project: cm run ./release-notes

"#]]);
    cm.run(["check", "release-notes"])
        .code(0)
        .stdout(str![[r#"
Release notes (workflow.yaml): 3 steps
  agent planner
  agent builder
  agent reviewer

"#]])
        .stderr(str![[r#"
release-notes 0.1.0: 6 files, 2.16 kB
No problems.

"#]]);
    cm.run(["publish", "release-notes"]).code(0);
    cm.run(["install", "release-notes", "--yes"]).code(0);
    cm.run(["run", "release-notes", "--engine", "scripted"])
        .code(0)
        .calm();
}

#[test]
fn a_directory_that_is_there_is_left_alone() {
    let cm = Cm::new().file("mine/keep.txt", "mine");
    cm.run(["new", "mine"]).code(2).stdout("").stderr(str![[r#"
cm::already-there

  × `mine` is there already
  help: choose another name, or another directory with --dir

"#]]);
    cm.run(["new", "other", "--dir", "mine"]).code(2);
    assert_eq!(
        fs::read_dir(cm.project().join("mine"))
            .expect("it is there")
            .count(),
        1
    );
    cm.run(["new", "other", "--dir", "deep/er/other"]).code(0);
    cm.run(["check", "deep/er/other"]).code(0);
}

#[test]
fn a_bad_name_is_refused_with_the_nearest_good_one() {
    let cm = Cm::new();
    cm.run(["new", "My Notes!"])
        .code(2)
        .stdout("")
        .stderr(str![[r#"
cm::package-name

  × `My Notes!` cannot be a package's name: that is lowercase letters, digits and single hyphens, at most 64, a letter or digit at both ends
  help: try: cm new my-notes

"#]]);
    for name in ["", "..", "../up", "a/b", "ÄÖ", "-", "a--b", "\u{1b}[2J"] {
        cm.run(["new", "--", name])
            .code(2)
            .calm()
            .says("cannot be a package's name");
    }
    assert_eq!(fs::read_dir(cm.project()).expect("it is there").count(), 0);
}

#[test]
fn only_templates_that_are_there_can_be_named() {
    Cm::bare()
        .run(["new", "x", "--template", "plugin"])
        .code(2)
        .stderr(str![[r#"
error: invalid value 'plugin' for '--template <TEMPLATE>'
  [possible values: workflow, engine, step, controller]

For more information, try '--help'.

"#]]);
}

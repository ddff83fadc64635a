//! Projects that say what they need: `cm.toml` and `cm.lock`.

use super::{Ran, cm_does};
use crate::support::Cm;

fn publish(cm: &Cm, name: &str, version: &str, needs: &str) -> Ran {
    cm.write(
        &format!("{name}/cm.toml"),
        format!(
            "[package]\nname = \"{name}\"\nversion = \"{version}\"\n\n[dependencies]\n{needs}\n\n\
             [capabilities]\nprograms = ['sh']\n"
        ),
    );
    cm.write(
        &format!("{name}/workflow.yaml"),
        format!("name: X\nsteps: [{{ run: 'echo {name} {version}' }}]\n"),
    );
    cm_does(cm, &format!("publish {name}"))
}

fn lock(cm: &Cm) -> String {
    cm.read("work/cm.lock")
}

#[test]
fn everybody_gets_the_same() {
    let cm = Cm::new().file("work/README", "");
    publish(&cm, "helper", "1.0.0", "").code(0);
    publish(&cm, "review", "1.0.0", "helper = '^1'").code(0);
    cm_does(&cm, "add review --dir work --yes").code(0);
    assert!(cm.read("work/cm.toml").contains("review = \"^1.0.0\""));
    let first = lock(&cm);
    assert!(
        first.contains("helper") && first.contains("sha256:"),
        "{first}"
    );

    // Newer ones change nothing for who has a lock.
    publish(&cm, "helper", "1.1.0", "").code(0);
    publish(&cm, "review", "1.1.0", "helper = '^1'").code(0);
    cm_does(&cm, "install --dir work --yes").code(0);
    assert_eq!(lock(&cm), first);
    cm_does(&cm, "install review --yes").code(0);
    let ran = cm.run(["run", "review", "--dir", "work"]).code(0);
    assert_eq!(ran.out(), "review 1.0.0\n");
    cm_does(&cm, "run review").code(0).stdout("review 1.1.0\n");

    // In a tree, and why.
    cm_does(&cm, "tree review --dir work")
        .code(0)
        .stdout("review 1.0.0\n└── helper 1.0.0 (^1)\n");
    cm_does(&cm, "why helper --dir work")
        .code(0)
        .says("helper ^1");

    // Until somebody wants them.
    cm_does(&cm, "update --project --dir work --yes").code(0);
    assert!(lock(&cm).contains("1.1.0"), "{}", lock(&cm));
    let ran = cm.run(["run", "review", "--dir", "work"]).code(0);
    assert_eq!(ran.out(), "review 1.1.0\n");
}

#[test]
fn a_lock_that_does_not_fit() {
    let cm = Cm::new();
    publish(&cm, "review", "1.0.0", "").code(0);
    publish(&cm, "review", "2.0.0", "").code(0);
    cm.write("work/cm.toml", "[dependencies]\nreview = \"^1\"\n");
    cm_does(&cm, "install --dir work --yes").code(0);
    cm.write("work/cm.toml", "[dependencies]\nreview = \"^2\"\n");
    cm_does(&cm, "install --dir work --locked --yes")
        .stdout("")
        .code(1)
        .says("cm.lock")
        .says("without --locked");
    cm.write("work/cm.lock", "nonsense");
    cm_does(&cm, "install --dir work --yes")
        .stdout("")
        .code(1)
        .says("cm.lock")
        .calm();
}

#[test]
fn two_that_do_not_go_together() {
    let cm = Cm::new();
    for version in ["1.0.0", "2.0.0"] {
        publish(&cm, "helper", version, "").code(0);
    }
    publish(&cm, "one", "1.0.0", "helper = '^1'").code(0);
    publish(&cm, "two", "1.0.0", "helper = '^2'").code(0);
    cm_does(&cm, "install one two --yes")
        .stdout("")
        .code(1)
        .stderr(snapbox::str![[r#"
cm::conflict

  × no versions of the packages go together:
  │   - your request needs `one` *
  │   - your request needs `two` *
  │   - `two` 1.0.0 needs `helper` ^2
  │   - `one` 1.0.0 needs `helper` ^1
  help: ask for other versions of `one` or `two`, or leave one out

"#]]);
}

#[test]
fn what_a_project_does_not_need_any_more() {
    let cm = Cm::new();
    publish(&cm, "helper", "1.0.0", "").code(0);
    publish(&cm, "review", "1.0.0", "helper = '^1'").code(0);
    cm.write("work/cm.toml", "# Ours\n[dependencies]\n");
    cm_does(&cm, "add review --dir work --yes").code(0);
    cm_does(&cm, "remove review --project --dir work").code(0);
    let left = cm.read("work/cm.toml");
    assert!(
        left.starts_with("# Ours") && !left.contains("review"),
        "{left}"
    );
    assert!(!lock(&cm).contains("helper"), "{}", lock(&cm));
    cm_does(&cm, "remove review --project --dir work")
        .code(2)
        .calm();
}

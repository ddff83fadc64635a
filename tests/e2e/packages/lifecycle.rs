//! From one machine to another and back: everything that happens to a package in its life,
//! on each kind of registry.

use super::{Ran, cm_does, registry::Registry, write_review};
use crate::support::Cm;

#[test]
fn on_a_directory() {
    live(&Registry::directory());
}

#[test]
fn on_the_registry_of_companies() {
    if let Some(registry) = Registry::docker() {
        live(&registry);
    }
}

#[test]
fn on_the_embedded_one() {
    live(&Registry::embedded());
}

/// The registry of one's own needs nothing: no server, no name, no login.
#[test]
fn on_nothing_at_all() {
    let cm = Cm::new();
    write_review(&cm, "1.0.0", "programs = ['sh']");
    cm_does(&cm, "publish made/review").code(0);
    cm_does(&cm, "install review --yes").code(0);
    cm_does(&cm, "run review").code(0).stdout("this is 1.0.0\n");
}

fn live(registry: &Registry) {
    let (author, user) = (machine(registry), machine(registry));
    publish_and_install(&author, &user);
    widen(&author, &user);
    withdraw(&author, &user, registry);
    go_back(&user);
}

fn machine(registry: &Registry) -> Cm {
    let cm = Cm::new();
    registry.sign_in(&cm);
    registry.add_to(&cm);
    cm
}

/// Runs it, and gives what it said.
fn said(cm: &Cm) -> String {
    let ran = cm_does(cm, "run acme/review").code(0);
    ran.out()
}

fn publish(author: &Cm, version: &str, capabilities: &str) -> Ran {
    write_review(author, version, capabilities);
    cm_does(author, "publish made/review --namespace acme")
}

fn publish_and_install(author: &Cm, user: &Cm) {
    cm_does(author, "keys new ada").code(0);
    publish(author, "1.0.0", "programs = ['sh']").code(0);
    // The same again is no mistake; the same version with other content is.
    cm_does(author, "publish made/review --namespace acme").code(0);
    author.write("made/review/notes.md", "more");
    cm_does(author, "publish made/review --namespace acme")
        .code(1)
        .says("already, with other content")
        .says("raise the version");
    std::fs::remove_file(author.project().join("made/review/notes.md")).expect("a file");

    // Nobody agreed to anything: nothing is installed.
    cm_does(user, "install acme/review")
        .code(2)
        .says("cm install acme/review@1.0.0 --grant programs=sh");
    cm_does(user, "run acme/review").code(2);
    cm_does(user, "install acme/review --grant programs=sh")
        .code(0)
        .says("Installed acme/review 1.0.0");
    assert_eq!(said(user), "this is 1.0.0\n");
    let info = user.json(["info", "acme/review", "--json"]);
    assert!(
        info["signature"]
            .as_str()
            .is_some_and(|it| it.starts_with("minisign:")),
        "{info}"
    );
}

fn widen(author: &Cm, user: &Cm) {
    publish(author, "1.1.0", "programs = ['sh']\nworkspace = 'read'").code(0);
    let outdated = user.json(["outdated", "--json"]);
    assert_eq!(outdated[0]["latest"], "1.1.0", "{outdated}");
    assert_eq!(outdated[0]["widens"], true, "{outdated}");
    cm_does(user, "update")
        .code(2)
        .says("asks for more than before")
        .says("read the files of the project")
        .says("--grant workspace=read");
    assert_eq!(said(user), "this is 1.0.0\n");
    cm_does(user, "update --grant workspace=read").code(0);
    assert_eq!(said(user), "this is 1.1.0\n");
}

fn withdraw(author: &Cm, user: &Cm, registry: &Registry) {
    cm_does(author, "yank acme/review@1.1.0 --reason broken").code(0);
    // Whoever comes new is not given it; who has it is told.
    let late = machine(registry);
    cm_does(&late, "install acme/review --grant programs=sh").code(0);
    assert_eq!(said(&late), "this is 1.0.0\n");
    assert_eq!(said(user), "this is 1.1.0\n");
    cm_does(user, "audit").code(1).says("1.1.0").says("broken");
    cm_does(&late, "audit").code(0);

    cm_does(author, "yank acme/review@1.1.0 --undo").code(0);
    cm_does(&late, "update --yes").code(0);
    assert_eq!(said(&late), "this is 1.1.0\n");
}

fn go_back(user: &Cm) {
    cm_does(user, "install acme/review@1.0.0").code(0);
    assert_eq!(said(user), "this is 1.0.0\n");
    // Both are still here.
    let rows = user.json(["list", "--json"]);
    let rows = rows.as_array().expect("rows");
    let ours = rows.iter().filter(|row| row["name"] == "acme/review");
    assert_eq!(ours.count(), 2);
    cm_does(user, "verify").code(0);
}

//! Breaks every single change on the disk that installing and removing make.

use std::{
    env,
    process::{Command, Stdio},
};

use super::*;
use crate::{
    Error,
    fault::{self, Fault},
};

/// What is done, and the states it leads from and to.
const SCENES: &[(&str, &[&str], &[&str])] = &[
    ("first", &[], &["p@1.0.0* one"]),
    (
        "second",
        &["p@1.0.0* one"],
        &["p@1.1.0* three", "p@1.0.0 one"],
    ),
    ("force", &["p@1.0.0* one"], &["p@1.0.0* other"]),
    ("remove", &["p@1.0.0* one"], &[]),
    (
        "remove-active",
        &["p@1.1.0* three", "p@1.0.0 one"],
        &["p@1.0.0* one"],
    ),
    ("mend", &["p@1.0.0* one"], &["p@1.0.0* one"]),
    (
        "two",
        &["p@1.0.0* one"],
        &["acme/p@1.0.0* other", "p@1.1.0* three", "p@1.0.0 one"],
    ),
    (
        "activate",
        &["p@1.1.0* three", "p@1.0.0 one"],
        &["p@1.0.0* one", "p@1.1.0 three"],
    ),
];

fn prepare(place: &Place, scene: &str) {
    if scene != "first" {
        place
            .registry()
            .install(&place.package("p", "1.0.0", "one"), PLAIN)
            .unwrap();
    }
    if scene == "remove-active" || scene == "activate" {
        place
            .registry()
            .install(&place.package("p", "1.1.0", "three"), PLAIN)
            .unwrap();
    }
    if scene == "mend" {
        fs::write(
            place.home().registry_file(),
            "{ \"schemaVersion\": 1, \"imp",
        )
        .unwrap();
    }
    // Made before, so that only what the scene does is broken.
    place.package("p", "1.1.0", "three");
    place.package("p", "1.0.0", "other");
}

fn act(root: &Path, scene: &str) -> Result<(), Error> {
    let mut registry = Registry::open(Home::at(root.join("home"))?, EMBEDDED)?.0;
    match scene {
        "first" => registry.install(&root.join("p-1.0.0-3"), PLAIN).map(drop),
        "second" => registry.install(&root.join("p-1.1.0-5"), PLAIN).map(drop),
        "force" => registry.install(&root.join("p-1.0.0-5"), FORCE).map(drop),
        "two" => {
            let theirs = crate::Package::open(&root.join("p-1.0.0-5"))?;
            let ours = crate::Package::open(&root.join("p-1.1.0-5"))?;
            let mut all = [crate::Arrival::new(&theirs), crate::Arrival::new(&ours)];
            all[0].name = "acme/p".into();
            registry.install_all(&all).map(drop)
        }
        "activate" => registry.activate("p@1.0.0"),
        "remove" => registry.remove("p").map(drop),
        "remove-active" => registry.remove("p@1.1.0").map(drop),
        _ => Ok(()),
    }
}

/// Checks what is there after a break, and that the next install clears up.
/// Says whether the change came through.
fn judge(place: &Place, scene: &str, before: &[&str], after: &[&str], n: u32) -> bool {
    let found = state(&place.registry());
    let through = found == after;
    assert!(through || found == before, "{scene}, change {n}: {found:?}");
    // Not by what happens to lie there: the file says so.
    assert!(
        !through || place.home().registry_file().exists(),
        "{scene}, change {n}"
    );
    let other = place.package("other", "1.0.0", "x");
    place.registry().install(&other, PLAIN).unwrap();
    let mut expected = vec!["other@1.0.0* x".to_owned()];
    expected.extend(found);
    // One name after the other, of each the active version first, as they were.
    expected.sort_by(|a, b| a.split('@').next().cmp(&b.split('@').next()));
    assert_eq!(state(&place.registry()), expected, "{scene}, change {n}");
    assert_tidy_but_invalid(place, scene);
    through
}

/// A file that was set aside stays, and there is always one.
fn assert_tidy_but_invalid(place: &Place, scene: &str) {
    let mut kept = 0;
    for entry in fs::read_dir(place.home().imports()).unwrap() {
        let path = entry.unwrap().path();
        if path.to_str().unwrap().contains("registry.json.invalid-") {
            assert_eq!(fs::read(&path).unwrap(), b"{ \"schemaVersion\": 1, \"imp");
            fs::remove_file(path).unwrap();
            kept += 1;
        }
    }
    assert_eq!(kept > 0, scene == "mend");
    assert_tidy(place);
}

#[test]
fn killed_at_every_change() {
    for &(scene, before, after) in SCENES {
        let mut was_through = false;
        let mut n = 0;
        loop {
            n += 1;
            assert!(n < 200, "{scene} does not end");
            let place = Place::in_memory();
            prepare(&place, scene);
            if scene == "first" {
                place.package("p", "1.0.0", "one");
            }
            let status = Command::new(env::current_exe().unwrap())
                .args(["--exact", "tests::crash::child", "--ignored"])
                .env("CM_TEST_ROOT", place.directory.path())
                .env("CM_TEST_SCENE", scene)
                .env("CM_TEST_AT", n.to_string())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .unwrap();
            let through = judge(&place, scene, before, after, n);
            assert!(through || !was_through, "{scene}: undone at change {n}");
            was_through = through;
            if status.success() {
                assert!(through, "{scene}");
                break;
            }
            assert_eq!(
                status.code(),
                None,
                "{scene}, change {n}: not killed but failed"
            );
        }
        let least = match scene {
            "activate" => 2,
            "mend" => 4,
            _ => 6,
        };
        assert!(n > least, "{scene}: only {n} changes were tried");
    }
}

#[test]
#[ignore = "the process that `killed_at_every_change` kills"]
fn child() {
    let Ok(root) = env::var("CM_TEST_ROOT") else {
        return;
    };
    let scene = env::var("CM_TEST_SCENE").unwrap();
    fault::plan(
        env::var("CM_TEST_AT").unwrap().parse().unwrap(),
        Fault::Abort,
    );
    act(Path::new(&root), &scene).unwrap();
}

#[test]
fn a_full_disk_at_every_change() {
    fails_at_every_change(Fault::Full);
}

#[test]
fn one_failure_at_every_change() {
    fails_at_every_change(Fault::Once);
}

fn fails_at_every_change(fault: Fault) {
    for &(scene, before, after) in SCENES {
        for n in 1.. {
            assert!(n < 200, "{scene} does not end");
            let place = Place::in_memory();
            prepare(&place, scene);
            if scene == "first" {
                place.package("p", "1.0.0", "one");
            }
            fault::plan(n, fault);
            let result = act(place.directory.path(), scene);
            let broken = fault::clear();
            if let Err(error) = &result {
                assert!(broken, "{scene}: {error}");
                let text = error.to_string();
                assert!(
                    text.contains(place.directory.path().to_str().unwrap()),
                    "{text}"
                );
                assert!(error.help().unwrap().contains("room"), "{text}");
            }
            let through = judge(&place, scene, before, after, n);
            assert!(
                result.is_err() || through,
                "{scene}, change {n}: said to be done"
            );
            if !broken {
                break;
            }
        }
    }
}

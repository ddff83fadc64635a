use std::{
    env,
    process::{Command, Stdio},
    thread,
};

use super::*;

#[test]
fn threads_lose_nothing() {
    let place = Place::new();
    let packages: Vec<_> = (0..8)
        .map(|number| place.package(&format!("p{number}"), "1.0.0", "x"))
        .collect();
    place
        .registry()
        .install(&place.package("gone", "1.0.0", "x"), PLAIN)
        .unwrap();
    thread::scope(|scope| {
        for package in &packages {
            scope.spawn(|| place.registry().install(package, PLAIN).unwrap());
        }
        scope.spawn(|| place.registry().remove("gone").unwrap());
    });
    let expected: Vec<_> = (0..8).map(|number| format!("p{number}@1.0.0* x")).collect();
    assert_eq!(state(&place.registry()), expected);
    assert_tidy(&place);
}

#[test]
fn processes_lose_nothing() {
    let place = Place::new();
    let children: Vec<_> = (0..6)
        .map(|number| {
            let name = format!("p{number}");
            Command::new(env::current_exe().unwrap())
                .args(["--exact", "tests::concurrent::child", "--ignored"])
                .env("CM_TEST_HOME", place.path("home"))
                .env("CM_TEST_PACKAGE", place.package(&name, "1.0.0", "x"))
                .stdout(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let expected: Vec<_> = (0..6).map(|number| format!("p{number}@1.0.0* x")).collect();
    assert_eq!(state(&place.registry()), expected);
    assert_tidy(&place);
}

#[test]
#[ignore = "one of the processes of `processes_lose_nothing`"]
fn child() {
    let Ok(home) = env::var("CM_TEST_HOME") else {
        return;
    };
    let package = env::var("CM_TEST_PACKAGE").unwrap();
    for _ in 0..5 {
        let mut registry = Registry::open(Home::at(&home).unwrap(), EMBEDDED)
            .unwrap()
            .0;
        registry.install(Path::new(&package), FORCE).unwrap();
    }
}

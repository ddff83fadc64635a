//! The environment and the scratch directory.

use std::{
    ffi::OsString,
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
};

use cm_effects::{Scratch, environment};

fn select(variables: &[&str], allow: &[&str], set: &[(&str, &str)]) -> Vec<String> {
    let variables = variables
        .iter()
        .map(|name| (OsString::from(name), "theirs".into()));
    let allow: Vec<String> = allow.iter().map(|&name| name.into()).collect();
    let set: Vec<_> = set
        .iter()
        .map(|&(name, value)| (name.into(), value.into()))
        .collect();
    environment::select(
        variables,
        &allow,
        &set,
        Path::new("/work"),
        Path::new("/scratch"),
    )
    .into_iter()
    .map(|(name, value)| format!("{}={}", name.display(), value.display()))
    .collect()
}

#[test]
fn only_what_is_common_or_asked_for() {
    let ours = [
        "PATH",
        "LC_TIME",
        "https_proxy",
        "CARGO_HOME",
        "CARGO_REGISTRY_TOKEN",
        "OPENAI_API_KEY",
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_BASE_URL",
        "IS_SANDBOX",
        "SSH_AUTH_SOCK",
        "LD_PRELOAD",
        "TMPDIR",
        "PWD",
        "OLDPWD",
        "CM_PROCESS",
        "GITHUB_TOKEN",
        "PATHS",
    ];
    let expected = [
        "ANTHROPIC_API_KEY=theirs",
        "ANTHROPIC_BASE_URL=theirs",
        "CARGO_HOME=theirs",
        "LC_TIME=theirs",
        "PATH=theirs",
        "PWD=/work",
        "TMPDIR=/scratch",
        "https_proxy=theirs",
    ];
    assert_eq!(select(&ours, &["ANTHROPIC_*"], &[]), expected);
}

#[test]
fn a_star_alone_lets_nothing_in() {
    assert_eq!(
        select(&["SECRET"], &["*", "SECRE", "ECRET"], &[]),
        ["PWD=/work", "TMPDIR=/scratch"]
    );
    assert_eq!(select(&["SECRET"], &["SECRET"], &[]).len(), 3);
}

#[test]
fn what_is_set_wins_but_not_over_the_place() {
    let set = [
        ("HOME", "/other"),
        ("NEW", "1"),
        ("PWD", "/no"),
        ("TMPDIR", "/no"),
    ];
    assert_eq!(
        select(&["HOME"], &[], &set),
        ["HOME=/other", "NEW=1", "PWD=/work", "TMPDIR=/scratch"]
    );
}

#[test]
fn of_this_process() {
    let made = environment::filtered(&[], &[], Path::new("/w"), Path::new("/s"));
    assert!(made.contains(&("PATH".into(), std::env::var_os("PATH").unwrap())));
    assert!(!made.iter().any(|(name, _)| name == "CARGO_MANIFEST_DIR"));
}

#[test]
fn a_scratch_is_private_empty_and_gone_afterwards() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("kept"), "").unwrap();
    fs::set_permissions(outside.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let scratch = Scratch::new().unwrap();
    let path = scratch.path().to_owned();
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o700
    );
    assert_eq!(fs::read_dir(&path).unwrap().count(), 0);
    // As module caches are left: nothing in it may be removed.
    fs::create_dir_all(path.join("a/b")).unwrap();
    fs::write(path.join("a/b/file"), "").unwrap();
    symlink(outside.path(), path.join("a/link")).unwrap();
    for folder in ["a/b", "a"] {
        fs::set_permissions(path.join(folder), fs::Permissions::from_mode(0o500)).unwrap();
    }
    scratch.remove().unwrap();
    assert!(!path.exists());
    assert!(outside.path().join("kept").exists());

    let path = Scratch::within(outside.path()).unwrap().path().to_owned();
    assert!(path.starts_with(outside.path()) && !path.exists());
    assert!(Scratch::within(Path::new("/nowhere")).is_err());
}

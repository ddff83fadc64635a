//! `kill -9` at random moments: what is installed and what is published is as before
//! or as after, never in between, and the next attempt comes through.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use super::*;
use crate::{Published, Which};

/// How often each of the two is killed.
const KILLS: u32 = 200;

/// Numbers that look random; the seed is printed, and can be given with CM_SEED.
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        let given = env::var("CM_SEED").ok().and_then(|it| it.parse().ok());
        let now = jiff::Timestamp::now().as_microsecond().unsigned_abs();
        let seed = given.unwrap_or(now) | 1;
        println!("CM_SEED={seed}");
        Self(seed)
    }

    fn below(&mut self, limit: Duration) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        limit.mul_f64(self.0 as f64 / u64::MAX as f64)
    }
}

/// Another process that does this with the place.
fn child(place: &Place, what: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["--exact", "workspace::tests::killed::work", "--ignored"])
        .env("CM_TEST_ROOT", place.0.path())
        .env("CM_TEST_WORK", what)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// How long it takes when nobody interferes.
fn undisturbed(place: &Place, what: &str) -> Duration {
    let start = Instant::now();
    assert!(child(place, what).status().unwrap().success());
    start.elapsed()
}

/// Kills it after some part of the time that it takes; gives whether it was still
/// running. How long it takes is learned anew each time: machines have other work.
fn killed(place: &Place, what: &str, dice: &mut Dice, whole: &mut Duration) -> bool {
    let mut child = child(place, what).spawn().unwrap();
    std::thread::sleep(dice.below(*whole));
    child.kill().unwrap();
    let stopped = !child.wait().unwrap().success();
    *whole = whole.mul_f64(if stopped { 1.03 } else { 0.9 });
    stopped
}

fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    let copied = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(copied.unwrap().success());
}

#[test]
#[ignore = "the process that the tests here kill"]
fn work() {
    let Ok(root) = env::var("CM_TEST_ROOT") else {
        return;
    };
    let root = Path::new(&root);
    if env::var("CM_TEST_WORK").unwrap() == "publish" {
        let author = Workspace::open(Home::at(root.join("author")).unwrap()).unwrap();
        let package = root.join("next");
        author
            .publish(&package, Some("acme"), &Options::default(), false)
            .unwrap();
        return;
    }
    let home = Home::at(root.join("home")).unwrap();
    let mut registry = Registry::open(home.clone(), EMBEDDED).unwrap().0;
    let workspace = Workspace::open(home).unwrap();
    let specs = ["acme/review".parse().unwrap()];
    let plan = workspace.install(&registry, &specs, &all()).unwrap();
    workspace.apply(&mut registry, plan).unwrap();
}

#[test]
fn while_installing() {
    let mut dice = Dice::new();
    let place = Place::new();
    place.publish("tools", "1.0.0", GIT);
    place.publish("acme/review", "1.0.0", "[dependencies]\ntools = '^1'\n");
    place.install(&["acme/review@1.0.0"], &all()).unwrap();
    let old = place.state();
    place.publish("tools", "2.0.0", "");
    place.publish("acme/review", "2.0.0", "[dependencies]\ntools = '^2'\n");
    let (home, before) = (place.path("home"), place.path("before"));
    copy(&home, &before);
    let mut whole = undisturbed(&place, "install");
    let new = place.state();
    let expected = [
        "acme/review@2.0.0* ",
        "acme/review@1.0.0 ",
        "tools@1.0.0* programs=git",
        "tools@2.0.0 ",
    ];
    assert_eq!(new, expected);
    let (mut stopped, mut states) = (0, BTreeSet::new());
    for round in 0..KILLS {
        copy(&before, &home);
        stopped += u32::from(killed(&place, "install", &mut dice, &mut whole));
        let found = place.state();
        assert!(found == old || found == new, "round {round}: {found:?}");
        states.insert(found);
        // Whatever it has left, the next attempt comes through, and clears up.
        place.install(&["acme/review"], &all()).unwrap();
        assert_eq!(place.state(), new, "round {round}");
        place.workspace().gc(&place.registry(), &[]).unwrap();
        let left = fs::read_dir(place.path("home/tmp")).into_iter().flatten();
        let left = left.filter(|it| it.as_ref().unwrap().path().is_dir());
        assert_eq!(left.count(), 0, "round {round}");
    }
    assert!(stopped > KILLS / 2, "only {stopped} were stopped");
    assert_eq!(states.len(), 2, "it was always too early or too late");
}

#[test]
fn while_publishing() {
    let mut dice = Dice::new();
    let place = Place::new();
    let name: Name = "acme/review".parse().unwrap();
    let layout = place.layout();
    let next = |version: u32| {
        let root = place.package("review", &format!("1.0.{version}"), "");
        copy(&root, &place.path("next"));
        place.write(
            "next/assets/large.txt",
            &version.to_string().repeat(200_000),
        );
        place.write("next/agents/b.md", &format!("{version}"));
    };
    next(0);
    let mut whole = undisturbed(&place, "publish");
    let (mut stopped, mut shown) = (0, 0);
    for round in 1..=KILLS {
        next(round);
        stopped += u32::from(killed(&place, "publish", &mut dice, &mut whole));
        let versions = layout.versions(&name).unwrap();
        let count = versions.len() as u32;
        assert!(
            count == round || count == round + 1,
            "round {round}: {count}"
        );
        shown += u32::from(count > round);
        // What is there is there whole.
        let last = versions.last().unwrap();
        let (_, contents) = layout.contents(&name, Which::Version(last)).unwrap();
        for blob in contents.manifest.blobs() {
            layout.small_blob(&name, blob, 1 << 30).unwrap();
        }
        let author = Workspace::open(place.home("author")).unwrap();
        let again = author
            .publish(
                &place.path("next"),
                Some("acme"),
                &Options::default(),
                false,
            )
            .unwrap();
        let there = count > round;
        let expected = if there {
            Published::Already
        } else {
            Published::New
        };
        assert_eq!(again.published, Some(expected), "round {round}");
    }
    assert!(stopped > KILLS / 2, "only {stopped} were stopped");
    assert!(
        0 < shown && shown < KILLS,
        "it was always too early or too late"
    );
}

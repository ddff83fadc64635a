//! Steps in worktrees of their own, killed at random moments: also while git makes a
//! worktree, merges, or commits. What is in the repository is the same in the end.

use std::{
    process::{Child, Command},
    time::Duration,
};

use rustix::process::Signal;

use super::{
    journal::Events,
    living::assert_gone,
    witness::{Fate, Random, Witness, end_until_done},
};
use crate::support::Cm;

const KILLS: u32 = 40;
const KILLS_OF_ONE: u32 = 10;

const WORKFLOW: &str = "
name: Apart
steps:
  - id: all
    parallel:
      - agent: api
      - agent: ui
      - { id: docs, run: 'mkdir -p docs; cat base.txt > docs/index.md' }
    workspace: { conflicts: solver, setup: ['echo ready > ready.txt'], ports: 1 }
    checks: git log -1 --format=%s && test -e base.txt
  - { id: after, run: 'cat same.txt docs/index.md api.txt ui.txt' }
  - id: again
    parallel:
      - { id: one, run: 'test -e ui.txt && echo one > one.txt' }
      - { id: two, run: 'test -e ui.txt && echo two > two.txt' }
    workspace: own
";

const SCRIPT: &str = r#"{ "rules": [
  { "agent": "api", "do": [
    { "write": { "path": "same.txt", "text": "api\n" } }, { "sleep": 0.01 },
    { "write": { "path": "api.txt", "text": "api\n" } }, { "say": "Done." }] },
  { "agent": "ui", "do": [
    { "write": { "path": "ui.txt", "text": "ui\n" } }, { "sleep": 0.02 },
    { "write": { "path": "same.txt", "text": "ui\n" } }, { "say": "Done." }] },
  { "agent": "solver", "contains": "same.txt", "do": [
    { "run": "printf 'api\nui\n' > same.txt" }, { "say": "Solved." }] }
] }"#;

fn machine() -> Cm {
    let cm = Cm::new()
        .workflow(WORKFLOW)
        .agent("api", "Write the api.")
        .agent("ui", "Write the ui.")
        .agent("solver", "Solve it.")
        .script(SCRIPT)
        .file(".gitignore", "ready.txt\n")
        .file("base.txt", "base\n")
        .file("same.txt", "one\n");
    git(&cm, &["init", "--quiet", "-b", "main"]);
    git(&cm, &["config", "user.name", "Ada"]);
    git(&cm, &["config", "user.email", "ada@example.com"]);
    git(&cm, &["add", "-A"]);
    git(&cm, &["commit", "--quiet", "-m", "first"]);
    cm
}

/// Git in the project, as its person uses it.
fn git(cm: &Cm, arguments: &[&str]) -> String {
    let done = Command::new("git")
        .args(arguments)
        .current_dir(cm.project())
        .env("HOME", cm.root().join("home"))
        .output()
        .expect("git is installed");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "git {arguments:?}: {said}");
    String::from_utf8(done.stdout).expect("UTF-8")
}

/// What is in the repository, and what is not.
fn outcome(cm: &Cm) -> [String; 5] {
    git(cm, &["fsck", "--strict", "--no-dangling"]);
    let worktrees = git(cm, &["worktree", "list"]).lines().count();
    assert_eq!(worktrees, 1, "worktrees are left");
    let run = cm.last();
    let subjects = git(cm, &["log", "--format=%s"]).replace(&run, "RUN");
    [
        git(cm, &["ls-tree", "-r", "HEAD"]),
        subjects,
        git(cm, &["status", "--porcelain"]),
        git(cm, &["branch", "--list"]),
        git(cm, &["for-each-ref", "--format=%(refname)"]),
    ]
}

/// Moments by the clock alone: most of the time it is git that is at work.
struct Clock<'random> {
    random: &'random mut Random,
    left: u32,
}

impl Fate for Clock<'_> {
    fn moment(&mut self, _cm: &Cm, child: &mut Child) -> bool {
        let pause = Duration::from_micros(self.random.below(250_000));
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        std::thread::sleep(pause);
        child.try_wait().expect("a status").is_none()
    }
}

#[test]
fn at_random_moments() {
    let mut random = Random::seeded("apart");
    let cm = machine();
    drop(cm.flow_with(&["--yes"]).code(0).calm());
    let undisturbed = outcome(&cm);
    assert_eq!(undisturbed[2], "", "nothing is left that is not committed");
    let (mut kills, mut runs) = (0, 0);
    while kills < KILLS {
        let (cm, mut witness) = (machine(), Witness::default());
        let left = KILLS_OF_ONE.min(KILLS - kills);
        let mut clock = Clock {
            random: &mut random,
            left,
        };
        kills += end_until_done(&cm, Signal::KILL, &mut witness, &mut clock);
        runs += 1;
        assert!(
            runs < 10 * KILLS,
            "it is too fast to be killed: {kills} times"
        );
        let run = cm.last();
        assert_gone(&run);
        let events = Events::of(&cm, &run);
        events.assert_sound();
        assert_eq!(outcome(&cm), undisturbed);
    }
    println!("{kills} times in {runs} runs");
}

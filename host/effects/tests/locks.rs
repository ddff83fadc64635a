//! `cm` is killed while git is at work: git's locks do not stay in the repository.
#![cfg(target_os = "linux")]

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use cm_effects::{
    sweep_carriers,
    worktree::{Wanted, Worktrees},
};

use crate::support::on_one_thread;

const KEY: &str = "CM_IDEMPOTENCY_KEY";
const TIMES: u64 = 40;

fn git(project: &Path, arguments: &[&str]) {
    let done = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
        .args(arguments)
        .current_dir(project)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
}

fn key(project: &Path) -> String {
    project.display().to_string()
}

#[test]
#[ignore = "started by the other, to be killed"]
fn the_victim() {
    let project = PathBuf::from(std::env::var_os("VICTIM_PROJECT").unwrap());
    let variables = vec![(KEY.to_owned(), key(&project))];
    let worktrees = Worktrees::new(&project, "run", variables).unwrap();
    on_one_thread(async {
        for number in 0.. {
            let wanted = Wanted {
                name: "one".to_owned(),
                owner: number.to_string(),
                ..Wanted::default()
            };
            let (branch, _) = worktrees.make(&wanted).await.unwrap();
            worktrees.remove(&branch).await.unwrap();
        }
    });
}

fn locks(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            // A worktree's own go with it.
            if !path.ends_with("worktrees") {
                found.extend(locks(&path));
            }
        } else if path.extension().is_some_and(|it| it == "lock") {
            found.push(path);
        }
    }
    found
}

#[test]
fn none_stays_in_the_repository() {
    let place = tempfile::tempdir().unwrap();
    let project = place.path().join("project");
    std::fs::create_dir(&project).unwrap();
    std::fs::write(project.join("a"), "a\n").unwrap();
    git(&project, &["init", "--quiet", "-b", "main"]);
    git(&project, &["add", "-A"]);
    git(&project, &["commit", "--quiet", "-m", "first"]);
    git(&project, &["pack-refs", "--all"]);
    for time in 0..TIMES {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "locks::the_victim"])
            .env("VICTIM_PROJECT", &project)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(20 + time * 7));
        victim.kill().unwrap();
        victim.wait().unwrap();
        // At once, as the next `cm` does.
        sweep_carriers(KEY, &key(&project)).unwrap();
        assert_eq!(locks(&project.join(".git")), Vec::<PathBuf>::new());
    }
}

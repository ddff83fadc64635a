//! What becomes of children when `cm` is killed, and what `sweep` does about it.
#![cfg(target_os = "linux")]

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use cm_effects::{Launch, Process, ProcessIdentity, Swept, sweep, sweep_carriers};

use crate::support::{alive, eventually, first_line, on_one_thread, sh};

/// Starts this very program as the `cm` that will crash. What the child printed first
/// comes back, with its identity.
fn victim(script: &str) -> (Child, ProcessIdentity, String) {
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "killed::the_victim", "--nocapture"])
        .env("VICTIM_SCRIPT", script)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let mut after = |start: &str| {
        loop {
            let line = lines.next().unwrap().unwrap();
            if let Some(at) = line.find(start) {
                return line[at + start.len()..].to_owned();
            }
        }
    };
    let identity = serde_json::from_str(&after("IDENTITY ")).unwrap();
    let said = after("SAID ");
    (victim, identity, said)
}

#[test]
#[ignore = "started by the others, to be killed"]
fn the_victim() {
    on_one_thread(async {
        let script = std::env::var("VICTIM_SCRIPT").unwrap();
        let launch = match script.strip_prefix("finishes ") {
            Some(script) => finishing(script),
            None => sh(&script),
        };
        let mut process = Process::start(launch).unwrap();
        let line = first_line(&mut process).await;
        let identity = serde_json::to_string(process.identity()).unwrap();
        println!("IDENTITY {identity}\nSAID {line}");
        process.finish().await;
    });
}

#[test]
fn the_child_dies_with_us() {
    let (mut cm, identity, _) =
        victim("echo ready; trap '' TERM HUP; while :; do sleep 1000; done");
    let child = i32::try_from(identity.pid).unwrap();
    assert!(alive(child));
    cm.kill().unwrap();
    cm.wait().unwrap();
    eventually("the child is gone", || !alive(child));
    // Its own child it could not take along.
    sweep(&identity).unwrap();
}

#[test]
fn the_rest_is_swept() {
    // One in the group, one that left it, and one that even lost its parent.
    let script = "sleep 1000 & a=$!; setsid sleep 1000 & b=$!; \
                  c=$( (setsid sleep 1000 >/dev/null & echo $!) ); echo $a $b $c; wait";
    let (mut cm, identity, said) = victim(script);
    let pids: Vec<i32> = said.split(' ').map(|pid| pid.parse().unwrap()).collect();
    cm.kill().unwrap();
    cm.wait().unwrap();
    let child = i32::try_from(identity.pid).unwrap();
    eventually("the child is gone", || !alive(child));
    assert!(pids.iter().all(|pid| alive(*pid)), "{pids:?}");
    assert_eq!(sweep(&identity).unwrap(), Swept::Killed(pids.len()));
    assert!(!pids.iter().any(|pid| alive(*pid)), "{pids:?}");
    assert_eq!(sweep(&identity).unwrap(), Swept::Clean);
}

/// `cm` may be killed between the start of a program and the moment at which its journal
/// knows which one that is.
#[test]
fn what_was_never_written_down_is_swept_by_what_it_was_given() {
    on_one_thread(async {
        let key = format!("of-test-{}", std::process::id());
        let start = |value: String| {
            let mut launch = sh("setsid sleep 1000 & echo $!; wait");
            launch
                .environment
                .push(("CM_IDEMPOTENCY_KEY".into(), value.into()));
            Process::start(launch).unwrap()
        };
        let mut meant = start(key.clone());
        let mut other = start(format!("{key}0"));
        let stray: i32 = first_line(&mut meant).await.parse().unwrap();
        let spared: i32 = first_line(&mut other).await.parse().unwrap();
        // One, when the shell ends by itself before it is its turn.
        let swept = sweep_carriers("CM_IDEMPOTENCY_KEY", &key).unwrap();
        assert!(matches!(swept, Swept::Killed(1 | 2)), "{swept:?}");
        assert!(!alive(stray));
        assert!(alive(spared));
        assert_eq!(
            sweep_carriers("CM_IDEMPOTENCY_KEY", &key).unwrap(),
            Swept::Clean
        );
        meant.finish().await;
        sweep(other.identity()).unwrap();
    });
}

/// In the midst of loading a program a process shows no environment, and so no mark. One
/// that does nothing else is found all the same.
#[test]
fn one_that_is_just_loading_a_program_is_swept() {
    use std::os::unix::fs::PermissionsExt as _;

    let place = tempfile::tempdir().unwrap();
    let restless = place.path().join("restless");
    std::fs::write(&restless, "#!/bin/sh\nexec \"$0\"\n").unwrap();
    std::fs::set_permissions(&restless, std::fs::Permissions::from_mode(0o755)).unwrap();
    on_one_thread(async {
        for _ in 0..40 {
            let script = format!("setsid sh -c 'echo $$; exec {}' & wait", restless.display());
            let mut process = Process::start(sh(&script)).unwrap();
            let stray: i32 = first_line(&mut process).await.parse().unwrap();
            let identity = process.identity().clone();
            // Only the group goes with it.
            drop(process);
            // Two, when the one that was dropped is still dying.
            let swept = sweep(&identity).unwrap();
            assert!(matches!(swept, Swept::Killed(1 | 2)), "{swept:?}");
            assert!(!alive(stray));
        }
    });
}

#[test]
fn a_stranger_with_the_same_number_is_spared() {
    on_one_thread(async {
        let mut process = Process::start(sh("echo ready; exec sleep 1000")).unwrap();
        first_line(&mut process).await;
        let own = process.identity().clone();
        let pid = i32::try_from(own.pid).unwrap();
        for started in [own.started - 1, own.started + 1, 0] {
            let other = ProcessIdentity {
                started,
                mark: "another".to_owned(),
                ..own.clone()
            };
            assert!(matches!(
                sweep(&other).unwrap(),
                Swept::Clean | Swept::Unknown
            ));
            assert!(alive(pid));
        }
        assert_eq!(sweep(&own).unwrap(), Swept::Killed(1));
        assert_eq!(process.finish().await.signal, Some(libc::SIGKILL));
    });
}

#[test]
fn we_never_sweep_ourselves() {
    // As if this process had been started by the agent of a run that crashed.
    let own = i32::try_from(std::process::id()).unwrap();
    let stat = std::fs::read_to_string(format!("/proc/{own}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    let identity = ProcessIdentity {
        pid: std::process::id(),
        started: fields[19].parse().unwrap(),
        mark: "another".to_owned(),
    };
    // Children of other tests have sessions of their own; ours alone could be hit.
    assert!(sweep(&identity).is_ok());
}

/// One that comes to its end by itself does so, both when `cm` is killed and when it is let
/// go of.
#[test]
fn what_finishes_may_do_so() {
    let place = tempfile::tempdir().unwrap();
    let lock = place.path().join("lock");
    let script = format!("touch {0}; echo ready; sleep 0.2; rm {0}", lock.display());
    let (mut cm, identity, _) = victim(&format!("finishes {script}"));
    cm.kill().unwrap();
    cm.wait().unwrap();
    let child = i32::try_from(identity.pid).unwrap();
    eventually("the child is gone", || !alive(child));
    assert!(!lock.exists());
    on_one_thread(async {
        let mut process = Process::start(finishing(&script)).unwrap();
        first_line(&mut process).await;
        let child = i32::try_from(process.identity().pid).unwrap();
        drop(process);
        eventually("the child is gone", || !alive(child));
        assert!(!lock.exists());
        // One that does not end all the same is killed.
        let mut stubborn = finishing("echo ready; while :; do sleep 0.01; done");
        stubborn.limits.grace = Duration::from_millis(50);
        let mut process = Process::start(stubborn).unwrap();
        first_line(&mut process).await;
        let child = i32::try_from(process.identity().pid).unwrap();
        drop(process);
        eventually("it is killed", || !alive(child));
    });
}

fn finishing(script: &str) -> Launch {
    let mut launch = sh(script);
    launch.limits.finishes = true;
    launch
}

/// What `cm` left in the middle, and is found by the next one, is waited for too.
#[test]
fn what_is_swept_may_finish() {
    let place = tempfile::tempdir().unwrap();
    let lock = place.path().join("lock");
    // It has lost its parent already, as one that was started by a program of ours.
    let script = format!(
        "setsid sh -c \"touch {0}; echo $$; sleep 0.2; rm {0}\" & exit",
        lock.display()
    );
    let (mut cm, identity, said) = victim(&format!("finishes {script}"));
    cm.kill().unwrap();
    cm.wait().unwrap();
    let stray: i32 = said.parse().unwrap();
    sweep(&identity).unwrap();
    assert!(!alive(stray) && !lock.exists());
}

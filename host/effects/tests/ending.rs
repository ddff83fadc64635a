//! Limits, and being stopped.

use std::time::Duration;

use cm_effects::{EndedBy, Output, Process};

use crate::support::{LONG, alive, eventually, first_line, hear, on_one_thread, run, sh};

const SOON: Duration = Duration::from_millis(100);

#[test]
fn too_long() {
    let mut launch = sh("echo begun; sleep 1000");
    launch.limits.wall = Some(SOON);
    let said = run(launch);
    assert_eq!(said.exit.ended_by, EndedBy::Timeout);
    assert_eq!(said.exit.signal, Some(libc::SIGTERM));
}

#[test]
fn too_quiet() {
    let mut launch = sh("echo begun; sleep 1000");
    launch.limits.idle = Some(Duration::from_secs(1));
    let said = run(launch);
    assert_eq!(
        (said.text(), said.exit.ended_by),
        ("begun\n", EndedBy::Idle)
    );
}

#[test]
fn who_waits_for_us_is_neither_late_nor_silent() {
    on_one_thread(async {
        let mut launch = sh("echo ready; sleep 2; echo over; sleep 1000");
        launch.limits.wall = Some(Duration::from_secs(1));
        launch.limits.idle = Some(Duration::from_millis(500));
        let mut process = Process::start(launch).unwrap();
        process.excuse(true);
        assert_eq!(process.next().await, Output::Stdout(b"ready\n".to_vec()));
        assert_eq!(process.next().await, Output::Stdout(b"over\n".to_vec()));
        process.excuse(false);
        let Output::Exited(exit) = process.next().await else {
            panic!("it goes on");
        };
        assert!(matches!(exit.ended_by, EndedBy::Idle | EndedBy::Timeout));
    });
}

#[test]
fn too_much_is_cut_exactly() {
    for limit in [0_u64, 1, 64 * 1024, 1_000_000] {
        let mut launch = sh("exec yes");
        launch.limits.output_bytes = limit;
        let said = run(launch);
        assert_eq!(said.stdout.len() as u64, limit);
        assert_eq!(said.exit.ended_by, EndedBy::Flood);
    }
    let mut launch = sh("echo four");
    launch.limits.output_bytes = 5;
    assert_eq!(run(launch).exit.ended_by, EndedBy::Itself);
}

#[test]
fn a_flood_does_not_put_off_the_timeout() {
    let mut launch = sh("exec yes");
    launch.limits.output_bytes = u64::MAX;
    launch.limits.wall = Some(SOON);
    on_one_thread(async {
        let exit = Process::start(launch).unwrap().finish().await;
        assert_eq!(exit.ended_by, EndedBy::Timeout);
    });
}

#[test]
fn one_that_will_not_end_is_killed() {
    on_one_thread(async {
        let mut launch = sh("trap '' TERM; echo ready; while :; do sleep 1000; done");
        launch.limits.grace = SOON;
        let mut process = Process::start(launch).unwrap();
        assert_eq!(first_line(&mut process).await, "ready");
        process.stop(EndedBy::Stopped).await;
        process.stop(EndedBy::Timeout).await;
        let exit = process.finish().await;
        // The first reason stands.
        assert_eq!(
            (exit.ended_by, exit.signal),
            (EndedBy::Stopped, Some(libc::SIGKILL))
        );
        process.stop(EndedBy::Stopped).await;
        assert_eq!(process.finish().await, exit);
    });
}

#[test]
fn last_words_are_heard() {
    on_one_thread(async {
        let script = "trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.05; done";
        let mut process = Process::start(sh(script)).unwrap();
        assert_eq!(first_line(&mut process).await, "ready");
        process.stop(EndedBy::Stopped).await;
        let said = hear(&mut process).await;
        assert_eq!((said.text(), said.exit.code), ("bye\n", Some(3)));
        assert_eq!(said.exit.ended_by, EndedBy::Stopped);
    });
}

#[test]
fn the_whole_group_is_told_and_has_its_grace() {
    on_one_thread(async {
        // The leader goes at once; the one that does the work needs a moment, and has
        // neither pipe any more.
        let place = tempfile::tempdir().unwrap();
        let proof = place.path().join("saved");
        let script = format!(
            "(exec >&- 2>&-; trap 'sleep 0.3; touch {}; exit' TERM; touch {}.ready; \
             while :; do sleep 0.02; done) & echo ready; wait",
            proof.display(),
            proof.display()
        );
        let mut launch = sh(&script);
        launch.limits.grace = LONG;
        let mut process = Process::start(launch).unwrap();
        assert_eq!(first_line(&mut process).await, "ready");
        eventually("the worker is ready", || {
            place.path().join("saved.ready").exists()
        });
        process.stop(EndedBy::Stopped).await;
        assert_eq!(process.finish().await.ended_by, EndedBy::Stopped);
        if cfg!(target_os = "linux") {
            assert!(proof.exists());
        }
    });
}

#[cfg(target_os = "linux")]
#[test]
fn stopping_reaches_those_that_left_the_group() {
    on_one_thread(async {
        let mut launch =
            sh("setsid sh -c 'trap \"\" TERM; echo $$; while :; do sleep 1000; done' & wait");
        launch.limits.grace = SOON;
        let mut process = Process::start(launch).unwrap();
        let stray: i32 = first_line(&mut process).await.parse().unwrap();
        process.stop(EndedBy::Stopped).await;
        process.finish().await;
        eventually("the stray is gone", || !alive(stray));
    });
}

#[test]
fn killing_does_not_wait_for_grace() {
    on_one_thread(async {
        let mut launch = sh("trap '' TERM; echo ready; while :; do sleep 1000; done");
        launch.limits.grace = Duration::MAX / 4;
        let mut process = Process::start(launch).unwrap();
        first_line(&mut process).await;
        process.kill(EndedBy::Stopped).await;
        assert_eq!(process.finish().await.signal, Some(libc::SIGKILL));
    });
}

#[test]
fn even_a_stopped_program_ends() {
    on_one_thread(async {
        let mut process = Process::start(sh("echo ready; kill -STOP $$; sleep 1000")).unwrap();
        assert_eq!(first_line(&mut process).await, "ready");
        process.stop(EndedBy::Stopped).await;
        assert_eq!(process.finish().await.signal, Some(libc::SIGTERM));
    });
}

#[test]
fn one_that_ended_by_itself_keeps_its_reason() {
    on_one_thread(async {
        let mut process = Process::start(sh("exit 6")).unwrap();
        let pid = process.identity().pid;
        let pid = i32::try_from(pid).unwrap();
        if cfg!(target_os = "linux") {
            eventually("it ended", || !alive(pid));
        } else {
            tokio::time::sleep(SOON * 10).await;
        }
        process.stop(EndedBy::Stopped).await;
        let exit = process.finish().await;
        assert_eq!((exit.code, exit.ended_by), (Some(6), EndedBy::Itself));
    });
}

#[test]
fn usage_is_plausible() {
    let said = run(sh("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done"));
    assert!(said.exit.usage.user > Duration::ZERO);
    assert!(said.exit.usage.peak_memory > 100_000);
}

#[test]
fn what_is_said_on_both_channels_is_heard_under_a_flood() {
    on_one_thread(async {
        let mut process = Process::start(sh("yes & echo important >&2; wait")).unwrap();
        loop {
            match process.next().await {
                Output::Stdout(_) => {}
                Output::Stderr(bytes) => break assert_eq!(bytes, b"important\n"),
                Output::Exited(exit) => panic!("{exit:?}"),
            }
        }
    });
}

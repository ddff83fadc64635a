//! Many at once, and many after each other.

use cm_effects::{EndedBy, Process};

use crate::support::{alive, eventually, first_line, hear, on_one_thread, sh};

#[test]
fn sixty_at_once_on_one_thread() {
    on_one_thread(async {
        let mut processes: Vec<Process> = (0..60)
            .map(|number| Process::start(sh(&format!("echo {number}; sleep 1000"))).unwrap())
            .collect();
        for (number, process) in processes.iter_mut().enumerate() {
            assert_eq!(first_line(process).await, number.to_string());
        }
        for process in &mut processes {
            process.stop(EndedBy::Stopped).await;
        }
        for process in &mut processes {
            assert_eq!(process.finish().await.ended_by, EndedBy::Stopped);
        }
    });
}

#[test]
fn dropped_is_killed_and_reaped() {
    on_one_thread(async {
        let mut process = Process::start(sh("sleep 1000 & echo $!; wait")).unwrap();
        let grandchild: i32 = first_line(&mut process).await.parse().unwrap();
        let child = i32::try_from(process.identity().pid).unwrap();
        drop(process);
        eventually("the grandchild is gone", || !alive(grandchild));
        // SAFETY: plain system call. ESRCH: not even a zombie is left.
        eventually(
            "the child is reaped",
            || unsafe { libc::kill(child, 0) } < 0,
        );
    });
}

/// Counted in a process of its own: the other tests open files, too.
#[cfg(target_os = "linux")]
#[test]
fn nothing_is_left_after_many() {
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "many::two_hundred_runs_leave_nothing",
        ])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&status.stdout);
    assert!(
        status.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "run by nothing_is_left_after_many"]
fn two_hundred_runs_leave_nothing() {
    let files = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    on_one_thread(async {
        hear(&mut Process::start(sh("echo x")).unwrap()).await;
        let before = files();
        for round in 0..200 {
            let mut launch = sh("cat; echo x >&2");
            launch.stdin = cm_effects::Stdin::Text("text".to_owned());
            let mut process = Process::start(launch).unwrap();
            if round % 3 > 0 {
                hear(&mut process).await;
            }
            let mut launch = sh("");
            launch.program = "/dev/null/no".to_owned();
            assert!(Process::start(launch).is_err());
            let mut launch = sh("");
            launch.arguments.push("x".repeat(3 * 1024 * 1024));
            assert!(Process::start(launch).is_err());
        }
        assert_eq!(files(), before);
        // SAFETY: plain system call; a null status is allowed.
        eventually("no child is left", || unsafe {
            libc::waitpid(-1, std::ptr::null_mut(), libc::WNOHANG) < 0
        });
    });
}

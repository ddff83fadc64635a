//! Closed, full, held and broken pipes.

use std::{io::ErrorKind, time::Duration};

use cm_effects::{EndedBy, Output, Process, Stdin};

use crate::support::{alive, eventually, first_line, hear, on_one_thread, run, sh};

#[test]
fn a_conversation() {
    on_one_thread(async {
        let mut launch = sh("while read -r line; do echo \"<$line>\"; done; echo bye");
        launch.stdin = Stdin::Open;
        let mut process = Process::start(launch).unwrap();
        for word in ["one", "two"] {
            process.write(format!("{word}\n").as_bytes()).await.unwrap();
            assert_eq!(first_line(&mut process).await, format!("<{word}>"));
        }
        process.close_stdin().await;
        let error = process.write(b"late").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        assert_eq!(hear(&mut process).await.text(), "bye\n");
    });
}

#[test]
fn much_goes_in_while_much_comes_out() {
    // Far more than both pipes hold: who only wrote, or only read, would stand still.
    let much = "0123456789abcdef".repeat(512 * 1024);
    let mut launch = sh("tee /dev/stderr");
    launch.stdin = Stdin::Text(much.clone());
    let said = run(launch);
    assert!(said.stdout == much.as_bytes() && said.stderr == much.as_bytes());
}

#[test]
fn a_program_that_does_not_read_is_no_error() {
    let mut launch = sh("exec <&-; echo done");
    launch.stdin = Stdin::Text("x".repeat(1024 * 1024));
    let said = run(launch);
    assert_eq!(said.text(), "done\n");
    assert!(said.exit.success());
}

#[test]
fn writing_to_one_that_stopped_reading_never_waits() {
    on_one_thread(async {
        let mut launch = sh("echo ready; sleep 1000");
        launch.stdin = Stdin::Open;
        let mut process = Process::start(launch).unwrap();
        assert_eq!(first_line(&mut process).await, "ready");
        let piece = vec![b'x'; 1024 * 1024];
        let error = loop {
            if let Err(error) = process.write(&piece).await {
                break error;
            }
        };
        assert_eq!(error.kind(), ErrorKind::StorageFull);
        process.stop(EndedBy::Stopped).await;
        assert_eq!(process.finish().await.ended_by, EndedBy::Stopped);
    });
}

#[test]
fn writing_to_one_that_closed_its_input_is_told() {
    on_one_thread(async {
        let mut launch = sh("exec <&-; echo ready; sleep 1000");
        launch.stdin = Stdin::Open;
        let mut process = Process::start(launch).unwrap();
        assert_eq!(first_line(&mut process).await, "ready");
        // Not always at once: a child that another test is starting holds a copy of the
        // pipe until its program is loaded.
        let error = loop {
            if let Err(error) = process.write(b"hello").await {
                break error;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    });
}

#[test]
fn closed_output_is_not_the_end() {
    let said = run(sh("exec >&- 2>&-; sleep 0.2; exit 5"));
    assert_eq!(said.exit.code, Some(5));
    assert!(said.stdout.is_empty());
}

#[test]
fn a_grandchild_that_keeps_the_output_is_heard_and_ended() {
    on_one_thread(async {
        let mut process = Process::start(sh("sleep 1000 & echo $!; exit 4")).unwrap();
        let grandchild: i32 = first_line(&mut process).await.parse().unwrap();
        let said = hear(&mut process).await;
        assert_eq!(
            (said.exit.code, said.exit.ended_by),
            (Some(4), EndedBy::Itself)
        );
        eventually("the grandchild is gone", || !alive(grandchild));
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_daemon_that_left_the_group_does_not_hold_us_up() {
    on_one_thread(async {
        // Twice forked, and in a session of its own; it floods, too.
        let script = "(setsid sh -c 'echo $$; exec yes' &) ; exit 0";
        let mut process = Process::start(sh(script)).unwrap();
        let mut said = Vec::new();
        let exit = loop {
            match process.next().await {
                Output::Stdout(bytes) => said.extend(bytes.into_iter().take(100)),
                Output::Stderr(bytes) => panic!("{bytes:?}"),
                Output::Exited(exit) => break exit,
            }
        };
        // However much it had said when the program had ended.
        assert!(matches!(exit.ended_by, EndedBy::Itself | EndedBy::Flood));
        let said = String::from_utf8_lossy(&said);
        let daemon: i32 = said.lines().next().unwrap().parse().unwrap();
        eventually("the daemon is gone", || !alive(daemon));
    });
}

#[test]
fn nothing_is_lost_on_a_slow_listener() {
    on_one_thread(async {
        // The program ends long before its output is read.
        let mut process = Process::start(sh("head -c 60000 /dev/zero; echo err >&2")).unwrap();
        tokio::time::sleep(Duration::from_millis(900)).await;
        let said = hear(&mut process).await;
        assert_eq!((said.stdout.len(), said.stderr.len()), (60_000, 4));
        assert!(said.exit.success());
    });
}

#[test]
fn any_bytes_pass() {
    let said = run(sh("printf '\\377\\000\\376\\n'"));
    assert_eq!(said.stdout, [0xff, 0, 0xfe, b'\n']);
}

#[test]
fn next_may_be_dropped_at_any_time() {
    on_one_thread(async {
        let mut process = Process::start(sh(
            "i=0; while [ $i -lt 500 ]; do echo $i; i=$((i+1)); done",
        ))
        .unwrap();
        let mut said = Vec::new();
        loop {
            tokio::select! {
                biased;
                output = process.next() => match output {
                    Output::Stdout(bytes) => said.extend(bytes),
                    Output::Stderr(_) => {}
                    Output::Exited(_) => break,
                },
                () = tokio::time::sleep(Duration::from_micros(50)) => {}
            }
        }
        let all: String = (0..500).map(|number| format!("{number}\n")).collect();
        assert_eq!(String::from_utf8(said).unwrap(), all);
    });
}

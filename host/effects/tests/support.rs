//! What the tests share.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use cm_effects::{Exit, Launch, Limits, Output, Process, Stdin};

/// Longer than anything here takes, however slow the machine.
pub(crate) const LONG: Duration = Duration::from_secs(120);

/// A shell script to run.
pub(crate) fn sh(script: &str) -> Launch {
    Launch {
        program: "sh".to_owned(),
        arguments: vec!["-c".to_owned(), script.to_owned()],
        environment: vec![("PATH".into(), std::env::var_os("PATH").unwrap())],
        directory: "/".into(),
        stdin: Stdin::Null,
        limits: Limits {
            wall: Some(LONG),
            ..Limits::default()
        },
        recording: None,
    }
}

/// Runs this on one thread, as the driver does.
pub(crate) fn on_one_thread<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async { tokio::time::timeout(2 * LONG, future).await.unwrap() })
}

/// Everything a process said, and how it ended.
pub(crate) struct Said {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    pub(crate) exit: Exit,
}

impl Said {
    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.stdout).unwrap()
    }
}

/// Listens until its end.
pub(crate) async fn hear(process: &mut Process) -> Said {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    loop {
        match process.next().await {
            Output::Stdout(bytes) => {
                assert!(!bytes.is_empty() && bytes.len() <= 64 * 1024);
                stdout.extend(bytes);
            }
            Output::Stderr(bytes) => stderr.extend(bytes),
            Output::Exited(exit) => {
                assert_eq!(process.next().await, Output::Exited(exit.clone()));
                return Said {
                    stdout,
                    stderr,
                    exit,
                };
            }
        }
    }
}

/// Runs it from start to end.
pub(crate) fn run(launch: Launch) -> Said {
    on_one_thread(async { hear(&mut Process::start(launch).unwrap()).await })
}

/// Listens until the first line is complete.
pub(crate) async fn first_line(process: &mut Process) -> String {
    let mut line = Vec::new();
    while line.last() != Some(&b'\n') {
        match process.next().await {
            Output::Stdout(bytes) => line.extend(bytes),
            other => panic!("instead of a line: {other:?}"),
        }
    }
    String::from_utf8(line).unwrap().trim().to_owned()
}

/// Whether this process runs; a zombie does not.
pub(crate) fn alive(pid: i32) -> bool {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else {
        return false;
    };
    !stat
        .rsplit(')')
        .next()
        .unwrap()
        .trim()
        .starts_with(['Z', 'X'])
}

/// Waits until this holds.
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < LONG, "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

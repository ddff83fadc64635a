//! What cannot be seen from outside without waiting for it.

use std::time::Duration;

use super::*;

/// Only time in which somebody listens, and the program could have said something, is
/// held against it.
#[test]
fn quiet_counts_only_while_somebody_listens() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut process = Process::start(Launch {
            program: "/bin/sh".to_owned(),
            arguments: vec!["-c".to_owned(), "echo one; read -r x; echo two".to_owned()],
            environment: Vec::new(),
            directory: "/".into(),
            stdin: Stdin::Open,
            limits: Limits::default(),
            recording: None,
        })
        .unwrap();
        assert_eq!(process.quiet, None);
        assert_eq!(process.next().await, Output::Stdout(b"one\n".to_vec()));
        assert_eq!(process.quiet, None, "it has spoken");
        let nothing = tokio::time::timeout(Duration::from_millis(10), process.next()).await;
        assert!(nothing.is_err());
        assert!(process.quiet.is_some(), "somebody listens");
        process.write(b"x\n").await.unwrap();
        assert_eq!(process.quiet, None, "it has something to answer");
        assert_eq!(process.next().await, Output::Stdout(b"two\n".to_vec()));
    });
}

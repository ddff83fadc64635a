//! Other processes: this test program again, told by its environment what to do.
//! Acknowledgements are lines on the standard error output, where the test harness
//! itself writes nothing.

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use cm_journal::{Journal, JournalError};

use crate::sample::{note, start};

const MODE: &str = "CM_JOURNAL_TEST_MODE";
const DIRECTORY: &str = "CM_JOURNAL_TEST_DIRECTORY";
const RUN: &str = "CM_JOURNAL_TEST_RUN";

/// A command for such a process, started through these words if there are any.
pub(crate) fn command(through: &[&str], mode: &str, directory: &Path, run: &str) -> Command {
    let program = env::current_exe().unwrap();
    let mut words: Vec<&OsStr> = through.iter().map(OsStr::new).collect();
    words.push(program.as_os_str());
    let mut command = Command::new(words[0]);
    command
        .args(&words[1..])
        .args(["child::entry", "--exact", "--nocapture", "--test-threads=1"])
        .env(MODE, mode)
        .env(DIRECTORY, directory)
        .env(RUN, run)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

pub(crate) fn spawn(mode: &str, directory: &Path, run: &str) -> Child {
    command(&[], mode, directory, run).spawn().unwrap()
}

/// The complete lines of what it said.
pub(crate) fn lines(child: Child) -> Vec<String> {
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    let complete = text.rfind('\n').map_or("", |end| &text[..end]);
    complete.lines().map(str::to_owned).collect()
}

/// The last event that was acknowledged; 0: none.
pub(crate) fn acknowledged(lines: &[String]) -> u64 {
    let acks = lines.iter().filter_map(|line| line.strip_prefix("ack "));
    acks.filter_map(|seq| seq.parse().ok()).max().unwrap_or(0)
}

/// What the event at this place says.
pub(crate) fn saying(run: &str, seq: u64) -> String {
    let size = match seq % 61 {
        // Large enough for a blob.
        7 => 70_000,
        _ => (seq % 13) as usize * 40,
    };
    format!("{run} {seq} {}", "y".repeat(size))
}

#[test]
fn entry() {
    let Ok(mode) = env::var(MODE) else {
        return;
    };
    let directory = PathBuf::from(env::var_os(DIRECTORY).unwrap());
    let run = env::var(RUN).unwrap();
    let done = match mode.as_str() {
        "for-ever" => append(&directory, &run, u64::MAX),
        "some" => append(&directory, &run, 300),
        "hold" => hold(&directory, &run),
        "look" => look(&directory),
        other => panic!("no mode {other}"),
    };
    if let Err(error) = done {
        eprintln!("failed {}", error.code());
    }
}

fn append(directory: &Path, run: &str, count: u64) -> Result<(), JournalError> {
    let journal = Journal::open(directory)?;
    let lease = match journal.create_run(run, 1, vec![start("demo")]) {
        Ok(lease) => {
            eprintln!("ack 1");
            lease
        }
        Err(JournalError::Exists { .. }) => journal.lease(run)?,
        Err(error) => return Err(error),
    };
    let last = journal.events(run, 0)?.len() as u64;
    let mut seq = last;
    let mut waiting = Vec::new();
    while seq < last.saturating_add(count) {
        let size = 1 + seq % 3;
        let events = (1..=size).map(|next| note(saying(run, seq + next)));
        waiting.push(journal.append(run, seq, events.collect()));
        seq += size;
        if waiting.len() as u64 > seq % 5 {
            for ticket in waiting.drain(..) {
                eprintln!("ack {}", ticket.wait_blocking()?);
            }
        }
    }
    for ticket in waiting {
        eprintln!("ack {}", ticket.wait_blocking()?);
    }
    drop(lease);
    Ok(())
}

fn hold(directory: &Path, run: &str) -> Result<(), JournalError> {
    let journal = Journal::open(directory)?;
    let _lease = journal.lease(run)?;
    eprintln!("held");
    loop {
        thread::sleep(Duration::from_secs(1));
    }
}

fn look(directory: &Path) -> Result<(), JournalError> {
    let Some(journal) = Journal::open_existing(directory)? else {
        eprintln!("nothing");
        return Ok(());
    };
    for run in journal.runs(100)? {
        let events = journal.events(&run.id, 0)?.len();
        eprintln!("run {} {} {events}", run.id, run.last_seq);
    }
    eprintln!("damage {}", journal.check()?.len());
    match Journal::open(directory) {
        Ok(_) => eprintln!("writable"),
        Err(error) => eprintln!("open {}", error.code()),
    }
    let refused = journal.append("r", 1, vec![note("x")]).wait_blocking();
    if let Err(error) = refused {
        eprintln!("append {}", error.code());
    }
    Ok(())
}

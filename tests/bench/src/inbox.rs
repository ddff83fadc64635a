//! Very many runs that wait for a person, beside one that does.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use cm_journal::Journal;
use cm_orchestrator::{Event, RunStart, TaskKey};
use cm_types::{Placement, Policy, QuestionKind, QuestionWork, Work};

use crate::{
    clock::{once, pair},
    figure::{Figure, time},
};

const ROUNDS: usize = 15;
const PARKED: usize = 10_000;

pub(crate) fn all(programs: &Path) -> io::Result<Vec<Figure>> {
    let program = fs::canonicalize(programs.join("cm"))?;
    // Nothing of it need survive, and each run is on disk before the next one begins.
    let memory = Path::new("/dev/shm");
    let folder = match memory.is_dir() {
        true => tempfile::tempdir_in(memory)?,
        false => tempfile::tempdir()?,
    };
    let many = project(&folder.path().join("many"), PARKED)?;
    let one = project(&folder.path().join("one"), 1)?;
    let home = folder.path().join("home");
    let inbox = |project: &Path, more: &[&str]| {
        let mut command = Command::new(&program);
        command
            .arg("inbox")
            .args(more)
            .current_dir(project)
            .env("CODEMACHINE_HOME", &home);
        once(&mut command, 0)
    };
    let mut figures = Vec::new();
    for more in [&[][..], &["--json"][..]] {
        let mut peak = 0;
        let ours = || {
            let taken = inbox(&many, more)?;
            peak = taken.peak.max(peak);
            Ok(taken.wall)
        };
        let floor = || Ok(inbox(&one, more)?.wall);
        let (ours, floor) = pair(ROUNDS, ours, floor)?;
        let what = ["cm inbox"].iter().chain(more).copied();
        let what: Vec<_> = what.collect();
        figures.push(Figure {
            name: format!("`{}` with {PARKED} runs that wait", what.join(" ")),
            ours: shown(ours),
            floor: format!("{} (with one)", shown(floor)),
            ratio: None,
            promise: "≤ 100 ms".into(),
            kept: ours <= Duration::from_millis(100),
        });
        figures.push(Figure {
            name: "its memory, at the most".into(),
            ours: format!("{} MB", peak / 1_000_000),
            floor: String::new(),
            ratio: None,
            promise: "≤ 200 MB".into(),
            kept: peak <= 200_000_000,
        });
    }
    Ok(figures)
}

/// A project with so many runs, each at a question.
fn project(directory: &Path, runs: usize) -> io::Result<PathBuf> {
    fs::create_dir(directory)?;
    let journal = Journal::open(&directory.join(".codemachine")).map_err(io::Error::other)?;
    for number in 0..runs {
        let lease = journal
            .create_run(
                &format!("run-{number}"),
                1_000 + number as u64,
                parked(directory, number),
            )
            .map_err(io::Error::other)?;
        drop(lease);
    }
    Ok(directory.to_owned())
}

fn parked(directory: &Path, number: usize) -> Vec<Event> {
    let work = Work::Question(QuestionWork {
        kind: QuestionKind::Approval,
        speaker: Some("reviewer".into()),
        prompt: format!("Ship version {number}? {}", "It has changed. ".repeat(15)),
        choices: vec!["yes".into(), "no".into()],
        ..QuestionWork::default()
    });
    vec![
        Event::Started(Box::new(RunStart {
            host: "0.1.0".into(),
            workflow: "release".into(),
            package: "release 1.0.0".into(),
            directory: directory.display().to_string(),
            ..RunStart::default()
        })),
        Event::Requested {
            task: 0,
            scope: None,
            key: TaskKey::new(&work, 0),
            occurrence: 0,
            place: Placement {
                step: "ship".into(),
                parent: None,
                label: None,
            },
            work: Box::new(work),
            policy: Policy::default(),
        },
        Event::Attempted {
            task: 0,
            attempt: 1,
        },
    ]
}

fn shown(duration: Duration) -> String {
    time(duration.as_nanos() as f64)
}

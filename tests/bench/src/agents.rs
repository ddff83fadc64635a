//! Very many agents at once, under a limit, beside their bare programs under the same.

use std::{
    cell::Cell,
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use cm_journal::Journal;
use cm_orchestrator::{Event, Run, TaskState};
use cm_types::Work;

use crate::{
    clock::{once, pair},
    figure::{Figure, time},
};

const AGENTS: u32 = 1_000;
const PLACES: u32 = 50;
const MEMORY: u64 = 200_000_000;

pub(crate) fn all(programs: &Path) -> io::Result<Vec<Figure>> {
    let program = fs::canonicalize(programs.join("cm"))?;
    let folder = tempfile::tempdir()?;
    let house = House {
        program,
        root: folder.path().to_owned(),
        peak: Cell::new(0),
    };
    // The first run of a home compiles the components.
    house.run(1, "0")?;
    let ideal = Duration::from_secs(u64::from(AGENTS / PLACES));
    let (slow, bare) = pair(1, || house.run(AGENTS, "1"), || bare("1"))?;
    let (fast, bare_fast) = pair(1, || house.run(AGENTS, "0"), || self::bare("0"))?;
    let ratio = slow.as_secs_f64() / ideal.as_secs_f64();
    let peak = house.peak.get();
    Ok(vec![
        Figure {
            name: format!("{AGENTS} agents, {PLACES} at once, each takes 1 s; none is lost"),
            ours: shown(slow),
            floor: format!(
                "{} (ideal), {} (their bare programs)",
                shown(ideal),
                shown(bare)
            ),
            ratio: Some(ratio),
            promise: "≤ 1.3×".into(),
            kept: ratio <= 1.3,
        },
        Figure {
            name: format!("{AGENTS} agents, {PLACES} at once, each answers at once"),
            ours: shown(fast),
            floor: format!("{} (their bare programs)", shown(bare_fast)),
            ratio: Some(fast.as_secs_f64() / bare_fast.as_secs_f64()),
            promise: String::new(),
            kept: true,
        },
        Figure {
            name: "its memory, at the most".into(),
            ours: format!("{} MB", peak / 1_000_000),
            floor: String::new(),
            ratio: None,
            promise: "≤ 200 MB".into(),
            kept: peak <= MEMORY,
        },
    ])
}

struct House {
    program: PathBuf,
    root: PathBuf,
    /// The most memory that any run had.
    peak: Cell<u64>,
}

impl House {
    /// Runs so many agents in a new project, and looks into its journal for each of them.
    fn run(&self, agents: u32, seconds: &str) -> io::Result<Duration> {
        let project = tempfile::tempdir_in(&self.root)?;
        let path = project.path();
        fs::create_dir(path.join("agents"))?;
        fs::write(path.join("agents/worker.md"), "Work.\n")?;
        fs::write(path.join("workflow.yaml"), workflow(agents))?;
        let script = format!(
            r#"{{ "rules": [{{ "do": [{{ "sleep": {seconds} }}, {{ "say": "Did: {{prompt}}" }}] }}] }}"#
        );
        fs::write(path.join("script.json"), script)?;
        let mut command = Command::new(&self.program);
        command
            .args([
                "run",
                ".",
                "--engine",
                "scripted",
                "--script",
                "script.json",
            ])
            .current_dir(path)
            .env("CODEMACHINE_HOME", self.root.join("home"));
        let taken = once(&mut command, 0)?;
        self.peak.set(self.peak.get().max(taken.peak));
        complete(path, agents)?;
        Ok(taken.wall)
    }
}

fn workflow(agents: u32) -> String {
    let steps = (0..agents)
        .map(|n| format!("      - {{ id: a{n}, agent: worker, prompt: 'Do part {n}.' }}\n"));
    format!(
        "name: Many\nclasses: {{ agents: {PLACES} }}\nsteps:\n  - id: all\n    parallel:\n{}",
        steps.collect::<String>()
    )
}

/// Every agent was asked once and has answered what it was asked, and never were more at
/// work than may be.
fn complete(project: &Path, agents: u32) -> io::Result<()> {
    let wrong = |what: String| Err(io::Error::other(what));
    let journal =
        Journal::open_existing(&project.join(".codemachine")).map_err(io::Error::other)?;
    let Some(journal) = journal else {
        return wrong("there is no journal".into());
    };
    let runs = journal.runs(1).map_err(io::Error::other)?;
    let Some(run) = runs.first() else {
        return wrong("there is no run".into());
    };
    let records = journal.events(&run.id, 0).map_err(io::Error::other)?;
    let (mut at_work, mut most) = (BTreeMap::new(), 0);
    for record in &records {
        match &record.event {
            Event::Spawned { task, .. } => at_work.insert(*task, ()),
            Event::Finished { task, .. } => at_work.remove(task),
            _ => None,
        };
        most = most.max(at_work.len());
    }
    if most > PLACES as usize {
        return wrong(format!("{most} agents were at work at once"));
    }
    let run = Run::replay(records.iter().map(|record| (record.at_ms, &record.event)));
    let mut answers = BTreeMap::new();
    for task in &run.tasks {
        let (
            Work::Turn(turn),
            TaskState::Finished {
                result: Ok(reply), ..
            },
        ) = (&task.work, &task.state)
        else {
            continue;
        };
        if task.attempts != 1 || reply.text != format!("Did: {}", turn.prompt.trim_end()) {
            return wrong(format!(
                "{}: {} times, {}",
                task.place.step, task.attempts, reply.text
            ));
        }
        *answers.entry(task.place.step.clone()).or_insert(0) += 1;
    }
    match answers.len() == agents as usize && answers.values().all(|count| *count == 1) {
        true => Ok(()),
        false => wrong(format!(
            "{} of {agents} agents have answered",
            answers.len()
        )),
    }
}

/// The same programs by themselves: so many rows, in each one after the other.
fn bare(seconds: &str) -> io::Result<Duration> {
    let line = format!("echo begun; sleep {seconds}.000; echo done");
    let began = Instant::now();
    thread::scope(|scope| {
        let rows: Vec<_> = (0..PLACES)
            .map(|_| {
                scope.spawn(|| {
                    (0..AGENTS / PLACES)
                        .try_for_each(|_| once(Command::new("sh").args(["-c", &line]), 0).map(drop))
                })
            })
            .collect();
        rows.into_iter().try_for_each(|row| {
            row.join()
                .unwrap_or_else(|_| Err(io::Error::other("a row of programs broke off")))
        })
    })?;
    Ok(began.elapsed())
}

fn shown(duration: Duration) -> String {
    time(duration.as_nanos() as f64)
}

//! What is measured.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::{
    clock::{median, once, pair},
    figure::{Figure, time},
};

const ROUNDS: usize = 15;

struct House {
    cm: PathBuf,
    nothing: PathBuf,
    folder: tempfile::TempDir,
}

impl House {
    fn cm(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.cm);
        command
            .args(arguments)
            .env("CODEMACHINE_HOME", self.folder.path().join("home"));
        command
    }

    /// A fresh project with this workflow, and the command that runs it there.
    fn run(&self, workflow: &str) -> io::Result<Command> {
        let project = tempfile::tempdir_in(self.folder.path())?.keep();
        fs::create_dir(project.join("agents"))?;
        fs::write(project.join("workflow.yaml"), workflow)?;
        fs::write(project.join("agents/worker.md"), "Say hello.\n")?;
        let path = project.display().to_string();
        Ok(self.cm(&[
            "run", &path, "--dir", &path, "--engine", "scripted", "--jobs", "64",
        ]))
    }

    fn wall(&self, workflow: &str) -> io::Result<Duration> {
        Ok(once(&mut self.run(workflow)?, 0)?.wall)
    }
}

pub(crate) fn all(programs: &Path) -> io::Result<Vec<Figure>> {
    let house = House {
        cm: programs.join("cm"),
        nothing: programs.join("nothing"),
        folder: tempfile::tempdir()?,
    };
    let mut figures = Vec::new();
    for arguments in [&["--version"][..], &["list"][..]] {
        figures.push(start_up(&house, arguments)?);
    }
    figures.extend(one_step(&house)?);
    figures.push(further_steps(&house)?);
    figures.push(further_turns(&house)?);
    figures.push(parallel(&house)?);
    figures.push(crowd(&house)?);
    figures.push(resume(&house)?);
    Ok(figures)
}

fn start_up(house: &House, arguments: &[&str]) -> io::Result<Figure> {
    let ours = || Ok(once(&mut house.cm(arguments), 0)?.wall);
    let floor = || Ok(once(&mut Command::new(&house.nothing), 0)?.wall);
    let (ours, floor) = pair(ROUNDS * 3, ours, floor)?;
    let ratio = ours.as_secs_f64() / floor.as_secs_f64();
    Ok(Figure {
        name: format!("`cm {}`", arguments.join(" ")),
        ours: shown(ours),
        floor: format!("{} (a program that does nothing)", shown(floor)),
        ratio: Some(ratio),
        promise: "≤ 10 ms and ≤ 3×".into(),
        kept: ours <= Duration::from_millis(10) && ratio <= 3.0,
    })
}

fn one_step(house: &House) -> io::Result<Vec<Figure>> {
    let workflow = "name: One\nsteps:\n  - agent: worker\n";
    // The first run of a machine compiles the components, and no other.
    let first = once(&mut house.run(workflow)?, 0)?;
    let mut peak = 0;
    let ours = || {
        let taken = once(&mut house.run(workflow)?, 0)?;
        peak = taken.peak.max(peak);
        Ok(taken.wall)
    };
    let (ours, floor) = pair(ROUNDS, ours, shell)?;
    let wall = Figure {
        name: "a run of one agent, from the shell".into(),
        ours: shown(ours),
        floor: format!("{} (`sh -c true`)", shown(floor)),
        ratio: None,
        promise: "≤ 40 ms".into(),
        kept: ours <= Duration::from_millis(40),
    };
    let memory = Figure {
        name: "its memory, at the most".into(),
        ours: format!("{} MB", peak / 1_000_000),
        floor: String::new(),
        ratio: None,
        promise: "≤ 60 MB".into(),
        kept: peak <= 60_000_000,
    };
    let compiling = Figure {
        name: "the first run on a machine, which compiles the components".into(),
        ours: format!("{}, {} MB", shown(first.wall), first.peak / 1_000_000),
        floor: String::new(),
        ratio: None,
        promise: String::new(),
        kept: true,
    };
    Ok(vec![wall, memory, compiling])
}

fn further_steps(house: &House) -> io::Result<Figure> {
    let name = "each further step of a sequence, durable";
    further(house, name, Duration::from_millis(3), |count| {
        commands(count, "  ")
    })
}

/// From the start of an agent's program to what comes after its turn, without the time
/// that the program itself takes.
fn further_turns(house: &House) -> io::Result<Figure> {
    let name = "each further turn of an agent, durable";
    further(house, name, Duration::from_millis(2), |count| {
        let turns = (0..count).map(|n| format!("  - {{ id: a{n}, agent: worker }}\n"));
        format!("name: Turns\nsteps:\n{}", turns.collect::<String>())
    })
}

/// What one more costs, in a workflow that has many more.
fn further(
    house: &House,
    name: &str,
    most: Duration,
    workflow: impl Fn(u32) -> String,
) -> io::Result<Figure> {
    const MORE: u32 = 50;
    let (one, many) = (workflow(1), workflow(1 + MORE));
    let mut extra = Vec::new();
    let mut bare = Vec::new();
    for _ in 0..ROUNDS {
        let (short, long) = (house.wall(&one)?, house.wall(&many)?);
        extra.push(long.saturating_sub(short) / MORE);
        let shells: io::Result<Vec<_>> = (0..MORE).map(|_| shell()).collect();
        bare.push(median(shells?));
    }
    let (step, bare) = (median(extra), median(bare));
    let over = step.saturating_sub(bare);
    Ok(Figure {
        name: name.into(),
        ours: shown(step),
        floor: format!("{} (`sh -c true`)", shown(bare)),
        ratio: Some(step.as_secs_f64() / bare.as_secs_f64()),
        promise: format!("≤ {} over the floor (it is {})", shown(most), shown(over)),
        kept: over <= most,
    })
}

/// Steps that wait, as agents do for their model.
fn parallel(house: &House) -> io::Result<Figure> {
    let wait = "sleep 0.02";
    let apart = format!("name: Some\nsteps:\n{}", steps(10, "  ", wait));
    let (ours, floor) = pair(
        ROUNDS,
        || house.wall(&together(wait)),
        || house.wall(&apart),
    )?;
    let ratio = ours.as_secs_f64() / floor.as_secs_f64();
    Ok(Figure {
        name: "50 steps at once, each waits 20 ms".into(),
        ours: shown(ours),
        floor: format!("{} (10 of them in sequence)", shown(floor)),
        ratio: Some(ratio),
        promise: "≤ 1×".into(),
        kept: ratio <= 1.0,
    })
}

/// Steps that do nothing: what is left is the starting of programs.
fn crowd(house: &House) -> io::Result<Figure> {
    let floor = || {
        let began = std::time::Instant::now();
        let started: io::Result<Vec<_>> = (0..50)
            .map(|_| Command::new("sh").args(["-c", "true"]).spawn())
            .collect();
        for mut child in started? {
            child.wait()?;
        }
        Ok(began.elapsed())
    };
    let (ours, floor) = pair(ROUNDS, || house.wall(&together("true")), floor)?;
    Ok(Figure {
        name: "50 steps at once, each `true`".into(),
        ours: shown(ours),
        floor: format!("{} (50 × `sh -c true` at once)", shown(floor)),
        ratio: Some(ours.as_secs_f64() / floor.as_secs_f64()),
        promise: String::new(),
        kept: true,
    })
}

fn together(line: &str) -> String {
    format!(
        "name: Many\nsteps:\n  - id: all\n    parallel:\n{}",
        steps(50, "      ", line)
    )
}

/// A run with more than 10,000 events that waits for an answer is gone on with.
fn resume(house: &House) -> io::Result<Figure> {
    let workflow = format!(
        "{}  - ask: Go on?\n    choices: [\"yes\"]\n",
        commands(2_000, "  ")
    );
    let mut run = house.run(&workflow)?;
    once(&mut run, 4)?;
    let project = run
        .get_args()
        .nth(1)
        .map(|path| path.to_string_lossy().into_owned())
        .unwrap_or_default();
    let log = house
        .cm(&["logs", "last", "--json", "--dir", &project])
        .output()?;
    let events = log.stdout.iter().filter(|byte| **byte == b'\n').count();
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        // Nobody answers, so it comes to the same question again.
        times.push(once(&mut house.cm(&["resume", "last", "--dir", &project]), 4)?.wall);
    }
    let ours = median(times);
    Ok(Figure {
        name: format!("`cm resume` of a run with {events} events, to where it waits"),
        ours: shown(ours),
        floor: String::new(),
        ratio: None,
        promise: "≤ 500 ms".into(),
        kept: ours <= Duration::from_millis(500) && events >= 10_000,
    })
}

fn commands(count: u32, indent: &str) -> String {
    format!("name: Some\nsteps:\n{}", steps(count, indent, "true"))
}

fn steps(count: u32, indent: &str, line: &str) -> String {
    (0..count)
        .map(|n| format!("{indent}- id: s{n}\n{indent}  run: \"{line}\"\n"))
        .collect()
}

fn shell() -> io::Result<Duration> {
    Ok(once(Command::new("sh").args(["-c", "true"]), 0)?.wall)
}

fn shown(duration: Duration) -> String {
    time(duration.as_nanos() as f64)
}

//! Measures `cm` as a whole process, each figure beside its floor in the same run, and
//! writes BENCHMARKS.md. `cargo xtask bench` builds what it needs and starts it.
//!
//! `cm-bench FOLDER --only SCENE` measures one scene and writes nothing.

mod agents;
mod clock;
mod figure;
mod inbox;
mod packages;
mod scenes;

use std::{
    io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use figure::Figure;

type Scene = fn(&Path) -> io::Result<Vec<Figure>>;

const SCENES: [(&str, Scene); 4] = [
    ("runs", scenes::all),
    ("packages", packages::all),
    ("inbox", inbox::all),
    ("agents", agents::all),
];

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(folder), Some(report)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: cm-bench FOLDER-OF-PROGRAMS REPORT.md [RESULTS.jsonl …]");
        eprintln!("       cm-bench FOLDER-OF-PROGRAMS --only SCENE…");
        return ExitCode::from(2);
    };
    let (only, results): (Vec<_>, Vec<_>) = match report.as_os_str() == "--only" {
        true => (arguments.collect(), Vec::new()),
        false => (Vec::new(), arguments.collect()),
    };
    let wanted = |name: &str| only.is_empty() || only.iter().any(|only| only.as_os_str() == name);
    if let Some(unknown) = only
        .iter()
        .find(|only| !SCENES.iter().any(|it| only.as_os_str() == it.0))
    {
        let known: Vec<_> = SCENES.iter().map(|(name, _)| *name).collect();
        eprintln!(
            "error: there is no scene `{}`; there are {}",
            unknown.display(),
            known.join(", ")
        );
        return ExitCode::from(2);
    }
    let mut figures = Vec::new();
    for (_, scene) in SCENES.iter().filter(|(name, _)| wanted(name)) {
        match scene(&folder) {
            Ok(more) => figures.extend(more),
            Err(error) => {
                eprintln!("error: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    figures.extend(results.iter().flat_map(|file| figure::read(file)));
    let text = figure::report(&figures);
    print!("{text}");
    if only.is_empty()
        && let Err(error) = std::fs::write(&report, text)
    {
        eprintln!("error: {} cannot be written: {error}", report.display());
        return ExitCode::FAILURE;
    }
    let missed: Vec<_> = figures
        .iter()
        .filter(|figure| !figure.met())
        .map(|figure| figure.name.as_str())
        .collect();
    if missed.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("\nmissed: {}", missed.join("; "));
    ExitCode::FAILURE
}

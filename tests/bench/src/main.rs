//! Measures `cm` as a whole process, each figure beside its floor in the same run, and
//! writes BENCHMARKS.md. `cargo xtask bench` builds what it needs and starts it.

mod clock;
mod figure;
mod packages;
mod scenes;

use std::{path::PathBuf, process::ExitCode};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(folder), Some(report)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: cm-bench FOLDER-OF-PROGRAMS REPORT.md [RESULTS.jsonl …]");
        return ExitCode::from(2);
    };
    let mut figures = match scenes::all(&folder).and_then(|mut figures| {
        figures.extend(packages::all(&folder)?);
        Ok(figures)
    }) {
        Ok(figures) => figures,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    figures.extend(arguments.flat_map(|file| figure::read(&file)));
    let text = figure::report(&figures);
    print!("{text}");
    if let Err(error) = std::fs::write(&report, text) {
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

use std::{fmt::Write as _, path::Path};

/// A measured figure, its floor, and what was promised.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) ours: String,
    pub(crate) floor: String,
    pub(crate) ratio: Option<f64>,
    pub(crate) promise: String,
    pub(crate) kept: bool,
}

impl Figure {
    pub(crate) fn met(&self) -> bool {
        self.kept
    }
}

/// Figures of the crates' own benchmarks: a JSON object a line.
pub(crate) fn read(file: &Path) -> Vec<Figure> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let lines = text
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    lines.filter_map(|line| figure(&line)).collect()
}

fn figure(line: &serde_json::Value) -> Option<Figure> {
    let name = line["name"].as_str()?.to_owned();
    let ours = line["ours_ns"].as_f64()?;
    let floor = line["floor_ns"].as_f64().or(line["raw_ns"].as_f64())?;
    let ratio = ours / floor;
    if let Some(bytes) = line["bytes"].as_f64() {
        return Some(throughput(name, bytes / ours, bytes / floor));
    }
    // Of these crates' figures, the ones with a promise.
    let promised = name.starts_with("next with") || name == "journal-append";
    let (promise, kept) = match promised {
        true => ("≤ 1.5×".to_owned(), ratio <= 1.5),
        false => (String::new(), true),
    };
    Some(Figure {
        name,
        ours: time(ours),
        floor: time(floor),
        ratio: Some(ratio),
        promise,
        kept,
    })
}

/// Bytes a nanosecond.
fn throughput(name: String, ours: f64, floor: f64) -> Figure {
    let shown = |rate: f64| format!("{:.0} MB/s", rate * 1e3);
    Figure {
        name,
        ours: shown(ours),
        floor: format!("{} (`serde_json` outside of a component)", shown(floor)),
        ratio: Some(ours / floor),
        promise: "≥ 200 MB/s".to_owned(),
        kept: ours >= 0.2,
    }
}

/// Nanoseconds, for people.
pub(crate) fn time(ns: f64) -> String {
    match ns {
        _ if ns < 1e3 => format!("{ns:.0} ns"),
        _ if ns < 1e6 => format!("{:.1} µs", ns / 1e3),
        _ if ns < 1e9 => format!("{:.1} ms", ns / 1e6),
        _ => format!("{:.2} s", ns / 1e9),
    }
}

pub(crate) fn report(figures: &[Figure]) -> String {
    let mut text = String::from(
        "# Benchmarks\n\nMade by `cargo xtask bench`; medians of whole processes, each in turn with its floor in the same run. \
         Ratios hold on other machines, times do not.\n\n\
         | what | `cm` | floor | ratio | promise | kept |\n|---|---|---|---|---|---|\n",
    );
    for figure in figures {
        let ratio = figure
            .ratio
            .map_or_else(String::new, |ratio| format!("{ratio:.2}×"));
        let kept = match (figure.promise.is_empty(), figure.kept) {
            (true, _) => "",
            (false, true) => "yes",
            (false, false) => "**no**",
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {ratio} | {} | {kept} |",
            figure.name, figure.ours, figure.floor, figure.promise
        );
    }
    text
}

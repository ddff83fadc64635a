use std::path::PathBuf;

use crate::{
    failure::{At, Outcome},
    guests,
    house::House,
    program::Program,
    progress::Progress,
    toolchain::Source,
};

/// Builds the guests, then the host, which finds them below `target/guests`.
pub(crate) fn build(
    house: &House,
    progress: &Progress,
    source: Option<Source>,
) -> Outcome<PathBuf> {
    guests::build(house, progress, source, &[])?;
    binary(house, progress)
}

/// Builds the host alone.
pub(crate) fn binary(house: &House, progress: &Progress) -> Outcome<PathBuf> {
    compile(house, progress, &["--package", "cm"])
}

/// Builds the host together with all tests. Alone it would be built with other features
/// of what it depends on, and wasmtime would be compiled twice.
pub(crate) fn binary_beside_tests(house: &House, progress: &Progress) -> Outcome<PathBuf> {
    compile(house, progress, &["--workspace", "--bins", "--tests"])
}

fn compile(house: &House, progress: &Progress, what: &[&str]) -> Outcome<PathBuf> {
    progress.phase("host", "building cm (the first time takes minutes)", || {
        Program::new("cargo")
            .arguments(["build", "--quiet", "--release"])
            .arguments(what)
            .within(house.root())
            .show()
    })?;
    let path = house.host_build().join("release/cm");
    progress.say("host", house.short(&path));
    Ok(path)
}

/// Builds everything and runs `cm demo` in this terminal.
pub(crate) fn demo(
    house: &House,
    progress: &Progress,
    source: Option<Source>,
    arguments: &[String],
) -> Outcome {
    let cm = build(house, progress, source)?;
    Program::new(cm)
        .argument("demo")
        .arguments(arguments)
        .show()
}

/// The benchmarks of single rooms: a JSON object a line.
const ROOMS: [(&str, &str); 3] = [
    ("cm-runtime", "guest_call"),
    ("cm-runtime", "decode"),
    ("cm-journal", "append"),
];

/// Builds everything and measures it; writes BENCHMARKS.md.
pub(crate) fn bench(house: &House, progress: &Progress, source: Option<Source>) -> Outcome {
    build(house, progress, source)?;
    let cargo = || Program::new("cargo").within(house.root());
    progress.phase("bench", "building", || {
        cargo()
            .arguments(["build", "--quiet", "--release", "--package", "cm-bench"])
            .show()
    })?;
    let release = house.host_build().join("release");
    let mut results = Vec::new();
    for (package, bench) in ROOMS {
        let printed = progress.phase("bench", format_args!("{package} {bench}"), || {
            cargo()
                .arguments(["bench", "--quiet", "--package", package, "--bench", bench])
                .read()
        })?;
        let file = release.join(format!("{bench}.jsonl"));
        std::fs::write(&file, printed).at(&file)?;
        results.push(file);
    }
    let report = house.root().join("BENCHMARKS.md");
    progress.phase("bench", "cm-bench", || {
        Program::new(release.join("cm-bench"))
            .argument(&release)
            .argument(&report)
            .arguments(&results)
            .show()
    })
}

use std::path::PathBuf;

use crate::{
    failure::{At, Failure, Outcome},
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
    progress.phase("host", "building cm (the first time takes minutes)", || {
        Program::new("cargo")
            .arguments(["build", "--quiet", "--release", "--package", "cm"])
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

/// Builds everything and runs the benchmarks: each program of that name which
/// the workspace has built.
pub(crate) fn bench(house: &House, progress: &Progress, source: Option<Source>) -> Outcome {
    build(house, progress, source)?;
    let release = house.host_build().join("release");
    let mut programs: Vec<_> = std::fs::read_dir(&release)
        .at(&release)?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            name.starts_with("cm-bench") && path.extension().is_none()
        })
        .collect();
    programs.sort();
    if programs.is_empty() {
        return Err(Failure::Wrong(format!(
            "there is no benchmark: nothing in {} is named cm-bench*",
            house.short(&release)
        )));
    }
    for program in programs {
        progress.phase("bench", house.short(&program), || {
            Program::new(&program).show()
        })?;
    }
    Ok(())
}

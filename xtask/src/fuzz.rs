use std::{fs, path::PathBuf};

use crate::{
    failure::{At, Outcome},
    house::House,
    program::{self, Program},
    progress::Progress,
};

/// What cargo-fuzz compiles with, without a sanitizer: nothing here is `unsafe`, and this
/// needs no nightly compiler. `cargo fuzz run` works in `fuzz/` too.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-trace-compares \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
     -Cllvm-args=-sanitizer-coverage-pc-table --cfg fuzzing";
/// A turn's decoder may not need more, in MiB.
const MEMORY: u32 = 512;
/// The longest output that is tried, in bytes.
const LONGEST: u32 = 64 * 1024;
/// The longest that one output may take, in seconds.
const SLOWEST: u32 = 10;

/// Fuzzes the decoder of every engine for so many seconds each, beginning with what the
/// real programs printed. What is found is left in `target/fuzz/found`.
pub(crate) fn run(house: &House, progress: &Progress, seconds: u32, names: &[String]) -> Outcome {
    if program::find("c++").is_none() {
        progress.skip("fuzzing", "there is no C++ compiler, which libFuzzer needs");
        return Ok(());
    }
    let place = house.host_build().join("fuzz");
    let found = place.join("found");
    fs::create_dir_all(&found).at(&found)?;
    progress.phase("fuzz", "building the decoders", || {
        Program::new("cargo")
            .arguments(["build", "--quiet", "--release", "--bins"])
            // Named, so that build scripts are not compiled with the flags.
            .arguments(["--target", TARGET])
            .variable("RUSTFLAGS", FLAGS)
            .variable("CARGO_TARGET_DIR", &place)
            .within(house.root().join("fuzz"))
            .show()
    })?;
    for name in targets(house)? {
        if !names.is_empty() && !names.contains(&name) {
            continue;
        }
        let corpus = place.join("corpus").join(&name);
        fs::create_dir_all(&corpus).at(&corpus)?;
        let seeds = house.root().join("plugins/engines").join(&name);
        let seeds = seeds.join("tests/transcripts");
        let message = format!("{name} for {seconds} s");
        progress.phase("fuzz", message, || {
            Program::new(place.join(TARGET).join("release").join(&name))
                .argument(&corpus)
                .arguments(seeds.is_dir().then_some(&seeds))
                .argument(format!("-max_total_time={seconds}"))
                .argument(format!("-rss_limit_mb={MEMORY}"))
                .argument(format!("-max_len={LONGEST}"))
                .argument(format!("-timeout={SLOWEST}"))
                .argument(format!("-artifact_prefix={}/{name}-", found.display()))
                .argument("-verbosity=0")
                .argument("-print_final_stats=0")
                .read()
                .map(drop)
        })?;
    }
    Ok(())
}

/// The machine that the tests run on.
const TARGET: &str = env!("TARGET");

fn targets(house: &House) -> Outcome<Vec<String>> {
    let place: PathBuf = house.root().join("fuzz/fuzz_targets");
    let mut names = Vec::new();
    for entry in fs::read_dir(&place).at(&place)? {
        let path = entry.at(&place)?.path();
        names.extend(
            path.file_stem()
                .map(|name| name.to_string_lossy().into_owned()),
        );
    }
    names.sort();
    Ok(names)
}

use std::path::{Path, PathBuf};

use crate::{apt, failure::Outcome, house::House, program::Program, progress::Progress};

/// The registry that the tests publish to, beside the one that is part of `cm`.
const PACKAGE: &str = "docker-registry";

/// Where the program is: on the system, or unpacked below `target/`.
pub(crate) fn program(house: &House) -> PathBuf {
    let system = Path::new("/usr/bin").join(PACKAGE);
    if system.is_file() {
        return system;
    }
    place(house).join("root/usr/bin").join(PACKAGE)
}

/// Fetches it if it is missing. What cannot be fetched is skipped, and said to be.
pub(crate) fn install(house: &House, progress: &Progress) -> Outcome {
    if program(house).is_file() {
        return Ok(());
    }
    let place = place(house);
    let message = format!("fetching Debian's {PACKAGE} into {}", house.short(&place));
    let fetched = progress.phase("registry", message, || {
        apt::fetch(&[PACKAGE], &place)?;
        apt::unpack(&place, |root| {
            let program = root.join("usr/bin").join(PACKAGE);
            Program::new(program).argument("--version").read().map(drop)
        })
    });
    if let Err(failure) = fetched {
        progress.skip(PACKAGE, failure.to_string());
    }
    Ok(())
}

fn place(house: &House) -> PathBuf {
    house.tools().join(PACKAGE)
}

use std::path::PathBuf;

use crate::{
    failure::{At, Failure, Outcome},
    house::House,
    npm,
    program::Program,
    progress::Progress,
};

/// The program of a real engine, for the tests.
struct Engine {
    /// Its directory below the house's `engines`; the program of that name is in
    /// `node_modules/.bin` there.
    name: &'static str,
    package: &'static str,
}

/// With Node.js 22, which one of them needs and the system may not have. It is
/// first, so that what the others run while they are installed finds it.
const ENGINES: [Engine; 4] = [
    Engine {
        name: "node",
        package: "node@22.23.3",
    },
    Engine {
        name: "claude",
        package: "@anthropic-ai/claude-code@2.1.330",
    },
    Engine {
        name: "codex",
        package: "@openai/codex@0.169.0",
    },
    Engine {
        name: "opencode",
        package: "opencode-ai@1.18.33",
    },
];

/// Installs the programs that are missing. What cannot be fetched is skipped, and
/// said to be.
pub(crate) fn install(house: &House, progress: &Progress) -> Outcome {
    for engine in &ENGINES {
        let directory = house.engines().join(engine.name);
        if npm::is_installed(&directory, engine.package) {
            continue;
        }
        let message = format!(
            "installing {} into {}",
            engine.package,
            house.short(&directory)
        );
        match progress.phase("engines", message, || {
            npm::install(&directory, &[engine.package])
        }) {
            Ok(_) => check(house, engine)?,
            Err(Failure::Unreachable(why)) => {
                progress.skip(&format!("engine {}", engine.name), why)
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(())
}

/// Runs the program once: a package may install without its program, which it
/// fetches by a script that npm may not be allowed to run.
fn check(house: &House, engine: &Engine) -> Outcome {
    let home = house.scratch("home");
    std::fs::create_dir_all(&home).at(&home)?;
    let run = Program::new(path(house, engine))
        .argument("--version")
        .variable("HOME", home);
    let Err(failure) = run.read() else {
        return Ok(());
    };
    npm::forget(&house.engines().join(engine.name))?;
    Err(Failure::Wrong(format!(
        "{} was installed, but does not work: {failure}",
        engine.package
    )))
}

fn path(house: &House, engine: &Engine) -> PathBuf {
    house
        .engines()
        .join(engine.name)
        .join("node_modules/.bin")
        .join(engine.name)
}

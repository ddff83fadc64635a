use std::{ffi::OsString, path::PathBuf, thread};

use crate::{
    failure::{At, Failure, Outcome},
    house::House,
    npm, pip,
    program::Program,
    progress::Progress,
};

/// The program of a real engine, for the tests.
struct Engine {
    /// Its directory below the house's `engines`, and the program's name.
    name: &'static str,
    /// With its exact version.
    package: &'static str,
    from: Source,
    /// What makes it tell its version, or anything else, and leave.
    check: &'static str,
}

/// Where a package comes from.
enum Source {
    /// npm; its programs are in `node_modules/.bin`.
    Npm,
    /// The Python package index, for this Python; its programs are in `bin`.
    Pip(&'static str),
}

const fn npm(name: &'static str, package: &'static str) -> Engine {
    Engine {
        name,
        package,
        from: Source::Npm,
        check: "--version",
    }
}

/// No older Python finds the versions that are wanted.
const fn pip(name: &'static str, package: &'static str) -> Engine {
    Engine {
        name,
        package,
        from: Source::Pip("python3.12"),
        check: "--version",
    }
}

/// With Node.js 22, which some of them need and the system may not have. It is
/// first, so that what the others run while they are installed finds it.
const ENGINES: [Engine; 13] = [
    npm("node", "node@22.23.3"),
    npm("claude", "@anthropic-ai/claude-code@2.1.330"),
    npm("codex", "@openai/codex@0.169.0"),
    npm("opencode", "opencode-ai@1.18.33"),
    npm("gemini", "@google/gemini-cli@0.61.0"),
    npm("qwen", "@qwen-code/qwen-code@0.24.4"),
    npm("copilot", "@github/copilot@1.0.102"),
    npm("pi", "@mariozechner/pi-coding-agent@0.73.1"),
    Engine {
        check: "-v",
        ..npm("ccr", "@musistudio/claude-code-router@2.0.0")
    },
    npm(
        "claude-agent-acp",
        "@agentclientprotocol/claude-agent-acp@0.100.0",
    ),
    Engine {
        check: "--help",
        ..npm("codex-acp", "@zed-industries/codex-acp@0.16.0")
    },
    pip("vibe", "mistral-vibe==3.0.2"),
    pip("aider", "aider-chat==0.86.2"),
];

/// Installs the programs that are missing. What cannot be fetched is skipped, and
/// said to be.
pub(crate) fn install(house: &House, progress: &Progress) -> Outcome {
    let missing = ENGINES
        .iter()
        .filter(|engine| !npm::is_installed(&house.engines().join(engine.name), engine.package));
    thread::scope(|scope| {
        let mut begun = Vec::new();
        for engine in missing {
            let directory = house.engines().join(engine.name);
            // pip takes its time, which is npm's meanwhile.
            let work = match engine.from {
                Source::Npm => None,
                Source::Pip(python) => Some(
                    scope.spawn(move || pip::install(&directory, python, engine.package).map(drop)),
                ),
            };
            begun.push((engine, work));
        }
        for (engine, work) in begun {
            let directory = house.engines().join(engine.name);
            let message = format!(
                "installing {} into {}",
                engine.package,
                house.short(&directory)
            );
            match progress.phase("engines", message, || match work {
                None => npm::install(&directory, &[engine.package]).map(drop),
                Some(work) => work
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            }) {
                Ok(()) => check(house, engine)?,
                Err(Failure::Unreachable(why)) => {
                    progress.skip(&format!("engine {}", engine.name), why);
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(())
    })
}

/// Runs the program once: a package may install without its program, which it
/// fetches by a script that npm may not be allowed to run.
fn check(house: &House, engine: &Engine) -> Outcome {
    let home = house.scratch("home");
    std::fs::create_dir_all(&home).at(&home)?;
    let run = Program::new(programs(house, engine).join(engine.name))
        .argument(engine.check)
        .variable("HOME", home)
        .variable("PATH", search(house)?);
    let Err(failure) = run.read() else {
        return Ok(());
    };
    npm::forget(&house.engines().join(engine.name))?;
    Err(Failure::Wrong(format!(
        "{} was installed, but does not work: {failure}",
        engine.package
    )))
}

fn programs(house: &House, engine: &Engine) -> PathBuf {
    let directory = house.engines().join(engine.name);
    match engine.from {
        Source::Npm => directory.join("node_modules/.bin"),
        Source::Pip(_) => directory.join("bin"),
    }
}

/// Where programs are looked for: the fetched Node.js is before the system's.
fn search(house: &House) -> Outcome<OsString> {
    let node = programs(house, &ENGINES[0]);
    let system = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(node).chain(std::env::split_paths(&system));
    std::env::join_paths(all)
        .map_err(|error| Failure::Wrong(format!("the PATH cannot be extended: {error}")))
}

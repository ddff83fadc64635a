//! What an engine's program says of itself outside of a turn.

use std::time::Duration;

use cm_effects::{Launch, LaunchError, Limits, Output, Process, Scratch, Stdin, environment};
use cm_types::{Finding, Probe};

use crate::Engine;

/// More than this a program does not say of itself.
const MOST: u64 = 1 << 20;

/// Starts a probe and waits for its end, `within` this time at the most. What goes wrong
/// is a finding too. Must be called where programs can be started: see [`Process::start`].
pub async fn probe(engine: &Engine, probe: &Probe, within: Duration) -> Finding {
    let mut finding = Finding {
        purpose: probe.purpose.clone(),
        code: None,
        stdout: String::new(),
        stderr: String::new(),
    };
    if let Err(why) = ask(engine, probe, within, &mut finding).await {
        finding.stderr = why;
    }
    finding
}

async fn ask(
    engine: &Engine,
    probe: &Probe,
    within: Duration,
    finding: &mut Finding,
) -> Result<(), String> {
    let may = engine.package.may_start(&probe.program);
    may.map_err(|error| error.to_string())?;
    let scratch = Scratch::new().map_err(|error| error.to_string())?;
    let set = engine.variables_of_home();
    let launch = Launch {
        program: probe.program.clone(),
        arguments: probe.arguments.clone(),
        environment: environment::filtered(
            &engine.allowed,
            &set.map_err(|error| error.to_string())?,
            scratch.path(),
            scratch.path(),
        ),
        directory: scratch.path().to_owned(),
        stdin: Stdin::Null,
        limits: Limits {
            wall: Some(within),
            grace: Duration::from_secs(1),
            output_bytes: MOST,
            ..Limits::default()
        },
        recording: None,
    };
    let mut process = match Process::start(launch) {
        Ok(process) => process,
        Err(LaunchError::NotInstalled { .. }) => return Ok(()),
        Err(error) => return Err(error.to_string()),
    };
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    loop {
        match process.next().await {
            Output::Stdout(bytes) => stdout.extend(bytes),
            Output::Stderr(bytes) => stderr.extend(bytes),
            Output::Exited(exit) => {
                finding.code = exit.code;
                finding.stdout = String::from_utf8_lossy(&stdout).into_owned();
                finding.stderr = String::from_utf8_lossy(&stderr).into_owned();
                return Ok(());
            }
        }
    }
}

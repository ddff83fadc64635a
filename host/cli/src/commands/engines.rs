use std::time::Duration;

use cm_driver::{Catalog, Engine};
use cm_effects::{Launch, LaunchError, Limits, Output, Process, Scratch, Stdin};
use cm_types::{Finding, Health, Probe};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    arguments::Engines,
    exit::Exit,
    place,
    trouble::Trouble,
    view::{notice, out, table, text},
};

/// How long a program may take to say which version it is.
const PATIENCE: Duration = Duration::from_secs(20);

/// An engine of `cm engines --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Row {
    /// The name used in workflows.
    engine: String,
    /// The name for people.
    name: String,
    /// The package it is in, with its version.
    package: String,
    /// Whether its program is there.
    installed: bool,
    /// The version that the program says it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    /// Whether somebody is signed in; none when that cannot be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_in: Option<bool>,
    /// Versions of the program that the adapter was tested with.
    tested: Vec<String>,
    /// What it can do.
    features: Vec<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

pub(crate) fn run(arguments: &Engines) -> Result<Exit, Trouble> {
    let registry = place::registry()?;
    let runtime = place::runtime(&registry)?;
    let catalog = Catalog::new(registry, runtime, None);
    let mut names = catalog.engine_names()?;
    if let Some(engine) = &arguments.engine {
        if let Some(failure) = catalog.no_engine(engine) {
            return Err(Trouble::usage(&failure.code, failure.message));
        }
        names = vec![engine.clone()];
    }
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let tokio = tokio.map_err(|error| Trouble::new("no-runtime", error.to_string()))?;
    let mut rows = Vec::new();
    for name in names {
        match catalog.engine(&name) {
            Ok(engine) => rows.push(row(&engine, tokio.block_on(health(&engine))?)),
            Err(error) => notice(&format!("the engine `{name}` cannot be loaded: {error}")),
        }
    }
    if arguments.json {
        out::json(&rows);
        return Ok(Exit::Done);
    }
    let mut shown = table::new(&["ENGINE", "NAME", "INSTALLED", "SIGNED IN", "TESTED WITH"]);
    for row in &rows {
        shown.add_row([
            row.engine.clone(),
            text::one_line(&row.name, 40),
            match (&row.version, row.installed) {
                (Some(version), true) => text::one_line(version, 30),
                (None, true) => "yes".into(),
                (_, false) => "no".into(),
            },
            match row.signed_in {
                Some(true) => "yes".into(),
                Some(false) => "no".into(),
                None if row.installed => "not known".into(),
                None => String::new(),
            },
            text::one_line(&row.tested.join(", "), 40),
        ]);
    }
    out::line(table::render(&shown));
    for row in &rows {
        if let Some(remedy) = &row.remedy {
            out::line(format!("\n{}: {}", row.engine, text::clean(remedy)));
        }
    }
    Ok(Exit::Done)
}

fn row(engine: &Engine, health: Health) -> Row {
    Row {
        engine: engine.info.id.clone(),
        name: engine.info.name.clone(),
        package: format!("{} {}", engine.identity.package, engine.identity.version),
        installed: health.installed,
        version: health.version,
        signed_in: health.signed_in,
        tested: engine.info.tested.clone(),
        features: engine.info.features.clone(),
        remedy: health.remedy,
    }
}

/// Asks the engine's programs, and the adapter what the answers mean.
async fn health(engine: &Engine) -> Result<Health, Trouble> {
    let mut findings = Vec::new();
    for probe in &engine.info.probes {
        findings.push(ask(engine, probe).await?);
    }
    Ok(engine.adapter.diagnose(findings)?)
}

async fn ask(engine: &Engine, probe: &Probe) -> Result<Finding, Trouble> {
    let scratch = Scratch::new().map_err(|error| {
        Trouble::new(
            "no-scratch",
            format!("no temporary directory could be made: {error}"),
        )
    })?;
    let launch = Launch {
        program: probe.program.clone(),
        arguments: probe.arguments.clone(),
        environment: cm_effects::environment::filtered(
            &engine.allowed,
            &[],
            scratch.path(),
            scratch.path(),
        ),
        directory: scratch.path().to_owned(),
        stdin: Stdin::Null,
        limits: Limits {
            wall: Some(PATIENCE),
            output_bytes: 1 << 20,
            ..Limits::default()
        },
        recording: None,
    };
    let mut finding = Finding {
        purpose: probe.purpose.clone(),
        code: None,
        stdout: String::new(),
        stderr: String::new(),
    };
    let mut process = match Process::start(launch) {
        Ok(process) => process,
        Err(LaunchError::NotInstalled { .. }) => return Ok(finding),
        Err(error) => {
            finding.stderr = error.to_string();
            return Ok(finding);
        }
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
                return Ok(finding);
            }
        }
    }
}

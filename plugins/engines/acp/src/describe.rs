//! What the engines of this component are, and what probes tell of them.

use cm_sdk::engine::{Adapter, Error, Finding, Health, Info, Probe, Program, finding, strings};
use serde_json::{Map, Value, json};

use crate::Acp;
use crate::any::ANY;
use crate::preset::Preset;
use crate::presets::ALL;

/// The engine `acp`, which is told its agent by the request. The others are in its
/// option `presets`.
pub(crate) fn info() -> Info {
    let presets: Map<String, Value> = ALL
        .iter()
        .map(|preset| (preset.engine.to_owned(), difference(preset)))
        .collect();
    Info {
        id: ANY.engine.to_owned(),
        name: Acp::NAME.to_owned(),
        programs: Vec::new(),
        models: Vec::new(),
        features: strings(ANY.features),
        probes: Vec::new(),
        tested: Vec::new(),
        environment: strings(ANY.environment),
        options: vec![("presets".to_owned(), Value::Object(presets).to_string())],
    }
}

/// What an engine of its own has in the place of these fields.
fn difference(preset: &Preset) -> Value {
    let programs: Vec<Program> = program(preset).into_iter().collect();
    let programs: Vec<Value> = programs
        .iter()
        .map(|program| json!({ "name": program.name, "install": program.install }))
        .collect();
    let probes: Vec<Value> = probes(preset)
        .iter()
        .map(|probe| {
            json!({
                "purpose": probe.purpose,
                "program": probe.program,
                "arguments": probe.arguments,
            })
        })
        .collect();
    json!({
        "name": preset.name,
        "programs": programs,
        "models": preset.models,
        "features": preset.features,
        "probes": probes,
        "tested": preset.tested,
        "environment": preset.environment,
    })
}

fn program(preset: &Preset) -> Option<Program> {
    (!preset.program.is_empty()).then(|| Program {
        name: preset.program.to_owned(),
        install: preset.install.to_owned(),
    })
}

fn probes(preset: &Preset) -> Vec<Probe> {
    let mut probes = Vec::new();
    // The adapter of Claude takes no flags: it would start, and wait.
    if !matches!(preset.engine, "acp" | "acp-claude") {
        probes.push(Probe::new("version", preset.program, &["--version"]));
    }
    if !preset.login.is_empty() {
        probes.push(Probe::new("login", preset.program, preset.login));
    }
    probes
}

/// The host says with a finding for the purpose `engine` which engine is meant.
pub(crate) fn diagnose(findings: &[Finding]) -> Health {
    let named = finding(findings, "engine").and_then(|engine| Preset::of(engine.stdout.trim()));
    match named {
        Some(preset) if finding(findings, "version").is_some() => {
            Health::from_version(findings, preset.name, preset.install)
        }
        // It is only known when the agent is started, or there is none before it is named.
        _ => Health {
            installed: true,
            version: None,
            signed_in: None,
            remedy: None,
            options: Vec::new(),
        },
    }
}

pub(crate) fn unknown_preset(name: &str) -> Error {
    let known: Vec<&str> = ALL.iter().map(|preset| preset.engine).collect();
    Error::invalid_request(
        "bad-option",
        format!(
            "There is no preset `{name}`; known are: {}.",
            known.join(", ")
        ),
    )
}

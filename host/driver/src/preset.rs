//! Engines that share a component.

use cm_types::{EngineInfo, Finding, Probe, Program};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The option of an engine's description that says what the other engines of its
/// component are.
const PRESETS: &str = "presets";

/// What an engine has in the place of what its component says of itself.
#[derive(Deserialize)]
struct Preset {
    name: String,
    programs: Vec<Program>,
    models: Vec<String>,
    features: Vec<String>,
    probes: Vec<Probe>,
    tested: Vec<String>,
    environment: Vec<String>,
}

/// The description of the engine with this name, from what its component says. A
/// component that serves one engine only describes it, whatever that is called.
pub(crate) fn named(mut info: EngineInfo, engine: &str) -> EngineInfo {
    let Some(at) = info.options.iter().position(|(name, _)| name == PRESETS) else {
        return info;
    };
    let (_, presets) = info.options.swap_remove(at);
    let presets: BTreeMap<String, Preset> = serde_json::from_str(&presets).unwrap_or_default();
    let Some((id, preset)) = presets.into_iter().find(|(name, _)| name == engine) else {
        return info;
    };
    EngineInfo {
        id,
        name: preset.name,
        programs: preset.programs,
        models: preset.models,
        features: preset.features,
        probes: preset.probes,
        tested: preset.tested,
        environment: preset.environment,
        options: info.options,
    }
}

/// By which an adapter learns what the probes were made for.
pub(crate) fn finding(engine: &str) -> Finding {
    Finding {
        purpose: "engine".into(),
        code: Some(0),
        stdout: engine.into(),
        stderr: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared() -> EngineInfo {
        let presets = r#"{ "acp-a": {
            "name": "A", "programs": [{ "name": "a", "install": "get a" }], "models": ["m"],
            "features": ["resume"], "probes": [], "tested": ["1.0"], "environment": ["A_*"]
        } }"#;
        EngineInfo {
            id: "acp".into(),
            name: "Any".into(),
            programs: Vec::new(),
            models: Vec::new(),
            features: Vec::new(),
            probes: Vec::new(),
            tested: Vec::new(),
            environment: Vec::new(),
            options: vec![(PRESETS.into(), presets.into())],
        }
    }

    #[test]
    fn each_engine_of_a_component_is_described() {
        let own = named(shared(), "acp-a");
        assert_eq!((own.id.as_str(), own.name.as_str()), ("acp-a", "A"));
        assert_eq!(own.programs[0].name, "a");
        assert!(own.options.is_empty());
        assert_eq!(named(shared(), "acp").name, "Any");
    }

    #[test]
    fn what_is_no_list_of_presets_changes_nothing() {
        let mut odd = shared();
        odd.options[0].1 = "[]".into();
        assert_eq!(named(odd, "acp-a").name, "Any");
    }
}

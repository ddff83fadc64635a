use super::Verdict;
use crate::{Broken, Subject};

/// The words for what an engine can do.
const FEATURES: [&str; 12] = [
    "resume",
    "fork",
    "usage",
    "cost",
    "effort",
    "schema",
    "permissions",
    "ask",
    "tools",
    "mcp",
    "directories",
    "max-turns",
];

/// What probes are for.
const PURPOSES: [&str; 3] = ["version", "account", "login"];

/// What it says about itself is well-formed, and the same each time.
pub(crate) fn itself(subject: &dyn Subject) -> Verdict {
    let info = match subject.describe() {
        Ok(info) => info,
        Err(Broken::Failed(why)) => return Err(format!("the component failed: {why}")),
        Err(Broken::Said(error)) => return Err(error.to_string()),
    };
    if subject.describe() != Ok(info.clone()) {
        return Err("it describes itself in another way each time".into());
    }
    if info.id.is_empty() || info.name.is_empty() {
        return Err("it has no id, or no name".into());
    }
    for feature in &info.features {
        if !FEATURES.contains(&feature.as_str()) {
            return Err(format!(
                "`{feature}` is no feature; possible: {}",
                FEATURES.join(", ")
            ));
        }
    }
    for probe in &info.probes {
        if !PURPOSES.contains(&probe.purpose.as_str()) {
            return Err(format!(
                "`{}` is no purpose of a probe; possible: {}",
                probe.purpose,
                PURPOSES.join(", ")
            ));
        }
        if !info.programs.iter().any(|it| it.name == probe.program) {
            return Err(format!(
                "a probe starts `{}`, which is not among its programs",
                probe.program
            ));
        }
    }
    Ok(())
}

/// It can do nothing by itself.
pub(crate) fn imports(subject: &dyn Subject) -> Verdict {
    // The host answers these with a stub that knows nothing: toolchains of some languages
    // cannot do without.
    let own = |name: &&String| !name.starts_with("wasi:") && !name.starts_with("cm:types/");
    let imports = subject.imports();
    let imports: Vec<&str> = imports.iter().filter(own).map(String::as_str).collect();
    match imports.is_empty() {
        true => Ok(()),
        false => Err(format!("it imports {}", imports.join(", "))),
    }
}

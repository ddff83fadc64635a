//! What a component imports is what it can do: so it is read from its bytes, and
//! not believed.

use cm_registry::{Kind, Package};
use wasmparser::{
    Parser, Payload, Validator, WasmFeatures,
    component_types::{ComponentEntityType, ComponentItem},
    types::TypesRef,
};

use super::Interfaces;
use crate::Error;

/// What these bytes import and export; else why they are no component.
pub(super) fn interfaces(bytes: &[u8]) -> Result<Interfaces, String> {
    let invalid = |error: wasmparser::BinaryReaderError| {
        format!("is not a valid WebAssembly component: {error}")
    };
    let types = Validator::new_with_features(WasmFeatures::all())
        .validate_all(bytes)
        .map_err(invalid)?;
    let types = types.as_ref();
    let mut found = Interfaces::default();
    // Payloads of nested modules and components come in between, each with an end.
    let mut depth = 0u32;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(invalid)? {
            Payload::Version {
                encoding: wasmparser::Encoding::Module,
                ..
            } if depth == 0 => return Err("is a core WebAssembly module, not a component".into()),
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    let name = import.map_err(invalid)?.name.name;
                    let functions = functions(types, types.component_item_for_import(name));
                    found.imports.insert(name.to_owned(), functions);
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    let name = export.map_err(invalid)?.name.name;
                    let functions = functions(types, types.component_item_for_export(name));
                    found.exports.insert(name.to_owned(), functions);
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

/// The functions of an interface, sorted. What is neither an interface nor a type
/// counts as a function of its own.
fn functions(types: TypesRef<'_>, item: Option<&ComponentItem>) -> Vec<String> {
    let mut found: Vec<String> = match item.map(|item| item.ty) {
        Some(ComponentEntityType::Instance(id)) => {
            let exports = types.get(id).into_iter().flat_map(|it| &it.exports);
            exports
                .filter(|(_, item)| !matches!(item.ty, ComponentEntityType::Type { .. }))
                .map(|(name, _)| name.clone())
                .collect()
        }
        Some(ComponentEntityType::Type { .. }) => Vec::new(),
        _ => vec![String::new()],
    };
    found.sort();
    found
}

/// The first import that a component of this kind cannot have.
///
/// A WASI without effects stands behind every `wasi:` import, so it grants
/// nothing. An interface without functions is only types.
pub(super) fn beyond(kind: Kind, interfaces: &Interfaces) -> Option<&str> {
    let offered: &[&str] = match kind {
        Kind::Engine | Kind::Controller => &[],
        Kind::Step | Kind::Workflow => &["cm:flow/run", "cm:flow/files"],
    };
    let found = interfaces.imports.iter().find(|(name, functions)| {
        let bare = name.split('@').next().unwrap_or(name);
        !(functions.is_empty() || bare.starts_with("wasi:") || offered.contains(&bare))
    });
    found.map(|(name, _)| name.as_str())
}

/// Refuses a package, wherever it is, with a component that is none or that imports
/// what it cannot have.
pub(crate) fn check_components(package: &Package) -> Result<(), Error> {
    for entry in &package.manifest().components {
        let what = format!("{} {}", package.name(), package.version());
        let found = interfaces(&package.read(&entry.path)?)
            .map_err(|why| Error::refused(&*what, format!("`{}` {why}", entry.path)))?;
        if let Some(import) = beyond(entry.kind, &found) {
            return Err(Error::Imports {
                package: what,
                component: entry.path.clone(),
                import: import.to_owned(),
                kind: a(entry.kind),
            });
        }
    }
    Ok(())
}

/// A kind of component, for messages.
pub(super) fn a(kind: Kind) -> &'static str {
    match kind {
        Kind::Engine => "an engine",
        Kind::Step => "a step",
        Kind::Controller => "a controller",
        Kind::Workflow => "a workflow",
    }
}

use wit_component::{ComponentEncoder, DecodedWasm};
use wit_parser::{Resolve, WorldId, WorldItem};

use crate::failure::{Failure, Outcome};

/// What a component holds, by what it exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Engine,
    Workflow,
    Step,
    Controller,
}

impl Kind {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Engine, "cm:engine/adapter@"),
        (Self::Workflow, "cm:flow/workflow@"),
        (Self::Step, "cm:flow/step@"),
        (Self::Controller, "cm:flow/controller@"),
    ];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::Workflow => "workflow",
            Self::Step => "step",
            Self::Controller => "controller",
        }
    }

    /// Engines and controllers only think: the host calls them, never the other way.
    fn may_call_the_host(self) -> bool {
        matches!(self, Self::Workflow | Self::Step)
    }
}

/// Makes a component of a core module.
pub(crate) fn encode(name: &str, module: &[u8]) -> Outcome<Vec<u8>> {
    ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(|mut encoder| encoder.encode())
        .map_err(|error| Failure::Wrong(format!("{name}: cannot be made a component: {error:#}")))
}

/// Checks that a component exports one world of the contract and imports no more
/// than that world may; says what it is.
pub(crate) fn inspect(name: &str, component: &[u8]) -> Outcome<Kind> {
    let wrong = |message: String| Failure::Wrong(format!("{name}: {message}"));
    let decoded = wit_component::decode(component).map_err(|error| wrong(format!("{error:#}")))?;
    let DecodedWasm::Component(resolve, world) = decoded else {
        return Err(wrong("is a WIT package, not a component".into()));
    };
    let exports = names(&resolve, world, false);
    let kinds: Vec<_> = Kind::ALL
        .iter()
        .filter(|(_, prefix)| exports.iter().any(|export| export.starts_with(prefix)))
        .collect();
    let [(kind, _)] = kinds.as_slice() else {
        return Err(wrong(format!(
            "must export one of adapter, workflow, step and controller; it exports [{}]",
            exports.join(", ")
        )));
    };
    let refused: Vec<_> = names(&resolve, world, true)
        .into_iter()
        .filter(|import| !(kind.may_call_the_host() && import.starts_with("cm:")))
        .collect();
    if !refused.is_empty() {
        let allowed = if kind.may_call_the_host() {
            "only cm:*"
        } else {
            "nothing"
        };
        let word = kind.word();
        return Err(wrong(format!(
            "is a {word} and may import {allowed}; it imports [{}]",
            refused.join(", ")
        )));
    }
    Ok(*kind)
}

/// What a component exports, or what of its imports can be called. An interface
/// of types alone gives no ability to anybody.
fn names(resolve: &Resolve, world: WorldId, imports: bool) -> Vec<String> {
    let world = &resolve.worlds[world];
    let items = if imports {
        &world.imports
    } else {
        &world.exports
    };
    items
        .iter()
        .filter(|(_, item)| match item {
            WorldItem::Interface { id, .. } if imports => {
                let interface = &resolve.interfaces[*id];
                let resource =
                    |id| matches!(resolve.types[id].kind, wit_parser::TypeDefKind::Resource);
                !interface.functions.is_empty() || interface.types.values().any(|id| resource(*id))
            }
            WorldItem::Type { .. } => false,
            _ => true,
        })
        .map(|(key, _)| resolve.name_world_key(key))
        .collect()
}

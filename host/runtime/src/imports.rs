use wasmtime::component::{
    Linker,
    types::{ComponentInstance, ComponentItem},
};

use crate::{Fault, Kind, RuntimeError, guest::Guest, state::State, wasi};

/// Compares what a component exports and imports with what this host has, and defines
/// the stub WASI as far as it is named. What is missing fails here, before anything
/// runs.
pub(crate) fn check(
    guest: &Guest,
    linker: &mut Linker<State>,
    kind: Kind,
) -> Result<(), RuntimeError> {
    exports(guest, kind)?;
    let ty = guest.component.component_type();
    for (name, external) in ty.imports(&guest.engine) {
        match external.ty {
            ComponentItem::ComponentInstance(instance) => {
                if name.starts_with("wasi:") {
                    wasi::define(linker, &guest.engine, name, &instance)
                        .map_err(|error| wrong(guest, name, &error))?;
                } else if needed(guest, &instance) {
                    offered(guest, kind, name)?;
                }
            }
            ComponentItem::Type(_) => {}
            _ => {
                return Err(offered(guest, kind, name)
                    .err()
                    .unwrap_or_else(|| unknown(guest, name)));
            }
        }
    }
    Ok(())
}

/// What wasmtime says when it compares the types in detail.
pub(crate) fn mismatch(guest: &Guest, error: &wasmtime::Error) -> RuntimeError {
    guest.fault(
        Fault::Link,
        format!(
            "it was built for a version of the contract that this cm does not have: {error:#}. \
             Update cm, or install a version of the package for cm {}",
            env!("CARGO_PKG_VERSION")
        ),
    )
}

fn wrong(guest: &Guest, name: &str, error: &wasmtime::Error) -> RuntimeError {
    guest.fault(
        Fault::Link,
        format!("its import `{name}` is unknown: {error:#}"),
    )
}

fn exports(guest: &Guest, kind: Kind) -> Result<(), RuntimeError> {
    let wanted = kind.interface();
    let ty = guest.component.component_type();
    let names: Vec<&str> = ty.exports(&guest.engine).map(|(name, _)| name).collect();
    if names.iter().any(|name| compatible(name, wanted)) {
        return Ok(());
    }
    let message = match names.iter().find(|name| bare(name) == bare(wanted)) {
        Some(name) => format!("it exports `{name}` and this cm knows `{wanted}`"),
        None if names.is_empty() => format!("it is not {kind}: it exports nothing"),
        None => format!(
            "it is not {kind}: it exports {} and not `{wanted}`",
            list(&names)
        ),
    };
    Err(guest.fault(Fault::Kind, message))
}

/// An interface that holds types only needs nobody to implement it.
fn needed(guest: &Guest, instance: &ComponentInstance) -> bool {
    instance
        .exports(&guest.engine)
        .any(|(_, external)| !matches!(external.ty, ComponentItem::Type(_)))
}

fn offered(guest: &Guest, kind: Kind, name: &str) -> Result<(), RuntimeError> {
    let offers = kind.offers();
    if offers.iter().any(|offer| compatible(name, offer)) {
        return Ok(());
    }
    if let Some(offer) = offers.iter().find(|offer| bare(offer) == bare(name)) {
        return Err(guest.fault(
            Fault::Link,
            format!(
                "it imports `{name}` and this cm offers `{offer}`: update cm, or install a \
                 version of the package that was built for it"
            ),
        ));
    }
    Err(unknown_for(guest, kind, name))
}

fn unknown_for(guest: &Guest, kind: Kind, name: &str) -> RuntimeError {
    let offers = match kind.offers() {
        [] => "nothing".to_owned(),
        offers => list(offers),
    };
    guest.fault(
        Fault::Link,
        format!("it imports `{name}`, which is unknown; {kind} may import {offers}"),
    )
}

fn unknown(guest: &Guest, name: &str) -> RuntimeError {
    guest.fault(
        Fault::Link,
        format!("its import `{name}` is not an interface"),
    )
}

fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

fn bare(name: &str) -> &str {
    name.split_once('@').map_or(name, |(bare, _)| bare)
}

/// Whether two versioned names are of one compatibility unit, by the component
/// model's rule: the first number that is not zero.
pub(crate) fn compatible(a: &str, b: &str) -> bool {
    match (a.split_once('@'), b.split_once('@')) {
        (Some((a, x)), Some((b, y))) => {
            a == b && (x == y || unit(x).is_some_and(|x| unit(y) == Some(x)))
        }
        (None, None) => a == b,
        _ => false,
    }
}

fn unit(version: &str) -> Option<(&str, &str, &str)> {
    if version.contains(['-', '+']) {
        return None;
    }
    let mut parts = version.split('.');
    let (major, minor, patch) = (parts.next()?, parts.next()?, parts.next()?);
    Some(match (major, minor) {
        ("0", "0") => (major, minor, patch),
        ("0", _) => (major, minor, ""),
        _ => (major, "", ""),
    })
}

#[cfg(test)]
mod tests {
    use super::compatible;

    #[test]
    fn versions_are_compatible_within_their_unit() {
        for (a, b, yes) in [
            ("a:b/c@0.1.0", "a:b/c@0.1.7", true),
            ("a:b/c@0.1.0", "a:b/c@0.2.0", false),
            ("a:b/c@1.2.0", "a:b/c@1.0.0", true),
            ("a:b/c@0.0.1", "a:b/c@0.0.2", false),
            ("a:b/c@0.1.0-rc.1", "a:b/c@0.1.0", false),
            ("a:b/c@0.1.0", "a:b/d@0.1.0", false),
            ("a:b/c", "a:b/c@0.1.0", false),
        ] {
            assert_eq!(compatible(a, b), yes, "{a} {b}");
        }
    }
}

//! Whether one release of the contract can take the place of another.
//!
//! Plugins that were built against the old one must go on working on a host that
//! was built against the new one. So the host may offer more and ask for less:
//! a method on one of its resources, an import, an interface or a world may be
//! added; nothing may be added to what a plugin exports or to a type.

use wit_parser::{
    Function, FunctionKind, InterfaceId, PackageId, Param, Resolve, Span, Stability, Type,
    TypeDefKind, World, WorldId, WorldItem, WorldKey,
};

/// Whether both versions promise to be compatible: `0.1.x`, or `1.x` from 1.0.
pub(crate) fn same_series(one: &semver::Version, other: &semver::Version) -> bool {
    one.major == other.major && (one.major > 0 || one.minor == other.minor)
}

/// Every way in which `new` breaks plugins of `old`, a sentence each. Both are
/// in one `Resolve`; their versions differ.
pub(crate) fn breaks(resolve: &Resolve, old: PackageId, new: PackageId) -> Vec<String> {
    let mut found = Vec::new();
    for (name, world) in &resolve.packages[old].worlds {
        match resolve.packages[new].worlds.get(name) {
            None => found.push(format!("world `{name}` is gone")),
            Some(next) => found.extend(check(
                resolve.clone(),
                *world,
                *next,
                &format!("world `{name}`"),
            )),
        }
    }
    if !resolve.packages[old].worlds.is_empty() {
        return found;
    }
    // A package of types has no world. Whoever uses its types imports them, so
    // each interface is judged as an import.
    for (name, interface) in &resolve.packages[old].interfaces {
        let Some(next) = resolve.packages[new].interfaces.get(name) else {
            found.push(format!("interface `{name}` is gone"));
            continue;
        };
        let types = &resolve.interfaces[*interface].types;
        let kept = &resolve.interfaces[*next].types;
        let mut gone = types
            .keys()
            .filter(|name| !kept.contains_key(*name))
            .peekable();
        if gone.peek().is_some() {
            found.extend(gone.map(|gone| format!("interface `{name}`: type `{gone}` is gone")));
            continue;
        }
        let names: Vec<_> = types.keys().cloned().collect();
        let mut both = resolve.clone();
        let [before, after] = [(old, *interface), (new, *next)]
            .map(|(package, id)| importer(&mut both, package, id, &names));
        found.extend(check(both, before, after, &format!("interface `{name}`")));
    }
    found
}

fn check(resolve: Resolve, old: WorldId, new: WorldId, what: &str) -> Option<String> {
    let error = wit_component::semver_check(resolve, old, new).err()?;
    Some(format!("{what}: {:#}", error))
}

/// A world of the package that imports the interface and what that one uses. The
/// interface gets a function for each of the types, since an import of types alone
/// is left out of a component, and so never compared.
fn importer(
    resolve: &mut Resolve,
    package: PackageId,
    interface: InterfaceId,
    types: &[String],
) -> WorldId {
    for name in types {
        let Some(id) = resolve.interfaces[interface].types.get(name).copied() else {
            continue;
        };
        if matches!(resolve.types[id].kind, TypeDefKind::Resource) {
            continue;
        }
        let function = user(format!("judge-{name}"), Type::Id(id));
        resolve.interfaces[interface]
            .functions
            .insert(function.name.clone(), function);
    }
    let item = |id| WorldItem::Interface {
        id,
        stability: Stability::Unknown,
        external_id: None,
        docs: Default::default(),
        span: Span::default(),
    };
    let mut imports: Vec<_> = resolve.interface_direct_deps(interface).collect();
    let mut next = 0;
    while let Some(id) = imports.get(next).copied() {
        imports.extend(resolve.interface_direct_deps(id));
        next += 1;
    }
    imports.reverse();
    imports.push(interface);
    resolve.worlds.alloc(World {
        name: "judged".into(),
        imports: imports
            .into_iter()
            .map(|id| (WorldKey::Interface(id), item(id)))
            .collect(),
        exports: Default::default(),
        package: Some(package),
        docs: Default::default(),
        stability: Stability::Unknown,
        includes: Vec::new(),
        span: Span::default(),
    })
}

fn user(name: String, ty: Type) -> Function {
    Function {
        name,
        kind: FunctionKind::Freestanding,
        params: vec![Param {
            name: "value".into(),
            ty,
            span: Span::default(),
        }],
        result: None,
        docs: Default::default(),
        stability: Stability::Unknown,
        span: Span::default(),
        external_id: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small contract with everything in it that can change.
    const BASE: &str = "package cm:t@0.1.0;
        interface host {
            record failure { code: string }
            variant verdict { go, stop(string) }
            resource context { read: func(key: string) -> option<string>; }
            ask: func(reason: failure) -> verdict;
        }
        interface guest {
            use host.{context};
            run: func(context: borrow<context>) -> result<string, string>;
        }
        world plugin { import host; export guest; }";

    /// A package of types alone.
    const TYPES: &str = "package cm:t@0.1.0;
        interface words { type word = string; }
        interface base {
            use words.{word};
            record failure { code: word }
            variant verdict { go, stop(string) }
        }";

    /// Judges `base` with `from` replaced by `to`, as version 0.1.1.
    fn judge(base: &str, from: &str, to: &str) -> Vec<String> {
        assert!(base.contains(from), "the edit must change something");
        let edited = base.replacen(from, to, 1).replace("0.1.0", "0.1.1");
        let mut resolve = Resolve::default();
        let old = resolve.push_source("old.wit", base).unwrap();
        let new = resolve.push_source("new.wit", &edited).unwrap();
        breaks(&resolve, old, new)
    }

    fn is_safe(from: &str, to: &str) {
        assert_eq!(judge(BASE, from, to), Vec::<String>::new());
    }

    fn is_breaking(from: &str, to: &str) {
        assert_ne!(judge(BASE, from, to), Vec::<String>::new());
    }

    #[test]
    fn nothing_changed_is_safe() {
        is_safe("package cm:t", "package cm:t");
        assert!(judge(TYPES, "package cm:t", "package cm:t").is_empty());
    }

    #[test]
    fn a_method_on_a_host_resource_is_safe() {
        is_safe(
            "resource context {",
            "resource context { now: func() -> f64;",
        );
    }

    #[test]
    fn a_new_import_is_safe() {
        is_safe(
            "world plugin { import host;",
            "interface clock { now: func() -> f64; } world plugin { import clock; import host;",
        );
    }

    #[test]
    fn a_new_interface_in_a_new_world_is_safe() {
        is_safe(
            "world plugin {",
            "interface live { tail: func() -> string; } world live-plugin { include plugin; export live; } world plugin {",
        );
    }

    #[test]
    fn a_function_in_an_exported_interface_breaks() {
        is_breaking(
            "interface guest {",
            "interface guest { describe: func() -> string;",
        );
    }

    #[test]
    fn a_new_export_breaks() {
        is_breaking(
            "world plugin { import host;",
            "interface more { run: func(); } world plugin { export more; import host;",
        );
    }

    #[test]
    fn a_field_in_a_record_breaks() {
        is_breaking(
            "record failure { code: string }",
            "record failure { code: string, retry: bool }",
        );
        assert!(!judge(TYPES, "{ code: word }", "{ code: word, retry: bool }").is_empty());
    }

    #[test]
    fn a_case_in_a_variant_breaks() {
        is_breaking("stop(string) }", "stop(string), wait }");
        assert!(!judge(TYPES, "stop(string) }", "stop(string), wait }").is_empty());
    }

    #[test]
    fn another_return_type_breaks() {
        is_breaking("result<string, string>", "result<u32, string>");
        is_breaking("-> option<string>", "-> string");
    }

    #[test]
    fn what_is_gone_breaks() {
        is_breaking(
            "resource context { read: func(key: string) -> option<string>; }",
            "resource context {}",
        );
        is_breaking("world plugin {", "world other {");
        assert!(!judge(TYPES, "interface base {", "interface other {").is_empty());
    }

    #[test]
    fn a_type_in_a_package_of_types_is_safe() {
        assert_eq!(
            judge(
                TYPES,
                "record failure",
                "record extra { a: u32 } record failure"
            ),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_series_ends_with_the_minor_while_at_zero() {
        let same =
            |one: &str, other: &str| same_series(&one.parse().unwrap(), &other.parse().unwrap());
        assert!(same("0.1.0", "0.1.7"));
        assert!(!same("0.1.0", "0.2.0"));
        assert!(same("1.0.0", "1.4.0"));
        assert!(!same("1.0.0", "2.0.0"));
    }
}

//! Engines: the world `cm:engine/engine`.

/// The contract as generated from `wit/`; the items worth naming are re-exported above it.
#[allow(missing_docs, unreachable_pub, clippy::all)]
pub mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit/types", "../../wit/engine"],
        world: "cm:engine/engine",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export",
        default_bindings_module: "cm_sdk::engine::bindings",
        additional_derives: [PartialEq, Clone],
    });
}

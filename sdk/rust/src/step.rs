//! Steps: the world `cm:flow/steps`.

/// The contract as generated from `wit/`; the items worth naming are re-exported above it.
#[allow(missing_docs, unreachable_pub, clippy::all)]
pub mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit/types", "../../wit/flow"],
        world: "cm:flow/steps",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export",
        default_bindings_module: "cm_sdk::step::bindings",
        additional_derives: [PartialEq, Clone],
    });
}

//! Controllers: the world `cm:flow/controllers`.
//!
//! ```no_run
//! use cm_sdk::controller::{Decision, Error, Guest, GuestJudge, Observation};
//!
//! struct Patient;
//!
//! impl Guest for Patient {
//!     type Judge = Self;
//! }
//!
//! impl GuestJudge for Patient {
//!     fn new(_config: String) -> Self {
//!         Self
//!     }
//!
//!     fn decide(&self, observation: Observation) -> Result<Decision, Error> {
//!         Ok(match observation.kind.as_str() {
//!             "turn" => Decision::Next,
//!             _ => Decision::Ask("A person must decide this.".into()),
//!         })
//!     }
//! }
//!
//! # #[cfg(target_arch = "wasm32")]
//! cm_sdk::controller::bindings::export!(Patient);
//! # fn main() {}
//! ```

pub use bindings::cm::flow::decisions::Decision;
pub use bindings::cm::types::base::{Error, Extension, Failure};
pub use bindings::exports::cm::flow::controller::{Guest, GuestJudge, Observation};

crate::workflow_error::error_helpers!(
    bindings::cm::types::base,
    "let error = cm_sdk::controller::invalid(\"no-config\", \"the config is empty\");\nassert_eq!(cm_sdk::controller::message(&error), \"the config is empty\");"
);

/// The contract as generated from `wit/`; the items worth naming are re-exported above it.
#[allow(missing_docs, unreachable_pub, clippy::all)]
pub mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit/types", "../../wit/flow"],
        world: "cm:flow/controllers",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export",
        default_bindings_module: "cm_sdk::controller::bindings",
        additional_derives: [PartialEq, Clone],
    });
}

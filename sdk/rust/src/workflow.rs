//! Workflows: the world `cm:flow/workflows`.
//!
//! ```no_run
//! use cm_sdk::workflow::{
//!     Bundle, Context, Error, Findings, Guest, Placement, Policy, Turn, place, policy, turn,
//! };
//!
//! struct Hello;
//!
//! impl Guest for Hello {
//!     fn check(_bundle: Bundle, _entry: String) -> Findings {
//!         Findings { outline: None, problems: Vec::new() }
//!     }
//!
//!     fn run(context: Context, _entry: String) -> Result<String, Error> {
//!         let task = context.agent(&place("hello"), &turn("hello", "Say hello."), &policy())?;
//!         Ok(task.wait()?.text)
//!     }
//! }
//!
//! # #[cfg(target_arch = "wasm32")]
//! cm_sdk::workflow::bindings::export!(Hello);
//! # fn main() {}
//! ```

pub use bindings::cm::flow::decisions::{Decision, Directive, Jump, Looping, Trigger};
pub use bindings::cm::flow::files::Bundle;
pub use bindings::cm::flow::run::{
    Branching, Command, Context, ControllerChoice, Entry, Grants, Helper, Merging, Placement,
    Policy, Proof, Question, Reply, Server, Task, Turn, next,
};
pub use bindings::cm::types::base::{Error, Extension, Failure};
pub use bindings::exports::cm::flow::workflow::{
    Alternative, Budget, Choice, Class, Findings, Guest, Outline, OutlineStep, Problem, Selector,
};

crate::workflow_error::error_helpers!(
    bindings::cm::types::base,
    "let error = cm_sdk::workflow::invalid(\"no-steps\", \"there are no steps\");\nassert_eq!(cm_sdk::workflow::message(&error), \"there are no steps\");"
);
crate::workflow_error::request_helpers!();

/// The contract as generated from `wit/`; the items worth naming are re-exported above it.
#[allow(missing_docs, unreachable_pub, clippy::all)]
pub mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit/types", "../../wit/flow"],
        world: "cm:flow/workflows",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export",
        default_bindings_module: "cm_sdk::workflow::bindings",
        additional_derives: [PartialEq, Clone],
    });
}

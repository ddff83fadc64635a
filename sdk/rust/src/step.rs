//! Steps: the world `cm:flow/steps`.
//!
//! ```no_run
//! use cm_sdk::step::{Context, Error, Guest, StepInfo, input, info, missing};
//!
//! struct Count;
//!
//! impl Guest for Count {
//!     fn describe() -> Vec<StepInfo> {
//!         vec![info("words", "Counts the words of `text`.")]
//!     }
//!
//!     fn run(_context: Context, name: String, text: String) -> Result<String, Error> {
//!         let value = input(&text)?;
//!         match (name.as_str(), value["text"].as_str()) {
//!             ("words", Some(text)) => Ok(text.split_whitespace().count().to_string()),
//!             ("words", None) => Err(missing("no-text", "the input has no `text`")),
//!             _ => Err(missing("no-such-step", format!("there is no step `{name}`"))),
//!         }
//!     }
//! }
//!
//! # #[cfg(target_arch = "wasm32")]
//! cm_sdk::step::bindings::export!(Count);
//! # fn main() {}
//! ```

pub use bindings::cm::flow::decisions::{Decision, Directive};
pub use bindings::cm::flow::files::Bundle;
pub use bindings::cm::flow::run::{
    Command, Context, Entry, Grants, Placement, Policy, Question, Reply, Task, Turn, next,
};
pub use bindings::cm::types::base::{Error, Extension, Failure};
pub use bindings::exports::cm::flow::step::{Guest, StepInfo};

crate::workflow_error::error_helpers!(
    bindings::cm::types::base,
    "let error = cm_sdk::step::invalid(\"no-text\", \"the input has no text\");\nassert_eq!(cm_sdk::step::message(&error), \"the input has no text\");"
);
crate::workflow_error::request_helpers!();

/// A step's entry in `describe`.
pub fn info(name: &str, description: &str) -> StepInfo {
    StepInfo {
        name: name.into(),
        description: description.into(),
    }
}

/// Reads the input of a step as JSON.
pub fn input(text: &str) -> Result<serde_json::Value, Error> {
    serde_json::from_str(text).map_err(|error| {
        invalid(
            "invalid-input",
            format!("the step's input is not JSON: {error}"),
        )
    })
}

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

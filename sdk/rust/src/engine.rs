//! Engines: the world `cm:engine/engine`.
//!
//! An adapter implements [`Adapter`] (three functions that matter: plan a
//! command, read a line, judge the end) and exports itself with
//! [`export_engine!`](crate::export_engine). [`Machine`] does the rest.

mod adapter;
mod component;
mod events;
mod failure;
mod health;
pub mod json;
mod lines;
mod machine;
pub mod request;
mod server;
mod signs;
mod stderr;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod trouble;
mod wait;

pub use adapter::{Adapter, Ending, Exit, strings};
pub use component::{Component, Turn};
pub use events::Events;
pub use health::{finding, version};
pub use lines::{LONGEST_LINE, Line, Lines};
pub use machine::Machine;
pub use server::{HOST_PATIENCE_S, HOST_START_S};
pub use stderr::Stderr;
pub use trouble::Trouble;
pub use wait::{Wait, moment_ms, wait};

pub use bindings::cm::types::base::{Error, Extension, Failure};
pub use bindings::cm::types::events::{
    Event, Finish, Permission, RateLimit, ToolCall, ToolResult, Usage,
};
pub use bindings::exports::cm::engine::adapter::{
    Action, Command, Finding, Framing, Health, Info, Input, McpServer, PermissionLevel, Probe,
    Program, Request,
};

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

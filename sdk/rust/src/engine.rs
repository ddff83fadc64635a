//! Engines: the world `cm:engine/engine`.
//!
//! An adapter implements [`Adapter`] (three functions that matter: plan a
//! command, read a line, judge the end) and exports itself with
//! [`export_engine!`](crate::export_engine). [`Machine`] does the rest.
//!
//! An adapter to a model's service, which has no program, implements [`Service`] and
//! exports itself with [`export_service!`](crate::export_service). [`Dialogue`] does the
//! rest.

mod adapter;
mod component;
mod dialogue;
mod events;
mod failure;
mod health;
mod host_tools;
pub mod json;
mod lines;
mod machine;
pub mod request;
mod server;
mod service;
mod sieve;
mod signs;
mod sse;
mod stderr;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod trouble;
mod wait;

pub use adapter::{Adapter, Ending, Exit, strings};
pub use component::{Component, ServiceComponent, ServiceTurn, Turn};
pub use dialogue::Dialogue;
pub use events::Events;
pub use health::{finding, version};
pub use host_tools::{HostTool, briefing, closed_schema};
pub use lines::{LONGEST_LINE, Line, Lines};
pub use machine::Machine;
pub use server::{HOST_PATIENCE_S, HOST_START_S};
pub use service::{Answered, Performed, Service, Wanted};
pub use sse::{LONGEST_EVENT, Sse, SseEvent};
pub use stderr::Stderr;
pub use trouble::Trouble;
pub use wait::{Wait, moment_ms, wait};

pub use bindings::cm::types::base::{Error, Extension, Failure};
pub use bindings::cm::types::events::{
    Event, Finish, Permission, RateLimit, ToolCall, ToolResult, Usage,
};
pub use bindings::exports::cm::engine::adapter::{
    Action, Command, File, Finding, Framing, Health, HttpRequest, HttpResponse, Info, Input,
    McpServer, PermissionLevel, Probe, Program, Request, Secret,
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

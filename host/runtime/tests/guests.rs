//! Components made on the spot: a core module in text, wrapped as a component of the
//! project's own worlds.
#![allow(dead_code)]

use std::{io, path::Path};

use cm_runtime::{Component, Identity, Runtime, RuntimeError};
use cm_types::{Digest, Permissions, TurnRequest};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// An adapter's parts, as core WebAssembly text.
pub(crate) struct Adapter {
    /// Fields of the module: tables, data, globals, further functions.
    pub(crate) fields: &'static str,
    /// Gives the address of an `info` record.
    pub(crate) describe: &'static str,
    /// The parameters are `$self $case $a $b $c $d`; gives the address of a
    /// `result<list<action>, error>`.
    pub(crate) next: &'static str,
}

impl Default for Adapter {
    fn default() -> Self {
        Self {
            fields: "",
            // 72 zero bytes: every text and list is empty.
            describe: "i32.const 1024",
            // [emit(text("hello"))]
            next: "
                (global.set $heap (i32.const 65536))
                (i32.store8 (i32.const 512) (i32.const 5))
                (i32.store8 (i32.const 520) (i32.const 1))
                (i32.store (i32.const 528) (i32.const 256))
                (i32.store (i32.const 532) (i32.const 5))
                (i32.store8 (i32.const 400) (i32.const 0))
                (i32.store (i32.const 404) (i32.const 512))
                (i32.store (i32.const 408) (i32.const 1))
                i32.const 400",
        }
    }
}

impl Adapter {
    /// As a component.
    pub(crate) fn build(&self) -> Vec<u8> {
        let Self {
            fields,
            describe,
            next,
        } = self;
        component(
            "cm:engine/engine",
            &format!(
                r#"(module
                (import "[export]cm:engine/adapter@0.1.0" "[resource-new]turn"
                    (func $new (param i32) (result i32)))
                {ALLOCATOR}
                (data (i32.const 256) "hello")
                {fields}
                (func (export "cm:engine/adapter@0.1.0#describe") (result i32) {describe})
                (func (export "cm:engine/adapter@0.1.0#diagnose") (param i32 i32) (result i32)
                    i32.const 1024)
                (func (export "cm:engine/adapter@0.1.0#[constructor]turn")
                    (param i32) (result i32)
                    (call $new (i32.const 7)))
                (func $next (export "cm:engine/adapter@0.1.0#[method]turn.next")
                    (param $self i32) (param $case i32)
                    (param $a i32) (param $b i32) (param $c i32) (param $d i32)
                    (param i32 i32 i32 i32 i32 i32) (result i32)
                    {next}))"#
            ),
        )
    }
}

/// A workflow whose `run` is this text: the parameters are `$context $entry $length`,
/// it gives the address of a `result<string, error>`. The `check` is what is given.
pub(crate) fn workflow(fields: &str, check: &str, run: &str) -> Vec<u8> {
    component(
        "cm:flow/workflows",
        &format!(
            r#"(module
            (import "cm:flow/run@0.1.0" "[method]context.sleep"
                (func $sleep (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
            (import "cm:flow/run@0.1.0" "[method]task.wait" (func $wait (param i32 i32)))
            (import "cm:flow/run@0.1.0" "next" (func $next (param i32 i32) (result i32)))
            (import "cm:flow/run@0.1.0" "[method]context.now" (func $now (param i32) (result f64)))
            (import "cm:flow/files@0.1.0" "[method]bundle.read"
                (func $read (param i32 i32 i32 i32)))
            (import "cm:flow/run@0.1.0" "[resource-drop]context" (func $drop_context (param i32)))
            (import "cm:flow/files@0.1.0" "[resource-drop]bundle" (func $drop_bundle (param i32)))
            {ALLOCATOR}
            {fields}
            ;; A task: sleep of one millisecond at a step without a name.
            (func $task (param $context i32) (result i32)
                (call $sleep (local.get $context)
                    (i32.const 0) (i32.const 0)
                    (i32.const 0) (i32.const 0) (i32.const 0)
                    (i32.const 0) (i32.const 0) (i32.const 0)
                    (i32.const 1) (i32.const 600))
                (i32.load (i32.const 604)))
            (func $check (param $bundle i32) (param $entry i32) (param $length i32) (result i32)
                {check})
            (func $run (param $context i32) (param $entry i32) (param $length i32) (result i32)
                {run})
            (func (export "cm:flow/workflow@0.1.0#check") (param i32 i32 i32) (result i32)
                (call $check (local.get 0) (local.get 1) (local.get 2))
                (call $drop_bundle (local.get 0)))
            (func (export "cm:flow/workflow@0.1.0#run") (param i32 i32 i32) (result i32)
                (call $run (local.get 0) (local.get 1) (local.get 2))
                (call $drop_context (local.get 0))))"#
        ),
    )
}

/// Memory and an allocator that never frees.
const ALLOCATOR: &str = r#"
    (memory (export "memory") 2)
    (global $heap (mut i32) (i32.const 65536))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
        (global.set $heap (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
        (global.get $heap)
        (global.set $heap (i32.add (global.get $heap) (local.get 3)))
        (block $fits
            (br_if $fits (i32.le_u (global.get $heap)
                (i32.mul (memory.size) (i32.const 65536))))
            (drop (memory.grow (i32.add (i32.const 1)
                (i32.shr_u (local.get 3) (i32.const 16)))))))"#;

/// A component of one of the project's worlds.
pub(crate) fn component(world: &str, text: &str) -> Vec<u8> {
    component_with("", world, text)
}

/// A component of a world in `wit`, which may use the project's.
pub(crate) fn component_with(more: &str, world: &str, text: &str) -> Vec<u8> {
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
    let mut resolve = Resolve::default();
    for package in ["types", "engine", "flow"] {
        resolve
            .push_path(wit.join(package))
            .expect("the contract parses");
    }
    if !more.is_empty() {
        resolve
            .push_str("more.wit", more)
            .expect("the test's own contract parses");
    }
    let (package, name) = world.split_once('/').expect("NAMESPACE:PACKAGE/WORLD");
    let (id, _) = resolve
        .packages
        .iter()
        .find(|(_, it)| it.name.to_string().starts_with(package))
        .expect("the package exists");
    let world = resolve
        .select_world(&[id], Some(name))
        .expect("the world exists");
    let mut module = wat::parse_str(text).expect("the module is well-formed");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .expect("the metadata fits");
    ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .expect("the module matches its world")
        .encode()
        .expect("the component is valid")
}

/// Who these guests say they are.
pub(crate) fn identity() -> Identity {
    Identity {
        package: "shady".to_owned(),
        version: "1.2.3".to_owned(),
        component: "guest".to_owned(),
    }
}

/// Loads these bytes under their own digest.
pub(crate) fn load(runtime: &Runtime, bytes: &[u8]) -> Result<Component, RuntimeError> {
    runtime.load(identity(), Digest::of(bytes), || io::Result::Ok(bytes))
}

/// A request with nothing in it.
pub(crate) fn request() -> TurnRequest {
    TurnRequest {
        prompt: "hi".to_owned(),
        model: None,
        effort: None,
        session: None,
        new_session: String::new(),
        permissions: Permissions::ReadOnly,
        mcp_servers: Vec::new(),
        directory: "/".to_owned(),
        scratch: "/".to_owned(),
        instructions: None,
        schema: None,
        max_turns: None,
        fork: false,
        tools: Vec::new(),
        directories: Vec::new(),
        options: Vec::new(),
    }
}

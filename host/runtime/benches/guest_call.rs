//! What a guest costs, beside the same thing with wasmtime alone.
//!
//! Prints one JSON line for each measurement: `{name, ours_ns, raw_ns, ratio}`. Each
//! number is the median of many rounds, ours and raw by turns.

#[path = "../tests/guests.rs"]
mod guests;

use std::{hint::black_box, io, path::Path, time::Instant};

use cm_runtime::{Limits, Runtime};
use cm_types::{Digest, Input};
use wasmtime::{
    Config, Engine, Store,
    component::{Component, Linker},
};

mod raw {
    wasmtime::component::bindgen!({
        path: ["../../wit/types", "../../wit/engine"],
        world: "cm:engine/engine",
    });
    pub(crate) use exports::cm::engine::adapter;
}
use raw::adapter;

fn main() {
    let bytes = guests::Adapter::default().build();
    let digest = Digest::of(&bytes);
    let directory = tempfile::tempdir().expect("a temporary directory");
    let cache = directory.path().join("cache");
    let start = || Runtime::new(Some(cache.clone()), Limits::default()).expect("it starts");
    let load = |runtime: &Runtime| {
        let bytes = || io::Result::Ok(&bytes);
        runtime
            .load(guests::identity(), digest, bytes)
            .expect("it loads")
            .engine()
            .expect("it is an engine")
    };
    load(&start());

    let compiled = directory.path().join("raw.cwasm");
    let code = engine().precompile_component(&bytes).expect("it compiles");
    std::fs::write(&compiled, code).expect("it can be written");

    report("start", 200, || drop(start()), || drop(engine()));
    let (runtimes, engines) = (pool(100, start), pool(100, engine));
    let (mut ours, mut raws) = (runtimes.iter(), engines.iter());
    report(
        "load",
        100,
        || drop(load(ours.next().expect("one for each round"))),
        || {
            drop(load_raw(
                raws.next().expect("one for each round"),
                &compiled,
            ))
        },
    );
    report(
        "start and load",
        100,
        || drop(load(&start())),
        || drop(load_raw(&engine(), &compiled)),
    );

    let adapter = load(&runtimes[0]);
    let raw = load_raw(&engines[0], &compiled);
    report(
        "instantiate and begin a turn",
        5_000,
        || drop(adapter.turn(guests::request()).expect("it begins")),
        || drop(begin_raw(&engines[0], &raw)),
    );

    let mut turn = adapter.turn(guests::request()).expect("it begins");
    let (mut store, bindings, handle) = begin_raw(&engines[0], &raw);
    for size in [0, 200, 64 * 1024] {
        let chunk = vec![b'x'; size];
        report(
            &format!("next with {size} bytes"),
            20_000,
            || {
                let input = Input::Stdout(chunk.clone());
                black_box(turn.next(input).expect("it answers"));
            },
            || {
                let input = adapter::Input::Stdout(chunk.clone());
                let turns = bindings.cm_engine_adapter().turn();
                let answer = turns.call_next(&mut store, handle, &input);
                black_box(answer.expect("it answers").expect("it has no error"));
            },
        );
    }
}

/// The configuration of the runtime, spelled out.
fn engine() -> Engine {
    let mut config = Config::new();
    config
        .concurrency_support(false)
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .consume_fuel(true)
        .epoch_interruption(true);
    Engine::new(&config).expect("it starts")
}

fn load_raw(engine: &Engine, compiled: &Path) -> raw::EnginePre<()> {
    // SAFETY: the file was written by this program, from `precompile_component`.
    let component = unsafe { Component::deserialize_file(engine, compiled) };
    let linker = Linker::new(engine);
    let pre = linker.instantiate_pre(&component.expect("it loads"));
    raw::EnginePre::new(pre.expect("it links")).expect("it is an engine")
}

fn begin_raw(
    engine: &Engine,
    pre: &raw::EnginePre<()>,
) -> (Store<()>, raw::Engine, wasmtime::component::ResourceAny) {
    let mut store = Store::new(engine, ());
    store.set_fuel(u64::MAX).expect("fuel is on");
    store.set_epoch_deadline(u64::MAX / 2);
    let bindings = pre.instantiate(&mut store).expect("it begins");
    let request = adapter::Request {
        prompt: "hi".to_owned(),
        model: None,
        effort: None,
        session: None,
        new_session: String::new(),
        permissions: adapter::PermissionLevel::ReadOnly,
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
    };
    let turns = bindings.cm_engine_adapter().turn();
    let turn = turns.call_constructor(&mut store, &request);
    let turn = turn.expect("it begins");
    (store, bindings, turn)
}

fn pool<T>(count: usize, make: impl Fn() -> T) -> Vec<T> {
    (0..count).map(|_| make()).collect()
}

/// Times both by turns, so that a slow moment of the machine meets both, and prints
/// the medians.
fn report(name: &str, rounds: usize, mut ours: impl FnMut(), mut raw: impl FnMut()) {
    let time = |call: &mut dyn FnMut()| {
        let start = Instant::now();
        call();
        start.elapsed().as_nanos()
    };
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        a.push(time(&mut ours));
        b.push(time(&mut raw));
    }
    a.sort_unstable();
    b.sort_unstable();
    let (ours, raw) = (a[rounds / 2], b[rounds / 2].max(1));
    let ratio = ours as f64 / raw as f64;
    println!(r#"{{"name":"{name}","ours_ns":{ours},"raw_ns":{raw},"ratio":{ratio:.2}}}"#);
}

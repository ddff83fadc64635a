//! How fast an adapter reads what its program prints, as a component.
//!
//! Prints one JSON line for each engine: `{name, bytes, ours_ns, raw_ns, ratio}`; raw is
//! `serde_json` outside of a component over the same lines. Each number is the median of
//! many rounds, ours and raw by turns.

#[path = "../tests/guests.rs"]
mod guests;

use std::{fs, hint::black_box, io, path::Path, time::Instant};

use cm_runtime::{EngineAdapter, Limits, Runtime};
use cm_types::{Digest, Input};

/// How much is printed in a round.
const BYTES: usize = 4 << 20;
/// What the host takes from a pipe at once, at the most.
const PIECE: usize = 64 * 1024;
const ROUNDS: usize = 15;

fn main() {
    let house = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let runtime = Runtime::new(None, Limits::default()).expect("it starts");
    for name in ["claude", "codex", "opencode"] {
        let file = house.join(format!("target/guests/{name}.wasm"));
        let Ok(bytes) = fs::read(&file) else {
            println!("{} is not there: run `cargo xtask guests`", file.display());
            continue;
        };
        let recorded = house.join(format!("plugins/engines/{name}/benches/turn.jsonl"));
        let recorded = fs::read(&recorded).expect("a recording");
        let output: Vec<u8> = recorded.iter().copied().cycle().take(BYTES).collect();
        let adapter = runtime
            .load(guests::identity(), Digest::of(&bytes), || {
                io::Result::Ok(&bytes)
            })
            .expect("it loads")
            .engine()
            .expect("it is an engine");
        let (mut ours, mut raw) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            ours.push(component(&adapter, &output));
            raw.push(native(&output));
        }
        ours.sort_unstable();
        raw.sort_unstable();
        let (ours, raw) = (ours[ROUNDS / 2], raw[ROUNDS / 2]);
        let ratio = ours as f64 / raw as f64;
        println!(
            r#"{{"name":"decode {name}","bytes":{BYTES},"ours_ns":{ours},"raw_ns":{raw},"ratio":{ratio:.2}}}"#
        );
    }
}

fn component(adapter: &EngineAdapter, output: &[u8]) -> u128 {
    let mut turn = adapter.turn(guests::request()).expect("it begins");
    turn.next(Input::Begin).expect("it starts a program");
    let pieces: Vec<_> = output.chunks(PIECE).map(<[u8]>::to_vec).collect();
    let start = Instant::now();
    for piece in pieces {
        black_box(turn.next(Input::Stdout(piece)).expect("it answers"));
    }
    start.elapsed().as_nanos()
}

fn native(output: &[u8]) -> u128 {
    let start = Instant::now();
    for line in output.split(|byte| *byte == b'\n') {
        black_box(serde_json::from_slice::<serde_json::Value>(line).ok());
    }
    start.elapsed().as_nanos()
}

use std::sync::Arc;

use cm_runtime::{Component, Fault, Limits, Runtime, RuntimeError};
use cm_types::EngineInfo;

use crate::{
    flow::{Run, execute},
    guests::{component_with, load, request},
};

/// As much of WASI as these tests call, in the words of WASI.
const WASI: &str = "
package test:worldly;

world adapter {
    import wasi:random/random@0.2.3;
    import wasi:clocks/monotonic-clock@0.2.3;
    import wasi:clocks/wall-clock@0.2.3;
    import wasi:cli/exit@0.2.3;
    import wasi:cli/stderr@0.2.3;
    import wasi:io/streams@0.2.3;
    import wasi:sockets/tcp-create-socket@0.2.3;
    import wasi:vendor/oddity@0.2.3;
    include cm:engine/engine@0.1.0;
}

world talker {
    import wasi:cli/stderr@0.2.3;
    import wasi:io/streams@0.2.3;
    include cm:flow/workflows@0.1.0;
}

package wasi:random@0.2.3 {
    interface random { get-random-u64: func() -> u64; }
}
package wasi:clocks@0.2.3 {
    interface monotonic-clock {
        use wasi:io/poll@0.2.3.{pollable};
        now: func() -> u64;
        subscribe-duration: func(when: u64) -> pollable;
    }
    interface wall-clock {
        record datetime { seconds: u64, nanoseconds: u32 }
        now: func() -> datetime;
    }
}
package wasi:cli@0.2.3 {
    interface exit { exit: func(status: result); }
    interface stderr {
        use wasi:io/streams@0.2.3.{output-stream};
        get-stderr: func() -> output-stream;
    }
}
package wasi:io@0.2.3 {
    interface poll { resource pollable { block: func(); } }
    interface error { resource error { to-debug-string: func() -> string; } }
    interface streams {
        use error.{error};
        variant stream-error { last-operation-failed(error), closed }
        resource output-stream {
            blocking-write-and-flush: func(contents: list<u8>) -> result<_, stream-error>;
        }
    }
}
package wasi:sockets@0.2.3 {
    interface tcp-create-socket {
        resource tcp-socket {}
        enum error-code { unknown, access-denied }
        create-tcp-socket: func() -> result<tcp-socket, error-code>;
    }
}
package wasi:vendor@0.2.3 {
    interface oddity { summon: func() -> u32; }
}
";

/// An adapter that asks for a world. Its `describe` is this text: what is left in the
/// eight bytes at 300 becomes the `id`, in hexadecimal.
fn worldly(describe: &str) -> Vec<u8> {
    let module = format!(
        r#"(module
        (import "wasi:random/random@0.2.3" "get-random-u64" (func $random (result i64)))
        (import "wasi:clocks/monotonic-clock@0.2.3" "now" (func $now (result i64)))
        (import "wasi:clocks/monotonic-clock@0.2.3" "subscribe-duration"
            (func $subscribe (param i64) (result i32)))
        (import "wasi:io/poll@0.2.3" "[method]pollable.block" (func $block (param i32)))
        (import "wasi:clocks/wall-clock@0.2.3" "now" (func $wall (param i32)))
        (import "wasi:cli/exit@0.2.3" "exit" (func $exit (param i32)))
        (import "wasi:cli/stderr@0.2.3" "get-stderr" (func $stderr (result i32)))
        (import "wasi:io/streams@0.2.3" "[method]output-stream.blocking-write-and-flush"
            (func $write (param i32 i32 i32 i32)))
        (import "wasi:sockets/tcp-create-socket@0.2.3" "create-tcp-socket"
            (func $socket (param i32)))
        (import "wasi:vendor/oddity@0.2.3" "summon" (func $summon (result i32)))
        (import "[export]cm:engine/adapter@0.1.0" "[resource-new]turn"
            (func $new (param i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 256) "oh dear\n")
        (global $heap (mut i32) (i32.const 32768))
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
            (global.get $heap)
            (global.set $heap (i32.and (i32.const -8)
                (i32.add (i32.const 7) (i32.add (global.get $heap) (local.get 3))))))
        (func $say
            (call $write (call $stderr) (i32.const 256) (i32.const 8) (i32.const 700)))
        (func $hex (local $i i32) (local $nibble i32)
            (loop $l
                (local.set $nibble (i32.and (i32.const 15) (i32.wrap_i64 (i64.shr_u
                    (i64.load (i32.const 304))
                    (i64.extend_i32_u (i32.mul (i32.const 4) (local.get $i)))))))
                (i32.store8 (i32.add (i32.const 400) (i32.sub (i32.const 15) (local.get $i)))
                    (i32.add (local.get $nibble)
                        (select (i32.const 48) (i32.const 87)
                            (i32.lt_u (local.get $nibble) (i32.const 10)))))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $l (i32.lt_u (local.get $i) (i32.const 16))))
            (i32.store (i32.const 1024) (i32.const 400))
            (i32.store (i32.const 1028) (i32.const 16)))
        (func (export "cm:engine/adapter@0.1.0#describe") (result i32)
            {describe}
            (call $hex)
            i32.const 1024)
        (func (export "cm:engine/adapter@0.1.0#diagnose") (param i32 i32) (result i32)
            i32.const 1024)
        (func (export "cm:engine/adapter@0.1.0#[constructor]turn") (param i32) (result i32)
            (call $say)
            (call $new (i32.const 7)))
        (func (export "cm:engine/adapter@0.1.0#[method]turn.next")
            (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
            unreachable))"#
    );
    component_with(WASI, "test:worldly/adapter", &module)
}

fn load_worldly(describe: &str) -> Component {
    let runtime = Runtime::new(None, Limits::default()).unwrap();
    load(&runtime, &worldly(describe)).unwrap()
}

fn describe(text: &str) -> Result<EngineInfo, RuntimeError> {
    load_worldly(text).engine().unwrap().describe()
}

fn value(text: &str) -> u64 {
    u64::from_str_radix(&describe(text).unwrap().id, 16).unwrap()
}

#[test]
fn random_numbers_are_the_same_each_time() {
    let text = "(i64.store (i32.const 304) (call $random))";
    assert_ne!(value(text), 0);
    assert_eq!(value(text), value(text));
    let second = "(drop (call $random)) (i64.store (i32.const 304) (call $random))";
    assert_ne!(value(text), value(second));
}

#[test]
fn clocks_are_virtual() {
    // 2025, whenever this test is run.
    assert_eq!(value("(call $wall (i32.const 304))"), 1_735_689_600);
    let twice = "(i64.store (i32.const 304) (i64.sub (call $now) (call $now)))";
    assert_eq!(value(twice).cast_signed(), -1_000);
}

#[test]
fn sleeping_takes_no_time() {
    // A day.
    let text = "
        (call $block (call $subscribe (i64.const 86400000000000)))
        (call $wall (i32.const 304))";
    assert_eq!(value(text), 1_735_689_600 + 86_400);
}

#[test]
fn there_is_no_network() {
    // err(access-denied)
    let text = "(call $socket (i32.const 304))";
    assert_eq!(value(text) & 0xff, 1);
}

#[test]
fn exiting_ends_the_guest() {
    let error = describe("(call $exit (i32.const 1))").unwrap_err();
    assert_eq!(error.fault(), Fault::Refused);
    assert!(error.message().contains("exited with code 1"), "{error}");
}

#[test]
fn what_nobody_knows_ends_the_guest_when_it_is_called() {
    let error = describe("(drop (call $summon))").unwrap_err();
    assert_eq!(error.fault(), Fault::Refused);
    assert!(
        error.message().contains("wasi:vendor/oddity#summon"),
        "{error}"
    );
}

#[test]
fn output_is_captured() {
    let mut turn = load_worldly("").engine().unwrap().turn(request()).unwrap();
    assert_eq!(turn.output(), "oh dear\n");
    assert_eq!(turn.output(), "");
}

#[test]
fn last_words_come_with_the_error() {
    let error = describe("(call $say) unreachable").unwrap_err();
    assert_eq!(error.fault(), Fault::Trap);
    assert_eq!(error.output(), "oh dear\n");
}

#[test]
fn imports_can_be_listed() {
    let imports = load_worldly("").imports();
    assert!(
        imports.contains(&"wasi:random/random@0.2.3".to_owned()),
        "{imports:?}"
    );
}

#[test]
fn a_run_has_the_output_in_its_log() {
    let module = r#"(module
        (import "wasi:cli/stderr@0.2.3" "get-stderr" (func $stderr (result i32)))
        (import "wasi:io/streams@0.2.3" "[method]output-stream.blocking-write-and-flush"
            (func $write (param i32 i32 i32 i32)))
        (import "cm:flow/run@0.1.0" "[resource-drop]context" (func $drop (param i32)))
        (memory (export "memory") 1)
        (data (i32.const 256) "one\ntwo \22\nthree")
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 4096)
        (func (export "cm:flow/workflow@0.1.0#check") (param i32 i32 i32) (result i32)
            unreachable)
        (func (export "cm:flow/workflow@0.1.0#run") (param i32 i32 i32) (result i32)
            (call $write (call $stderr) (i32.const 256) (i32.const 15) (i32.const 700))
            (call $drop (local.get 0))
            i32.const 1024))"#;
    let bytes = component_with(WASI, "test:worldly/talker", module);
    let runtime = Runtime::new(None, Limits::default()).unwrap();
    let guest = load(&runtime, &bytes).unwrap().workflow().unwrap();
    let run = Arc::new(Run::default());
    assert_eq!(execute(guest.run(run.clone(), "")).unwrap().unwrap(), "");
    let notes = run.notes.lock().unwrap();
    let lines: Vec<_> = notes
        .iter()
        .map(|note| (&*note.kind, &*note.body))
        .collect();
    assert_eq!(
        lines,
        [
            ("output", r#""one""#),
            ("output", r#""two \"""#),
            ("output", r#""three""#)
        ]
    );
}

use std::time::{Duration, Instant};

use cm_runtime::{CallError, Fault, Limits, Runtime, RuntimeError};
use cm_types::{Action, Digest, Error, Input, TurnEvent};

use crate::guests::{Adapter, identity, load, request};

fn limits() -> Limits {
    Limits {
        memory: 16 << 20,
        wall: Duration::from_millis(200),
        data: 1 << 20,
        ..Limits::default()
    }
}

/// Runs one `next` of this adapter, and checks that the runtime is well afterwards.
fn suffer(limits: Limits, adapter: &Adapter) -> RuntimeError {
    let runtime = Runtime::new(None, limits).unwrap();
    let bytes = adapter.build();
    let mut turn = load(&runtime, &bytes)
        .unwrap()
        .engine()
        .unwrap()
        .turn(request())
        .unwrap();
    let start = Instant::now();
    let Err(CallError::Runtime(error)) = turn.next(Input::Begin) else {
        panic!("the guest answered");
    };
    // Far more than any of them takes, and far less than for ever.
    assert!(start.elapsed() < Duration::from_secs(20));
    assert_eq!(error.identity(), Some(&identity()));
    assert_eq!(error.digest(), Some(Digest::of(&bytes)));
    assert!(
        error.to_string().contains("`guest` of shady 1.2.3"),
        "{error}"
    );

    // The instance is gone, and says so.
    let Err(CallError::Runtime(again)) = turn.next(Input::Begin) else {
        panic!("a store was used again after an error");
    };
    assert_eq!(again.fault(), Fault::Over);

    let well = load(&runtime, &Adapter::default().build()).unwrap();
    let mut turn = well.engine().unwrap().turn(request()).unwrap();
    assert_eq!(turn.next(Input::Begin).unwrap(), hello());
    error
}

fn hello() -> Vec<Action> {
    vec![Action::Emit(TurnEvent::Text("hello".to_owned()))]
}

fn next(next: &'static str) -> Adapter {
    Adapter {
        next,
        ..Adapter::default()
    }
}

#[test]
fn a_guest_that_behaves() {
    let runtime = Runtime::new(None, Limits::default()).unwrap();
    let engine = load(&runtime, &Adapter::default().build())
        .unwrap()
        .engine()
        .unwrap();
    assert_eq!(engine.describe().unwrap().id, "");
    assert!(!engine.diagnose(Vec::new()).unwrap().installed);
    let mut turn = engine.turn(request()).unwrap();
    for input in [
        Input::Begin,
        Input::Stdout(vec![0; 100_000]),
        Input::Line("line".to_owned()),
        Input::Exited(None),
    ] {
        assert_eq!(turn.next(input).unwrap(), hello());
    }
}

#[test]
fn it_loops_for_ever() {
    let error = suffer(limits(), &next("(loop $l (br $l)) unreachable"));
    assert_eq!(error.fault(), Fault::Timeout);
    assert!(error.message().contains("200 ms"), "{error}");
    assert!(matches!(Error::from(error), Error::Exhausted(f) if f.code == "timeout"));
}

#[test]
fn it_computes_too_much() {
    let limits = Limits {
        fuel: 1_000_000,
        wall: Duration::from_secs(60),
        ..limits()
    };
    let error = suffer(limits, &next("(loop $l (br $l)) unreachable"));
    assert_eq!(error.fault(), Fault::OutOfFuel);
    assert!(error.backtrace().is_some());
}

#[test]
fn each_call_has_its_own_fuel() {
    let limits = Limits {
        fuel: 100_000,
        ..limits()
    };
    let runtime = Runtime::new(None, limits).unwrap();
    let engine = load(&runtime, &Adapter::default().build()).unwrap();
    let mut turn = engine.engine().unwrap().turn(request()).unwrap();
    for _ in 0..20_000 {
        turn.next(Input::Begin).unwrap();
    }
}

#[test]
fn it_allocates_without_bound() {
    let error = suffer(
        limits(),
        &next("(loop $l (drop (memory.grow (i32.const 16))) (br $l)) unreachable"),
    );
    assert_eq!(error.fault(), Fault::OutOfMemory);
    assert_eq!(error.code(), "out-of-memory");
}

#[test]
fn it_grows_a_table_without_bound() {
    let error = suffer(
        limits(),
        &Adapter {
            fields: "(table $t 1 funcref)",
            next: "(loop $l (drop (table.grow $t (ref.null func) (i32.const 10000))) (br $l))
                unreachable",
            ..Adapter::default()
        },
    );
    assert_eq!(error.fault(), Fault::OutOfMemory);
}

#[test]
fn it_is_born_too_large() {
    let runtime = Runtime::new(None, limits()).unwrap();
    let bytes = Adapter {
        fields: "(table $t 2000000 funcref)",
        ..Adapter::default()
    }
    .build();
    let engine = load(&runtime, &bytes).unwrap().engine().unwrap();
    assert_eq!(engine.describe().unwrap_err().fault(), Fault::OutOfMemory);
}

#[test]
fn it_recurses_without_end() {
    let error = suffer(
        limits(),
        &next(
            "(call $next (local.get $self) (local.get $case)
                (local.get $a) (local.get $b) (local.get $c) (local.get $d)
                (i32.const 0) (i32.const 0) (i32.const 0)
                (i32.const 0) (i32.const 0) (i32.const 0))
            i32.const 1 i32.add",
        ),
    );
    assert_eq!(error.fault(), Fault::StackOverflow);
}

#[test]
fn it_traps() {
    let error = suffer(limits(), &next("unreachable"));
    assert_eq!(error.fault(), Fault::Trap);
    let backtrace = error.backtrace().unwrap();
    assert!(backtrace.contains("next"), "{backtrace}");
    let Error::Other(failure) = Error::from(error) else {
        panic!("a trap is neither a limit nor a wrong request");
    };
    assert_eq!(failure.code, "trap");
    assert!(failure.details.unwrap().contains("sha256:"));
}

#[test]
fn it_reads_outside_of_its_memory() {
    let error = suffer(limits(), &next("(i32.load (i32.const -8))"));
    assert_eq!(error.fault(), Fault::Trap);
}

#[test]
fn its_text_is_not_utf8() {
    let error = suffer(
        limits(),
        &next(
            "(i32.store8 (i32.const 512) (i32.const 5))
            (i32.store8 (i32.const 520) (i32.const 1))
            (i32.store (i32.const 528) (i32.const 256))
            (i32.store (i32.const 532) (i32.const 1))
            (i32.store8 (i32.const 256) (i32.const 255))
            (i32.store (i32.const 404) (i32.const 512))
            (i32.store (i32.const 408) (i32.const 1))
            i32.const 400",
        ),
    );
    assert_eq!(error.fault(), Fault::Malformed, "{error}");
}

#[test]
fn its_result_is_outside_of_its_memory() {
    let error = suffer(limits(), &next("i32.const -8"));
    assert_eq!(error.fault(), Fault::Malformed, "{error}");
}

#[test]
fn its_list_leads_out_of_its_memory() {
    let error = suffer(
        limits(),
        &next(
            "(i32.store (i32.const 404) (i32.const 131000))
            (i32.store (i32.const 408) (i32.const 100))
            i32.const 400",
        ),
    );
    assert_eq!(error.fault(), Fault::Malformed, "{error}");
}

#[test]
fn its_variant_has_no_such_case() {
    let error = suffer(
        limits(),
        &next("(i32.store8 (i32.const 400) (i32.const 9)) i32.const 400"),
    );
    assert_eq!(error.fault(), Fault::Malformed, "{error}");
}

#[test]
fn its_list_is_huge() {
    // 2 MiB of text by a guest that may hand over 1 MiB.
    let error = suffer(
        limits(),
        &next(
            "(drop (memory.grow (i32.const 64)))
            (i32.store8 (i32.const 512) (i32.const 1))
            (i32.store (i32.const 520) (i32.const 65536))
            (i32.store (i32.const 524) (i32.const 2097152))
            (i32.store (i32.const 404) (i32.const 512))
            (i32.store (i32.const 408) (i32.const 1))
            i32.const 400",
        ),
    );
    assert_eq!(error.fault(), Fault::TooMuchData, "{error}");
    assert!(error.message().contains("1048576 bytes"), "{error}");
}

#[test]
fn it_says_why_it_cannot() {
    // err(cancelled)
    let adapter = next(
        "(i32.store8 (i32.const 400) (i32.const 1))
        (i32.store8 (i32.const 404) (i32.const 5))
        i32.const 400",
    );
    let runtime = Runtime::new(None, limits()).unwrap();
    let engine = load(&runtime, &adapter.build()).unwrap().engine().unwrap();
    let mut turn = engine.turn(request()).unwrap();
    for _ in 0..2 {
        let Err(CallError::Guest(error)) = turn.next(Input::Begin) else {
            panic!("an error of the guest's own does not end the guest");
        };
        assert_eq!(error, Error::Cancelled);
    }
}

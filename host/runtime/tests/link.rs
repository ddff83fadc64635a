use std::io;

use cm_runtime::{Fault, Kind, Limits, Runtime, RuntimeError};
use cm_types::Digest;

use crate::guests::{Adapter, identity, load, workflow};

fn runtime() -> Runtime {
    Runtime::new(None, Limits::default()).unwrap()
}

/// A component with no more than an import.
fn importing(import: &str) -> Vec<u8> {
    wat::parse_str(format!(
        r#"(component
            (import "{import}" (instance (export "f" (func))))
            (instance $i)
            (export "cm:engine/adapter@0.1.0" (instance $i))
            (export "cm:flow/workflow@0.1.0" (instance $i)))"#
    ))
    .unwrap()
}

fn refused<T>(result: Result<T, RuntimeError>) -> RuntimeError {
    match result {
        Ok(_) => panic!("it was linked"),
        Err(error) => error,
    }
}

#[test]
fn kinds_are_told_by_exports() {
    let runtime = runtime();
    let adapter = load(&runtime, &Adapter::default().build()).unwrap();
    assert_eq!(adapter.kinds(), [Kind::Engine]);
    assert_eq!(adapter.identity(), &identity());
    let error = refused(adapter.workflow());
    assert_eq!(error.fault(), Fault::Kind);
    assert!(
        error.message().contains("not a workflow")
            && error.message().contains("cm:engine/adapter@0.1.0"),
        "{error}"
    );
    let trap = workflow("", "unreachable", "unreachable");
    assert_eq!(load(&runtime, &trap).unwrap().kinds(), [Kind::Workflow]);
}

#[test]
fn an_engine_imports_nothing() {
    let component = load(&runtime(), &importing("cm:flow/run@0.1.0")).unwrap();
    let error = refused(component.engine());
    assert_eq!(error.fault(), Fault::Link);
    assert!(
        error.message().contains("an engine may import nothing"),
        "{error}"
    );
}

#[test]
fn an_unknown_import_is_named() {
    let component = load(&runtime(), &importing("evil:corp/backdoor@6.6.6")).unwrap();
    for error in [refused(component.engine()), refused(component.workflow())] {
        assert_eq!(error.fault(), Fault::Link);
        assert!(
            error.message().contains("`evil:corp/backdoor@6.6.6`"),
            "{error}"
        );
    }
}

#[test]
fn a_wrong_version_is_named_with_ours() {
    let component = load(&runtime(), &importing("cm:flow/run@0.9.0")).unwrap();
    let error = refused(component.workflow());
    assert_eq!(error.fault(), Fault::Link);
    assert!(
        error.message().contains("cm:flow/run@0.9.0")
            && error.message().contains("cm:flow/run@0.1.0"),
        "{error}"
    );
}

#[test]
fn a_function_that_a_later_version_will_have_is_named() {
    let component = load(&runtime(), &importing("cm:flow/run@0.1.5")).unwrap();
    let error = refused(component.workflow());
    assert_eq!(error.fault(), Fault::Link);
    assert!(
        error.message().contains("cm:flow/run@0.1.5") && error.message().contains("`f`"),
        "{error}"
    );
}

#[test]
fn an_export_of_another_version_is_named_with_ours() {
    let bytes = wat::parse_str(
        r#"(component (instance $i) (export "cm:engine/adapter@0.2.0" (instance $i)))"#,
    )
    .unwrap();
    let error = refused(load(&runtime(), &bytes).unwrap().engine());
    assert_eq!(error.fault(), Fault::Kind);
    assert!(
        error.message().contains("adapter@0.2.0") && error.message().contains("adapter@0.1.0"),
        "{error}"
    );
}

#[test]
fn an_export_with_the_right_name_and_nothing_in_it() {
    let component = load(&runtime(), &importing("wasi:cli/stdout@0.2.0")).unwrap();
    assert_eq!(refused(component.engine()).fault(), Fault::Link);
}

#[test]
fn files_that_are_no_components() {
    let runtime = runtime();
    for bytes in [
        &b""[..],
        b"not wasm",
        b"\0asm\x01\0\0\0",
        b"\0asm\x0d\0\x01\0\xff\xff",
    ] {
        let error = refused(load(&runtime, bytes));
        assert_eq!(error.fault(), Fault::Compile, "{bytes:?}");
        assert_eq!(error.identity(), Some(&identity()));
    }
}

#[test]
fn a_file_that_was_changed() {
    let bytes = Adapter::default().build();
    let digest = Digest::of(b"what was installed");
    let result = runtime().load(identity(), digest, || Ok(&bytes));
    let error = refused(result);
    assert_eq!(error.fault(), Fault::Digest);
    assert_eq!(error.digest(), Some(digest));
}

#[test]
fn a_file_that_is_gone() {
    let gone = || Err::<Vec<u8>, _>(io::Error::from(io::ErrorKind::NotFound));
    let runtime = runtime();
    let error = refused(runtime.load(identity(), Digest::of(b""), gone));
    assert_eq!(error.fault(), Fault::Read);
}

#[test]
fn a_file_that_is_too_large() {
    let limits = Limits {
        component: 100,
        ..Limits::default()
    };
    let runtime = Runtime::new(None, limits).unwrap();
    let error = refused(load(&runtime, &Adapter::default().build()));
    assert_eq!(error.fault(), Fault::Compile);
}

mod streams;

use wasmtime::{
    StoreContextMut,
    component::{
        ComponentType, Linker, LinkerInstance, Lower, Resource, ResourceType, Val,
        types::{ComponentInstance, ComponentItem, Type},
    },
};

use crate::{sandbox::Denied, state::State};

/// Every resource of the stub. One type for all of them: guests rename resources as
/// they like, and none of these has anything behind it.
struct Handle;

const STDOUT: u32 = 1;
const STDERR: u32 = 2;

type Context<'a> = StoreContextMut<'a, State>;
type Own = Resource<Handle>;

#[derive(ComponentType, Lower)]
#[component(record)]
struct Datetime {
    seconds: u64,
    nanoseconds: u32,
}

/// Defines one imported `wasi:` interface, exactly as far as the guest names it.
///
/// `wasmtime-wasi` is not used: its synchronous half blocks on a runtime, which
/// panics inside of another one, and its clocks, timers and sockets are real. Here
/// nothing waits, nothing is real, and what is not known traps when it is called.
pub(crate) fn define(
    linker: &mut Linker<State>,
    engine: &wasmtime::Engine,
    name: &str,
    interface: &ComponentInstance,
) -> wasmtime::Result<()> {
    let bare = name.split('@').next().unwrap_or(name);
    let mut instance = linker.instance(name)?;
    for (item, external) in interface.exports(engine) {
        match external.ty {
            ComponentItem::Resource(_) => {
                instance.resource(item, ResourceType::host::<Handle>(), |_, _| Ok(()))?;
            }
            ComponentItem::ComponentFunc(_) => function(&mut instance, bare, item)?,
            _ => {}
        }
    }
    Ok(())
}

fn function(
    linker: &mut LinkerInstance<'_, State>,
    interface: &str,
    name: &str,
) -> wasmtime::Result<()> {
    match interface {
        "wasi:clocks/monotonic-clock" | "wasi:clocks/wall-clock" => clock(linker, interface, name),
        "wasi:random/random" | "wasi:random/insecure" | "wasi:random/insecure-seed" => {
            random(linker, interface, name)
        }
        "wasi:io/streams" => streams::define(linker, interface, name),
        _ => other(linker, interface, name),
    }
}

fn clock(
    linker: &mut LinkerInstance<'_, State>,
    interface: &str,
    name: &str,
) -> wasmtime::Result<()> {
    match (interface, name) {
        ("wasi:clocks/wall-clock", "now") => linker.func_wrap(name, |mut c: Context, (): ()| {
            let (seconds, nanoseconds) = c.data_mut().sandbox.wall();
            Ok((Datetime {
                seconds,
                nanoseconds,
            },))
        }),
        ("wasi:clocks/wall-clock", "resolution") => linker.func_wrap(name, |_: Context, (): ()| {
            Ok((Datetime {
                seconds: 0,
                nanoseconds: 1_000,
            },))
        }),
        (_, "now") => linker.func_wrap(name, |mut c: Context, (): ()| {
            Ok((c.data_mut().sandbox.monotonic(),))
        }),
        (_, "resolution") => linker.func_wrap(name, |_: Context, (): ()| Ok((1_000u64,))),
        (_, "subscribe-instant") => linker.func_wrap(name, |mut c: Context, (when,): (u64,)| {
            c.data_mut().sandbox.skip_to(when);
            Ok((Own::new_own(0),))
        }),
        (_, "subscribe-duration") => linker.func_wrap(name, |mut c: Context, (time,): (u64,)| {
            c.data_mut().sandbox.skip(time);
            Ok((Own::new_own(0),))
        }),
        _ => missing(linker, interface, name),
    }
}

fn random(
    linker: &mut LinkerInstance<'_, State>,
    interface: &str,
    name: &str,
) -> wasmtime::Result<()> {
    match name {
        "get-random-bytes" | "get-insecure-random-bytes" => linker
            .func_wrap(name, |mut c: Context, (count,): (u64,)| {
                Ok((c.data_mut().sandbox.random_bytes(count)?,))
            }),
        "get-random-u64" | "get-insecure-random-u64" => linker
            .func_wrap(name, |mut c: Context, (): ()| {
                Ok((c.data_mut().sandbox.random(),))
            }),
        "insecure-seed" => linker.func_wrap(name, |mut c: Context, (): ()| {
            let sandbox = &mut c.data_mut().sandbox;
            Ok(((sandbox.random(), sandbox.random()),))
        }),
        _ => missing(linker, interface, name),
    }
}

fn other(
    linker: &mut LinkerInstance<'_, State>,
    interface: &str,
    name: &str,
) -> wasmtime::Result<()> {
    match (interface, name) {
        ("wasi:io/poll", "[method]pollable.ready") => {
            linker.func_wrap(name, |_: Context, _: (Own,)| Ok((true,)))
        }
        ("wasi:io/poll", "[method]pollable.block") => {
            linker.func_wrap(name, |_: Context, _: (Own,)| Ok(()))
        }
        ("wasi:io/poll", "poll") => linker.func_wrap(name, |_: Context, (all,): (Vec<Own>,)| {
            Ok(((0..all.len() as u32).collect::<Vec<u32>>(),))
        }),
        ("wasi:io/error", "[method]error.to-debug-string") => {
            linker.func_wrap(name, |_: Context, _: (Own,)| Ok(("closed".to_owned(),)))
        }
        ("wasi:cli/environment", "get-environment") => linker
            .func_wrap(name, |_: Context, (): ()| {
                Ok((Vec::<(String, String)>::new(),))
            }),
        ("wasi:cli/environment", "get-arguments") => {
            linker.func_wrap(name, |_: Context, (): ()| Ok((Vec::<String>::new(),)))
        }
        ("wasi:cli/environment", "initial-cwd") => {
            linker.func_wrap(name, |_: Context, (): ()| Ok((None::<String>,)))
        }
        ("wasi:cli/exit", "exit") => linker.func_wrap(
            name,
            |_: Context, (status,): (Result<(), ()>,)| -> wasmtime::Result<()> {
                Err(Denied::Exit(u8::from(status.is_err())).into())
            },
        ),
        ("wasi:cli/exit", "exit-with-code") => linker
            .func_wrap(name, |_: Context, (code,): (u8,)| -> wasmtime::Result<()> {
                Err(Denied::Exit(code).into())
            }),
        ("wasi:cli/stdin", _) => handle(linker, name, 0),
        ("wasi:cli/stdout", _) => handle(linker, name, STDOUT),
        ("wasi:cli/stderr", _) => handle(linker, name, STDERR),
        (
            "wasi:cli/terminal-stdin" | "wasi:cli/terminal-stdout" | "wasi:cli/terminal-stderr",
            _,
        ) => linker.func_wrap(name, |_: Context, (): ()| Ok((None::<Own>,))),
        ("wasi:filesystem/preopens", "get-directories") => linker
            .func_wrap(name, |_: Context, (): ()| {
                Ok((Vec::<(Own, String)>::new(),))
            }),
        ("wasi:sockets/instance-network", "instance-network") => handle(linker, name, 0),
        _ => missing(linker, interface, name),
    }
}

fn handle(linker: &mut LinkerInstance<'_, State>, name: &str, rep: u32) -> wasmtime::Result<()> {
    linker.func_wrap(name, move |_: Context, (): ()| Ok((Own::new_own(rep),)))
}

/// A function without a stub of its own: it answers `access-denied` if it can, and
/// ends the guest if it cannot.
fn missing(
    linker: &mut LinkerInstance<'_, State>,
    interface: &str,
    name: &str,
) -> wasmtime::Result<()> {
    let full = format!("{interface}#{name}");
    linker.func_new(name, move |_, ty, _, results| {
        let denied = ty.results().next().and_then(|result| denial(&result));
        match (denied, results) {
            (Some(denied), [result]) => {
                *result = denied;
                Ok(())
            }
            _ => Err(Denied::Missing(full.clone()).into()),
        }
    })
}

fn denial(ty: &Type) -> Option<Val> {
    let Type::Result(result) = ty else {
        return None;
    };
    let Some(Type::Enum(error)) = result.err() else {
        return None;
    };
    let denied = error
        .names()
        .find(|name| *name == "access-denied" || *name == "access")?;
    let denied = Val::Enum(denied.to_owned());
    Some(Val::Result(Err(Some(Box::new(denied)))))
}

use wasmtime::component::{ComponentType, LinkerInstance, Lower, Resource};

use super::{Context, Handle, Own, STDERR, STDOUT, missing};
use crate::state::State;

type Stream<T> = wasmtime::Result<(Result<T, StreamError>,)>;

#[derive(ComponentType, Lower)]
#[component(variant)]
#[allow(dead_code)]
enum StreamError {
    #[component(name = "last-operation-failed")]
    Failed(Resource<Handle>),
    #[component(name = "closed")]
    Closed,
}

/// Standard output and error are kept; everything else is closed.
pub(super) fn define(
    linker: &mut LinkerInstance<'_, State>,
    interface: &str,
    name: &str,
) -> wasmtime::Result<()> {
    let Some((_, method)) = name.split_once('.') else {
        return missing(linker, interface, name);
    };
    match method {
        "read" | "blocking-read" => linker
            .func_wrap(name, |_: Context, _: (Own, u64)| -> Stream<Vec<u8>> {
                Ok((Err(StreamError::Closed),))
            }),
        "skip" | "blocking-skip" => linker
            .func_wrap(name, |_: Context, _: (Own, u64)| -> Stream<u64> {
                Ok((Err(StreamError::Closed),))
            }),
        "check-write" => linker.func_wrap(name, |_: Context, _: (Own,)| -> Stream<u64> {
            Ok((Ok(64 * 1024),))
        }),
        "write" | "blocking-write-and-flush" => linker.func_wrap(
            name,
            |mut c: Context, (stream, bytes): (Own, Vec<u8>)| -> Stream<()> {
                if matches!(stream.rep(), STDOUT | STDERR) {
                    print(c.data_mut(), &bytes);
                }
                Ok((Ok(()),))
            },
        ),
        "write-zeroes" | "blocking-write-zeroes-and-flush" => linker
            .func_wrap(name, |_: Context, _: (Own, u64)| -> Stream<()> {
                Ok((Ok(()),))
            }),
        "flush" | "blocking-flush" => linker
            .func_wrap(name, |_: Context, _: (Own,)| -> Stream<()> {
                Ok((Ok(()),))
            }),
        "splice" | "blocking-splice" => linker
            .func_wrap(name, |_: Context, _: (Own, Own, u64)| -> Stream<u64> {
                Ok((Err(StreamError::Closed),))
            }),
        "subscribe" => linker.func_wrap(name, |_: Context, _: (Own,)| Ok((Own::new_own(0),))),
        _ => missing(linker, interface, name),
    }
}

fn print(state: &mut State, bytes: &[u8]) {
    state.sandbox.print(bytes);
    if let Some(context) = &state.context {
        state.sandbox.log_lines(context);
    }
}

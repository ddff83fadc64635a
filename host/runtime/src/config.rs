use wasmtime::{Config, WasmBacktraceDetails};

/// The stack a guest may use. Threads that call guests synchronously need it to be
/// free; the smallest common stack is 2 MiB.
const WASM_STACK: usize = 1 << 20;

/// The only place where an engine's configuration is made: compiled code is good for
/// exactly one.
///
/// Everything that could make two runs of a guest differ is off, so a run can be
/// replayed. Component-model concurrency is off too: it costs each call, and
/// nothing in the contract uses it.
pub(crate) fn config() -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .concurrency_support(false)
        .shared_memory(false)
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .consume_fuel(true)
        .epoch_interruption(true)
        .max_wasm_stack(WASM_STACK)
        .async_stack_size(2 * WASM_STACK)
        .wasm_backtrace_details(WasmBacktraceDetails::Enable);
    config
}

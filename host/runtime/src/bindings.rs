//! What `bindgen!` makes of the contract. Nothing outside of this crate sees these
//! types: `translate` turns them into the project's plain ones.
#![allow(missing_docs, unreachable_pub)]

/// The world of engine adapters; also the home of the types that all worlds share.
pub(crate) mod engine {
    wasmtime::component::bindgen!({
        path: ["../../wit/types", "../../wit/engine"],
        world: "cm:engine/engine",
    });
}

/// The world of workflows; also the home of the host's side of `cm:flow`.
pub(crate) mod workflows {
    wasmtime::component::bindgen!({
        path: ["../../wit/types", "../../wit/flow"],
        world: "cm:flow/workflows",
        imports: { default: trappable },
        exports: { "cm:flow/workflow.run": async },
        with: {
            "cm:types/base@0.1.0": crate::bindings::engine::cm::types::base,
            "cm:flow/files.bundle": crate::state::BundleHandle,
            "cm:flow/run.context": crate::state::ContextHandle,
            "cm:flow/run.task": crate::state::TaskHandle,
        },
    });
}

/// The world of steps.
pub(crate) mod steps {
    wasmtime::component::bindgen!({
        path: ["../../wit/types", "../../wit/flow"],
        world: "cm:flow/steps",
        exports: { "cm:flow/step.run": async },
        with: {
            "cm:types/base@0.1.0": crate::bindings::engine::cm::types::base,
            "cm:flow/decisions@0.1.0": crate::bindings::workflows::cm::flow::decisions,
            "cm:flow/files@0.1.0": crate::bindings::workflows::cm::flow::files,
            "cm:flow/run@0.1.0": crate::bindings::workflows::cm::flow::run,
        },
    });
}

/// The world of controllers.
pub(crate) mod controllers {
    wasmtime::component::bindgen!({
        path: ["../../wit/types", "../../wit/flow"],
        world: "cm:flow/controllers",
        with: {
            "cm:types/base@0.1.0": crate::bindings::engine::cm::types::base,
            "cm:flow/decisions@0.1.0": crate::bindings::workflows::cm::flow::decisions,
        },
    });
}

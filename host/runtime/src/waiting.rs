use wasmtime::{
    AsContextMut, StoreContextMut,
    component::{Linker, Resource},
};

use crate::{
    bindings::{engine::cm::types::base, workflows::cm::flow::run},
    budget,
    state::{State, TaskHandle},
};

/// Replaces the two functions that wait. They are defined by hand because the
/// generated ones cannot reach the store, where the budget is renewed.
pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    let mut run = linker.instance("cm:flow/run@0.1.0")?;
    run.func_wrap_async(
        "[method]task.wait",
        |store, (task,): (Resource<TaskHandle>,)| {
            Box::new(async move { Ok((wait(store, task.rep()).await?,)) })
        },
    )?;
    run.func_wrap_async("next", |store, (tasks,): (Vec<Resource<TaskHandle>>,)| {
        let tasks = tasks.iter().map(Resource::rep).collect();
        Box::new(async move { Ok((next(store, tasks).await?,)) })
    })?;
    linker.allow_shadowing(false);
    Ok(())
}

/// The generated functions in whose place these stand are never called.
pub(crate) fn elsewhere() -> wasmtime::Error {
    wasmtime::Error::msg("nothing can be waited for here")
}

async fn wait(
    mut store: StoreContextMut<'_, State>,
    task: u32,
) -> wasmtime::Result<Result<run::Reply, base::Error>> {
    let context = store.data().context()?;
    let reply = context.wait(task).await;
    reported(&mut store, task)?;
    Ok(reply.map(Into::into).map_err(Into::into))
}

async fn next(mut store: StoreContextMut<'_, State>, tasks: Vec<u32>) -> wasmtime::Result<u32> {
    if tasks.is_empty() {
        return Err(wasmtime::Error::msg("it called `next` without a task"));
    }
    let context = store.data().context()?;
    let position = context.next(tasks.clone()).await;
    let Some(task) = tasks.get(position) else {
        return Err(wasmtime::Error::msg(
            "the host named a task that was not asked for",
        ));
    };
    reported(&mut store, *task)?;
    Ok(u32::try_from(position)?)
}

fn reported(store: &mut StoreContextMut<'_, State>, task: u32) -> wasmtime::Result<()> {
    if store.data_mut().budget.report(task) {
        budget::renew(store.as_context_mut())?;
    }
    Ok(())
}

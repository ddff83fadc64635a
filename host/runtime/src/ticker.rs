use std::{io, thread, time::Duration};

use wasmtime::EngineWeak;

/// How often a running guest is looked at.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Starts the clock by which guests are interrupted. It holds the engine weakly and
/// ends with the last component that could need it.
pub(crate) fn start(engine: EngineWeak) -> io::Result<()> {
    thread::Builder::new()
        .name("cm-ticker".to_owned())
        .stack_size(64 * 1024)
        .spawn(move || {
            while let Some(engine) = engine.upgrade() {
                engine.increment_epoch();
                drop(engine);
                thread::sleep(TICK);
            }
        })?;
    Ok(())
}

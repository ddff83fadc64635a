use wasmtime::ResourceLimiter;

use crate::Limits;

/// A growth that was refused. It ends the guest: a language runtime that is told
/// "no" goes on in ways nobody has tested.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("it wanted more than {0} bytes of memory")]
    Memory(usize),
    #[error("it wanted more than {0} table entries")]
    Table(usize),
}

/// Counts what a store has been given, over all its memories and tables: a limit for
/// each of them would be multiplied by their number.
#[derive(Debug)]
pub(crate) struct Limiter {
    memory: usize,
    memory_limit: usize,
    table: usize,
    table_limit: usize,
    instances: usize,
}

impl Limiter {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            memory: 0,
            memory_limit: limits.memory,
            table: 0,
            table_limit: limits.table,
            instances: limits.instances,
        }
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.memory.saturating_add(desired.saturating_sub(current));
        if total > self.memory_limit {
            return Err(Refusal::Memory(self.memory_limit).into());
        }
        self.memory = total;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.table.saturating_add(desired.saturating_sub(current));
        if total > self.table_limit {
            return Err(Refusal::Table(self.table_limit).into());
        }
        self.table = total;
        Ok(true)
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.instances
    }

    fn memories(&self) -> usize {
        self.instances
    }
}

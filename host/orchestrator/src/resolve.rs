//! What work really is, before it is looked up.

use cm_types::{Digest, Work};

use crate::{TaskKey, core::Turn};

impl Turn<'_> {
    /// The work with the engine and model that it will really use.
    pub(crate) fn resolve(&self, work: Work) -> Work {
        let (Work::Turn(mut turn), Some(start)) = (work.clone(), &self.core.run.start) else {
            return work;
        };
        let named = turn
            .engine
            .take()
            .unwrap_or_else(|| start.default_engine.clone());
        let engine = start.engine.clone().unwrap_or_else(|| named.clone());
        if engine != named {
            // A model's name means nothing to another engine.
            turn.model = None;
        }
        turn.engine = Some(engine);
        if let Some(model) = &start.model {
            turn.model = Some(model.clone());
        }
        Work::Turn(turn)
    }

    /// What it is found by. What two programs ask for is never the same work: each runs
    /// its own, with an idempotency key of its own.
    pub(crate) fn content(&self, scope: Option<u32>, work: &Work) -> Digest {
        let content = TaskKey::new(work, 0).content;
        match scope.and_then(|scope| self.task(scope)) {
            Some(outer) if self.is_live(scope) => {
                let TaskKey {
                    content: of,
                    ordinal,
                } = &outer.key;
                Digest::of(format!("{content} in {of} {ordinal}").as_bytes())
            }
            _ => content,
        }
    }
}

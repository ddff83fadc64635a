//! What a guest keeps and is told, the same again when it is run again.

use cm_types::Placement;

use crate::{Event, core::Turn};

impl Turn<'_> {
    pub(crate) fn write(&mut self, scope: Option<u32>, key: String, value: String) {
        let pass = self.pass(scope);
        let ordinal = pass.writes;
        pass.writes += 1;
        pass.own.insert(key.clone(), value.clone());
        let diverged = pass.diverged;
        if !diverged && self.core.run.written(scope, ordinal) == Some((&key, &value)) {
            return;
        }
        self.pass(scope).diverged = true;
        self.append(Event::Written {
            scope,
            ordinal,
            key,
            value,
        });
    }

    pub(crate) fn save(&mut self, scope: Option<u32>, step: String, name: String, content: String) {
        let pass = self.pass(scope);
        let ordinal = pass.saves;
        pass.saves += 1;
        let path = format!("{step}/{name}");
        pass.own.insert(format!("artifact {path}"), content.clone());
        let diverged = pass.diverged;
        if !diverged && self.core.run.saved(scope, ordinal) == Some((&path, &content)) {
            return;
        }
        self.pass(scope).diverged = true;
        self.append(Event::Saved {
            scope,
            ordinal,
            step,
            name,
            content,
        });
    }

    pub(crate) fn observe(&mut self, scope: Option<u32>, what: String, value: Option<String>) {
        let pass = self.pass(scope);
        let ordinal = pass.observe(&what);
        let diverged = pass.diverged;
        let stored = what
            .split_once(' ')
            .is_some_and(|(kind, _)| kind == "state" || kind == "artifact");
        let known = self.core.run.observed(scope, &what, ordinal).cloned();
        if let Some(value) = known.filter(|_| !(stored && diverged)) {
            self.decision.value = value;
            return;
        }
        let value = if stored {
            self.stored(scope, &what)
        } else {
            value
        };
        self.decision.value.clone_from(&value);
        self.append(Event::Observed {
            scope,
            what,
            ordinal,
            value,
        });
    }

    /// The value of `state KEY` or `artifact STEP/NAME`, as this guest should see it:
    /// what it set itself since it began, else what the run has.
    pub(crate) fn stored(&mut self, scope: Option<u32>, what: &str) -> Option<String> {
        let own = match what.strip_prefix("state ") {
            Some(key) => key,
            None => what,
        };
        let own = self.pass(scope).own.get(own).cloned();
        own.or_else(|| match what.strip_prefix("state ") {
            Some(key) => self.core.run.state.get(key).cloned(),
            None => {
                let (step, name) = what.strip_prefix("artifact ")?.split_once('/')?;
                let path = (step.to_owned(), name.to_owned());
                Some(self.core.run.artifacts.get(&path)?.content.clone())
            }
        })
    }

    pub(crate) fn mark(&mut self, place: Placement, state: String, note: Option<String>) {
        let pass = self.pass(None);
        let ordinal = pass.marks;
        pass.marks += 1;
        let known = self.core.run.marks.get(ordinal as usize);
        let same = known.is_some_and(|(p, s, n)| *p == place && *s == state && *n == note);
        if !same {
            self.append(Event::Marked {
                ordinal,
                place,
                state,
                note,
            });
        }
    }
}

//! What a guest keeps and is told, the same again when it is run again.
//!
//! Agents and commands keep and ask too, while they are at work. They are not run again
//! step by step, so for them nothing is compared with the journal: what they write is
//! written, and what they read is what is there.

use cm_types::{Digest, Failure, Placement, Work};

use crate::{Event, core::Turn, run::Told, shelf::Kept};

impl Turn<'_> {
    pub(crate) fn write(&mut self, scope: Option<u32>, key: String, value: String) {
        let live = self.is_live(scope);
        let pass = self.pass(scope);
        let ordinal = pass.writes;
        pass.writes += 1;
        let same = !pass.diverged && !live;
        let known = self
            .core
            .run
            .written
            .repeated(scope, ordinal, &key, &value)
            .filter(|_| same);
        let position = match known {
            Some(position) => Some(position),
            None => {
                self.pass(scope).diverged = true;
                self.append(Event::Written {
                    scope,
                    ordinal,
                    key: key.clone(),
                    value,
                });
                self.core.run.written.newest(&key)
            }
        };
        if let Some(position) = position {
            let version = self.core.run.written.get(position).map(|kept| kept.version);
            self.tell(version.map(|version| version.to_string()), version);
            self.pass(scope).values.insert(key, position);
        }
    }

    /// Sets a value if it still has this version. What came of it is in the journal:
    /// a value that was set as the write, one that was not as something told.
    pub(crate) fn swap(&mut self, scope: Option<u32>, key: String, version: u32, value: String) {
        let live = self.is_live(scope);
        let digest = Digest::of(value.as_bytes()).short();
        let what = format!("swap {version} {key} {digest}");
        let pass = self.pass(scope);
        let (asked, ordinal) = (pass.observe(&what), pass.writes);
        let same = !pass.diverged && !live;
        let refused = self.core.run.observed(scope, &what, asked).cloned();
        if let Some(told) = refused.filter(|_| same) {
            return self.conflict(&key, version, told.version.unwrap_or_default());
        }
        let written = &self.core.run.written;
        let known = written.repeated(scope, ordinal, &key, &value);
        let now = self
            .core
            .run
            .state
            .get(&key)
            .map_or(0, |entry| entry.version);
        if known.is_some_and(|_| same) || now == version {
            return self.write(scope, key, value);
        }
        if !live {
            self.append(Event::Observed {
                scope,
                what,
                ordinal: asked,
                value: None,
                version: Some(now),
            });
        }
        self.conflict(&key, version, now);
    }

    fn conflict(&mut self, key: &str, wanted: u32, now: u32) {
        let is = match now {
            0 => "there is no value yet".to_owned(),
            now => format!("it has version {now} now"),
        };
        let message = format!(
            "`{key}` was not set: it was to have version {wanted}, and {is}; read it again, then try again"
        );
        self.decision.version = Some(now);
        self.refuse(Failure::new("conflict", message));
    }

    pub(crate) fn save(&mut self, scope: Option<u32>, step: String, name: String, content: String) {
        let live = self.is_live(scope);
        let pass = self.pass(scope);
        let ordinal = pass.saves;
        pass.saves += 1;
        let same = !pass.diverged && !live;
        let path = format!("{step}/{name}");
        let known = self
            .core
            .run
            .saved
            .repeated(scope, ordinal, &path, &content)
            .filter(|_| same);
        let position = match known {
            Some(position) => Some(position),
            None => {
                self.pass(scope).diverged = true;
                self.append(Event::Saved {
                    scope,
                    ordinal,
                    step,
                    name,
                    content,
                });
                self.core.run.saved.newest(&path)
            }
        };
        if let Some(position) = position {
            self.pass(scope).texts.insert(path, position);
        }
    }

    pub(crate) fn observe(&mut self, scope: Option<u32>, what: String, value: Option<String>) {
        let stored = what
            .split_once(' ')
            .is_some_and(|(kind, _)| kind == "state" || kind == "artifact");
        if self.is_live(scope) {
            let told = self.stored(scope, &what).filter(|_| stored);
            return match told {
                Some(told) => self.tell(told.value, told.version),
                None => self.tell(value.filter(|_| !stored), None),
            };
        }
        let pass = self.pass(scope);
        let ordinal = pass.observe(&what);
        let diverged = pass.diverged;
        let known = self.core.run.observed(scope, &what, ordinal).cloned();
        if let Some(told) = known.filter(|_| !(stored && diverged)) {
            let mut version = told.version;
            if version.is_none() && told.value.is_some() && stored {
                // Told before versions were written down.
                version = self.stored(scope, &what).and_then(|now| now.version);
            }
            return self.tell(told.value, version);
        }
        let (value, version) = if stored {
            let told = self.stored(scope, &what);
            told.map_or((None, None), |told| (told.value, told.version))
        } else {
            let told = self.told_there(scope, &what, ordinal);
            (told.unwrap_or(value), None)
        };
        self.tell(value.clone(), version);
        self.append(Event::Observed {
            scope,
            what,
            ordinal,
            value,
            version,
        });
    }

    /// The value of `state KEY` or `artifact STEP/NAME`, as this guest should see it:
    /// the newest of what it set itself since it began and what others set after that.
    fn stored(&mut self, scope: Option<u32>, what: &str) -> Option<Told> {
        let (kind, name) = what.split_once(' ')?;
        let values = kind == "state";
        let pass = self.pass(scope);
        let own = if values { &pass.values } else { &pass.texts };
        let own = own.get(name).copied();
        let run = &self.core.run;
        let shelf = if values { &run.written } else { &run.saved };
        let seen: &Kept = shelf.seen(name, scope, own)?;
        Some(Told {
            value: Some(seen.text.clone()),
            version: values.then_some(seen.version),
        })
    }

    fn tell(&mut self, value: Option<String>, version: Option<u32>) {
        self.decision.value = value;
        self.decision.version = version;
    }

    /// Whether it is an agent or a command that speaks, and no guest.
    pub(crate) fn is_live(&self, scope: Option<u32>) -> bool {
        let work = scope
            .and_then(|scope| self.task(scope))
            .map(|task| &task.work);
        matches!(work, Some(Work::Turn(_) | Work::Command(_)))
    }

    pub(crate) fn declare(&mut self, key: String, schema: String) {
        if self.core.run.schemas.get(&key) != Some(&schema) {
            self.append(Event::Declared { key, schema });
        }
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

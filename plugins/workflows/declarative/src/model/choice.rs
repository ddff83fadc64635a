/// Options that mean the same to every engine: they hold whoever takes the turn.
const COMMON: [&str; 4] = ["directories", "fork", "max-turns", "tools"];

/// Who runs a prompt, and how. Each may be left to somebody more general.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    /// The engine's name.
    pub engine: Option<String>,
    /// One of the engine's models.
    pub model: Option<String>,
    /// Reasoning effort.
    pub effort: Option<String>,
    /// `read-only`, `workspace-write` or `full`.
    pub permissions: Option<String>,
    /// What the engine is told beside, in its own words.
    pub options: Vec<(String, String)>,
    /// Who takes over when the engine cannot go on, one after the other.
    pub fallbacks: Vec<Fallback>,
    /// When: at its `limit`, or when it is `down`.
    pub on: Vec<String>,
}

/// An engine that takes over.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fallback {
    /// Its name.
    pub engine: String,
    /// One of its models.
    pub model: Option<String>,
    /// Reasoning effort; none: what was said for the first one.
    pub effort: Option<String>,
    /// What it is told beside, in its own words.
    pub options: Vec<(String, String)>,
}

impl Choice {
    /// What holds when `choices` are asked from the most special to the most
    /// general. A model goes with the engine that is named beside it: it is not
    /// given to another one.
    pub fn resolve(choices: &[&Self]) -> Self {
        let first = |field: fn(&Self) -> &Option<String>| {
            choices.iter().find_map(|choice| field(choice).clone())
        };
        let engine = first(|choice| &choice.engine);
        let mut chosen = false;
        let mut model = None;
        let mut options = Vec::new();
        for choice in choices {
            let fits = if choice.engine.is_some() {
                choice.engine == engine
            } else {
                !chosen
            };
            chosen |= choice.engine.is_some();
            if fits && model.is_none() {
                model.clone_from(&choice.model);
            }
            let all = choice.options.iter();
            add(
                &mut options,
                all.filter(|(name, _)| fits || is_common(name)),
            );
        }
        // Who takes over is said beside the engine, and goes with it.
        let named = choices.iter().find(|choice| choice.engine.is_some());
        let (fallbacks, on) = named.map_or_else(Default::default, |choice| {
            (choice.fallbacks.clone(), choice.on.clone())
        });
        Self {
            engine,
            model,
            options,
            fallbacks,
            on,
            effort: first(|choice| &choice.effort),
            permissions: first(|choice| &choice.permissions),
        }
    }
}

impl Fallback {
    /// Its options, when it goes on after an engine that had these.
    pub fn options_after(&self, before: &[(String, String)]) -> Vec<(String, String)> {
        let mut options = self.options.clone();
        let held = before.iter();
        add(&mut options, held.filter(|(name, _)| is_common(name)));
        options
    }
}

fn is_common(option: &str) -> bool {
    COMMON.contains(&option)
}

/// Puts in what is not there yet.
fn add<'o>(options: &mut Vec<(String, String)>, more: impl Iterator<Item = &'o (String, String)>) {
    for (name, value) in more {
        if !options.iter().any(|(known, _)| known == name) {
            options.push((name.clone(), value.clone()));
        }
    }
}

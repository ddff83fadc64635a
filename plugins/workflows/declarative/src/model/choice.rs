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
        }
        // Who takes over is said beside the engine, and goes with it.
        let named = choices.iter().find(|choice| choice.engine.is_some());
        let (fallbacks, on) = named.map_or_else(Default::default, |choice| {
            (choice.fallbacks.clone(), choice.on.clone())
        });
        Self {
            engine,
            model,
            fallbacks,
            on,
            effort: first(|choice| &choice.effort),
            permissions: first(|choice| &choice.permissions),
        }
    }
}

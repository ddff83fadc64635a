//! How much a model thinks, in the words that its generation knows.

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Thinking {
    /// Nothing was said.
    Usual,
    /// An effort; the model decides how much it thinks.
    Effort(String),
    /// So many tokens.
    Budget(u32),
    /// Why it cannot be asked for.
    Cannot(String),
}

impl Thinking {
    pub(crate) fn of(model: &str, effort: Option<&str>) -> Self {
        let Some(effort) = effort else {
            return Self::Usual;
        };
        match generation(model) {
            Some(generation) if generation < (3, 7) => {
                Self::Cannot(format!("`{model}` does not think before it answers"))
            }
            Some(generation) if generation < (4, 6) => match effort {
                "low" | "minimal" => Self::Budget(2048),
                "medium" => Self::Budget(8192),
                "high" => Self::Budget(16_384),
                "xhigh" | "max" => Self::Budget(32_000),
                other => Self::Cannot(format!(
                    "`{other}` is no effort; there are `low`, `medium`, `high` and `max`"
                )),
            },
            _ => Self::Effort(effort.to_owned()),
        }
    }
}

/// `claude-opus-4-6` and `claude-3-7-sonnet-20250219`; none of a name that has no numbers.
fn generation(model: &str) -> Option<(u32, u32)> {
    let parts: Vec<&str> = model.split(['-', '.', '@', '/']).collect();
    let small = |part: Option<&&str>| {
        let number: Option<u32> = part.and_then(|part| part.parse().ok());
        // A date is no version.
        number.filter(|number| *number < 100)
    };
    let at = (0..parts.len()).find(|at| small(parts.get(*at)).is_some())?;
    Some((small(parts.get(at))?, small(parts.get(at + 1)).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_generation_is_asked_in_its_own_words() {
        let high = |model: &str| Thinking::of(model, Some("high"));
        for model in [
            "claude-opus-4-7",
            "claude-sonnet-4.6",
            "claude-next",
            "claude-opus-5",
        ] {
            assert_eq!(high(model), Thinking::Effort("high".to_owned()), "{model}");
        }
        for model in [
            "claude-sonnet-4-5-20250929",
            "claude-sonnet-4-20250514",
            "claude-3-7-sonnet-20250219",
            "anthropic/claude-haiku-4.5",
        ] {
            assert_eq!(high(model), Thinking::Budget(16_384), "{model}");
        }
        assert!(matches!(
            high("claude-3-5-haiku-latest"),
            Thinking::Cannot(_)
        ));
        let odd = Thinking::of("claude-haiku-4-5", Some("enormous"));
        assert!(matches!(odd, Thinking::Cannot(_)));
        assert_eq!(Thinking::of("claude-3-5-haiku", None), Thinking::Usual);
    }
}

//! From a config to a policy.

use serde_json::Value;

use crate::fields::{At, listed};
use crate::mistake::Mistake;
use crate::policy::{Answer, Failed, KINDS, Limits, Policy, Rule, When, possible};

/// Decisions that need no text, and those that take one.
const PLAIN: &[&str] = &["next", "approve", "skip", "ask"];
const SAID: &[&str] = &["reply", "reject", "revise", "stop", "back", "ask"];

impl Policy {
    /// Reads a config: JSON, or nothing at all for the default policy. A config without
    /// `rules` has those of the default.
    ///
    /// # Errors
    ///
    /// The first mistake that is found.
    pub fn parse(config: &str) -> Result<Self, Mistake> {
        if config.trim().is_empty() {
            return Ok(Self::default());
        }
        let config: Value = serde_json::from_str(config)
            .map_err(|error| Mistake::new("", format!("it is not JSON: {error}")))?;
        if config.is_null() {
            return Ok(Self::default());
        }
        let at = At::new(&config, "");
        let fields = at.fields(&["limits", "rules", "otherwise"])?;
        let mut policy = Self::default();
        if let Some(value) = fields.get("limits") {
            policy.limits = limits(At::new(value, "limits"))?;
        }
        if let Some(value) = fields.get("rules") {
            let at = At::new(value, "rules");
            let Value::Array(list) = value else {
                return Err(at.wanted("a list of rules"));
            };
            let rules = list.iter().enumerate().map(|(number, value)| {
                let path = format!("rules[{number}]");
                rule(At::new(value, &path))
            });
            policy.rules = rules.collect::<Result<_, _>>()?;
        }
        if let Some(value) = fields.get("otherwise") {
            policy.otherwise = answer(At::new(value, "otherwise"))?;
        }
        Ok(policy)
    }
}

fn limits(at: At<'_>) -> Result<Limits, Mistake> {
    let mut limits = Limits::default();
    for (key, value) in at.fields(&["cost-usd", "tokens", "turns"])? {
        let path = at.below(key);
        let at = At::new(value, &path);
        match key.as_str() {
            "cost-usd" => limits.cost_usd = Some(at.money()?),
            "tokens" => limits.tokens = Some(at.count()?),
            _ => limits.turns = Some(at.small()?),
        }
    }
    Ok(limits)
}

fn rule(at: At<'_>) -> Result<Rule, Mistake> {
    let fields = at.fields(&["when", "decide"])?;
    let when = match fields.get("when") {
        Some(value) => when(At::new(value, &at.below("when")))?,
        None => When::default(),
    };
    let path = at.below("decide");
    let Some(value) = fields.get("decide") else {
        return Err(Mistake::new(
            &path,
            format!("it is missing; it may be {}", forms()),
        ));
    };
    let at = At::new(value, &path);
    let decide = answer(at)?;
    let word = decide.word();
    match when
        .kind
        .iter()
        .find(|kind| !possible(kind).contains(&word))
    {
        Some(kind) => Err(at.mistake(format!(
            "`{word}` is not possible for `{kind}`; there are {}",
            listed(possible(kind))
        ))),
        None => Ok(Rule { when, decide }),
    }
}

fn when(at: At<'_>) -> Result<When, Mistake> {
    const KEYS: &[&str] = &[
        "kind",
        "step",
        "speaker",
        "contains",
        "choices",
        "failed",
        "turns-below",
        "cost-below",
    ];
    let mut when = When::default();
    for (key, value) in at.fields(KEYS)? {
        let path = at.below(key);
        let at = At::new(value, &path);
        match key.as_str() {
            "kind" => when.kind = kinds(at)?,
            "step" => when.step = at.texts()?,
            "speaker" => when.speaker = at.texts()?,
            "contains" => when.contains = at.texts()?,
            "choices" => when.choices = at.texts()?,
            "failed" => when.failed = Some(failed(at)?),
            "turns-below" => when.turns_below = Some(at.small()?),
            _ => when.cost_below = Some(at.money()?),
        }
    }
    Ok(when)
}

fn kinds(at: At<'_>) -> Result<Vec<String>, Mistake> {
    let kinds = at.texts()?;
    match kinds.iter().find(|kind| !KINDS.contains(&kind.as_str())) {
        Some(kind) => Err(at.mistake(format!(
            "there is no kind `{kind}`; there are {}",
            listed(KINDS)
        ))),
        None => Ok(kinds),
    }
}

fn failed(at: At<'_>) -> Result<Failed, Mistake> {
    match at.value.as_str() {
        Some("none") => Ok(Failed::None),
        Some("any") => Ok(Failed::Any),
        _ => Err(at.wanted("`none` or `any`")),
    }
}

/// `next`, or `{ reply: a text }`.
fn answer(at: At<'_>) -> Result<Answer, Mistake> {
    if let Some(word) = at.value.as_str() {
        return match word {
            "next" => Ok(Answer::Next),
            "approve" => Ok(Answer::Approve),
            "skip" => Ok(Answer::Skip),
            "ask" => Ok(Answer::Ask(None)),
            word if SAID.contains(&word) => {
                Err(at.mistake(format!("`{word}` needs a text, as in `{word}: a text`")))
            }
            word => Err(at.mistake(format!("there is no `{word}`; it may be {}", forms()))),
        };
    }
    if !at.value.is_object() {
        return Err(at.wanted(&forms()));
    }
    let mut fields = at.fields(SAID)?.iter();
    let (Some((key, value)), None) = (fields.next(), fields.next()) else {
        return Err(at.wanted(&format!("exactly one of {}, with a text", listed(SAID))));
    };
    let text = At::new(value, &at.below(key)).text()?;
    Ok(match key.as_str() {
        "reply" => Answer::Reply(text),
        "reject" => Answer::Reject(text),
        "revise" => Answer::Revise(text),
        "stop" => Answer::Stop(text),
        "back" => Answer::Back(text),
        _ => Answer::Ask(Some(text)),
    })
}

fn forms() -> String {
    format!("{}, or one of {} with a text", listed(PLAIN), listed(SAID))
}

//! How much may be used, and how often something is tried: `budget`, `concurrency`,
//! `classes`, `retry`.

use super::fields::{Fields, Text, short};
use super::{duration, word};
use crate::model::{Budget, Class, Retry};
use crate::problem::Problems;
use crate::suggest;
use crate::yaml::Value;

const BUDGET: &str = "budget: { tokens: 2M, usd: 5, minutes: 90, warn: 80 }";
const RETRY: &str = "retry: { attempts: 3, backoff: 10s, on: [unavailable] }";
/// What may be tried again.
const FAILURES: [&str; 4] = ["unavailable", "exhausted", "timeout", "other"];
/// How much of a class may go on at once.
const PLACES: u32 = 10_000;

/// `retry:` of a step or an agent: how often, or more about it.
pub(super) fn retry(fields: &Fields<'_>, problems: &mut Problems) -> Option<Retry> {
    let node = fields.node("retry")?;
    if !matches!(node.value, Value::Map { .. }) {
        return Some(Retry {
            attempts: fields.count("retry", 100, problems)?,
            ..Retry::default()
        });
    }
    let inner = Fields::of("`retry`", node, RETRY, problems)?;
    if inner.node("attempts").is_none() {
        problems.error(
            node.at,
            "`retry` does not say how often",
            format!("write `{RETRY}`"),
        );
    }
    let mut on = Vec::new();
    for class in inner.texts("on", problems) {
        if FAILURES.contains(&class.text) {
            on.push(class.owned());
        } else {
            problems.error(
                class.at,
                format!("there is no kind of failure `{}`", short(class.text)),
                suggest::help(class.text, FAILURES, "possible"),
            );
        }
    }
    let retry = Retry {
        attempts: inner.count("attempts", 100, problems).unwrap_or(1),
        backoff: duration::read(&inner, "backoff", problems),
        on,
    };
    inner.finish(&["attempts", "backoff", "on"], &[], problems);
    Some(retry)
}

/// `budget:` of the workflow.
pub(super) fn budget(fields: &Fields<'_>, problems: &mut Problems) -> Budget {
    let read = |problems: &mut Problems| {
        let inner = Fields::of("`budget`", fields.node("budget")?, BUDGET, problems)?;
        let budget = Budget {
            tokens: amount(&inner, "tokens", &tokens, problems),
            usd: amount(&inner, "usd", &number, problems),
            minutes: amount(&inner, "minutes", &number, problems),
            warn: inner.count("warn", 100, problems),
        };
        let none = ["tokens", "usd", "minutes"]
            .iter()
            .all(|key| inner.node(key).is_none());
        if none {
            problems.error(
                fields.key("budget")?,
                "`budget` limits nothing",
                format!("write `{BUDGET}`, or some of these"),
            );
        }
        inner.finish(&["tokens", "usd", "minutes", "warn"], &[], problems);
        Some(budget)
    };
    read(problems).unwrap_or_default()
}

fn amount(
    fields: &Fields<'_>,
    key: &str,
    parse: &dyn Fn(&str) -> Option<f64>,
    problems: &mut Problems,
) -> Option<f64> {
    let text: Text<'_> = fields.text(key, problems)?;
    let amount = parse(text.text).filter(|amount| *amount > 0.0 && amount.is_finite());
    if amount.is_none() {
        let like = match key {
            "tokens" => "`500k` or `2M`",
            "usd" => "`5` or `2.50`",
            _ => "`90`",
        };
        problems.error(
            text.at,
            format!(
                "`{key}` must be a number more than 0, and is `{}`",
                short(text.text)
            ),
            format!("write it like {like}"),
        );
    }
    amount
}

fn number(text: &str) -> Option<f64> {
    let plain = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    plain.then(|| text.parse().ok()).flatten()
}

/// `500000`, `500k`, `2M`.
fn tokens(text: &str) -> Option<f64> {
    let scales = [('k', 1e3), ('K', 1e3), ('M', 1e6), ('m', 1e6)];
    let scaled = scales
        .iter()
        .find_map(|(unit, scale)| Some((text.strip_suffix(*unit)?, *scale)));
    let (digits, scale) = scaled.unwrap_or((text, 1.0));
    Some((number(digits.trim_end())? * scale).round())
}

/// `concurrency:` and `classes:` of the workflow.
pub(super) fn classes(fields: &Fields<'_>, problems: &mut Problems) -> Vec<Class> {
    let mut classes = Vec::new();
    if let Some(places) = fields.count("concurrency", PLACES, problems) {
        classes.push(Class {
            name: "agents".into(),
            places,
        });
    }
    let Some(node) = fields.node("classes") else {
        return classes;
    };
    let example = "classes: { agents: 6, builds: 1 }";
    let Some(inner) = Fields::of("`classes`", node, example, problems) else {
        return classes;
    };
    for (name, _) in fields.map("classes", problems) {
        let places = inner.count(&name.text, PLACES, problems);
        if !word::is_name(&name.text) {
            problems.error(
                name.at,
                format!("`{}` cannot be the name of a class", short(&name.text)),
                word::NAME_HELP,
            );
        } else if classes.iter().any(|class| class.name == name.text) {
            problems.error(
                name.at,
                "`concurrency` says how many agents there may be already",
                "keep one of the two",
            );
        } else if let Some(places) = places {
            classes.push(Class {
                name: name.text.clone(),
                places,
            });
        }
    }
    classes
}

#[cfg(test)]
mod tests {
    use super::tokens;

    #[test]
    fn numbers_of_tokens() {
        for (text, expected) in [
            ("500", Some(500.0)),
            ("500k", Some(500_000.0)),
            ("1.5M", Some(1_500_000.0)),
            ("2 M", Some(2_000_000.0)),
            ("2G", None),
            ("-2", None),
            ("1e9", None),
            ("k", None),
            ("", None),
        ] {
            assert_eq!(tokens(text), expected, "{text}");
        }
    }
}

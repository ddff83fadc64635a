//! What a run may use, as it is typed: `5usd`, `200ktok`, `30min`.

use cm_types::Budget;

use crate::trouble::Trouble;

/// Reads budgets, one for each unit. A plus in front means nothing where all are raised.
pub(crate) fn read(typed: &[String]) -> Result<Budget, Trouble> {
    let mut budget = Budget::default();
    for one in typed {
        let (amount, unit) = amount(one).ok_or_else(|| unreadable(one))?;
        let place = match unit {
            Unit::Tokens => &mut budget.tokens,
            Unit::Usd => &mut budget.usd,
            Unit::Minutes => &mut budget.minutes,
        };
        if place.replace(amount).is_some() {
            let message = format!("`{one}` limits what was limited before it");
            return Err(Trouble::usage("bad-budget", message).help("name each unit once"));
        }
    }
    Ok(budget)
}

/// The workflow's budget, with what was typed in the place of what it says.
pub(crate) fn settle(workflow: &Budget, typed: &[String]) -> Result<Budget, Trouble> {
    let typed = read(typed)?;
    Ok(Budget {
        tokens: typed.tokens.or(workflow.tokens),
        usd: typed.usd.or(workflow.usd),
        minutes: typed.minutes.or(workflow.minutes),
        warn: workflow.warn,
    })
}

enum Unit {
    Tokens,
    Usd,
    Minutes,
}

fn amount(typed: &str) -> Option<(f64, Unit)> {
    let text = typed.trim().to_ascii_lowercase();
    let text = text.strip_prefix('+').unwrap_or(&text);
    let (text, dollars) = match text.strip_prefix('$') {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.'));
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    let (times, unit) = match (unit.trim(), dollars) {
        ("" | "usd", true) | ("usd" | "dollars", false) => (1.0, Unit::Usd),
        ("tok" | "tokens", false) => (1.0, Unit::Tokens),
        ("ktok" | "k", false) => (1e3, Unit::Tokens),
        ("mtok" | "m", false) => (1e6, Unit::Tokens),
        ("min" | "minutes", false) => (1.0, Unit::Minutes),
        ("h" | "hours", false) => (60.0, Unit::Minutes),
        _ => return None,
    };
    let amount = number.parse::<f64>().ok()? * times;
    (amount.is_finite() && amount > 0.0).then_some((amount, unit))
}

fn unreadable(typed: &str) -> Trouble {
    let message = format!("`{typed}` is no budget");
    Trouble::usage("bad-budget", message).help(
        "a number that is more than 0 and its unit: 5usd, 200ktok, 1.5mtok, 30min, 2h; several as 5usd,30min",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(typed: &str) -> Option<Budget> {
        let typed: Vec<String> = typed.split(',').map(str::to_owned).collect();
        read(&typed).ok()
    }

    #[test]
    fn every_unit_is_read() {
        for (typed, tokens, usd, minutes) in [
            ("5usd", None, Some(5.0), None),
            ("+5usd", None, Some(5.0), None),
            ("$0.25", None, Some(0.25), None),
            ("200ktok", Some(200_000.0), None, None),
            ("+1.5Mtok", Some(1_500_000.0), None, None),
            ("900 tokens", Some(900.0), None, None),
            ("30min", None, None, Some(30.0)),
            ("2h,5usd,10ktok", Some(10_000.0), Some(5.0), Some(120.0)),
        ] {
            let wanted = Budget {
                tokens,
                usd,
                minutes,
                warn: None,
            };
            assert_eq!(budget(typed), Some(wanted), "{typed}");
        }
    }

    #[test]
    fn what_is_no_budget_is_refused() {
        for typed in [
            "",
            "5",
            "usd",
            "-5usd",
            "0usd",
            "5eur",
            "1.2.3usd",
            "nanusd",
            "infmin",
            "++5usd",
            "$5tok",
            "5usd,7usd",
            "1e9tok",
        ] {
            assert_eq!(budget(typed), None, "{typed}");
        }
    }

    #[test]
    fn what_is_typed_takes_the_place_of_what_the_workflow_says() {
        let workflow = Budget {
            tokens: Some(1_000.0),
            usd: Some(1.0),
            minutes: None,
            warn: Some(50),
        };
        let settled = settle(&workflow, &["7usd".to_owned()]).ok();
        let wanted = Budget {
            usd: Some(7.0),
            ..workflow
        };
        assert_eq!(settled, Some(wanted));
    }
}

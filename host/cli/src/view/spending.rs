//! Limits and budgets, in words.

use cm_orchestrator::{Event, Limit, Run, Status};
use cm_types::{Budget, Controller};

use super::{figures, text};

/// The line for an event about what a run may use, if it is worth one.
pub(crate) fn line(run: &Run, event: &Event) -> Option<String> {
    match event {
        Event::Limited {
            engine,
            model,
            until_ms,
            why,
            task,
        } => {
            // Of another run: said where something has to wait for it.
            if task.is_none() && !is_of_controller(run, engine) {
                return None;
            }
            let limit = Limit {
                engine: engine.clone(),
                model: model.clone(),
                until_ms: *until_ms,
                why: why.clone(),
            };
            let until = until(run, *until_ms, Some(&limit));
            Some(format!("… {until}: {}", text::one_line(why, 160)))
        }
        Event::Postponed { task, until_ms, .. } => {
            let task = run.task(*task)?;
            let step = text::one_line(&task.place.step, 60);
            let limit = run.limit_of(&task.work, until_ms.saturating_sub(1));
            Some(format!("… {step}: {}", until(run, *until_ms, limit)))
        }
        Event::Warned { percent, what } => Some(format!(
            "! {percent} % of the budget is used: {}",
            text::one_line(what, 160)
        )),
        Event::Raised { budget, by } => Some(format!(
            "▲ the budget is {} from here on, by {}",
            words(budget),
            text::one_line(by, 40)
        )),
        _ => None,
    }
}

fn is_of_controller(run: &Run, engine: &str) -> bool {
    match &run.controller {
        Some((Controller::Agent(turn), _)) => turn.engine.as_deref() == Some(engine),
        _ => false,
    }
}

/// What may be used: `200.0k tokens, $5.00, 30 minutes`; empty when there is no limit.
pub(crate) fn words(budget: &Budget) -> String {
    let tokens = budget
        .tokens
        .map(|it| format!("{} tokens", figures::tokens(it as u64)));
    let usd = budget.usd.map(|it| format!("${it:.2}"));
    let minutes = budget.minutes.map(|it| format!("{it} minutes"));
    let words: Vec<_> = [tokens, usd, minutes].into_iter().flatten().collect();
    words.join(", ")
}

/// Which limit a run was paused for: in dollars, tokens or minutes, as the orchestrator says
/// it.
fn spent(why: &str) -> Option<usize> {
    let units = ["$", " tokens are used", " minutes are used"];
    let begins = |at: usize, unit: &str| match at {
        0 => why.starts_with(unit),
        _ => why.contains(unit),
    };
    units
        .iter()
        .enumerate()
        .position(|(at, unit)| begins(at, unit))
}

/// What could be typed to let a run that was paused for this reason use as much again.
pub(crate) fn more(budget: &Budget, why: &str) -> String {
    let usd = budget.usd.map(|it| format!("+{it}usd"));
    let tokens = budget
        .tokens
        .map(|it| format!("+{}ktok", (it / 1e3).ceil()));
    let minutes = budget.minutes.map(|it| format!("+{it}min"));
    let mut words = [usd, tokens, minutes];
    match spent(why).and_then(|at| words.get_mut(at)?.take()) {
        Some(short) => short,
        None => words.into_iter().flatten().collect::<Vec<_>>().join(","),
    }
}

/// The same when nothing is known of the budget but why the run was paused.
pub(crate) fn some_more(why: &str) -> &'static str {
    match spent(why) {
        Some(1) => "+200ktok",
        Some(2) => "+30min",
        _ => "+5usd",
    }
}

/// What was used of it, for `cm show`; none when there is no budget.
pub(crate) fn used(run: &Run) -> Option<String> {
    let (used, budget) = (run.spending.used, &run.budget);
    let tokens = budget.tokens.map(|cap| {
        let (used, cap) = (figures::tokens(used.tokens), figures::tokens(cap as u64));
        format!("{used} of {cap} tokens")
    });
    let usd = budget
        .usd
        .map(|cap| format!("${:.2} of ${cap:.2}", used.usd));
    let minutes = budget.minutes.map(|cap| {
        let used = used.ms as f64 / 60_000.0;
        format!("{used:.1} of {cap} minutes")
    });
    let parts: Vec<_> = [tokens, usd, minutes].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!("budget: {}", parts.join(", ")))
}

/// Until when the run waits, and why; none when it does not.
pub(crate) fn waiting(run: &Run) -> Option<String> {
    if run.status() != Status::Waiting {
        return None;
    }
    let (until_ms, limit) = run.waits_until()?;
    let why = limit.map(|limit| format!(": {}", text::one_line(&limit.why, 160)));
    let until = until(run, until_ms, limit);
    Some(format!("{until}{}", why.unwrap_or_default()))
}

/// What a run that goes on still has to wait for, if that is a limit of usage.
pub(crate) fn held(run: &Run, now_ms: u64) -> Option<String> {
    let (until_ms, limit) = run.waits_until()?;
    let holds = limit.is_some() && until_ms > now_ms;
    holds.then(|| format!("… {}", until(run, until_ms, limit)))
}

/// `waiting until 14:05:00 (usage limit of claude)`.
pub(crate) fn until(run: &Run, until_ms: u64, limit: Option<&Limit>) -> String {
    let moment = figures::soon(run.updated_ms, until_ms);
    let whose = limit.map(|limit| {
        let name = text::one_line(&limit.name(), 60);
        format!(" (usage limit of {name})")
    });
    format!("waiting until {moment}{}", whose.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_more_of_what_is_used_up() {
        let budget = Budget {
            tokens: Some(2_500.0),
            usd: Some(5.0),
            minutes: Some(90.0),
            warn: None,
        };
        for (why, exactly, about) in [
            (
                "$5.00 of $5.00 are used; next is step `a`",
                "+5usd",
                "+5usd",
            ),
            (
                "2000 of 2500 tokens are used, and the next turn may take 1000",
                "+3ktok",
                "+200ktok",
            ),
            ("90.1 of 90.0 minutes are used", "+90min", "+30min"),
            ("", "+5usd,+3ktok,+90min", "+5usd"),
        ] {
            assert_eq!(more(&budget, why), exactly, "{why}");
            assert_eq!(some_more(why), about, "{why}");
        }
    }

    #[test]
    fn a_budget_in_words() {
        let budget = Budget {
            tokens: Some(200_000.0),
            usd: Some(5.0),
            minutes: Some(30.0),
            warn: None,
        };
        assert_eq!(words(&budget), "200.0k tokens, $5.00, 30 minutes");
        assert_eq!(words(&Budget::default()), "");
        let mut run = Run::default();
        run.budget = budget;
        let used = used(&run).unwrap_or_default();
        assert_eq!(
            used,
            "budget: 0 of 200.0k tokens, $0.00 of $5.00, 0.0 of 30 minutes"
        );
    }

    #[test]
    fn a_limit_names_the_engine_and_the_moment() {
        let event = Event::Limited {
            engine: "claude".into(),
            model: Some("opus".into()),
            until_ms: 7_200_000,
            why: "5-hour limit\nreached".into(),
            task: Some(0),
        };
        let line = line(&Run::default(), &event).unwrap_or_default();
        assert!(line.starts_with("… waiting until "), "{line}");
        let end = " (usage limit of claude opus): 5-hour limit reached";
        assert!(line.ends_with(end), "{line}");
    }
}

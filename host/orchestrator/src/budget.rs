//! What a run may use: nothing is begun that it may not pay for.

use cm_types::{Budget, Failure, Work};

use crate::{Amount, Event, Run, core::Turn};

/// Who pauses a run that may use no more.
pub const BUDGET: &str = "budget";

/// At how much of the budget somebody is told, in percent, when nobody said.
const WARN_PERCENT: u32 = 80;

/// What a turn uses at most when none was seen yet. Less where the budget is less: then
/// the first one goes out alone.
const UNKNOWN_TOKENS: u64 = 50_000;
const UNKNOWN_USD: f64 = 0.5;

/// Cents that do not add up exactly are no reason to stop.
const CENT_DUST: f64 = 1e-9;

/// One thing that is limited.
struct Line {
    used: f64,
    /// What is at work may still use so much.
    reserved: f64,
    /// One more turn may use so much.
    next: f64,
    cap: f64,
    show: fn(f64) -> String,
    unit: &'static str,
}

impl Line {
    fn is_short(&self) -> bool {
        self.used >= self.cap || self.used + self.reserved + self.next > self.cap + CENT_DUST
    }

    fn so_far(&self) -> String {
        let (used, cap) = ((self.show)(self.used), (self.show)(self.cap));
        format!("{used} of {cap}{} are used", self.unit)
    }

    fn why(&self) -> String {
        if self.used >= self.cap {
            return self.so_far();
        }
        let next = (self.show)(self.next);
        let at_work = match self.reserved > 0.0 {
            true => format!(", what is at work may take {}", (self.show)(self.reserved)),
            false => String::new(),
        };
        format!(
            "{}{at_work}, and the next turn may take {next}",
            self.so_far()
        )
    }

    fn percent(&self) -> f64 {
        match self.cap > 0.0 {
            true => self.used / self.cap * 100.0,
            false => 100.0,
        }
    }
}

impl Run {
    /// What a turn uses at most when none was seen yet.
    fn unknown(&self) -> Amount {
        let least = |cap: Option<f64>, usual: f64| match cap {
            Some(cap) if cap < usual => cap.max(0.0),
            _ => usual,
        };
        Amount {
            tokens: least(self.budget.tokens, UNKNOWN_TOKENS as f64) as u64,
            usd: least(self.budget.usd, UNKNOWN_USD),
            ms: 0,
        }
    }

    /// What is limited, when this work is to be sent out next.
    fn lines(&self, now_ms: u64, next: Option<&Work>) -> Vec<Line> {
        let used = self.used(now_ms);
        let unknown = self.unknown();
        let (reserved, next) = match next {
            Some(Work::Turn(turn)) => (
                self.spending.reserved(unknown),
                self.spending.estimate(&turn.agent, unknown),
            ),
            _ => Default::default(),
        };
        let line = |cap: Option<f64>, of: fn(Amount) -> f64, show, unit| {
            cap.map(|cap| Line {
                used: of(used),
                reserved: of(reserved),
                next: of(next),
                cap,
                show,
                unit,
            })
        };
        let lines = [
            line(self.budget.tokens, |it| it.tokens as f64, count, " tokens"),
            line(self.budget.usd, |it| it.usd, money, ""),
            line(
                self.budget.minutes,
                |it| it.ms as f64 / 60_000.0,
                minutes,
                " minutes",
            ),
        ];
        lines.into_iter().flatten().collect()
    }

    /// Why the budget does not allow this work, if it does not. Programs that are no
    /// agents only use time.
    pub fn cannot_pay(&self, work: &Work, now_ms: u64) -> Option<String> {
        if self.budget.is_none() {
            return None;
        }
        let is_turn = matches!(work, Work::Turn(_));
        let lines = self.lines(now_ms, Some(work));
        let mut lines = lines
            .iter()
            .filter(|line| is_turn || line.unit == " minutes");
        lines.find(|line| line.is_short()).map(Line::why)
    }
}

impl Turn<'_> {
    /// Tells once when much of the budget is used.
    pub(crate) fn warn(&mut self) {
        let run = &self.core.run;
        if self.core.closed || run.warned || run.budget.is_none() {
            return;
        }
        let warn = run.budget.warn.unwrap_or(WARN_PERCENT);
        let lines = run.lines(self.now_ms, None);
        let much = lines.iter().find(|line| line.percent() >= f64::from(warn));
        let Some(much) = much else { return };
        let (percent, what) = (much.percent() as u32, much.so_far());
        self.append(Event::Warned { percent, what });
    }

    /// Nothing that is at work brings anything on, and what comes next cannot be paid for.
    pub(crate) fn pause_for_budget(&mut self, why: String) {
        if self.core.run.paused.is_none() {
            self.append(Event::Paused {
                reason: Some(why),
                by: BUDGET.to_owned(),
            });
        }
    }

    pub(crate) fn raise(&mut self, more: &Budget, by: String) {
        let amounts = [more.tokens, more.usd, more.minutes];
        if more.is_none()
            || amounts
                .iter()
                .flatten()
                .any(|it| !(it.is_finite() && *it > 0.0))
        {
            let message =
                "a budget is raised by something more than nothing: `+5usd`, `+200ktok`, `+30min`";
            return self.refuse(Failure::new("bad-budget", message));
        }
        let budget = self.core.run.budget.raised(more);
        if budget == self.core.run.budget {
            let message = match self.core.run.budget.is_none() {
                true => "the run has no budget, so there is nothing to raise".to_owned(),
                false => format!(
                    "that has no limit in this run; limited are: {}",
                    words(&self.core.run.budget)
                ),
            };
            return self.refuse(Failure::new("no-such-limit", message));
        }
        self.append(Event::Raised {
            budget,
            by: by.clone(),
        });
        if self.is_paused_for_budget() {
            self.append(Event::Continued { by });
        }
    }

    pub(crate) fn is_paused_for_budget(&self) -> bool {
        let pause = self.core.run.paused.as_ref();
        pause.is_some_and(|pause| pause.by == BUDGET)
    }
}

fn words(budget: &Budget) -> String {
    let tokens = budget.tokens.map(|it| format!("{} tokens", count(it)));
    let usd = budget.usd.map(money);
    let minutes = budget
        .minutes
        .map(|it| format!("{} minutes", self::minutes(it)));
    let words: Vec<String> = [tokens, usd, minutes].into_iter().flatten().collect();
    words.join(", ")
}

fn count(tokens: f64) -> String {
    match tokens {
        0.0..10_000.0 => format!("{tokens:.0}"),
        10_000.0..1e6 => format!("{:.1}k", tokens / 1e3),
        _ => format!("{:.2}M", tokens / 1e6),
    }
}

fn money(usd: f64) -> String {
    match usd {
        0.0..1.0 => format!("${usd:.4}"),
        _ => format!("${usd:.2}"),
    }
}

fn minutes(minutes: f64) -> String {
    format!("{minutes:.1}")
}

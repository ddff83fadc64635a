//! What a turn used. The protocol leaves open what an agent's numbers mean.

use cm_sdk::engine::{Events, Request, Usage, json as read};
use serde_json::{Value, json};

use crate::preset::Meaning;

/// Tokens and money, as far as the agent tells.
#[derive(Debug)]
pub(crate) struct Tokens {
    meaning: Meaning,
    /// The session is a new one: it has used nothing.
    fresh: bool,
    /// What the session had used before this turn, if it is known.
    before: Option<Total>,
    cost_before: Option<f64>,
    /// What it has used now.
    after: Option<Total>,
    cost: Option<f64>,
    /// How much of the model's context is in use, and its size.
    context: Option<(u32, u32)>,
    /// The steps of the turn were told one by one.
    stepped: bool,
    settled: bool,
}

/// Token counts in the contract's sense.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Total {
    input: u32,
    cached: u32,
    output: u32,
    reasoning: u32,
}

impl Tokens {
    pub(crate) fn of(request: &Request, meaning: Meaning) -> Self {
        let named = match request.option("usage") {
            Some("turn") => Meaning::Turn,
            Some("session") => Meaning::Session,
            Some("process") => Meaning::Process,
            Some("last-step") => Meaning::LastStep,
            _ => meaning,
        };
        let before = request.previous("usage-total");
        let cost = request.previous("cost-total");
        Self {
            meaning: named,
            fresh: request.session.is_none(),
            before: before.as_deref().and_then(Total::parse),
            cost_before: cost.and_then(|cost| cost.parse().ok()),
            after: None,
            cost: None,
            context: None,
            stepped: false,
            settled: false,
        }
    }

    /// A `usage_update`: how full the context is, and what the session has cost.
    pub(crate) fn update(&mut self, update: &Value, at_work: bool) {
        if update.get("used").is_some() {
            self.context = Some((read::count(update, "/used"), read::count(update, "/size")));
        }
        let currency = read::text(update, "/cost/currency");
        if let (Some(cost), "USD" | "") = (read::money(update, "/cost/amount"), currency) {
            // What is told while a session is loaded was spent before.
            if at_work {
                self.cost = Some(cost);
            } else {
                self.cost_before = Some(cost);
            }
        }
    }

    /// A piece of a message may carry what the request to the model used.
    pub(crate) fn step(&mut self, update: &Value, events: &mut Events) {
        if let Some(usage) = update.pointer("/_meta/usage").filter(|it| it.is_object()) {
            self.stepped = true;
            events.usage(Total::read(usage).usage());
        }
    }

    /// The answer to the prompt: what the turn used is told, once.
    pub(crate) fn settle(&mut self, result: &Value, events: &mut Events) {
        if std::mem::replace(&mut self.settled, true) {
            return;
        }
        let told = result.get("usage").filter(|usage| usage.is_object());
        let quota = result
            .pointer("/_meta/quota/token_count")
            .filter(|usage| usage.is_object());
        let mut usage = match (told.map(Total::read), quota) {
            _ if self.stepped => Total::default().usage(),
            (Some(total), _) => self.since(total),
            (None, Some(quota)) => Total::quota(quota).usage(),
            (None, None) => Total::default().usage(),
        };
        if let Some(cost) = self.cost {
            let before = self.cost_before.filter(|before| *before <= cost);
            usage.cost_usd = Some(cost - before.unwrap_or(0.0));
            if before.is_none() && !self.fresh && self.cost_before.is_none() {
                usage
                    .options
                    .push(("cumulative".to_owned(), "true".to_owned()));
            }
        }
        let spent = usage.cost_usd.is_some_and(|cost| cost > 0.0);
        if usage.input > 0 || usage.output > 0 || spent {
            usage.options.dedup();
            events.usage(usage);
        } else if let (false, Some((used @ 1.., size))) = (self.stepped, self.context) {
            events.other("context", &json!({ "used": used, "size": size }));
        }
    }

    fn since(&mut self, total: Total) -> Usage {
        let mut usage = match self.meaning {
            Meaning::Turn | Meaning::Process => total.usage(),
            Meaning::LastStep => {
                let mut usage = total.usage();
                usage
                    .options
                    .push(("incomplete".to_owned(), "last-step".to_owned()));
                usage
            }
            Meaning::Session => {
                self.after = Some(total);
                match self.before {
                    // Numbers that fell were counted anew.
                    Some(before) if before.is_within(total) => total.without(before).usage(),
                    Some(_) => total.usage(),
                    None => total.usage(),
                }
            }
        };
        if self.meaning == Meaning::Session && self.before.is_none() && !self.fresh {
            // Too much is better than nothing where money is watched.
            usage
                .options
                .push(("cumulative".to_owned(), "true".to_owned()));
        }
        usage
    }

    /// What the session's next turn has to know.
    pub(crate) fn options(&self) -> Vec<(String, String)> {
        let mut options = Vec::new();
        if let Some(total) = self.after.or(self.before) {
            options.push(("usage-total".to_owned(), total.to_json()));
        }
        if let Some(cost) = self.cost.or(self.cost_before) {
            options.push(("cost-total".to_owned(), cost.to_string()));
        }
        options
    }
}

impl Total {
    /// As the protocol's draft has it. Whether what came from a cache is part of the
    /// input shows in the sum alone.
    fn read(usage: &Value) -> Self {
        let count = |key: &str| read::count(usage, key);
        let (input, output) = (count("/inputTokens"), count("/outputTokens"));
        let (cached, written) = (count("/cachedReadTokens"), count("/cachedWriteTokens"));
        let reasoning = count("/thoughtTokens");
        let sum = |more: &[u32]| more.iter().fold(0_u32, |sum, one| sum.saturating_add(*one));
        let total = count("/totalTokens");
        let bare = sum(&[input, output]);
        let whole = sum(&[bare, cached, written]);
        let apart = whole > bare && (total == whole || total == sum(&[whole, reasoning]));
        let thought = reasoning > 0
            && (total == sum(&[bare, reasoning]) || total == sum(&[whole, reasoning]));
        Self {
            input: if apart {
                sum(&[input, cached, written])
            } else {
                input
            },
            cached,
            output: if thought {
                sum(&[output, reasoning])
            } else {
                output
            },
            reasoning,
        }
    }

    /// As Gemini has it.
    fn quota(count: &Value) -> Self {
        Self {
            input: read::count(count, "/input_tokens"),
            cached: 0,
            output: read::count(count, "/output_tokens"),
            reasoning: 0,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        value.is_object().then(|| Self {
            input: read::count(&value, "/input"),
            cached: read::count(&value, "/cached"),
            output: read::count(&value, "/output"),
            reasoning: read::count(&value, "/reasoning"),
        })
    }

    fn to_json(self) -> String {
        json!({
            "input": self.input,
            "cached": self.cached,
            "output": self.output,
            "reasoning": self.reasoning,
        })
        .to_string()
    }

    fn is_within(self, other: Self) -> bool {
        self.input <= other.input && self.output <= other.output
    }

    fn without(self, before: Self) -> Self {
        Self {
            input: self.input.saturating_sub(before.input),
            cached: self.cached.saturating_sub(before.cached),
            output: self.output.saturating_sub(before.output),
            reasoning: self.reasoning.saturating_sub(before.reasoning),
        }
    }

    fn usage(self) -> Usage {
        Usage {
            input: self.input,
            cached: self.cached,
            output: self.output,
            reasoning: self.reasoning,
            cost_usd: None,
            options: Vec::new(),
        }
    }
}

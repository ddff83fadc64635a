//! From a policy and what is asked to a decision.

use cm_sdk::controller::{Decision, Observation};

use crate::facts::Facts;
use crate::policy::{Answer, Failed, Limits, Policy, When, possible};

impl Policy {
    /// What is decided. The same question always gets the same answer, and it is always
    /// one that is possible for this kind of question.
    pub fn decide(&self, observation: &Observation) -> Decision {
        let facts = Facts::of(observation);
        if let Some(limit) = self.limits.passed(&facts) {
            return Decision::Ask(limit);
        }
        let rule = self.rules.iter().enumerate().find(|(_, rule)| {
            rule.when.holds(observation, &facts) && rule.decide.fits(observation)
        });
        let (answer, place) = match rule {
            Some((at, rule)) => (&rule.decide, format!("rules[{at}]")),
            None => (&self.otherwise, "otherwise".to_owned()),
        };
        if !answer.fits(observation) {
            return Decision::Ask(format!(
                "No rule of the policy holds, and `{}` is not possible here.",
                answer.word()
            ));
        }
        // One more would pass the limit.
        let talks = observation.kind == "turn" && matches!(answer, Answer::Reply(_));
        match self
            .limits
            .turns
            .filter(|turns| talks && facts.turns >= *turns)
        {
            Some(turns) => Decision::Ask(too_often(turns)),
            None => answer.decision(&place),
        }
    }
}

impl Limits {
    /// Which limit is passed, in a sentence.
    fn passed(&self, facts: &Facts<'_>) -> Option<String> {
        if let Some(limit) = self.cost_usd {
            match facts.cost_usd {
                Some(cost) if cost > limit => {
                    return Some(format!(
                        "The run has cost {cost} US dollars, and the policy's limit is {limit}."
                    ));
                }
                None => {
                    return Some(
                        "The policy limits what the run may cost, and its engines do not say what it has cost; limit `tokens` instead.".to_owned(),
                    );
                }
                Some(_) => {}
            }
        }
        let tokens = facts.tokens;
        if let Some(limit) = self.tokens.filter(|limit| tokens > *limit) {
            return Some(format!(
                "The run has used {tokens} tokens, and the policy's limit is {limit}."
            ));
        }
        self.turns
            .filter(|limit| facts.turns > *limit)
            .map(too_often)
    }
}

fn too_often(limit: u32) -> String {
    format!("The policy has talked to this agent as often as it may: its limit is {limit}.")
}

impl When {
    fn holds(&self, observation: &Observation, facts: &Facts<'_>) -> bool {
        let said = [observation.text.as_str(), &facts.proposal];
        let said = said.map(str::to_lowercase);
        one_of(&self.kind, &observation.kind)
            && one_of(&self.step, &observation.step)
            && one_of(&self.speaker, &observation.speaker)
            && (self.contains.is_empty()
                || self.contains.iter().any(|wanted| {
                    said.iter()
                        .any(|text| text.contains(&wanted.to_lowercase()))
                }))
            && self
                .choices
                .iter()
                .all(|wanted| observation.choices.contains(wanted))
            && match self.failed {
                None => true,
                Some(Failed::None) => facts.failed.is_empty(),
                Some(Failed::Any) => !facts.failed.is_empty(),
            }
            && self.turns_below.is_none_or(|below| facts.turns < below)
            && self
                .cost_below
                .is_none_or(|below| facts.cost_usd.is_some_and(|cost| cost < below))
    }
}

fn one_of(wanted: &[String], value: &str) -> bool {
    wanted.is_empty() || wanted.iter().any(|wanted| wanted == value)
}

impl Answer {
    /// Whether the host would take it for this question.
    fn fits(&self, observation: &Observation) -> bool {
        let choices = &observation.choices;
        let offered = match self {
            Self::Reply(text) => choices.is_empty() || choices.contains(text),
            _ => true,
        };
        offered && possible(&observation.kind).contains(&self.word())
    }

    fn decision(&self, place: &str) -> Decision {
        match self.clone() {
            Self::Next => Decision::Next,
            Self::Reply(text) => Decision::Reply(text),
            Self::Skip => Decision::Skip,
            Self::Back(step) => Decision::Back(step),
            Self::Stop(reason) => Decision::Stop(reason),
            Self::Approve => Decision::Approve,
            Self::Reject(reason) => Decision::Reject(reason),
            Self::Revise(text) => Decision::Revise(text),
            Self::Ask(Some(reason)) => Decision::Ask(reason),
            Self::Ask(None) => {
                Decision::Ask(format!("The policy leaves this to a person (`{place}`)."))
            }
        }
    }
}

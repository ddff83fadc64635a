//! What can be chosen before a run, and who takes part then.

use std::collections::BTreeMap;

use crate::model::{Package, Question, Selector};
use crate::problem::{Position, Problems};
use crate::read::all_steps;
use crate::suggest;

/// How many ways to choose are looked at. A workflow may have more: what is found
/// in these is true all the same.
const MOST: usize = 512;
/// With more options than this nothing is looked at.
const OPTIONS: usize = 200;

/// One way to answer all questions.
#[derive(Clone, Debug, Default)]
struct Chosen<'m> {
    track: Option<&'m str>,
    conditions: Vec<&'m str>,
}

/// The ways to answer all questions.
pub(super) struct Ways<'m> {
    all: Vec<Chosen<'m>>,
    complete: bool,
}

/// How far a text has what it needs.
pub(super) enum Given {
    Always,
    /// Not when this was chosen.
    Not(String),
    Never,
}

impl<'m> Ways<'m> {
    pub(super) fn of(questions: &'m [Question]) -> Self {
        let options: usize = questions
            .iter()
            .map(|question| question.options.len())
            .sum();
        let mut ways = Self {
            all: Vec::new(),
            complete: options <= OPTIONS && questions.len() <= OPTIONS,
        };
        if ways.complete {
            ways.ask(questions, Chosen::default());
        }
        ways
    }

    fn ask(&mut self, questions: &'m [Question], chosen: Chosen<'m>) {
        if self.all.len() >= MOST {
            self.complete = false;
            return;
        }
        let Some((question, rest)) = questions.split_first() else {
            self.all.push(chosen);
            return;
        };
        let asked = question.when.is_met(chosen.track, &chosen.conditions);
        if !asked || question.options.is_empty() {
            return self.ask(rest, chosen);
        }
        if question.many {
            return self.any(question, 0, rest, chosen);
        }
        for option in &question.options {
            let mut chosen = chosen.clone();
            match question.tracks {
                true => chosen.track = Some(&option.id),
                false => chosen.conditions.push(&option.id),
            }
            self.ask(rest, chosen);
        }
    }

    /// With and without each option, from the one at `at` on.
    fn any(&mut self, question: &'m Question, at: usize, rest: &'m [Question], chosen: Chosen<'m>) {
        let Some(option) = question.options.get(at) else {
            return self.ask(rest, chosen);
        };
        let mut with = chosen.clone();
        with.conditions.push(&option.id);
        self.any(question, at + 1, rest, chosen);
        self.any(question, at + 1, rest, with);
    }

    /// Whether one of `givers` takes part whenever `taker` does. Each takes part
    /// when all its selectors are met.
    pub(super) fn given(&self, taker: &[&Selector], givers: &[Vec<&Selector>]) -> Given {
        let asks = |selectors: &[&Selector]| selectors.iter().any(|selector| !selector.is_empty());
        if givers.iter().any(|giver| !asks(giver)) {
            return Given::Always;
        }
        let mut missing = None;
        let mut ever = false;
        for chosen in &self.all {
            let met = |selectors: &[&Selector]| {
                selectors
                    .iter()
                    .all(|selector| selector.is_met(chosen.track, &chosen.conditions))
            };
            if !met(taker) {
                continue;
            }
            match givers.iter().any(|giver| met(giver)) {
                true => ever = true,
                false => missing = missing.or(Some(chosen)),
            }
        }
        match missing {
            None => Given::Always,
            Some(_) if !ever && self.complete => Given::Never,
            Some(chosen) => Given::Not(chosen.shown()),
        }
    }
}

impl Chosen<'_> {
    /// For messages: after "when".
    fn shown(&self) -> String {
        let mut ids: Vec<_> = self.track.iter().chain(&self.conditions).collect();
        ids.truncate(5);
        match ids.as_slice() {
            [] => "nothing is chosen".into(),
            [id] => format!("only `{id}` is chosen"),
            ids => {
                let ids: Vec<_> = ids.iter().map(|id| format!("`{id}`")).collect();
                format!("only {} are chosen", ids.join(", "))
            }
        }
    }
}

/// Whether every track and condition that is asked for can be chosen, and is
/// there once.
pub(crate) fn selectors(package: &Package, problems: &mut Problems) {
    let known = Known::of(&package.workflow.choices, problems);
    for question in &package.workflow.choices {
        known.check(&question.when, problems);
    }
    for step in all_steps(&package.workflow.steps) {
        known.check(&step.when, problems);
    }
    for agent in package.agents.values() {
        let entry = problems.enter(&agent.path);
        if let Some(when) = &agent.behaviour.when {
            known.check(when, problems);
        }
        for chained in &agent.chain {
            problems.enter(&chained.path);
            known.check(&chained.when, problems);
        }
        problems.enter(&entry);
    }
}

/// The ids of all options.
struct Known<'m> {
    tracks: BTreeMap<&'m str, Position>,
    conditions: BTreeMap<&'m str, Position>,
}

impl<'m> Known<'m> {
    fn of(questions: &'m [Question], problems: &mut Problems) -> Self {
        let mut known = Self {
            tracks: BTreeMap::new(),
            conditions: BTreeMap::new(),
        };
        for question in questions {
            let (what, options) = match question.tracks {
                true => ("tracks", &mut known.tracks),
                false => ("conditions", &mut known.conditions),
            };
            for option in &question.options {
                if let Some(first) = options.insert(&option.id, option.at) {
                    let message = format!(
                        "there are two {what} `{}`; the other one is in line {}",
                        option.id, first.line
                    );
                    problems.error(option.at, message, "give one of them another name");
                }
            }
        }
        known
    }

    fn check(&self, selector: &Selector, problems: &mut Problems) {
        let lists = [
            ("track", &selector.tracks, &self.tracks),
            ("condition", &selector.conditions, &self.conditions),
            ("condition", &selector.conditions_any, &self.conditions),
        ];
        for (what, names, known) in lists {
            for (name, at) in names {
                if known.contains_key(name.as_str()) || problems.full() {
                    continue;
                }
                let help = suggest::help(name, known.keys().copied(), &format!("{what}s"));
                problems.error(*at, format!("there is no {what} `{name}`"), help);
            }
        }
    }
}

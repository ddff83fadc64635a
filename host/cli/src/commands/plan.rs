//! What a run would do and may cost, before anything is spent.

use cm_types::{Budget, Outline, OutlineStep};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    exit::Exit,
    view::{figures, out, spending, table, text},
};

/// What a turn is taken to use, as long as nobody knows.
const TOKENS_OF_A_TURN: u64 = 50_000;

/// `cm run --plan --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Plan<'run> {
    /// The workflow's name for people.
    name: &'run str,
    /// Its steps, in the order they are written.
    steps: &'run [OutlineStep],
    /// How many turns of agents it comes to when each step is done once.
    turns: u32,
    /// Whether it may be more: some step does not say.
    at_least: bool,
    /// What it may use.
    budget: &'run Budget,
    /// How much may go on at once, by classes of resources.
    classes: &'run std::collections::BTreeMap<String, u32>,
    /// How many programs may run at once.
    parallel: u32,
    /// What all turns may use, as long as none was seen.
    estimated_tokens: u64,
}

/// Shows it. Nothing is started, and nothing written down.
pub(crate) fn show(outline: &Outline, budget: &Budget, parallel: u32, json: bool) -> Exit {
    let (turns, at_least) = turns(&outline.steps);
    let estimated_tokens = u64::from(turns) * TOKENS_OF_A_TURN;
    if json {
        out::json(&Plan {
            name: &outline.name,
            steps: &outline.steps,
            turns,
            at_least,
            budget,
            classes: &outline.classes,
            parallel,
            estimated_tokens,
        });
        return Exit::Done;
    }
    out::line(format!("{}\n", text::one_line(&outline.name, 80)));
    out::line(steps(outline));
    let or_more = if at_least { " or more" } else { "" };
    out::line(format!(
        "\nagents:   {turns} turns{or_more}, when every step is done once"
    ));
    out::line(format!("at once:  {}", at_once(outline, parallel)));
    let words = spending::words(budget);
    let words = if words.is_empty() {
        "no limit (set one: --budget 5usd)"
    } else {
        words.as_str()
    };
    out::line(format!("budget:   {words}"));
    out::line(format!(
        "estimate: {} tokens{or_more}, {} for each turn as long as none was seen",
        figures::tokens(estimated_tokens),
        figures::tokens(TOKENS_OF_A_TURN)
    ));
    if budget
        .tokens
        .is_some_and(|cap| cap < estimated_tokens as f64)
    {
        out::line(
            "note:     the estimate is above the budget; the run would pause and ask when it is used up",
        );
    }
    out::line("\nNothing was started.");
    Exit::Done
}

fn steps(outline: &Outline) -> String {
    let mut table = table::new(&["STEP", "KIND", "ENGINE", "AGENTS", "AFTER"]);
    for step in &outline.steps {
        let indent = "  ".repeat(depth(outline, step));
        let agents = match agents_of(step) {
            Some(0) => String::new(),
            Some(agents) => agents.to_string(),
            None => "?".to_owned(),
        };
        table.add_row([
            format!("{indent}{}", text::one_line(&step.id, 40)),
            text::one_line(&step.kind, 20),
            text::one_line(step.engine.as_deref().unwrap_or_default(), 20),
            agents,
            text::one_line(&step.needs.join(", "), 60),
        ]);
    }
    table::render(&table)
}

fn depth(outline: &Outline, step: &OutlineStep) -> usize {
    let mut depth = 0;
    let mut parent = step.parent.as_ref();
    while let Some(id) = parent
        && depth < 20
    {
        depth += 1;
        let outer = outline.steps.iter().find(|step| step.id == *id);
        parent = outer.and_then(|outer| outer.parent.as_ref());
    }
    depth
}

fn at_once(outline: &Outline, parallel: u32) -> String {
    let classes = outline.classes.iter();
    let classes: Vec<String> = classes
        .map(|(name, places)| format!("{} {places}", text::one_line(name, 40)))
        .collect();
    match classes.is_empty() {
        true => format!("{parallel} programs"),
        false => format!("{parallel} programs, of these {}", classes.join(", ")),
    }
}

/// How many agents a step comes to; none when it does not know.
fn agents_of(step: &OutlineStep) -> Option<u32> {
    let usual = match step.kind.as_str() {
        "agent" => Some(1),
        "step" => None,
        _ => Some(0),
    };
    step.agents.or(usual.filter(|_| !starts_others(step)))
}

/// Whether it may start further agents itself, nobody knows how many.
fn starts_others(step: &OutlineStep) -> bool {
    step.options.iter().any(|(name, _)| name == "agents")
}

/// How many turns all steps come to when each is done once, and whether it may be more:
/// some step does not say.
fn turns(steps: &[OutlineStep]) -> (u32, bool) {
    let at_least = steps.iter().any(|step| agents_of(step).is_none());
    let sum = steps.iter().fold(0_u32, |sum, step| {
        let agents = agents_of(step).unwrap_or(u32::from(step.kind == "agent"));
        sum.saturating_add(agents.saturating_mul(prompts(step)))
    });
    (sum, at_least)
}

/// How often an agent is told something: its prompt, and those that follow it.
fn prompts(step: &OutlineStep) -> u32 {
    let mut chains = step.options.iter().filter(|(name, _)| name == "chain");
    let chained = chains.find_map(|(_, many)| many.parse().ok());
    1_u32.saturating_add(chained.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(kind: &str, agents: Option<u32>, options: &[(&str, &str)]) -> OutlineStep {
        let options = options.iter();
        OutlineStep {
            kind: kind.into(),
            agents,
            options: options
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            ..OutlineStep::default()
        }
    }

    #[test]
    fn every_step_counts_for_itself_and_chained_prompts_count() {
        let known = [
            step("agent", Some(1), &[("chain", "2")]),
            step("parallel", Some(0), &[]),
            step("agent", Some(2), &[]),
            step("agent", None, &[]),
            step("run", Some(0), &[]),
        ];
        assert_eq!(turns(&known), (6, false));
    }

    #[test]
    fn what_may_start_others_comes_to_that_or_more() {
        for unknown in [
            step("agent", None, &[("agents", "a,b")]),
            step("step", None, &[]),
        ] {
            let agents = u32::from(unknown.kind == "agent");
            assert_eq!(turns(&[unknown]), (agents, true));
        }
    }
}

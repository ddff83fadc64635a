use std::collections::VecDeque;

use cm_sdk::workflow::{Decision, Error, Reply, Turn, turn};

use super::chain::Chain;
use super::host::Host;
use super::interpreter::Interpreter;
use super::prompt;
use super::render::Values;
use super::results::Output;
use crate::model::{AgentStep, Behaviour, Directives, Fallback};
use crate::read::Files;

/// What is said between a step and its agent.
pub(super) struct Conversation<'r> {
    step: &'r AgentStep,
    /// Of the step, and where that is silent of the agent's file.
    behaviour: Behaviour,
    inputs: Vec<(String, String)>,
    /// What was asked first; later turns are like it.
    pub(super) first: Turn,
    chain: Chain<'r>,
    /// The engine's name for it, if it gave one.
    pub(super) session: Option<String>,
    /// What the agent said last, all of it.
    pub(super) answer: String,
    /// Whether somebody may talk to it at its gates.
    converses: bool,
    /// The task of the last turn.
    about: Option<String>,
    /// How often the agent was asked for another answer since somebody spoke to it.
    asked_again: u32,
    /// Whether the last answer is known to be as it must be.
    fits: bool,
    /// What the agent has decided.
    verdict: Option<Decision>,
    /// What it was asked last, after the first prompt.
    pub(super) now: Option<String>,
    /// The engines that take over, and when.
    pub(super) fallbacks: VecDeque<Fallback>,
    pub(super) on: Vec<String>,
}

impl<'r> Conversation<'r> {
    /// Its first turn is what the step asks.
    pub(super) fn begin<H: Host + Files>(
        run: &Interpreter<'r, H>,
        id: &str,
        step: &'r AgentStep,
    ) -> Result<(Self, Turn), Error> {
        let own = run.agents.get(&step.name);
        let behaviour = own.map_or_else(
            || step.behaviour.clone(),
            |own| step.behaviour.or(&own.behaviour),
        );
        let mut inputs = Vec::new();
        for (name, template) in &step.input {
            inputs.push((name.clone(), run.text(template, &[])?));
        }
        let choice = run.choice(step);
        let mut first = turn(
            &step.name,
            prompt::of_step(&run.values(&inputs), id, step, own)?,
        );
        first.grants = run.grants(&behaviour, &inputs)?;
        if step.resume {
            let known = run
                .sessions
                .get(&(step.name.clone(), choice.engine.clone()));
            first.session = known.cloned();
        }
        first.engine = choice.engine;
        first.model = choice.model;
        first.effort = choice.effort;
        first.permissions = choice.permissions;
        first.options = choice.options;
        let interactive = behaviour.interactive.or(run.workflow.interactive);
        let conversation = Self {
            step,
            converses: interactive.unwrap_or(true) && run.workflow.drive.mode != "continuous",
            inputs,
            chain: Chain::of(own, &run.selection),
            session: first.session.clone(),
            first,
            answer: String::new(),
            about: None,
            asked_again: 0,
            fits: false,
            verdict: None,
            now: None,
            fallbacks: choice.fallbacks.into(),
            on: choice.on,
            behaviour,
        };
        let mut turn = conversation.first.clone();
        turn.schema = conversation.schema();
        Ok((conversation, turn))
    }

    /// The next chained prompt of the step `id`, with what to call it; none when all
    /// were given. What the agent said so far is the step's output in it.
    pub(super) fn go_on<H: Host + Files>(
        &mut self,
        run: &Interpreter<'r, H>,
        id: &str,
    ) -> Result<Option<(String, Turn)>, Error> {
        let Some(label) = self.chain.label(": ") else {
            return Ok(None);
        };
        let Some(chained) = self.chain.take() else {
            return Ok(None);
        };
        let answer = prompt::tail(&self.answer, self.step.tail);
        let values = Values {
            so_far: Some((id, &self.step.name, answer)),
            ..run.values(&self.inputs)
        };
        let text = values.text(&chained.prompt)?;
        Ok(Some((label, self.say(&text))))
    }

    /// A turn in which the agent is told something.
    pub(super) fn say(&mut self, text: &str) -> Turn {
        self.asked_again = 0;
        self.turn(text)
    }

    /// A turn in which the agent is asked for its answer once more; none when it was
    /// asked often enough.
    pub(super) fn ask_again(&mut self, text: &str) -> Option<Turn> {
        if self.asked_again >= self.behaviour.schema_retries.unwrap_or(2) {
            return None;
        }
        self.asked_again += 1;
        Some(self.turn(text))
    }

    /// How often the agent was asked for this answer.
    pub(super) fn asked(&self) -> u32 {
        self.asked_again + 1
    }

    fn turn(&mut self, text: &str) -> Turn {
        self.now = Some(text.into());
        Turn {
            prompt: match &self.session {
                Some(_) => text.into(),
                None => prompt::anew(&self.first.prompt, &self.answer, text),
            },
            session: self.session.clone(),
            schema: self.schema(),
            ..self.first.clone()
        }
    }

    /// The engine that it is with, as far as that is named.
    pub(super) fn engine(&self) -> Option<&str> {
        self.first.engine.as_deref()
    }

    /// Takes what the agent said, in the task `about`.
    pub(super) fn hear(&mut self, reply: &Reply, about: String) -> Output {
        self.about = Some(about);
        self.fits = false;
        if reply.session.is_some() {
            self.session.clone_from(&reply.session);
        }
        self.answer.clone_from(&reply.text);
        if let Some(decision @ (Decision::Approve | Decision::Reject(_) | Decision::Revise(_))) =
            &reply.decision
        {
            self.verdict = Some(decision.clone());
        }
        Output {
            text: prompt::tail(&self.answer, self.step.tail).into(),
            exit: reply.code,
            session: self.session.clone(),
        }
    }

    /// The schema that the engine is told: only the last answer of a chain must meet it,
    /// and an agent that somebody may want to talk to first is held to it only when it
    /// is asked again.
    pub(super) fn schema(&self) -> Option<String> {
        let schema = self.behaviour.schema.as_ref()?;
        let settles = !self.converses || self.asked_again > 0;
        (self.chain.is_over() && settles).then(|| schema.text.clone())
    }

    /// The schema that the last answer must meet and is not known to.
    pub(super) fn unchecked(&self) -> Option<&crate::model::Schema> {
        let schema = self.behaviour.schema.as_ref()?;
        (self.chain.is_over() && !self.fits).then_some(schema)
    }

    /// The last answer is as it must be.
    pub(super) fn accept(&mut self) {
        self.fits = true;
    }

    /// Why the agent says that the step must fail; none when it does not.
    pub(super) fn objection(&self) -> Option<&str> {
        match &self.verdict {
            Some(Decision::Reject(reason) | Decision::Revise(reason)) => Some(reason),
            _ => None,
        }
    }

    pub(super) fn approves(&self) -> bool {
        self.verdict == Some(Decision::Approve)
    }

    pub(super) fn chain(&self) -> &Chain<'r> {
        &self.chain
    }

    pub(super) fn answer(&self) -> &str {
        &self.answer
    }

    pub(super) fn name(&self) -> &'r str {
        &self.step.name
    }

    pub(super) fn inputs(&self) -> &[(String, String)] {
        &self.inputs
    }

    pub(super) fn about(&self) -> Option<&String> {
        self.about.as_ref()
    }

    /// Whether somebody looks at its turns where the mode leaves that to each agent.
    pub(super) fn interactive(&self) -> Option<bool> {
        self.behaviour.interactive
    }

    /// What its turns may tell the workflow.
    pub(super) fn directives(&self) -> Directives {
        self.behaviour.directives.clone().unwrap_or_default()
    }
}

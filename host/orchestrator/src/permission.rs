//! What agents ask to be allowed, and what was allowed for more than once.

use cm_types::{QuestionKind, QuestionWork, Span, Work};

use crate::{Event, Run, Task, core::Turn};

/// The options of a question in which its wish stands.
pub const TOOL: &str = "tool";
/// See [`TOOL`]: what the tool would be used for, as the engine put it.
pub const PATTERN: &str = "pattern";
/// See [`TOOL`]: exactly what it would be given, where the engine named no pattern.
pub const ARGUMENTS: &str = "arguments";

/// What an agent asks to be allowed. Two wishes are the same only when all of this is: a
/// pattern is never matched against anything, it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Of the agent: names of tools mean something only to their engine.
    pub engine: String,
    /// The tool's name as the engine calls it.
    pub tool: String,
    /// [`PATTERN`] or [`ARGUMENTS`].
    pub by: String,
    /// What stands there.
    pub what: String,
}

/// What an agent may do without asking again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    /// What.
    pub wish: Wish,
    /// For how long: never only once.
    pub span: Span,
    /// The step at which it was given.
    pub step: String,
    /// Who gave it.
    pub by: String,
    /// When: milliseconds since 1970 (UTC).
    pub at_ms: u64,
}

impl Permit {
    /// Who gave it, and for how long.
    pub fn giver(&self) -> String {
        format!("{} ({})", self.by, self.span.described())
    }
}

impl Task {
    /// The tool that it asks to be allowed.
    pub fn wish(&self) -> Option<&str> {
        let question = self.question()?;
        (question.kind == QuestionKind::Permission).then(|| value(question, TOOL))?
    }

    /// Whether somebody was told what came of this wish, so that it counts for nothing
    /// that is asked for again.
    pub(crate) fn is_spent(&self) -> bool {
        let failed = matches!(self.result(), Some(Err(_)));
        self.wish().is_some() && (self.told || failed)
    }

    /// Until when an answer counts: milliseconds since 1970.
    pub(crate) fn answer_until_ms(&self) -> Option<u64> {
        let ms = self.question().and(self.policy.timeout_ms)?;
        Some(self.attempted_ms?.saturating_add(ms.into()))
    }
}

impl Run {
    /// What a question asks to be allowed.
    pub fn wish(&self, task: u32) -> Option<Wish> {
        let task = self.task(task)?;
        let question = task.question()?;
        let tool = task.wish()?.to_owned();
        let (by, what) = [PATTERN, ARGUMENTS]
            .into_iter()
            .find_map(|name| Some((name, value(question, name)?)))?;
        let engine = match &self.task(task.scope?)?.work {
            Work::Turn(turn) => turn.engine.clone(),
            _ => None,
        };
        Some(Wish {
            engine: engine.unwrap_or_default(),
            tool,
            by: by.to_owned(),
            what: what.to_owned(),
        })
    }

    /// What was allowed before and covers exactly this question's wish.
    pub fn permit(&self, task: u32) -> Option<&Permit> {
        let wish = self.wish(task)?;
        let step = self.task(task)?.place.step.as_str();
        let holds = |permit: &&Permit| {
            permit.wish == wish && (permit.span == Span::Run || permit.step == step)
        };
        self.permits.iter().find(holds)
    }

    /// A question about a permission has its answer: keeps it when it is for more than
    /// once. What the host answers itself follows from what was kept before.
    pub(crate) fn permitted(&mut self, at_ms: u64, event: &Event) {
        let Event::Finished {
            task,
            result: Ok(reply),
            by: Some(by),
            ..
        } = event
        else {
            return;
        };
        let decision = reply.decision.as_ref();
        let span = decision.and_then(|decision| decision.approved_for());
        let (Some(span), Some(wish)) = (span, self.wish(*task)) else {
            return;
        };
        let Some(asked) = self.task(*task).filter(|_| span > Span::Once) else {
            return;
        };
        let permit = Permit {
            wish,
            span,
            step: asked.place.step.clone(),
            by: by.clone(),
            at_ms,
        };
        self.permits.push(permit);
    }

    /// The program was told what came of its wish.
    pub(crate) fn told_of(&mut self, id: u32, granted: bool) {
        let Some(task) = self.tasks.get_mut(id as usize) else {
            return;
        };
        task.told = true;
        let (scope, tool) = (task.scope, task.wish().map(str::to_owned));
        let turn = scope.and_then(|scope| self.tasks.get_mut(scope as usize));
        if let (Some(turn), Some(tool)) = (turn.filter(|_| !granted), tool)
            && !turn.denied.contains(&tool)
        {
            turn.denied.push(tool);
        }
    }
}

impl Turn<'_> {
    /// A program was told whether it may do what it asked for.
    pub(crate) fn told(&mut self, id: u32, granted: bool, why: Option<String>) {
        if self.task(id).is_some_and(|task| task.wish().is_some()) {
            self.append(Event::Told {
                task: id,
                granted,
                why,
            });
        }
    }
}

fn value<'question>(question: &'question QuestionWork, name: &str) -> Option<&'question str> {
    let mut options = question.options.iter();
    let (_, value) = options.find(|(known, _)| known == name)?;
    Some(value)
}

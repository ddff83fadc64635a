use cm_types::{Digest, Error, Placement, Policy, QuestionWork, RateLimit, Reply, Usage, Work};

use crate::{Answerer, Event, Late, Process, TaskKey};

/// A piece of work, from its request to its result.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Its number in the run.
    pub id: u32,
    /// The task in which it was asked for.
    pub scope: Option<u32>,
    /// What it is, by content.
    pub key: TaskKey,
    /// How many turns the same agent was asked for before.
    pub occurrence: u32,
    /// Where it stands.
    pub place: Placement,
    /// What is to be done.
    pub work: Work,
    /// Its limits.
    pub policy: Policy,
    /// How far it is.
    pub state: TaskState,
    /// How often it was sent out in all.
    pub attempts: u32,
    /// How often it was sent out since somebody last started or resumed the run.
    pub tries: u32,
    /// Tokens and money of all attempts; for questions: of the controller.
    pub usage: Usage,
    /// Tools the agent used, in all attempts.
    pub calls: u32,
    /// The program that was started last.
    pub process: Option<Process>,
    /// The conversation that its last attempt began.
    pub session: Option<String>,
    /// What its last attempt was told of a limit.
    pub limit: Option<RateLimit>,
    /// When it took as long as it may, in order.
    pub late: Vec<Late>,
    /// How often it was told to go on since it was begun anew.
    pub nudges: u32,
    /// It is being interrupted because it said nothing for so many milliseconds.
    pub(crate) nudge: Option<u64>,
    /// The tools that its last attempt, with the conversation it went on with, was not
    /// allowed to use.
    pub denied: Vec<String>,
    /// For questions about permissions: the program has its answer.
    pub told: bool,
    /// It was stopped on the way, to go on in its conversation.
    pub held: Option<Hold>,
    /// For questions: to whom it was given, when that is not as the mode says, and why.
    pub assigned: Option<(Answerer, Option<String>)>,
    /// For questions that are over: who answered.
    pub answered: Option<Answered>,
    /// Another run has done it: its number there.
    pub reused: Option<u32>,
    /// When it was asked for: milliseconds since 1970.
    pub requested_ms: u64,
    /// When it was sent out last.
    pub attempted_ms: Option<u64>,
    /// When it was over.
    pub finished_ms: Option<u64>,
}

/// How work goes on that was stopped on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hold {
    /// What a person says to the agent then.
    pub say: Option<String>,
    /// It said nothing for so many milliseconds.
    pub nudged: Option<u64>,
}

/// Who answered a question, having seen what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Who.
    pub by: String,
    /// The digest of what they were shown.
    pub shown: Option<Digest>,
}

/// How far a task is.
#[derive(Clone, Debug, PartialEq)]
pub enum TaskState {
    /// Waits for its turn, or for somebody to resume the run.
    Queued,
    /// Sent out.
    Running,
    /// Waits for a time.
    Waiting {
        /// Milliseconds since 1970 (UTC).
        until_ms: u64,
    },
    /// Waits for a person.
    Asking,
    /// With the controller, or next in its line.
    Judging,
    /// Over.
    Finished {
        /// Its place among all results of the run: what was over first has the
        /// smaller number.
        order: u64,
        /// What it gave.
        result: Result<Reply, Error>,
    },
}

impl Task {
    /// What it gave, if it is over.
    pub fn result(&self) -> Option<&Result<Reply, Error>> {
        match &self.state {
            TaskState::Finished { result, .. } => Some(result),
            _ => None,
        }
    }

    /// A task as this event has it.
    pub(crate) fn requested(at_ms: u64, event: &Event) -> Option<Self> {
        let Event::Requested {
            task,
            scope,
            key,
            occurrence,
            place,
            work,
            policy,
        } = event
        else {
            return None;
        };
        Some(Self {
            id: *task,
            scope: *scope,
            key: key.clone(),
            occurrence: *occurrence,
            place: place.clone(),
            work: (**work).clone(),
            policy: policy.clone(),
            state: TaskState::Queued,
            attempts: 0,
            tries: 0,
            usage: Usage::default(),
            calls: 0,
            process: None,
            session: None,
            limit: None,
            late: Vec::new(),
            nudges: 0,
            nudge: None,
            denied: Vec::new(),
            told: false,
            held: None,
            assigned: None,
            answered: None,
            reused: None,
            requested_ms: at_ms,
            attempted_ms: None,
            finished_ms: None,
        })
    }

    /// It is sent out.
    pub(crate) fn attempt(&mut self, at_ms: u64) {
        self.attempts = self.attempts.saturating_add(1);
        self.tries = self.tries.saturating_add(1);
        self.attempted_ms = Some(at_ms);
        // The last attempt's has ended, and the number of this one's is yet to come.
        self.process = None;
        self.limit = None;
        if self.held.is_none() {
            self.session = None;
            self.denied.clear();
        }
        self.state = match &self.work {
            Work::Question(_) => TaskState::Asking,
            Work::Talk(_) => TaskState::Judging,
            Work::Timer(timer) => TaskState::Waiting {
                until_ms: at_ms.saturating_add(timer.milliseconds.into()),
            },
            Work::Turn(_)
            | Work::Command(_)
            | Work::Step(_)
            | Work::Branch(_)
            | Work::Merge(_)
            | Work::Proof(_) => TaskState::Running,
        };
    }

    /// It is over.
    pub(crate) fn finish(&mut self, at_ms: u64, over: TaskState, answered: Option<Answered>) {
        let cancelled = matches!(
            &over,
            TaskState::Finished {
                result: Err(Error::Cancelled),
                ..
            }
        );
        let left = answered.is_some() || cancelled;
        if !(left && self.state == TaskState::Running) {
            // Else its program is only on its way out.
            self.process = None;
        }
        self.held = None;
        self.answered = answered;
        self.finished_ms = Some(at_ms);
        self.state = over;
    }

    /// Whether it counts against the number of programs that may run at once.
    pub fn takes_a_place(&self) -> bool {
        matches!(
            self.work,
            Work::Turn(_) | Work::Command(_) | Work::Branch(_) | Work::Merge(_)
        )
    }

    /// The class of which it takes a place.
    pub fn class(&self) -> &str {
        let usual = match self.work {
            Work::Turn(_) => "agents",
            _ => "commands",
        };
        self.policy.class.as_deref().unwrap_or(usual)
    }

    /// Whether a program may be at work for it: its own, or the controller's.
    pub fn may_have_a_program(&self) -> bool {
        match self.state {
            TaskState::Running => self.takes_a_place(),
            TaskState::Judging => true,
            // Held: its program may still be on its way out.
            TaskState::Queued => self.held.is_some(),
            _ => false,
        }
    }

    /// The question that it is, if it is one.
    pub fn question(&self) -> Option<&QuestionWork> {
        match &self.work {
            Work::Question(question) => Some(question),
            _ => None,
        }
    }

    /// Whether it is a question that waits for somebody's answer.
    pub fn is_open(&self) -> bool {
        let open = matches!(self.state, TaskState::Asking | TaskState::Judging);
        open && matches!(self.work, Work::Question(_))
    }
}

//! What a policy is made of.

/// A written policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Beyond these a person is asked, whatever the rules say.
    pub limits: Limits,
    /// The first one that holds decides.
    pub rules: Vec<Rule>,
    /// When none holds.
    pub otherwise: Answer,
}

/// How far it may go alone.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    /// What the run may have cost, in US dollars.
    pub cost_usd: Option<f64>,
    /// How many tokens it may have used.
    pub tokens: Option<u64>,
    /// How often it may talk to the agent of one step.
    pub turns: Option<u32>,
}

/// What is decided, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// All of it must hold.
    pub when: When,
    /// What is decided then.
    pub decide: Answer,
}

/// Conditions; one that is not given asks nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct When {
    /// One of these kinds of question.
    pub kind: Vec<String>,
    /// In one of these steps.
    pub step: Vec<String>,
    /// From one of these agents.
    pub speaker: Vec<String>,
    /// One of these stands in the text, in whatever case.
    pub contains: Vec<String>,
    /// All of these may be chosen.
    pub choices: Vec<String>,
    /// Whether something has failed.
    pub failed: Option<Failed>,
    /// It has talked to the agent of this step less often than this.
    pub turns_below: Option<u32>,
    /// The run has cost less than this, in US dollars.
    pub cost_below: Option<f64>,
}

/// Whether the last result of a step is a failure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Failed {
    /// Of no step.
    None,
    /// Of at least one.
    Any,
}

/// A decision as it is written.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Go on.
    Next,
    /// Say this, or choose it.
    Reply(String),
    /// Leave the step.
    Skip,
    /// Go back to this step.
    Back(String),
    /// End the run, for this reason.
    Stop(String),
    /// Yes.
    Approve,
    /// No, for this reason.
    Reject(String),
    /// Again, with this to change.
    Revise(String),
    /// Ask a person; without a text, with the policy's own reason.
    Ask(Option<String>),
}

/// The kinds of question there are.
pub(crate) const KINDS: &[&str] = &["question", "turn", "approval", "checkpoint", "permission"];

impl Answer {
    /// As it is written.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Reply(_) => "reply",
            Self::Skip => "skip",
            Self::Back(_) => "back",
            Self::Stop(_) => "stop",
            Self::Approve => "approve",
            Self::Reject(_) => "reject",
            Self::Revise(_) => "revise",
            Self::Ask(_) => "ask",
        }
    }
}

/// What may be decided about a kind of question.
pub(crate) fn possible(kind: &str) -> &'static [&'static str] {
    match kind {
        "question" => &["reply", "skip", "back", "stop", "ask"],
        "turn" => &["next", "reply", "skip", "back", "stop", "ask"],
        "approval" => &["approve", "reject", "revise", "skip", "back", "stop", "ask"],
        "checkpoint" => &["next", "skip", "back", "stop", "ask"],
        "permission" => &["approve", "reject", "skip", "back", "stop", "ask"],
        _ => &["ask"],
    }
}

impl Default for Policy {
    /// What holds without any config: approve what has passed its checks, let agents go
    /// on, and ask a person about everything else.
    fn default() -> Self {
        let rule = |kind: &str, failed, decide| Rule {
            when: When {
                kind: vec![kind.to_owned()],
                failed,
                ..When::default()
            },
            decide,
        };
        Self {
            limits: Limits::default(),
            rules: vec![
                rule("approval", Some(Failed::None), Answer::Approve),
                rule("turn", None, Answer::Next),
            ],
            otherwise: Answer::Ask(None),
        }
    }
}

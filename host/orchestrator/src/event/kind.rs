use crate::Event;

impl Event {
    /// The name of its kind, as it is written.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Started(_) => "started",
            Self::Resumed { .. } => "resumed",
            Self::Pinned { .. } => "pinned",
            Self::Unpinned { .. } => "unpinned",
            Self::Requested { .. } => "requested",
            Self::Attempted { .. } => "attempted",
            Self::Spawned { .. } => "spawned",
            Self::Turn { .. } => "turn",
            Self::Late { .. } => "late",
            Self::Told { .. } => "told",
            Self::Recorded { .. } => "recorded",
            Self::Retrying { .. } => "retrying",
            Self::Postponed { .. } => "postponed",
            Self::Limited { .. } => "limited",
            Self::Warned { .. } => "warned",
            Self::Raised { .. } => "raised",
            Self::Finished { .. } => "finished",
            Self::Reused { .. } => "reused",
            Self::Assigned { .. } => "assigned",
            Self::Held { .. } => "held",
            Self::Entrusted { .. } => "entrusted",
            Self::Switched { .. } => "switched",
            Self::Paused { .. } => "paused",
            Self::Continued { .. } => "continued",
            Self::Steered { .. } => "steered",
            Self::Declared { .. } => "declared",
            Self::Reopened { .. } => "reopened",
            Self::Written { .. } => "written",
            Self::Saved { .. } => "saved",
            Self::Observed { .. } => "observed",
            Self::Marked { .. } => "marked",
            Self::Noted { .. } => "noted",
            Self::Interrupted { .. } => "interrupted",
            Self::Ended { .. } => "ended",
        }
    }
}

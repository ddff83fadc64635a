//! What a controller is told before a run begins.

use cm_journal::Message;
use cm_orchestrator::Event;
use cm_types::Controller;
use tokio::sync::mpsc::UnboundedSender;

use crate::{conversation::Conversation, person, view::notice};

/// Where it comes from. A run in which it is typed begins with a pause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Brief {
    /// There is none.
    None,
    /// It was given with the command, and is kept with the run.
    Given,
    /// It is typed, until an empty line.
    Typed,
}

/// Waits for the workflow to name its controller, and sees to the rest.
pub(crate) struct Briefing<'person> {
    pub(crate) brief: Brief,
    /// Given up when the briefing is over: a run to which nobody can say anything does
    /// not wait for a word.
    pub(crate) voice: Option<UnboundedSender<Message>>,
    pub(crate) person: Option<&'person Conversation>,
}

impl Briefing<'_> {
    pub(crate) fn see(&mut self, event: &Event) {
        let Event::Entrusted { controller, .. } = event else {
            return;
        };
        let by = person::name();
        let Some(voice) = self.voice.take() else {
            return;
        };
        let brief = std::mem::replace(&mut self.brief, Brief::None);
        match (brief, controller, self.person) {
            (Brief::None, ..) => return,
            (Brief::Typed, Controller::Agent(agent), Some(person)) => {
                return person.brief(&agent.agent);
            }
            (Brief::Given, Controller::Component { name, .. }, _) => {
                return notice(&format!(
                    "the controller is a component, {name}: it cannot be briefed"
                ));
            }
            (Brief::Given, ..) => return,
            (Brief::Typed, ..) => {}
        }
        // Whoever drives the run has left: then nothing goes on.
        let _ = voice.send(Message::Continue { by });
    }
}

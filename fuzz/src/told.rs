use cm_sdk::engine::Event;

/// What a decoder may tell for each byte that it was told: call and outcome, text and
/// final answer, each escaped.
const TOLD_PER_BYTE: usize = 64;
/// And for none.
const TOLD_AT_LEAST: usize = 64 * 1024;

/// What a decoder has told.
#[derive(Default)]
pub(crate) struct Told {
    bytes: usize,
    finishes: usize,
    /// Whether the turn succeeded.
    pub(crate) ok: bool,
}

impl Told {
    pub(crate) fn hear(&mut self, event: &Event) {
        assert_eq!(self.finishes, 0, "`finish` is the last event");
        self.bytes += length(event);
        if let Event::Finish(finish) = event {
            self.finishes += 1;
            self.ok = finish.ok;
            assert_eq!(finish.ok, finish.failure.is_none());
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.finishes > 0
    }

    /// The turn is over, and so many bytes were its input.
    pub(crate) fn check(&self, input: usize) {
        assert_eq!(self.finishes, 1, "one `finish`");
        let most = TOLD_PER_BYTE * input + TOLD_AT_LEAST;
        assert!(self.bytes <= most, "told {} of {input}", self.bytes);
    }
}

fn length(event: &Event) -> usize {
    match event {
        Event::Session(text) | Event::Text(text) | Event::Thought(text) => text.len(),
        Event::Call(call) => call.id.len() + call.name.len() + call.arguments.len(),
        Event::Outcome(result) => result.id.len() + result.output.len(),
        Event::Usage(_) => 0,
        Event::Ask(ask) => ask.id.len() + ask.tool.len() + ask.arguments.len(),
        Event::Limit(limit) => limit.message.len(),
        Event::Finish(finish) => finish.text.len() + finish.reason.len(),
        Event::Other(other) => other.kind.len() + other.body.len(),
    }
}

/// How patient the host is with an agent, beside the time for an attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Patience {
    /// How often it is told to go on when it says nothing.
    pub nudges: Option<u32>,
    /// How long what it asks to be allowed waits for an answer, in milliseconds.
    pub ask: Option<u32>,
    /// How long its program may stay after the final answer, in milliseconds.
    pub exit: Option<u32>,
}

impl Patience {
    /// This, and what `general` says where this says nothing.
    pub fn or(self, general: Self) -> Self {
        Self {
            nudges: self.nudges.or(general.nudges),
            ask: self.ask.or(general.ask),
            exit: self.exit.or(general.exit),
        }
    }

    /// For the options of a policy.
    pub fn options(self) -> Vec<(String, String)> {
        let named = [
            ("nudges", self.nudges),
            ("ask-ms", self.ask),
            ("exit-ms", self.exit),
        ];
        let named = named.into_iter();
        let said = named.filter_map(|(name, value)| Some((name.to_owned(), value?.to_string())));
        said.collect()
    }
}

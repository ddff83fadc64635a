//! What to do with the contract's errors, the same for every world of `cm:flow`.
//!
//! Each world has its own generated types, so this is a macro and not a module.

/// Constructors for errors, and their message.
macro_rules! error_helpers {
    ($base:path, $example:literal) => {
        use $base as base;

        /// A failure that sending again would not mend.
        ///
        /// `code` is a stable name in kebab-case; `message` one sentence for a
        /// person.
        pub fn failure(code: &str, message: impl Into<String>) -> base::Failure {
            base::Failure {
                code: code.into(),
                message: message.into(),
                retry: false,
                retry_after_ms: None,
                details: None,
            }
        }

        /// The request itself is wrong.
        ///
        /// ```
        #[doc = $example]
        /// ```
        pub fn invalid(code: &str, message: impl Into<String>) -> base::Error {
            base::Error::Invalid(failure(code, message))
        }

        /// Something named does not exist.
        pub fn missing(code: &str, message: impl Into<String>) -> base::Error {
            base::Error::Missing(failure(code, message))
        }

        /// Anything else; `code` tells.
        pub fn other(code: &str, message: impl Into<String>) -> base::Error {
            base::Error::Other(failure(code, message))
        }

        /// What is known about an error; nothing for `cancelled`.
        pub fn details(error: &base::Error) -> Option<&base::Failure> {
            match error {
                base::Error::Invalid(failure)
                | base::Error::Denied(failure)
                | base::Error::Missing(failure)
                | base::Error::Unavailable(failure)
                | base::Error::Exhausted(failure)
                | base::Error::Other(failure) => Some(failure),
                base::Error::Cancelled => None,
            }
        }

        /// What an error says to a person.
        pub fn message(error: &base::Error) -> &str {
            details(error).map_or("it was cancelled", |failure| &failure.message)
        }
    };
}
pub(crate) use error_helpers;

/// Short forms of the records that a context takes.
macro_rules! request_helpers {
    () => {
        /// A place in the workflow: the step `id`, in no group.
        pub fn place(id: &str) -> Placement {
            Placement {
                step: id.into(),
                parent: None,
                label: None,
            }
        }

        /// One attempt, and the host's own limit of time.
        pub fn policy() -> Policy {
            Policy {
                timeout_ms: None,
                idle_ms: None,
                attempts: 1,
                backoff_ms: None,
                retry: Vec::new(),
                at_limit: None,
                class: None,
                options: Vec::new(),
            }
        }

        /// Grants nothing.
        pub fn no_grants() -> Grants {
            Grants {
                tools: Vec::new(),
                directives: Vec::new(),
                helpers: Vec::new(),
                servers: Vec::new(),
            }
        }

        /// A prompt for an agent, with the run's defaults for all else.
        pub fn turn(agent: &str, prompt: impl Into<String>) -> Turn {
            Turn {
                agent: agent.into(),
                engine: None,
                model: None,
                effort: None,
                instructions: None,
                prompt: prompt.into(),
                session: None,
                permissions: None,
                schema: None,
                workspace: None,
                grants: no_grants(),
                options: Vec::new(),
            }
        }

        /// A command for the shell. Values go into `environment`, never into
        /// `line`, where they would become code.
        pub fn command(line: &str, environment: Vec<(String, String)>) -> Command {
            Command {
                line: line.into(),
                environment,
                workspace: None,
                grants: no_grants(),
                options: Vec::new(),
            }
        }

        /// A question that any text answers.
        pub fn question(prompt: impl Into<String>) -> Question {
            Question {
                kind: "question".into(),
                speaker: None,
                about: None,
                prompt: prompt.into(),
                choices: Vec::new(),
                default: None,
                details: None,
                interactive: true,
                personal: false,
                options: Vec::new(),
            }
        }
    };
}
pub(crate) use request_helpers;

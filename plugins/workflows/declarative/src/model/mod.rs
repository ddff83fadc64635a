//! A workflow as it is understood: what `read` makes and `check` and `run` use.

mod agent;
mod behaviour;
mod choice;
mod data;
mod directives;
mod drive;
mod limits;
mod package;
mod patience;
mod question;
mod step;
mod work;
mod workflow;
mod workspace;

pub use agent::{Agent, Chained};
pub use behaviour::{Behaviour, Schema, Server};
pub use choice::{Choice, Fallback};
pub use data::Data;
pub use directives::{Directives, Goto, Loop, Signal, Target};
pub use drive::{Controller, Drive, Who};
pub use limits::{Budget, Class, Named, Produces, Retry};
pub use package::Package;
pub use patience::Patience;
pub use question::{Answer, Question, Selector};
pub use step::{Action, OnFailure, Step};
pub use work::{AgentStep, AskStep, CommandStep};
pub use workflow::{FileSource, StateKey, Workflow};
pub use workspace::{Merge, Workspace};

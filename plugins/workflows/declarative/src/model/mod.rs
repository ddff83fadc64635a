//! A workflow as it is understood: what `read` makes and `check` and `run` use.

mod agent;
mod behaviour;
mod choice;
mod data;
mod directives;
mod drive;
mod package;
mod question;
mod step;
mod work;
mod workflow;

pub use agent::{Agent, Chained};
pub use behaviour::{Behaviour, Schema, Server};
pub use choice::Choice;
pub use data::Data;
pub use directives::{Directives, Goto, Loop, Signal, Target};
pub use drive::{Controller, Drive, Who};
pub use package::Package;
pub use question::{Answer, Question, Selector};
pub use step::{Action, OnFailure, Step};
pub use work::{AgentStep, AskStep, CommandStep};
pub use workflow::{FileSource, StateKey, Workflow};

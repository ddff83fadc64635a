//! What an engine adapter promises, and whether it keeps it: cases that were recorded
//! from the real program, played through the component in every way that the world can
//! bring them.
//!
//! An adapter is a function from inputs to actions, so everything here is exact: no
//! program is started, no clock is read. [`Case`] is a recording and what it must come
//! to, a rule something
//! that holds for every adapter, and [`Report`] what was found. [`Past`] is what runs have recorded, and
//! [`redecode`] what another adapter makes of it.

mod bytes;
mod case;
mod judgement;
mod keep;
mod normal;
mod past;
mod play;
mod redecode;
mod report;
mod request;
mod rules;
mod subject;

pub use case::{Case, CaseError, Cases, Exchange, Exit, Wanted};
pub use judgement::{bless, judge};
pub use keep::{Veil, keep};
pub use normal::{event_json, normal};
pub use past::{Past, PastTurn};
pub use play::{Cut, Played};
pub use redecode::{Redecoded, redecode};
pub use report::{Check, Outcome, Report};
pub use request::AskedFor;
pub use subject::{Broken, Machine, Subject};

//! What the commands share that make packages: opening the directory of one, building
//! its components, looking it over, and signing it.

mod built;
mod compile;
mod encode;
mod open;
mod review;
mod scaffold;
mod signing;

pub(crate) use built::Built;
pub(crate) use compile::compile;
pub(crate) use open::{artifact, is_inside, open, outside};
pub(crate) use review::{CheckedWorkflow, Review, review};
pub(crate) use scaffold::scaffold;
pub(crate) use signing::{Key, key, password_for_new};

//! What is settled before a run begins: what the person chooses, and what is there.

pub(crate) mod budget;
pub(crate) mod choices;
pub(crate) mod engines;
pub(crate) mod mode;
pub(crate) mod project;
pub(crate) mod prompt;
pub(crate) mod settings;
pub(crate) mod specification;

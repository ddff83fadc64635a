//! What every decoder is fuzzed with: any bytes, cut anywhere, any end.

mod program;
mod service;
mod told;

pub use program::{turn, turn_with};
pub use service::talk;

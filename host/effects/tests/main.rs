//! Real children, mostly of `sh`. No test measures time; where one waits for something
//! that must happen, it waits long enough for the slowest machine.

mod ending;
mod killed;
mod lines;
mod locks;
mod many;
mod pipes;
mod place;
mod recorded;
mod starting;
mod support;
mod waiting;

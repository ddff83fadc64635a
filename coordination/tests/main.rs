//! The language of coordination scripts, from outside.

mod faults;
mod reading;
mod roundtrip;

//! The local driver: one run, on this machine, from its start or from its journal.
//!
//! It stands between the pure core and the rooms where things happen. Inputs go into
//! the [`ledger`](self), which asks the core and appends what it decides; once that is
//! on disk, and not before, the commands are performed: programs through
//! `cm-effects`, guests through `cm-runtime`.

mod asking;
mod attempt;
mod bell;
mod branch;
mod bundle;
mod catalog;
mod control;
mod desk;
mod directive;
mod dispatch;
mod drift;
mod drive;
mod ending;
mod engine_home;
mod error;
mod failure;
mod floor;
mod gone;
mod grants;
mod guest;
mod inbox;
mod judge;
mod kept;
mod ledger;
mod limits;
mod merge;
mod observer;
mod offering;
mod patience;
mod person;
mod pinning;
mod play;
mod preset;
mod probe;
mod programs;
mod proof;
mod question;
mod request;
mod schema;
mod servers;
mod shell;
mod stage;
mod standing;
mod stops;
mod times;
mod tools;
mod turn;
mod vigil;
mod wishes;
mod workspace;

pub use bell::{Bell, News, RING, Ringing};
pub use bundle::PackageBundle;
pub use catalog::{Catalog, Engine};
pub use control::{Control, Stop};
pub use drive::{Drive, end_leftovers};
pub use ending::Ending;
pub use engine_home::EngineHome;
pub use error::DriveError;
pub use gone::Gone;
pub use limits::Limits;
pub use observer::Observer;
pub use offering::{Gathered, gather};
pub use patience::{AFTER_ANSWER, COMMAND_TIME, TURN_IDLE, TURN_TIME};
pub use person::{Asked, Person, Word};
pub use probe::probe;
pub use programs::{ProgramFile, Programs};
pub use servers::{KnownServer, ServerDefinition, ServerOrigin, Servers};
pub use standing::Standing;

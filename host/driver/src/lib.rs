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
mod capture;
mod catalog;
mod control;
mod desk;
mod directive;
mod dispatch;
mod drive;
mod ending;
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
mod proof;
mod question;
mod request;
mod schema;
mod servers;
mod shell;
mod stage;
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
pub use error::DriveError;
pub use gone::Gone;
pub use limits::Limits;
pub use observer::Observer;
pub use offering::{Gathered, gather};
pub use patience::{AFTER_ANSWER, COMMAND_TIME, TURN_IDLE, TURN_TIME};
pub use person::{Asked, Person, Word};
pub use servers::{KnownServer, ServerDefinition, ServerOrigin, Servers};

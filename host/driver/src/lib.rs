//! The local driver: one run, on this machine, from its start or from its journal.
//!
//! It stands between the pure core and the rooms where things happen. Inputs go into
//! the [`ledger`](self), which asks the core and appends what it decides; once that is
//! on disk, and not before, the commands are performed: programs through
//! `cm-effects`, guests through `cm-runtime`.

mod asking;
mod attempt;
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
mod grants;
mod guest;
mod inbox;
mod judge;
mod kept;
mod ledger;
mod observer;
mod patience;
mod person;
mod question;
mod request;
mod schema;
mod servers;
mod shell;
mod stage;
mod stops;
mod tools;
mod turn;

pub use bundle::PackageBundle;
pub use catalog::{Catalog, Engine};
pub use control::{Control, Stop};
pub use drive::{Drive, end_leftovers};
pub use ending::Ending;
pub use error::DriveError;
pub use observer::Observer;
pub use patience::{COMMAND_TIME, TURN_IDLE, TURN_TIME};
pub use person::{Asked, Person, Word};
pub use servers::{KnownServer, ServerDefinition, ServerOrigin, Servers};

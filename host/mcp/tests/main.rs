//! Server, client and bridge over real sockets.

mod bridge;
mod clients;
mod ending;
mod hostile;
mod opening;
mod support;
mod tools;

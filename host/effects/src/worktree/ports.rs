use std::{collections::BTreeSet, io::ErrorKind, net::TcpListener};

use super::WorktreeError;

/// The most that one branch gets.
const MOST: u32 = 100;

/// Whether somebody listens at this port here.
pub(super) fn is_taken(port: u16) -> bool {
    let address = ("127.0.0.1", port);
    TcpListener::bind(address).is_err_and(|error| error.kind() == ErrorKind::AddrInUse)
}

/// So many ports that nobody listens at now, and that are not `taken`.
pub(super) fn free(wanted: u32, taken: &BTreeSet<u16>) -> Result<Vec<u16>, WorktreeError> {
    let failed = |source| WorktreeError::Ports { wanted, source };
    if wanted > MOST {
        let source = std::io::Error::other(format!("a branch gets at most {MOST}"));
        return Err(failed(source));
    }
    // All are held until the last is found, so that none comes twice.
    let (mut held, mut ports) = (Vec::new(), Vec::new());
    while (ports.len() as u32) < wanted {
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        held.push(listener);
        if !taken.contains(&port) {
            ports.push(port);
        } else if held.len() > 10_000 {
            return Err(failed(std::io::Error::other("all that are free are taken")));
        }
    }
    Ok(ports)
}

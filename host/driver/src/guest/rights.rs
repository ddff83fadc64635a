//! What a package may do. It gets what it declares; a directory without a manifest is the
//! person's own, and may do what they may.

use cm_registry::Package;
use cm_types::{Error, Failure};

pub(super) fn may_start_a_shell(package: &Package) -> Result<(), Error> {
    if package.declares_program("sh") {
        return Ok(());
    }
    let message = format!(
        "the package `{}` wants to run a command and does not declare that it does",
        package.name()
    );
    let grant = "in its cm.toml: [capabilities] programs = [\"sh\"]";
    Err(Error::Denied(
        Failure::new("undeclared-program", message).with_details(grant),
    ))
}

pub(super) fn may_read_the_project(package: &Package) -> Result<(), Error> {
    if package.reads_the_workspace() {
        return Ok(());
    }
    let message = format!(
        "the package `{}` wants to read files of the project and does not declare that it does",
        package.name()
    );
    let grant = "in its cm.toml: [capabilities] workspace = \"read\"";
    Err(Error::Denied(
        Failure::new("undeclared-workspace", message).with_details(grant),
    ))
}

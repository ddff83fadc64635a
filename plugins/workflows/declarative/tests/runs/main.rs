//! Whole runs against a host that answers from a script.

#[path = "../support/mod.rs"]
mod support;

mod directives;
mod files;
mod gates;
mod grants;
mod groups;
mod opening;
mod replay;
mod schemas;
mod selection;
mod steps;

use support::{FakeHost, Package};

/// A host for a package in which nothing is wrong.
fn host(text: &str, agents: &[&str]) -> FakeHost {
    let package = Package::new(text).with_agents(agents);
    let findings = package.check();
    assert_eq!(findings.problems, [], "{}", package.report());
    FakeHost::new(package)
}

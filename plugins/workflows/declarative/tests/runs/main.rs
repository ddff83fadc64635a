//! Whole runs against a host that answers from a script.

#[path = "../support/mod.rs"]
mod support;

mod directives;
mod engines;
mod files;
mod gates;
mod grants;
mod graphs;
mod groups;
mod limits;
mod opening;
mod proof;
mod replay;
mod schemas;
mod selection;
mod steps;
mod workspaces;

use support::{FakeHost, Package};

/// A host for a package in which nothing is wrong.
fn host(text: &str, agents: &[&str]) -> FakeHost {
    let package = Package::new(text).with_agents(agents);
    let findings = package.check();
    assert_eq!(findings.problems, [], "{}", package.report());
    FakeHost::new(package)
}

//! Packages are made, built, checked, packed, published and withdrawn.

mod beginning;
mod building;
mod checking;
mod components;
mod publishing;
mod signing;
mod withdrawing;

use crate::support::Cm;

/// What `cm.toml` of a small package says before its tables.
const HEAD: &str = "[package]\nname = \"notes\"\nversion = \"1.0.0\"\ndescription = \"Writes notes\"\nlicense = \"MIT\"\n";

/// A package `notes` without any fault.
fn notes() -> Cm {
    Cm::new()
        .file("notes/cm.toml", HEAD)
        .file(
            "notes/workflow.yaml",
            "name: Notes\nsteps:\n  - agent: writer\n",
        )
        .file(
            "notes/agents/writer.md",
            "Write a note about {!specification}.\n",
        )
        .file("notes/README.md", "# Notes\n")
}

/// The smallest component; it exports nothing.
fn component(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("a component")
}

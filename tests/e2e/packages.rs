//! Packages between machines: made, published, found, installed, changed, taken back.

mod getting;
mod killed;
mod lifecycle;
mod projects;
mod registry;

use crate::support::{Cm, Ran};

/// The `cm.toml` of `review` in this version, with these capabilities.
fn manifest(version: &str, capabilities: &str) -> String {
    format!(
        "[package]\nname = \"review\"\nversion = \"{version}\"\ndescription = \"Review a change\"\n\
         license = \"MIT\"\n\n[capabilities]\n{capabilities}\n"
    )
}

/// Writes `review` into `made/review`: a workflow that says its version.
fn write_review(cm: &Cm, version: &str, capabilities: &str) {
    cm.write("made/review/cm.toml", manifest(version, capabilities));
    cm.write(
        "made/review/workflow.yaml",
        format!("name: Review\nsteps: [{{ run: 'echo this is {version}' }}]\n"),
    );
    cm.write("made/review/README.md", "# Review\n\nReviews a change.\n");
}

/// `cm` with these words.
fn cm_does(cm: &Cm, words: &str) -> Ran {
    cm.run(words.split_whitespace())
}

//! A package in memory, and a host that answers as it is told and writes down
//! what it was asked.
#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "each test file uses its part"
)]

mod call;
mod host;
pub mod pages;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use cm_sdk::workflow::{Error, Findings, missing};
use cm_workflow_declarative::read::Files;

pub use call::Call;
pub use host::{FakeHost, by, decided, reply};

/// Files by path.
#[derive(Clone, Default)]
pub struct Package(pub BTreeMap<String, String>);

impl Package {
    /// From a text in which each file begins with a line `=== PATH`. A text that
    /// does not is the `workflow.yaml`.
    pub fn new(text: &str) -> Self {
        let mut files = BTreeMap::new();
        let mut path = "workflow.yaml".to_string();
        for line in text.split_inclusive('\n') {
            if let Some(next) = line.strip_prefix("=== ") {
                path = next.trim().into();
                files.insert(path.clone(), String::new());
            } else {
                let file: &mut String = files.entry(path.clone()).or_default();
                file.push_str(line);
            }
        }
        Self(files)
    }

    /// The same with agents that have a prompt, as far as they are not there.
    pub fn with_agents(mut self, names: &[&str]) -> Self {
        for name in names {
            let path = format!("agents/{name}.md");
            self.0
                .entry(path)
                .or_insert_with(|| format!("You are the {name}.\n"));
        }
        self
    }

    /// The same with this file.
    pub fn with_file(mut self, path: &str, text: &str) -> Self {
        self.0.insert(path.into(), text.into());
        self
    }

    pub fn check(&self) -> Findings {
        cm_workflow_declarative::check::check(self, "workflow.yaml")
    }

    /// What a check finds, as a person would read it.
    pub fn report(&self) -> String {
        self.report_of("workflow.yaml")
    }

    /// The same of another entry.
    pub fn report_of(&self, entry: &str) -> String {
        let findings = cm_workflow_declarative::check::check(self, entry);
        let mut report = String::new();
        for problem in &findings.problems {
            let kind = if problem.fatal { "error" } else { "warning" };
            writeln!(
                report,
                "{}:{}:{}: {kind}: {}",
                problem.path, problem.line, problem.column, problem.message
            )
            .unwrap();
            if let Some(help) = &problem.help {
                writeln!(report, "    {help}").unwrap();
            }
        }
        match &findings.outline {
            None => report.push_str("(no outline)\n"),
            Some(outline) => {
                let steps: Vec<_> = outline.steps.iter().map(|step| step.id.as_str()).collect();
                writeln!(report, "steps: {}", steps.join(", ")).unwrap();
            }
        }
        report
    }
}

impl Files for Package {
    fn paths(&self, prefix: &str) -> Vec<String> {
        self.0
            .keys()
            .filter(|path| path.starts_with(prefix))
            .cloned()
            .collect()
    }

    fn read(&self, path: &str) -> Result<String, Error> {
        self.0
            .get(path)
            .cloned()
            .ok_or_else(|| missing("missing", format!("there is no file `{path}`")))
    }
}

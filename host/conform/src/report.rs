use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};
use schemars::JsonSchema;
use serde::Serialize;

/// What was found about an adapter.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// The adapter's name.
    pub engine: String,
    /// What was looked at.
    pub checks: Vec<Check>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Check {
    /// The rule.
    pub rule: &'static str,
    /// The case; none when the rule is about the adapter as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// Whether it holds.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// Whether a rule holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "outcome", content = "why")]
pub enum Outcome {
    /// It does.
    Kept,
    /// It does not, for this reason.
    Broken(String),
}

impl Report {
    /// Those that do not hold.
    pub fn broken(&self) -> impl Iterator<Item = &Check> {
        let broken = |check: &&Check| check.outcome != Outcome::Kept;
        self.checks.iter().filter(broken)
    }

    /// The rules in the order in which they were looked at, with how many of their checks
    /// there were, and how many were broken.
    pub fn by_rule(&self) -> Vec<(&'static str, usize, usize)> {
        let mut rules: Vec<(&'static str, usize, usize)> = Vec::new();
        for check in &self.checks {
            let broken = usize::from(check.outcome != Outcome::Kept);
            match rules.iter_mut().find(|(rule, ..)| *rule == check.rule) {
                Some((_, all, bad)) => (*all, *bad) = (*all + 1, *bad + broken),
                None => rules.push((check.rule, 1, broken)),
            }
        }
        rules
    }

    /// Reports in the format of JUnit, for the pages of a CI service.
    ///
    /// # Errors
    /// When they cannot be written as XML.
    pub fn junit(reports: &[Self]) -> Result<String, quick_junit::SerializeError> {
        let mut xml = quick_junit::Report::new("cm conform");
        for report in reports {
            let mut suite = TestSuite::new(report.engine.as_str());
            for check in &report.checks {
                let status = match &check.outcome {
                    Outcome::Kept => TestCaseStatus::success(),
                    Outcome::Broken(why) => {
                        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                        status.set_message(why.as_str());
                        status
                    }
                };
                let name = check.case.as_deref().unwrap_or("adapter");
                let mut case = TestCase::new(format!("{name}: {}", check.rule), status);
                case.set_classname(report.engine.as_str());
                suite.add_test_case(case);
            }
            xml.add_test_suite(suite);
        }
        xml.to_string()
    }
}

//! What an agent says of its own work, when it thinks that it is done.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::text;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Proposal {
    summary: Option<String>,
    artifact: Option<String>,
    checklist: BTreeMap<String, bool>,
    open_questions: Vec<String>,
    confidence: Option<f64>,
}

/// In a few lines; none when it says nothing.
pub(crate) fn shown(json: &str) -> Option<String> {
    let proposal: Proposal = serde_json::from_str(json).ok()?;
    let mut lines = Vec::new();
    let summary = proposal.summary.as_deref().map(text::clean);
    lines.extend(summary.filter(|summary| !summary.trim().is_empty()));
    for (item, done) in &proposal.checklist {
        let sign = if *done { '✔' } else { '✘' };
        lines.push(format!("  {sign} {}", text::one_line(item, 100)));
    }
    for question in &proposal.open_questions {
        lines.push(format!("  ? {}", text::one_line(question, 200)));
    }
    let artifact = proposal.artifact.as_deref();
    lines.extend(artifact.map(|name| format!("  kept as {}", text::one_line(name, 100))));
    let confidence = proposal.confidence;
    lines.extend(confidence.map(|share| format!("  sure to {:.0} %", share * 100.0)));
    (!lines.is_empty()).then(|| lines.join("\n"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_proposal_in_lines() {
        let json = r#"{"summary":"Done.","checklist":{"tests":true,"docs":false},
            "open_questions":["Which port?"],"confidence":0.8}"#;
        let shown = super::shown(json).unwrap();
        assert_eq!(
            shown,
            "Done.\n  ✘ docs\n  ✔ tests\n  ? Which port?\n  sure to 80 %"
        );
        assert_eq!(super::shown("{}"), None);
        assert_eq!(super::shown("no JSON"), None);
    }
}

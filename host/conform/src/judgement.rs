use std::fs;

use crate::{
    AskedFor, Case, CaseError, Cases, Check, Cut, Outcome, Report, Subject,
    bytes::Loaded,
    event_json, normal,
    play::play,
    rules::{self, Scene, Verdict},
};

/// Looks at an adapter by its cases, and by what holds for every one.
///
/// # Errors
/// When a file of a case cannot be read.
pub fn judge(subject: &dyn Subject, engine: &str, cases: &Cases) -> Result<Report, CaseError> {
    let mut report = Report {
        engine: engine.to_owned(),
        checks: Vec::new(),
    };
    // Some engines can be asked for nothing without an option that says what they are.
    let first = cases.cases.iter().find(|case| case.refused.is_none());
    let usual = AskedFor {
        options: first
            .map(|case| case.request.options.clone())
            .unwrap_or_default(),
        ..AskedFor::default()
    };
    let silent = cases.cases.iter().any(|case| case.silent_end);
    report.add("imports nothing", None, rules::imports(subject));
    report.add("describes itself", None, rules::itself(subject));
    report.add("odd prompts", None, rules::prompts(subject, &usual));
    report.add("nonsense", None, rules::garbage(subject, &usual, silent));
    for case in &cases.cases {
        look(subject, cases, case, &mut report)?;
    }
    Ok(report)
}

fn look(
    subject: &dyn Subject,
    cases: &Cases,
    case: &Case,
    report: &mut Report,
) -> Result<(), CaseError> {
    let loaded = Loaded::read(cases, case)?;
    let played = play(subject, case, &loaded, &Cut::Whole);
    let scene = Scene {
        subject,
        case,
        loaded: &loaded,
        played: &played,
    };
    let name = Some(case.name.as_str());
    report.add("as recorded", name, rules::golden(cases, &scene)?);
    report.add("one finish", name, rules::contract(case, &played));
    report.add("the same twice", name, rules::twice(&scene));
    if case.refused.is_some() {
        return Ok(());
    }
    report.add("any cut", name, rules::pieces(&scene));
    report.add("cut off", name, rules::truncated(&scene));
    report.add("foreign lines", name, rules::foreign(&scene));
    report.add("a line of 10 MB", name, rules::long(&scene));
    Ok(())
}

impl Report {
    fn add(&mut self, rule: &'static str, case: Option<&str>, verdict: Verdict) {
        self.checks.push(Check {
            rule,
            case: case.map(str::to_owned),
            outcome: match verdict {
                Ok(()) => Outcome::Kept,
                Err(why) => Outcome::Broken(why),
            },
        });
    }
}

/// Writes what comes of the cases now into the files that say what must: for new cases,
/// and to see in a difference what a change does.
///
/// # Errors
/// When a file cannot be read or written.
pub fn bless(subject: &dyn Subject, cases: &Cases) -> Result<usize, CaseError> {
    let mut written = 0;
    for case in &cases.cases {
        let loaded = Loaded::read(cases, case)?;
        let played = play(subject, case, &loaded, &Cut::Whole);
        let scene = Scene {
            subject,
            case,
            loaded: &loaded,
            played: &played,
        };
        let events = normal(&played.events);
        let events = events.iter().map(event_json).collect();
        let outputs = [(&case.events, events), (&case.wrote, rules::wrote(&scene))];
        for (file, values) in outputs {
            let Some(file) = file else { continue };
            let path = cases.path(file);
            let lines: Vec<String> = values.iter().map(ToString::to_string).collect();
            let parent = path.parent().map_or(Ok(()), fs::create_dir_all);
            parent
                .and_then(|()| fs::write(&path, lines.join("\n") + "\n"))
                .map_err(|source| CaseError::Write { path, source })?;
            written += 1;
        }
    }
    Ok(written)
}

use std::path::Path;

use cm_conform::{CaseError, Cases, Outcome, Report};

use super::adapters::{Adapters, CASES};
use crate::{
    arguments::Conform,
    exit::Exit,
    trouble::Trouble,
    view::{out, text},
};

mod live;

pub(crate) fn run(arguments: &Conform) -> Result<Exit, Trouble> {
    if arguments.live {
        return report(arguments, &[live::run(&arguments.adapter)?], true);
    }
    let found = Adapters::find(&arguments.adapter)?;
    let file = arguments.cases.clone().or_else(|| found.cases());
    let wrong = |error: CaseError| Trouble::usage("bad-cases", error.to_string());
    let cases = match &file {
        Some(path) => Cases::read(path).map_err(wrong)?,
        None => Cases::default(),
    };
    if arguments.bless {
        for (name, adapter) in &found.list {
            let cases = cases.of(name);
            let written = cm_conform::bless(adapter, &cases).map_err(wrong)?;
            eprintln!("{name}: {written} files written");
        }
        return Ok(Exit::Done);
    }
    let mut reports = Vec::new();
    for (name, adapter) in &found.list {
        let cases = cases.of(name);
        reports.push(cm_conform::judge(adapter, name, &cases).map_err(wrong)?);
    }
    report(arguments, &reports, file.is_some())
}

/// Tells what was found. `cases`: whether there was anything to play.
fn report(arguments: &Conform, reports: &[Report], cases: bool) -> Result<Exit, Trouble> {
    if let Some(path) = &arguments.junit {
        junit(path, reports)?;
    }
    match arguments.json {
        true => out::json(&reports),
        false => show(reports, cases),
    }
    let broken = reports
        .iter()
        .any(|report| report.broken().next().is_some());
    Ok(if broken { Exit::Failed } else { Exit::Done })
}

fn junit(path: &Path, reports: &[Report]) -> Result<(), Trouble> {
    let xml =
        Report::junit(reports).map_err(|error| Trouble::new("no-report", error.to_string()))?;
    std::fs::write(path, xml).map_err(|error| {
        Trouble::new(
            "no-report",
            format!("`{}` cannot be written: {error}", path.display()),
        )
    })
}

fn show(reports: &[Report], cases: bool) {
    for report in reports {
        out::line(&report.engine);
        for (rule, all, broken) in report.by_rule() {
            let mark = if broken == 0 { "✔" } else { "✘" };
            let of = match (all, broken) {
                (1, _) => String::new(),
                (all, 0) => format!("  {all}"),
                (all, broken) => format!("  {broken} of {all} broken"),
            };
            out::line(format!("  {mark} {rule}{of}"));
        }
        for check in report.broken() {
            let Outcome::Broken(why) = &check.outcome else {
                continue;
            };
            let case = check.case.as_deref().map(|case| format!(" ({case})"));
            let why = text::clean(why).replace('\n', "\n    ");
            out::line(format!(
                "\n{}{}:\n    {why}",
                check.rule,
                case.unwrap_or_default()
            ));
        }
    }
    if !cases {
        eprintln!(
            "There are no recorded turns to play: {CASES} is missing (see `cm schema cases`)"
        );
    }
    let broken: usize = reports.iter().map(|report| report.broken().count()).sum();
    let all: usize = reports.iter().map(|report| report.checks.len()).sum();
    match broken {
        0 => eprintln!("All {all} checks hold."),
        broken => eprintln!("{broken} of {all} checks do not hold."),
    }
}

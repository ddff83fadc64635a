use std::path::{Path, PathBuf};

use cm_journal::{Ask, AskKind};
use cm_orchestrator::Run;

use super::target::Named;
use crate::{
    arguments::Inbox,
    exit::Exit,
    inbox::{self, Entry, Full},
    place,
    trouble::Trouble,
    view::{self, figures, out, proposal, table, text},
};

/// So many are shown to somebody who did not say how many.
const USUAL: usize = 50;
/// On a terminal, a project's path is cut to so many columns, at its beginning.
const PATH: usize = 40;

pub(crate) fn run(arguments: &Inbox) -> Result<Exit, Trouble> {
    let directory = arguments.dir.as_deref();
    match &arguments.run {
        Some(run) => one(run, directory, arguments.json),
        None => all(directory, arguments.limit, arguments.json),
    }
}

fn all(directory: Option<&Path>, limit: Option<usize>, json: bool) -> Result<Exit, Trouble> {
    let (entries, closed) = inbox::gather(&projects(directory)?);
    let exit = match closed.is_empty() {
        true => Exit::Done,
        false => Exit::Failed,
    };
    for (project, error) in &closed {
        let help = error
            .help()
            .map_or_else(String::new, |help| format!("; {help}"));
        view::notice(&format!(
            "what waits in {} is not in this list: {}{}",
            text::clean(&project.display().to_string()),
            text::clean(&error.to_string()),
            text::clean(&help),
        ));
    }
    let most = limit.unwrap_or(if json { usize::MAX } else { USUAL });
    let shown = entries.get(..most).unwrap_or(&entries);
    if json {
        out::json(&shown);
        return Ok(exit);
    }
    if entries.is_empty() {
        eprintln!("Nothing waits for you.");
        return Ok(exit);
    }
    list(shown);
    let more = entries.len().saturating_sub(shown.len());
    if more > 0 {
        eprintln!(
            "\n{more} more wait; see them: cm inbox --limit {}",
            entries.len()
        );
    }
    Ok(exit)
}

/// The one that was named, or all in which this person has run something.
fn projects(directory: Option<&Path>) -> Result<Vec<PathBuf>, Trouble> {
    if directory.is_some() {
        return Ok(vec![place::project(directory)?]);
    }
    let mut projects = inbox::known();
    // Nowhere to be is no reason to see nothing.
    if let Ok(here) = place::project(None)
        && !projects.contains(&here)
    {
        projects.push(here);
    }
    Ok(projects)
}

fn list(entries: &[Entry]) {
    let mut rows = table::new(&["RUN", "PROJECT", "STEP", "WHAT", "SINCE", "PROMPT"]);
    let home = std::env::var("HOME").unwrap_or_default();
    let width = match console::user_attended() {
        true => PATH,
        false => usize::MAX,
    };
    for entry in entries {
        rows.add_row([
            entry.run.clone(),
            short(&entry.project, &home, width),
            text::one_line(entry.step.as_deref().unwrap_or_default(), 30),
            entry.kind.clone(),
            figures::moment(entry.since_ms),
            prompt(entry),
        ]);
    }
    out::line(table::render(&rows));
    out::line("\nAnswer with:");
    if let [entry] = entries {
        for way in &entry.answer {
            out::line(format!("  {}", text::one_line(way, 200)));
        }
        return out::line(format!("All of it: cm inbox {}", entry.run));
    }
    let kinds = [
        AskKind::Question,
        AskKind::Turn,
        AskKind::Approval,
        AskKind::Checkpoint,
        AskKind::Permission,
        AskKind::Paused,
    ];
    for kind in kinds {
        if entries.iter().any(|entry| entry.wanted == kind) {
            let mut ways = inbox::ways(kind, "RUN", None).join(", ");
            let raised = |entry: &Entry| entry.answer.iter().any(|way| way.contains(" --budget "));
            if kind == AskKind::Paused && entries.iter().any(raised) {
                ways.push_str(" (--budget +5usd where the budget is spent)");
            }
            out::line(format!("  {:<11} {ways}", kind.as_str()));
        }
    }
    out::line("All of one: cm inbox RUN");
}

/// What is asked, in a line, with what can be answered.
fn prompt(entry: &Entry) -> String {
    let asked = match (entry.wanted, entry.prompt.is_empty()) {
        (AskKind::Turn, true) => "has finished".to_owned(),
        (AskKind::Turn, false) => format!("has finished; {}", entry.prompt),
        _ => entry.prompt.clone(),
    };
    match entry.choices.is_empty() {
        true => text::one_line(&asked, 80),
        false => {
            let choices = text::one_line(&entry.choices.join(" / "), 40);
            format!("{} ({choices})", text::one_line(&asked, 60))
        }
    }
}

/// A project's path, with `~` for the home and without its beginning when it is long.
fn short(project: &str, home: &str, width: usize) -> String {
    let below = project
        .strip_prefix(home)
        .filter(|below| !home.is_empty() && (below.is_empty() || below.starts_with('/')));
    let path = below.map_or_else(|| project.to_owned(), |below| format!("~{below}"));
    let path = text::clean(&path).replace(['\n', '\t'], " ");
    let count = path.chars().count();
    match count > width {
        true => {
            let end = path
                .chars()
                .skip(count.saturating_sub(width.saturating_sub(1)));
            format!("…{}", end.collect::<String>())
        }
        false => path,
    }
}

fn one(run: &str, directory: Option<&Path>, json: bool) -> Result<Exit, Trouble> {
    let (named, state) = Named::open(run, directory)?;
    let id = &named.id;
    let entries = full(id, &state);
    if json {
        out::json(&entries);
        return Ok(Exit::Done);
    }
    if entries.is_empty() {
        eprintln!("Nothing waits for you in run {id}. See how far it is: cm show {id}");
        return Ok(Exit::Done);
    }
    for (number, entry) in entries.iter().enumerate() {
        if number > 0 {
            out::line("");
        }
        show(entry, &state);
    }
    Ok(Exit::Done)
}

/// All that waits in a run, with all that can be looked at.
fn full(id: &str, run: &Run) -> Vec<Entry> {
    let start = run.start.clone().unwrap_or_default();
    let asks = Ask::all(run);
    let among = asks.iter().filter(|ask| ask.task.is_some()).count();
    let entry = |ask: Ask| {
        let names = (start.workflow.as_str(), run.outline.name.as_str());
        let mut entry = Entry::new(id, Path::new(&start.directory), names, ask, among);
        let task = entry.task.and_then(|task| run.task(task));
        let question = task.and_then(|task| task.question());
        let reason = || run.paused.as_ref().and_then(|pause| pause.reason.clone());
        if let Some(question) = question {
            entry.choices.clone_from(&question.choices);
        }
        entry.full = Some(Full {
            asked: match question {
                Some(question) => question.prompt.clone(),
                None => reason().unwrap_or_default(),
            },
            about: task
                .and_then(|task| run.about(task.id))
                .map(|reply| reply.text.clone()),
            details: question.and_then(|question| question.details.clone()),
            shown: task
                .and_then(|task| run.shown(task.id))
                .map(|digest| digest.to_string()),
        });
        entry
    };
    asks.into_iter().map(entry).collect()
}

fn show(entry: &Entry, run: &Run) {
    let step = entry.step.as_deref().map(|step| text::one_line(step, 60));
    let wants = match entry.wanted {
        AskKind::Question => "asks",
        AskKind::Turn => "has finished a turn",
        AskKind::Approval => "wants an approval",
        AskKind::Checkpoint => "is at a checkpoint",
        AskKind::Permission => "asks to be allowed something",
        AskKind::Paused => "is paused",
        _ => "waits",
    };
    let name = text::one_line(&entry.name, 80);
    let project = text::one_line(&entry.project, 200);
    out::line(format!("{name}: run {} in {project}", entry.run));
    let speaker = entry.speaker.as_deref().map(|it| text::one_line(it, 60));
    let speaker = match (entry.wanted, speaker) {
        (AskKind::Paused, Some(by)) => format!(" by {by}"),
        (_, Some(speaker)) if Some(&speaker) != step.as_ref() => format!(" ({speaker})"),
        _ => String::new(),
    };
    out::line(format!(
        "{} {wants}{speaker}, since {}",
        step.as_deref().unwrap_or("the run"),
        figures::moment(entry.since_ms)
    ));
    if let Some(why) = &entry.why {
        out::line(format!(
            "you are asked because {}",
            text::one_line(why, 300)
        ));
    } else if entry.personal {
        out::line("only a person may answer this");
    }
    let Some(full) = &entry.full else { return };
    if let Some(about) = &full.about {
        let about = text::clean(about);
        let lines: Vec<_> = about.trim().lines().map(|it| format!("  │ {it}")).collect();
        out::line(format!("\n{}", lines.join("\n")));
    }
    if let Some(proposal) = proposed(entry, run) {
        out::line(proposal);
    }
    for part in [Some(&full.asked), full.details.as_ref()]
        .into_iter()
        .flatten()
    {
        if !part.is_empty() {
            out::line(format!("\n{}", text::clean(part)));
        }
    }
    if !entry.choices.is_empty() {
        out::line("\nOne of:");
        for choice in &entry.choices {
            out::line(format!("  {}", text::one_line(choice, 400)));
        }
    }
    if matches!(entry.wanted, AskKind::Approval | AskKind::Permission)
        && let Some(shown) = &full.shown
    {
        out::line(format!("\n{shown}"));
    }
    out::line("\nAnswer with:");
    for way in &entry.answer {
        out::line(format!("  {}", text::one_line(way, 200)));
    }
}

/// What the agent says of its own work.
fn proposed(entry: &Entry, run: &Run) -> Option<String> {
    let reply = run.about(entry.task?)?;
    let (_, json) = reply.options.iter().find(|(name, _)| name == "proposal")?;
    let shown = proposal::shown(json)?;
    let lines: Vec<_> = shown.lines().map(|it| format!("  │ {it}")).collect();
    Some(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_cut_where_it_says_least() {
        assert_eq!(short("/home/ada/app", "/home/ada", PATH), "~/app");
        assert_eq!(short("/home/adam/app", "/home/ada", PATH), "/home/adam/app");
        assert_eq!(short("/srv/app", "", PATH), "/srv/app");
        let long = format!("/{}/end", "x".repeat(100));
        assert_eq!(short(&long, "/home/ada", usize::MAX), long);
        let cut = short(&long, "/home/ada", PATH);
        assert!(cut.starts_with("…x") && cut.ends_with("/end"), "{cut}");
        assert_eq!(cut.chars().count(), PATH);
    }
}

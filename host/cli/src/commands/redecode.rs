use std::collections::BTreeMap;

use cm_conform::{Past, Redecoded, redecode};
use cm_journal::Journal;
use schemars::JsonSchema;
use serde::Serialize;

use super::{adapters::Adapters, target::Named};
use crate::{
    arguments::Redecode,
    exit::Exit,
    place,
    trouble::Trouble,
    view::{figures, out, table, text},
};

/// A run of `cm redecode --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Row {
    /// The run.
    run: String,
    /// Its recorded turns.
    turns: Vec<Redecoded>,
}

pub(crate) fn run(arguments: &Redecode) -> Result<Exit, Trouble> {
    let mut adapters = Again::new(arguments)?;
    let mut rows = Vec::new();
    match (&arguments.run, arguments.since) {
        (Some(run), _) => {
            let Named { journal, id } = Named::find(run, arguments.place.dir.as_deref())?;
            rows.push(adapters.run(&journal, &id)?);
        }
        (None, since) => {
            let journal = place::journal_with_runs(arguments.place.dir.as_deref())?;
            let from_ms = since.map_or(0, figures::midnight);
            for row in journal.runs(usize::MAX)? {
                if row.started_ms >= from_ms {
                    rows.push(adapters.run(&journal, &row.id)?);
                }
            }
        }
    }
    rows.retain(|row| !row.turns.is_empty());
    let same = rows
        .iter()
        .all(|row| row.turns.iter().all(|turn| turn.same));
    match arguments.json {
        true => out::json(&rows),
        false => show(&rows),
    }
    Ok(if same { Exit::Done } else { Exit::Failed })
}

/// The adapters with which turns are decoded again, each loaded once.
struct Again {
    /// The one that was named, for turns of its engine.
    named: Option<Adapters>,
    installed: BTreeMap<String, Adapters>,
}

impl Again {
    fn new(arguments: &Redecode) -> Result<Self, Trouble> {
        let named = arguments.with.as_deref().map(Adapters::find).transpose()?;
        Ok(Self {
            named,
            installed: BTreeMap::new(),
        })
    }

    /// The recorded turns of a run, decoded again. Turns of engines that the named adapter
    /// is not for are left out.
    fn run(&mut self, journal: &Journal, id: &str) -> Result<Row, Trouble> {
        let mut past = Past::default();
        let broken = |error: std::io::Error| {
            Trouble::new(
                "no-recording",
                format!("a recording of run {id} cannot be read: {error}"),
            )
        };
        let blob =
            |digest: &cm_types::Digest| journal.blobs().get(digest).map_err(std::io::Error::other);
        for record in journal.events(id, 0)? {
            past.add(&record, blob).map_err(broken)?;
        }
        let mut turns = Vec::new();
        for turn in past.turns() {
            if let Some(adapters) = self.of(&turn.engine)?
                && let Some((_, adapter)) = adapters.named(&turn.engine)
            {
                turns.push(redecode(adapter, &turn));
            }
        }
        Ok(Row {
            run: id.to_owned(),
            turns,
        })
    }

    fn of(&mut self, engine: &str) -> Result<Option<&Adapters>, Trouble> {
        if let Some(named) = &self.named {
            return Ok(Some(named));
        }
        if !self.installed.contains_key(engine) {
            let adapters = Adapters::find(engine)?;
            self.installed.insert(engine.to_owned(), adapters);
        }
        Ok(self.installed.get(engine))
    }
}

fn show(rows: &[Row]) {
    if rows.is_empty() {
        eprintln!("No recorded turn of that engine was found");
        return;
    }
    let mut shown = table::new(&["RUN", "STEP", "ENGINE", "EVENTS", "TOKENS", "RESULT"]);
    let (mut turns, mut changed) = (0, 0);
    for row in rows {
        for turn in &row.turns {
            turns += 1;
            changed += usize::from(!turn.same);
            shown.add_row([
                row.run.clone(),
                text::one_line(&turn.step, 40),
                text::one_line(&turn.engine, 20),
                events(turn),
                tokens(turn),
                result(turn),
            ]);
        }
    }
    out::line(table::render(&shown));
    for (row, turn) in rows
        .iter()
        .flat_map(|row| row.turns.iter().map(move |turn| (row, turn)))
    {
        differences(&row.run, turn);
    }
    match (turns, changed) {
        (1, 0) => eprintln!("1 turn, as it was"),
        (turns, 0) => eprintln!("{turns} turns, all as they were"),
        (turns, changed) => eprintln!("{changed} of {turns} turns come out otherwise"),
    }
}

fn events(turn: &Redecoded) -> String {
    match turn.was == turn.is {
        true => format!("{} as before", turn.is.len()),
        false => format!("{} → {}", turn.was.len(), turn.is.len()),
    }
}

fn tokens(turn: &Redecoded) -> String {
    let [was, is] = turn.tokens;
    match was == is {
        true => figures::tokens(is),
        false => format!("{} → {}", figures::tokens(was), figures::tokens(is)),
    }
}

fn result(turn: &Redecoded) -> String {
    let word = |value: &serde_json::Value| match value.get("ok").and_then(|ok| ok.as_bool()) {
        Some(true) => "done",
        Some(false) => "failed",
        None => "not known",
    };
    let [was, is] = &turn.result;
    match (&turn.broken, was == is) {
        (Some(_), _) => "the adapter failed".into(),
        (None, true) => word(is).into(),
        (None, false) if word(was) == word(is) => format!("{}, another answer", word(is)),
        (None, false) => format!("{} → {}", word(was), word(is)),
    }
}

/// The lines that differ, like `diff -u`.
fn differences(run: &str, turn: &Redecoded) {
    if turn.same {
        return;
    }
    let lines = |values: &[serde_json::Value], result: &serde_json::Value| {
        let values = values.iter().chain([result]);
        values.map(|value| format!("{value}\n")).collect::<String>()
    };
    let was = lines(&turn.was, &turn.result[0]);
    let is = lines(&turn.is, &turn.result[1]);
    let diff = similar::TextDiff::from_lines(&was, &is);
    out::line(format!("\n{run} {}:", text::clean(&turn.step)));
    for line in diff.unified_diff().context_radius(1).to_string().lines() {
        out::line(text::one_line(line, 300));
    }
    if let Some(broken) = &turn.broken {
        out::line(text::clean(broken));
    }
}

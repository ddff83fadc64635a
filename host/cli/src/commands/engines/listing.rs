//! All engines: those that are here in a table, the others with what would bring them.

use std::path::Path;

use super::row::Row;
use crate::view::{out, table, text};

/// A terminal that is narrower has no room for paths.
const WIDE: u16 = 100;

pub(super) fn show(rows: &[Row]) {
    let terminal = console::user_attended().then(|| console::Term::stdout().size().1);
    let wide = terminal.is_none_or(|width| width >= WIDE);
    let (here, missing): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.installed);
    let mut heads = vec!["ENGINE", "VERSION", "SIGNED IN"];
    if wide {
        heads.push("PROGRAM");
    }
    let mut shown = table::new(&heads);
    let cells = here.iter().map(|row| {
        [
            text::one_line(&row.engine, 30),
            text::one_line(&row.version_in_words(), 60),
            text::one_line(&row.signed_in_in_words(), 30),
        ]
    });
    let cells: Vec<_> = cells.collect();
    let used: usize = (0..3)
        .map(|column| {
            let widths = cells
                .iter()
                .map(|row| console::measure_text_width(&row[column]));
            widths.max().unwrap_or_default().max(heads[column].len()) + 2
        })
        .sum();
    let room = terminal.map_or(usize::MAX, |width| {
        usize::from(width).saturating_sub(used + 2).max(20)
    });
    for (row, cells) in here.iter().zip(cells) {
        let program = wide.then(|| end_of(&program(row), room));
        shown.add_row(cells.into_iter().chain(program));
    }
    if !here.is_empty() {
        out::line(table::render(&shown));
    }
    let sign_in = here.iter().filter_map(|row| Some((*row, row.sign_in()?)));
    section(
        "Not signed in:",
        &sign_in.collect::<Vec<_>>(),
        here.is_empty(),
    );
    let missing: Vec<_> = missing.into_iter().filter_map(remedy).collect();
    section("Not installed:", &missing, here.is_empty());
    let broken = here.iter().filter(|row| row.signed_in != Some(false));
    let broken: Vec<_> = broken.copied().filter_map(remedy).collect();
    section("To be looked at:", &broken, here.is_empty());
}

fn remedy(row: &Row) -> Option<(&Row, &str)> {
    Some((row, row.remedy.as_deref()?))
}

/// A heading, and below it what to do for each.
fn section(heading: &str, rows: &[(&Row, &str)], first: bool) {
    if rows.is_empty() {
        return;
    }
    if !first {
        out::line("");
    }
    out::line(heading);
    let longest = rows.iter().map(|(row, _)| row.engine.len()).max();
    let longest = longest.unwrap_or_default().min(30);
    for (row, what) in rows {
        let name = text::one_line(&row.engine, 30);
        super::portrait::hanging(&format!("  {name:longest$}  "), &brief(row, what));
    }
}

/// Without what the heading and the name have said already.
fn brief(row: &Row, what: &str) -> String {
    let what = text::clean(what);
    let said = [
        format!("{} is not installed: ", row.name),
        format!("{} is not signed in: ", row.name),
    ];
    let rest = said
        .iter()
        .find_map(|said| what.strip_prefix(said.as_str()));
    rest.unwrap_or(&what).to_owned()
}

/// Where its programs were found; below the person's home with a `~`.
fn program(row: &Row) -> String {
    let found = row
        .programs
        .iter()
        .filter_map(|program| program.path.as_deref());
    let found: Vec<_> = found.map(at_home).collect();
    let mut shown = found.join(", ");
    if row.home.is_some() {
        shown.push_str(" (own home)");
    }
    text::one_line(&shown, usize::MAX)
}

/// The end of a text that is too long: of a path, that says most.
fn end_of(text: &str, room: usize) -> String {
    let count = text.chars().count();
    match count > room {
        true => {
            let over = count - room + 1;
            format!("…{}", text.chars().skip(over).collect::<String>())
        }
        false => text.to_owned(),
    }
}

pub(super) fn at_home(path: &Path) -> String {
    let home = std::env::var_os("HOME").unwrap_or_default();
    match path.strip_prefix(&home) {
        Ok(rest) if !home.is_empty() && home != "/" => format!("~/{}", rest.display()),
        _ => path.display().to_string(),
    }
}

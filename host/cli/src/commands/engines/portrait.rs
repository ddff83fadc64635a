//! One engine, with all there is to know of it.

use super::{listing::at_home, row::Row, row::StandingRow};
use crate::view::{out, text};

/// Where there is no terminal, lines are as long as they are.
const ENDLESS: usize = usize::MAX;

pub(super) fn show(row: &Row) {
    let name = text::one_line(&row.engine, 60);
    out::line(format!("{name}: {}", text::one_line(&row.name, 60)));
    let programs = row.programs.iter().map(|program| match &program.path {
        Some(path) => at_home(path),
        None => format!("`{}` is not on the PATH", program.name),
    });
    line("program", &programs.collect::<Vec<_>>().join(", "));
    line("version", &version(row));
    line("signed in", &row.signed_in_in_words());
    if let Some(home) = &row.home {
        line("home", &format!("{}, its own", at_home(home)));
    }
    line("variables set", &row.variables.join(", "));
    line("can", &row.features.join(", "));
    line("models", &row.models.join(", "));
    line("package", &row.package);
    let remedy = row.remedy.as_deref().unwrap_or_default();
    let what = match (&row.login, row.installed, row.signed_in) {
        (Some(login), true, Some(false)) => format!("{remedy}\nor here: {login}"),
        (Some(login), true, None) if remedy.is_empty() => format!("to sign in: {login}"),
        _ => remedy.to_owned(),
    };
    if !what.is_empty() {
        out::line("");
        text::clean(&what)
            .lines()
            .for_each(|line| hanging("", line));
    }
}

fn version(row: &Row) -> String {
    match row.standing {
        None if row.version.is_none() && !row.tested.is_empty() => {
            let words = row.version_in_words();
            let tested = format!("tested: {}", row.tested.join(", "));
            let words = Some(words).filter(|words| !words.is_empty());
            words.map_or(tested.clone(), |words| format!("{words} ({tested})"))
        }
        Some(StandingRow::Newer) => format!(
            "{}; everything is expected to work, and nobody has looked",
            row.version_in_words()
        ),
        _ => row.version_in_words(),
    }
}

/// Nothing for what there is nothing of.
fn line(what: &str, text: &str) {
    if !text.is_empty() {
        hanging(&format!("  {what:14}"), &text::clean(text));
    }
}

/// A text behind a beginning, with its further lines below its first one.
pub(super) fn hanging(beginning: &str, what: &str) {
    let width = match console::user_attended() {
        true => usize::from(console::Term::stdout().size().1),
        false => ENDLESS,
    };
    let indent = console::measure_text_width(beginning);
    let room = width.saturating_sub(indent).max(20);
    let mut lines = wrapped(what, room).into_iter();
    out::line(format!("{beginning}{}", lines.next().unwrap_or_default()));
    for further in lines {
        out::line(format!("{:indent$}{further}", ""));
    }
}

/// In lines of so many columns, as far as its words allow.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let width = console::measure_text_width(word);
        if let Some(last) = lines.last_mut() {
            let used = console::measure_text_width(last);
            if used == 0 || used + 1 + width <= room {
                last.push_str(if used == 0 { "" } else { " " });
                last.push_str(word);
                continue;
            }
        }
        lines.push(word.to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole_and_lines_short() {
        let text = "npm install -g @anthropic-ai/claude-code";
        assert_eq!(wrapped(text, usize::MAX), [text]);
        let narrow = wrapped(text, 15);
        assert_eq!(narrow, ["npm install -g", "@anthropic-ai/claude-code"]);
        assert_eq!(wrapped("", 10), [""]);
    }
}

//! What the documents tell a person to type is understood.

use std::{collections::BTreeMap, fs, path::PathBuf};

use crate::{
    commands,
    support::{Cm, house},
};

/// A command line, and where it stands.
struct Line {
    place: String,
    words: Vec<String>,
}

/// README.md, that of the examples, and all pages of docs/.
fn pages() -> Vec<PathBuf> {
    let docs = fs::read_dir(house().join("docs")).expect("there are docs");
    let mut pages: Vec<_> = docs.map(|entry| entry.expect("an entry").path()).collect();
    pages.retain(|path| path.extension().is_some_and(|kind| kind == "md"));
    pages.push(house().join("README.md"));
    pages.push(house().join("examples/README.md"));
    pages.sort();
    pages
}

/// Every `cm …` in a page: lines of blocks for the shell, indented lines, and code within
/// the text.
fn lines() -> Vec<Line> {
    let mut lines = Vec::new();
    for page in pages() {
        let Ok(text) = fs::read_to_string(&page) else {
            continue;
        };
        let name = page
            .strip_prefix(house())
            .expect("in the house")
            .display()
            .to_string();
        let mut block = None;
        for (number, line) in text.lines().enumerate() {
            let place = format!("{name}:{}", number + 1);
            if let Some(info) = line.trim_start().strip_prefix("```") {
                block = match block {
                    None => Some(
                        info.split_whitespace()
                            .next()
                            .unwrap_or_default()
                            .to_owned(),
                    ),
                    Some(_) => None,
                };
                continue;
            }
            let shell = match block.as_deref() {
                Some("" | "sh" | "bash" | "console" | "text") => true,
                Some(_) => continue,
                None => line.starts_with("    "),
            };
            if shell {
                let typed = line.trim_start();
                let typed = typed.strip_prefix("$ ").unwrap_or(typed);
                if let Some(rest) = typed.strip_prefix("cm ") {
                    lines.extend(command(&place, rest));
                }
            } else {
                let code = line.split('`').skip(1).step_by(2);
                let typed = code.filter_map(|code| code.strip_prefix("cm "));
                lines.extend(typed.filter_map(|rest| command(&place, rest)));
            }
        }
    }
    lines
}

/// The words of a command, as far as a page has them for certain: up to a comment, a
/// redirection, or the gap before an explanation.
fn command(place: &str, rest: &str) -> Option<Line> {
    let mut rest = rest;
    for end in [" #", " > ", " | ", " && ", ";", "   "] {
        rest = rest.split(end).next().unwrap_or(rest);
    }
    let words: Vec<_> = rest
        .split_whitespace()
        .map(|word| word.trim_matches(['[', ']', ',', '"', '\'']).to_owned())
        .collect();
    let first = words.first()?;
    (!first.is_empty() && first != "…").then(|| Line {
        place: place.to_owned(),
        words,
    })
}

/// The options in a command's help.
fn options(help: &str) -> Vec<String> {
    let lines = help
        .lines()
        .map(str::trim_start)
        .filter(|line| line.starts_with('-'));
    let words = lines.flat_map(|line| {
        line.split_whitespace()
            .take_while(|word| word.starts_with(['-', '<']))
    });
    let options = words.filter(|word| word.starts_with('-'));
    options
        .map(|word| word.trim_end_matches(',').to_owned())
        .collect()
}

/// The options of every command, and of every command of a command: by its words.
fn all_options(cm: &Cm, names: &[String]) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for name in names {
        let help = cm.run(["help", name.as_str()]).code(0).out();
        let below = help.lines().skip_while(|line| *line != "Commands:").skip(1);
        let below = below.map_while(|line| line.strip_prefix("  ")?.split_whitespace().next());
        for action in below.filter(|action| *action != "help") {
            let help = cm.run(["help", name.as_str(), action]).code(0).out();
            all.insert(format!("{name} {action}"), options(&help));
        }
        all.insert(name.clone(), options(&help));
    }
    all
}

/// What is known of the command that these words begin with.
fn known<'a>(all: &'a BTreeMap<String, Vec<String>>, words: &[String]) -> Option<&'a Vec<String>> {
    let action = words.get(1).map(|action| format!("{} {action}", words[0]));
    action
        .and_then(|both| all.get(&both))
        .or_else(|| all.get(&words[0]))
}

#[test]
fn every_command_line_is_understood() {
    let cm = Cm::bare();
    let names = commands::names(&cm);
    let helps = all_options(&cm, &names);
    assert!(
        helps["run"].iter().any(|option| option == "--spec"),
        "{:?}",
        helps["run"]
    );
    let mut wrong = Vec::new();
    let lines = lines();
    for Line { place, words } in &lines {
        let first = words[0].as_str();
        if ["--version", "--help", "-h", "-V"].contains(&first) {
            continue;
        }
        let Some(known) = known(&helps, words) else {
            wrong.push(format!("{place}: there is no command `cm {first}`"));
            continue;
        };
        for option in words
            .iter()
            .skip(1)
            .filter(|word| word.starts_with('-') && word.len() > 1)
        {
            let name = option.split('=').next().unwrap_or(option);
            if !known.iter().any(|known| known == name) {
                wrong.push(format!("{place}: `cm {first}` has no option {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(
        lines.len() > 20,
        "only {} command lines were found",
        lines.len()
    );
    let named: Vec<_> = names
        .iter()
        .filter(|name| !lines.iter().any(|line| line.words[0] == **name))
        .collect();
    assert!(
        named
            .iter()
            .all(|name| ["help", "completions"].contains(&name.as_str())),
        "no document tells of {named:?}"
    );
}

/// The examples in the help are checked in the same way.
#[test]
fn every_example_in_the_help_is_understood() {
    let cm = Cm::bare();
    let names = commands::names(&cm);
    let helps = all_options(&cm, &names);
    let mut found = 0;
    for command_name in helps.keys() {
        let help = cm
            .run(["help"].into_iter().chain(command_name.split(' ')))
            .code(0)
            .out();
        let examples = help.lines().skip_while(|line| *line != "Examples:").skip(1);
        for example in examples.map_while(|line| line.trim_start().strip_prefix("cm ")) {
            let line = command(command_name, example).expect("an example is a command");
            found += 1;
            let known = known(&helps, &line.words).unwrap_or_else(|| panic!("{example}"));
            let options = line.words.iter().filter(|word| word.starts_with('-'));
            options.for_each(|option| assert!(known.contains(option), "cm {example}: {option}"));
        }
    }
    assert!(found > 10, "only {found} examples were found");
}

/// The exit codes that a page lists are the ones in the help.
#[test]
fn exit_codes_are_told_alike() {
    let help = Cm::bare().run(["help", "run"]).code(0).out();
    let codes = help
        .lines()
        .skip_while(|line| *line != "Exit codes:")
        .nth(1)
        .expect("the codes");
    let told: Vec<_> = codes
        .trim()
        .split("   ")
        .map(|code| code.split_once(' ').expect("a number and a word"))
        .collect();
    assert_eq!(told.len(), 6, "{told:?}");
    let mut found = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap_or_default();
        for line in text.lines().filter(|line| line.starts_with("Exit codes")) {
            found += 1;
            for (number, meaning) in &told {
                let code = format!("{number} {meaning}");
                assert!(
                    line.contains(&code),
                    "{}: `{code}` is not in: {line}",
                    page.display()
                );
            }
        }
    }
    assert!(found > 0, "no document lists the exit codes");
}

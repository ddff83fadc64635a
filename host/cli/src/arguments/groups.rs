use std::fmt::Write as _;

use clap::{Command, builder::Styles};

/// The commands, by what they are for. One that is in no group is listed in the last.
const GROUPS: [(&str, &[&str]); 7] = [
    (
        "Run",
        &[
            "run",
            "resume",
            "rerun",
            "fork",
            "pause",
            "mode",
            "cancel",
            "run-agents",
        ],
    ),
    (
        "Answer",
        &[
            "inbox", "reply", "next", "skip", "back", "approve", "reject", "revise", "talk",
        ],
    ),
    (
        "Look",
        &[
            "runs",
            "show",
            "logs",
            "diff",
            "artifacts",
            "state",
            "gc",
            "engines",
        ],
    ),
    (
        "Get packages",
        &[
            "install", "add", "update", "outdated", "remove", "list", "info", "search", "tree",
            "why",
        ],
    ),
    (
        "Make packages",
        &[
            "new", "check", "conform", "record", "redecode", "build", "pack", "publish", "yank",
            "keys",
        ],
    ),
    (
        "Trust packages",
        &["registry", "trust", "audit", "verify", "mirror", "cache"],
    ),
    ("More", &[]),
];

/// The same program; its help lists the commands in groups, which clap has no word for.
pub(crate) fn listed(command: Command, styles: &Styles) -> Command {
    let head = styles.get_header();
    let literal = styles.get_literal();
    let width = command
        .get_subcommands()
        .map(|command| command.get_name().len())
        .max()
        .unwrap_or_default();
    let mut list = String::new();
    let grouped = |name: &str| GROUPS.iter().any(|(_, names)| names.contains(&name));
    for (title, names) in GROUPS {
        let _ = writeln!(list, "{head}{title}:{head:#}");
        let mut line = |name: &str, about: &str| {
            let _ = writeln!(list, "  {literal}{name:width$}{literal:#}  {about}");
        };
        for command in command.get_subcommands() {
            let name = command.get_name();
            let here = match names {
                [] => !grouped(name) && name != "help",
                names => names.contains(&name),
            };
            if here && !command.is_hide_set() {
                let about = command.get_about().map(ToString::to_string);
                line(name, &about.unwrap_or_default());
            }
        }
        if names.is_empty() {
            line("help", "Print the help of a command");
        }
        list.push('\n');
    }
    command.help_template(format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{list}{head}Options:{head:#}\n{{options}}{{after-help}}"
    ))
}

#[cfg(test)]
mod tests {
    use crate::arguments::Arguments;

    #[test]
    fn every_command_is_listed_once() {
        let mut command = Arguments::described();
        let help = command.render_help().to_string();
        for name in command.get_subcommands().map(clap::Command::get_name) {
            let lines = help
                .lines()
                .filter(|line| line.starts_with(&format!("  {name} ")));
            // `cm run` is among the examples too, with a path behind it.
            assert_eq!(lines.count(), 1, "{name}\n{help}");
        }
    }

    #[test]
    fn groups_name_commands_that_are_there() {
        let command = Arguments::described();
        for name in super::GROUPS.iter().flat_map(|(_, names)| *names) {
            assert!(command.find_subcommand(name).is_some(), "{name}");
        }
    }
}

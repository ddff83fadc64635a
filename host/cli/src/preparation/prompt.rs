//! Questions to the person at this terminal, before a run begins.

use std::io::IsTerminal as _;

use cm_types::Choice;
use dialoguer::{Input, MultiSelect, Select, theme::ColorfulTheme};

use super::choices::described;
use crate::{trouble::Trouble, view::text};

/// Whether somebody is there.
pub(crate) fn somebody_is_there() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// The ids of what they choose.
pub(crate) fn choose(choice: &Choice) -> Result<Vec<String>, Trouble> {
    let theme = ColorfulTheme::default();
    let question = text::one_line(&choice.question, 200);
    let items: Vec<_> = choice.alternatives.iter().map(described).collect();
    let positions = if choice.many {
        let select = MultiSelect::with_theme(&theme)
            .with_prompt(format!("{question} (space chooses, enter goes on)"))
            .items(&items);
        select.interact_opt().ok().flatten()
    } else {
        let select = Select::with_theme(&theme)
            .with_prompt(question)
            .items(&items)
            .default(0);
        let chosen = select.interact_opt().ok().flatten();
        chosen.map(|position| vec![position])
    };
    let positions = positions.ok_or_else(nothing_begun)?;
    let chosen = positions
        .into_iter()
        .filter_map(|position| choice.alternatives.get(position));
    Ok(chosen.map(|one| one.id.clone()).collect())
}

/// A line of text.
pub(crate) fn line(question: &str, default: &str) -> Result<String, Trouble> {
    let theme = ColorfulTheme::default();
    let input = Input::<String>::with_theme(&theme)
        .with_prompt(question)
        .default(default.to_owned());
    input.interact_text().map_err(|_| nothing_begun())
}

fn nothing_begun() -> Trouble {
    Trouble::new("not-chosen", "nothing was chosen, and nothing was started")
}

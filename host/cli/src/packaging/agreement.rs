//! What a person is asked before packages change, and what counts as an answer.

use std::io::IsTerminal as _;

use cm_distribution::Plan;
use dialoguer::{Confirm, theme::ColorfulTheme};

use crate::trouble::Trouble;

/// Gets agreement to what nobody has decided about. With nobody there to be asked, what
/// was not agreed to beforehand is a no, and the error says how to agree.
pub(super) fn seek(plan: &mut Plan, yes: bool) -> Result<(), Trouble> {
    if yes {
        plan.grant_all();
    }
    let open = plan.undecided().next().is_some();
    // A caution is something odd: --yes, which is typed by habit, does not answer it.
    let odd = plan.settled().is_err() && plan.cautions().next().is_some();
    if (open || odd) && std::io::stdin().is_terminal() && std::io::stderr().is_terminal() {
        let question = match (open, odd) {
            (_, true) => "Go on in spite of that?",
            (true, false) => "Allow this?",
            (false, false) => return Ok(()),
        };
        let theme = ColorfulTheme::default();
        let confirm = Confirm::with_theme(&theme)
            .with_prompt(question)
            .default(false);
        if !matches!(confirm.interact_opt(), Ok(Some(true))) {
            return Err(Trouble::new("not-granted", "nothing was changed"));
        }
        plan.accept_cautions();
        plan.grant_all();
    }
    Ok(plan.settled()?)
}

use cm_types::TurnEvent;

use super::{Verdict, trapped};
use crate::{Case, Played};

/// What holds for every turn, whatever happens in it: one `finish`, last, in the answer to
/// the last input; it is a success only if the program ended as one; nothing traps.
pub(crate) fn contract(case: &Case, played: &Played) -> Verdict {
    if let Some(why) = trapped(played) {
        return Err(why);
    }
    if played.broken.is_some() {
        return Ok(());
    }
    if played.spawned > 1 {
        return Err(format!(
            "{} programs were started in one turn",
            played.spawned
        ));
    }
    let finishes = played.events.iter().enumerate().filter_map(|(at, event)| {
        let TurnEvent::Finish(finish) = event else {
            return None;
        };
        Some((at, finish))
    });
    let finishes: Vec<_> = finishes.collect();
    let [(at, finish)] = finishes.as_slice() else {
        return Err(format!(
            "there are {} `finish` events, not one",
            finishes.len()
        ));
    };
    if at + 1 != played.events.len() {
        return Err("`finish` is not the last event".into());
    }
    if played.spawned > 0 && played.last == 0 {
        return Err("`finish` does not come in the answer to `exited`".into());
    }
    if finish.ok != finish.failure.is_none() {
        return Err(
            "`finish.failure` is set when `ok` is true, or missing when it is false".into(),
        );
    }
    let good = case.exit.code() == Some(0) || played.done || played.spawned == 0;
    if finish.ok && !good {
        let code = case.exit.code();
        let how = code.map_or("was ended by a signal".into(), |code| {
            format!("ended with exit code {code}")
        });
        return Err(format!(
            "the turn counts as a success, and the program {how}"
        ));
    }
    Ok(())
}

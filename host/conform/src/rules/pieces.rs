use super::{Scene, Verdict, numbers, trapped};
use crate::{Cut, Played, event_json, normal, play::play};

/// Byte by byte only when it takes no longer than the rest.
const SMALL: usize = 64 * 1024;
/// How many other ways of cutting are tried.
const WAYS: usize = 12;
/// How many places each of them has.
const PLACES: usize = 40;

/// However the bytes are cut, they give the same events.
pub(crate) fn pieces(scene: &Scene<'_>) -> Verdict {
    let length = scene.loaded.stream().len();
    if length < 2 {
        return Ok(());
    }
    let mut random = numbers(length as u64);
    let random = (0..WAYS).map(|_| Cut::At(random.by_ref().take(PLACES).collect()));
    let small = (length <= SMALL).then_some(Cut::Bytes);
    for cut in small.into_iter().chain(random) {
        let played = play(scene.subject, scene.case, scene.loaded, &cut);
        if let Some(why) = trapped(&played) {
            return Err(why);
        }
        differs(scene.played, &played).map_or(Ok(()), |what| {
            Err(match &cut {
                Cut::At(places) => {
                    let mut places: Vec<_> = places.iter().map(|at| at % length).collect();
                    places.sort_unstable();
                    format!("cut at {places:?}: {what}")
                }
                Cut::Bytes | Cut::Whole => format!("byte by byte: {what}"),
            })
        })?;
    }
    Ok(())
}

/// The same inputs give the same actions, to the byte.
pub(crate) fn twice(scene: &Scene<'_>) -> Verdict {
    let again = play(scene.subject, scene.case, scene.loaded, &Cut::Whole);
    match again == *scene.played {
        true => Ok(()),
        false => Err(format!(
            "a second run of the same bytes differs: {}",
            differs(scene.played, &again).unwrap_or_else(|| "in its pieces".into())
        )),
    }
}

/// In what two turns differ, as far as somebody could depend on it.
pub(crate) fn differs(one: &Played, other: &Played) -> Option<String> {
    if one.wrote != other.wrote {
        return Some("something else is written to the program".into());
    }
    let (left, right) = (normal(&one.events), normal(&other.events));
    let at = left
        .iter()
        .zip(&right)
        .position(|(left, right)| left != right);
    let at = at.or((left.len() != right.len()).then_some(left.len().min(right.len())))?;
    let show = |events: &[cm_types::TurnEvent]| {
        let event = events.get(at).map(|event| event_json(event).to_string());
        super::short(&event.unwrap_or_else(|| "nothing".into()))
    };
    Some(format!(
        "event {} is {} and was {}",
        at + 1,
        show(&right),
        show(&left)
    ))
}

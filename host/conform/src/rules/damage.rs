use cm_types::TurnEvent;

use super::{Scene, Verdict, contract, numbers, trapped};
use crate::{Cut, Played, normal, play::play};

/// At how many places a stream is cut off.
const ENDS: usize = 40;
/// A line as long as no protocol has one.
const LONG: usize = 10 << 20;

/// Lines that programs print between those of their protocol: notes of launchers, colours,
/// bytes that are no text, JSON that is something else.
const FOREIGN: [&[u8]; 8] = [
    b"npm warn deprecated something@1.2.3: use something else",
    b"\x1b[33mWarning:\x1b[0m the terminal is not a terminal",
    b"{\"type\":\"a-kind-that-does-not-exist\",\"id\":7}",
    b"{\"half\": ",
    b"[]",
    b"null",
    b"\xff\xfe\x00 not text \xc3\x28",
    b"",
];

/// What is cut off is never a success.
pub(crate) fn truncated(scene: &Scene<'_>) -> Verdict {
    let stream = scene.loaded.stream();
    let whole = stream.trim_ascii_end().len();
    if scene.case.silent_end || whole == 0 || scene.case.refused.is_some() {
        return Ok(());
    }
    // The last byte matters most: a parser that is content without it takes half a number
    // for a whole one.
    let ends = numbers(whole as u64).take(ENDS).map(|at| at % whole);
    for end in ends.chain([0, whole - 1]) {
        let loaded = scene.loaded.with_stream(stream[..end].to_vec());
        let played = play(scene.subject, scene.case, &loaded, &Cut::Whole);
        let after = |why| format!("cut off after {end} of {} bytes: {why}", stream.len());
        contract(scene.case, &played).map_err(after)?;
        if is_success(&played) {
            return Err(after("the turn counts as a success".into()));
        }
    }
    Ok(())
}

/// Lines that are not of the protocol change nothing but what is noted.
pub(crate) fn foreign(scene: &Scene<'_>) -> Verdict {
    let stream = scene.loaded.stream();
    if scene.case.silent_end || stream.is_empty() || !scene.loaded.bodies.is_empty() {
        return Ok(());
    }
    for line in FOREIGN {
        let mut stream: Vec<u8> = stream
            .split_inclusive(|byte| *byte == b'\n')
            .flat_map(|own| [line, b"\n", own].concat())
            .collect();
        if stream.last() != Some(&b'\n') {
            stream.push(b'\n');
        }
        let loaded = scene.loaded.with_stream(stream);
        let played = play(scene.subject, scene.case, &loaded, &Cut::Whole);
        let before = |why: String| {
            let line = String::from_utf8_lossy(line);
            format!("with `{}` before each line: {why}", line.escape_debug())
        };
        if let Some(why) = trapped(&played) {
            return Err(before(why));
        }
        if essence(&played) != essence(scene.played) {
            let (mut was, mut is) = (scene.played.clone(), played);
            was.events = essence(&was);
            is.events = essence(&is);
            let what = super::pieces::differs(&was, &is);
            return Err(before(what.unwrap_or_else(|| "the events differ".into())));
        }
    }
    Ok(())
}

/// A line of ten megabytes is survived, and what comes after it is read.
pub(crate) fn long(scene: &Scene<'_>) -> Verdict {
    let stream = scene.loaded.stream();
    if stream.is_empty() || !scene.loaded.bodies.is_empty() {
        return Ok(());
    }
    let mut line = b"{\"type\":\"a-kind-that-does-not-exist\",\"data\":\"".to_vec();
    line.resize(LONG, b'x');
    line.extend(b"\"}\n");
    line.extend(stream);
    let loaded = scene.loaded.with_stream(line);
    let played = play(scene.subject, scene.case, &loaded, &Cut::Whole);
    contract(scene.case, &played)?;
    if !scene.case.silent_end && is_success(&played) != is_success(scene.played) {
        return Err("a long line before the others changes how the turn ends".into());
    }
    Ok(())
}

pub(crate) fn is_success(played: &Played) -> bool {
    let last = played.events.last();
    matches!(last, Some(TurnEvent::Finish(finish)) if finish.ok)
}

/// The events without notes, which may be about anything; and how often something was
/// noted is of no interest.
fn essence(played: &Played) -> Vec<TurnEvent> {
    let mut events = played.events.clone();
    events.retain(|event| !matches!(event, TurnEvent::Other(item) if item.kind == "notice"));
    for event in &mut events {
        if let TurnEvent::Finish(finish) = event {
            finish.options.retain(|(name, _)| name != "notices");
        }
    }
    normal(&events)
}

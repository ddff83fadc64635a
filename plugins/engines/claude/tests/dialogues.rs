//! The adapter in conversation with the real program.

mod dialogue;

use cm_sdk::engine::testing::{event_json, finish, golden, joined, recordings_hold};
use cm_sdk::engine::{Event, Input, PermissionLevel, Request};
use dialogue::{Dialogue, Played, folder, lines, prompt, received, recording, replay};

/// A recording, and the exit code that came with it.
const CASES: &[(&str, Option<i32>)] = &[
    ("plain", Some(0)),
    ("edit", Some(0)),
    ("resume", Some(0)),
    ("fork", Some(0)),
    ("granted", Some(0)),
    ("denied", Some(0)),
    ("asked", Some(0)),
    ("read-only", Some(0)),
    ("full", Some(0)),
    ("directories", Some(0)),
    ("tools", Some(0)),
    ("helper", Some(0)),
    ("max-turns", Some(1)),
    ("not-signed-in", Some(1)),
    ("bad-key", Some(1)),
    ("bad-model", Some(1)),
    ("rate-limit", Some(1)),
    ("crash", None),
    ("cancelled", Some(1)),
    ("cancelled-asked", Some(1)),
];

/// What was asked, as far as it changes what is said.
fn request(name: &str) -> Request {
    let mut request = Request::new(&prompt(name));
    let option = |name: &str| (name.to_owned(), "true".to_owned());
    match name {
        "resume" | "fork" => {
            request.session = replay_of("plain").session().map(str::to_owned);
            request.fork = name == "fork";
        }
        "asked" => request.options.push(option("ask")),
        "read-only" => request.permissions = PermissionLevel::ReadOnly,
        "full" => request.permissions = PermissionLevel::Full,
        "directories" => request.directories.push("/srv/elsewhere".to_owned()),
        "tools" => request.tools = ["Read", "Bash"].map(str::to_owned).to_vec(),
        "max-turns" => request.max_turns = Some(1),
        "crash" | "cancelled" => request.options.push(option("partial")),
        _ => {}
    }
    request
}

fn replay_of(name: &str) -> Played {
    let case = CASES.iter().find(|(it, _)| *it == name);
    let (_, code) = case.expect("a case");
    replay(name, request(name), *code)
}

fn code(played: &Played) -> Option<&str> {
    let failure = finish(&played.events).failure.as_ref()?;
    Some(failure.code.as_str())
}

#[test]
fn what_was_said_is_understood_and_answered_as_before() {
    for (name, _) in CASES {
        let played = replay_of(name);
        finish(&played.events);
        let events: Vec<_> = joined(played.events).iter().map(event_json).collect();
        let file = format!("{name}.jsonl");
        golden(&folder().join("events").join(&file), &events);
        golden(&folder().join("written").join(&file), &played.written);
        // The kit plays it too, from the program's side alone.
        let path = folder().join("received").join(&file);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            let parent = path.parent().expect("a folder");
            std::fs::create_dir_all(parent).expect("a folder");
            std::fs::write(&path, received(name)).expect("written");
        }
        let kept = std::fs::read_to_string(&path).expect("what it said");
        assert_eq!(kept, received(name), "{name}");
    }
}

#[test]
fn recordings_decode_to_the_same_events_whatever_happens_to_them() {
    // Who was stopped was told so; and a helper's agent has answered before its last word.
    let plain = |name: &str| name != "helper" && !name.starts_with("cancelled");
    let whole = CASES.iter().filter(|(name, _)| plain(name));
    let recordings: Vec<_> = whole
        .map(|(name, code)| recording(name, request(name), *code))
        .collect();
    recordings_hold::<cm_engine_claude::Claude>(&recordings, &folder().join("events"));
}

#[test]
fn however_it_comes_the_same_is_said() {
    for (name, code) in CASES {
        // Who is stopped before a line is whole is stopped elsewhere.
        if name.starts_with("cancelled") {
            continue;
        }
        let whole = replay_of(name);
        let said = received(name).into_bytes();
        for length in [1, 1000, said.len()] {
            let mut dialogue = Dialogue::new(request(name));
            for piece in said.chunks(length) {
                let asked = dialogue.played.asks().len();
                dialogue.put(Input::Stdout(piece.to_vec()));
                let asks = dialogue.played.asks();
                let ids: Vec<_> = asks[asked..].iter().map(|ask| ask.id.clone()).collect();
                for id in ids {
                    dialogue.put(match *name {
                        "denied" => Input::Denied(id),
                        _ => Input::Granted(id),
                    });
                }
            }
            dialogue.put(Input::Exited(*code));
            assert_eq!(dialogue.played.written, whole.written, "{name} by {length}");
            assert_eq!(joined(dialogue.played.events), joined(whole.events.clone()));
        }
    }
}

#[test]
fn the_answer_is_the_last_message_and_the_program_is_left() {
    for (name, answer) in [
        ("plain", "Good morning. What shall we do today?"),
        ("edit", "Done: wrote hello to /srv/project/hello.txt."),
        ("granted", "Done: wrote hello to /srv/elsewhere/a.txt."),
        ("full", "Done: wrote hello to /srv/elsewhere/b.txt."),
        ("directories", "Done: wrote hello to /srv/elsewhere/c.txt."),
        ("tools", "Command finished."),
    ] {
        let played = replay_of(name);
        let finish = finish(&played.events);
        assert!(finish.ok && played.left, "{name}: {finish:?}");
        assert_eq!(finish.text, answer, "{name}");
    }
    assert_eq!(replay_of("edit").outcomes(), [true]);
}

#[test]
fn a_session_goes_on_and_a_fork_goes_its_own_way() {
    let (plain, resumed, forked) = (replay_of("plain"), replay_of("resume"), replay_of("fork"));
    assert!(plain.session().is_some());
    assert_eq!(plain.session(), resumed.session());
    assert_ne!(plain.session(), forked.session());
    for played in [&resumed, &forked] {
        let finish = finish(&played.events);
        assert!(
            finish
                .text
                .starts_with("Earlier user messages: Good morning"),
            "{finish:?}"
        );
    }
}

#[test]
fn what_is_asked_for_is_done_only_after_a_yes() {
    let denied = ("denied".to_owned(), "1".to_owned());
    let played = replay_of("granted");
    let [ask] = played.asks()[..] else {
        panic!("one question: {:?}", played.events);
    };
    assert_eq!(ask.tool, "Write");
    assert!(ask.arguments.contains("/srv/elsewhere/a.txt"));
    assert_eq!(played.outcomes(), [true]);
    assert!(!finish(&played.events).options.contains(&denied));

    let played = replay_of("denied");
    assert_eq!((played.asks().len(), played.outcomes()), (1, vec![false]));
    assert!(finish(&played.events).options.contains(&denied));

    // A command, which is not asked about unless that is wished.
    let played = replay_of("asked");
    let pattern = ("pattern".to_owned(), "touch asked".to_owned());
    assert_eq!(played.asks()[0].options, [pattern]);
}

#[test]
fn read_only_is_not_made_more_by_a_question() {
    let played = replay_of("read-only");
    assert!(played.asks().is_empty());
    assert_eq!(played.outcomes(), [false]);
    let denied = ("denied".to_owned(), "1".to_owned());
    assert!(finish(&played.events).options.contains(&denied));
}

#[test]
fn the_last_word_is_said_when_the_helper_is_done() {
    let played = replay_of("helper");
    let usage = |event: &&Event| matches!(event, Event::Usage(_));
    assert_eq!(played.events.iter().filter(usage).count(), 2);
    assert_eq!(played.outcomes(), [true, true]);
    assert!(finish(&played.events).ok && played.left);
}

#[test]
fn what_went_wrong_is_told_by_its_kind() {
    for (name, failure, retry) in [
        ("max-turns", "max-turns", false),
        ("not-signed-in", "not-signed-in", false),
        ("bad-key", "not-signed-in", false),
        ("bad-model", "bad-model", false),
        ("rate-limit", "rate-limit", true),
        ("crash", "killed", true),
        ("cancelled", "cancelled", false),
        ("cancelled-asked", "cancelled", false),
    ] {
        let played = replay_of(name);
        assert_eq!(code(&played), Some(failure), "{name}");
        let finish = finish(&played.events);
        assert_eq!(
            finish.failure.as_ref().map(|it| it.retry),
            Some(retry),
            "{name}"
        );
        assert!(finish.text.is_empty(), "{name}");
    }
}

#[test]
fn who_is_stopped_keeps_the_session() {
    for name in ["cancelled", "cancelled-asked"] {
        let played = replay_of(name);
        let last = played.written.last().expect("it said something");
        assert_eq!(last["request"]["subtype"], "interrupt", "{name}");
        assert!(played.left && played.session().is_some(), "{name}");
    }
}

#[test]
fn what_the_program_cannot_be_asked_is_not_in_the_recordings() {
    for (name, _) in CASES {
        let lines = lines(name);
        let first = &lines[1].1;
        assert!(!first.contains("AskUserQuestion"), "{name}");
    }
}

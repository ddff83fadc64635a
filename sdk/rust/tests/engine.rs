//! The frame around adapters.

use cm_sdk::engine::testing::{feed, finish, play};
use cm_sdk::engine::{
    Action, Adapter, Command, Ending, Error, Event, Events, Exit, Failure, Finding, Health, Info,
    Input, Machine, Request, Trouble, json, version, wait,
};
use proptest::prelude::*;
use serde_json::json as value;

/// Says what it is told, and is done when it is told so.
#[derive(Default)]
struct Parrot {
    done: bool,
    failed: bool,
}

impl Adapter for Parrot {
    const NAME: &'static str = "Parrot";
    fn describe() -> Info {
        Info::new("parrot", Self::NAME, "parrot", "ask one")
    }
    fn diagnose(findings: &[Finding]) -> Health {
        Health::from_version(findings, Self::NAME, "ask one")
    }
    fn command(request: &Request) -> Result<(Self, Command), Error> {
        Ok((
            Self::default(),
            Command::new("parrot").argument(&request.prompt),
        ))
    }
    fn on_line(&mut self, line: &serde_json::Value, events: &mut Events) {
        events.session(json::text(line, "/session"));
        if let Some(text) = line.get("say").and_then(|text| text.as_str()) {
            events.text(text);
        }
        self.done |= line.get("done").is_some();
        self.failed |= line.get("failed").is_some();
    }
    fn on_exit(&mut self, exit: &Exit<'_>, _events: &mut Events) -> Ending {
        let failure = exit
            .complaint()
            .and_then(|trouble| trouble.failure(Self::NAME, "sing"));
        let failed = self.failed.then(|| Failure::new("failed", "It failed."));
        Ending {
            complete: self.done,
            text: "bye".to_owned(),
            failure: failed.or(failure),
            ..Ending::default()
        }
    }
}

fn code(events: &[Event]) -> Option<String> {
    finish(events)
        .failure
        .as_ref()
        .map(|failure| failure.code.clone())
}

#[test]
fn success_takes_the_word_the_code_and_no_error() {
    let done: &[&[u8]] = &[b"{\"done\":1}"];
    let both: &[&[u8]] = &[b"{\"done\":1}\n{\"failed\":1}\n"];
    let turn =
        |out: &[&[u8]], err: &[u8], exit| code(&play::<Parrot>(Request::new("x"), out, err, exit));
    assert_eq!(turn(done, b"", Some(0)), None);
    assert_eq!(turn(done, b"", Some(1)).as_deref(), Some("exit-code"));
    assert_eq!(turn(done, b"", None).as_deref(), Some("killed"));
    assert_eq!(turn(both, b"", Some(0)).as_deref(), Some("failed"));
    assert_eq!(
        turn(&[], b"", Some(0)).as_deref(),
        Some("no-terminal-event")
    );
    assert_eq!(turn(&[], b"", Some(9)).as_deref(), Some("exit-code"));
    assert_eq!(turn(&[], b"", Some(143)).as_deref(), Some("killed"));
    assert_eq!(
        turn(&[], b"Error: 529 overloaded", Some(1)).as_deref(),
        Some("overloaded")
    );
    // What a program says that ends well, or is killed, is no reason.
    assert_eq!(turn(done, b"warning: not logged in", Some(0)), None);
    assert_eq!(turn(&[], b"not logged in", None).as_deref(), Some("killed"));
}

#[test]
fn a_turn_that_was_stopped_says_so_unless_it_was_done() {
    let turn = |out: &[u8], exit| {
        let inputs = vec![
            Input::Begin,
            Input::Stdout(out.to_vec()),
            Input::Cancelled,
            Input::Exited(exit),
        ];
        code(&feed::<Parrot>(Request::new("x"), inputs))
    };
    assert_eq!(turn(b"", None).as_deref(), Some("cancelled"));
    assert_eq!(
        turn(b"{\"failed\":1}\n", Some(1)).as_deref(),
        Some("cancelled")
    );
    assert_eq!(turn(b"{\"done\":1}\n", Some(0)), None);
}

#[test]
fn details_are_free_of_colours_and_have_an_end() {
    let mut stderr = b"\x1b[91m\x1b[1mError: \x1b[0mbad\n".to_vec();
    stderr.extend(vec![b'x'; 100_000]);
    stderr.extend(b"the end");
    let events = play::<Parrot>(Request::new("x"), &[], &stderr, Some(1));
    let details = finish(&events)
        .failure
        .as_ref()
        .and_then(|failure| failure.details.clone());
    let details = details.expect("details");
    assert!(details.starts_with("Error: bad\n") && details.ends_with("the end"));
    assert!(details.len() < 20_000);
}

#[test]
fn sessions_are_told_once_and_messages_kept_apart() {
    let out = b"{\"session\":\"s\",\"say\":\"a\"}\n\n{\"session\":\"s\",\"say\":\"b\"}\n[1]\nnonsense\n{\"done\":1}";
    let events = play::<Parrot>(Request::new("x"), &[out], b"", Some(0));
    let sessions = events
        .iter()
        .filter(|event| matches!(event, Event::Session(_)))
        .count();
    let text: String = events
        .iter()
        .filter_map(|event| match event {
            Event::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    let notices = events
        .iter()
        .filter(|event| matches!(event, Event::Other(other) if other.kind == "notice"))
        .count();
    assert_eq!((sessions, text.as_str(), notices), (1, "a\n\nb", 2));
}

#[test]
fn lines_and_bytes_are_the_same_to_an_adapter() {
    let lines = ["{\"say\":\"é\"}", "?", "{\"done\":1}"];
    let bytes = play::<Parrot>(
        Request::new("x"),
        &[lines.join("\n").as_bytes()],
        b"",
        Some(0),
    );
    let mut inputs = vec![Input::Begin];
    inputs.extend(lines.map(|line| Input::Line(line.to_owned())));
    inputs.push(Input::Exited(Some(0)));
    assert_eq!(feed::<Parrot>(Request::new("x"), inputs), bytes);
}

#[test]
fn what_is_previous_comes_from_the_request() {
    let mut request = Request::new("x");
    assert_eq!(request.previous("a"), None);
    request.options.push((
        "previous".to_owned(),
        value!({ "a": "1", "b": 2 }).to_string(),
    ));
    assert_eq!(
        (
            request.previous("a").as_deref(),
            request.previous("b").as_deref()
        ),
        (Some("1"), Some("2"))
    );
    request.options = vec![("previous".to_owned(), "{".to_owned())];
    assert_eq!(request.previous("a"), None);
}

#[test]
fn versions_are_found_in_what_programs_print() {
    assert_eq!(
        version("2.1.330 (Claude Code)\n").as_deref(),
        Some("2.1.330")
    );
    assert_eq!(version("codex-cli 0.169.0").as_deref(), Some("0.169.0"));
    assert_eq!(
        version("tool version v1.2, built 2026").as_deref(),
        Some("1.2")
    );
    assert_eq!(version("nothing here"), None);
}

#[test]
fn times_are_read_from_words() {
    let after = |text: &str| wait(text).after_ms;
    assert_eq!(after("Please try again in 1.5s."), Some(1500));
    assert_eq!(after("try again in 350ms"), Some(350));
    assert_eq!(
        after("Try again in 3 days 2 hours 5 minutes."),
        Some(((3 * 24 + 2) * 60 + 5) * 60_000)
    );
    assert_eq!(after("or try again in 1h 30m, and"), Some(5_400_000));
    assert_eq!(after("retry after 7 seconds"), Some(7000));
    assert_eq!(after("try again in a while"), None);
    assert_eq!(after("try again in 99999999999999 days"), Some(u32::MAX));
    assert_eq!(
        wait("usage limit reached|1757000000").until_ms,
        Some(1_757_000_000_000.0)
    );
    assert_eq!(
        wait("limit reached|1757000000123").until_ms,
        Some(1_757_000_000_123.0)
    );
    let words = |text: &str| wait(text).words;
    assert_eq!(
        words("limit reached ∙ resets 3pm (UTC) · /upgrade").as_deref(),
        Some("3pm (UTC)")
    );
    assert_eq!(words("Try again at 3:14 PM.").as_deref(), Some("3:14 PM"));
    assert_eq!(words("nothing of the kind"), None);
}

#[test]
fn texts_tell_what_went_wrong() {
    let code = |text: &str, status| {
        Trouble {
            status,
            ..Trouble::from_text(text)
        }
        .code()
    };
    assert_eq!(
        code("Not logged in · Please run /login", None),
        Some("not-signed-in")
    );
    assert_eq!(code("whatever", Some(401)), Some("not-signed-in"));
    assert_eq!(code("whatever", Some(529)), Some("overloaded"));
    assert_eq!(code("whatever", Some(500)), Some("api-error"));
    assert_eq!(
        code("You've hit your usage limit", Some(429)),
        Some("usage-limit")
    );
    assert_eq!(
        code("Your credit balance is too low", Some(400)),
        Some("no-credit")
    );
    assert_eq!(code("whatever", None), None);
    let retry = |status| {
        Trouble {
            status: Some(status),
            ..Trouble::default()
        }
        .failure("X", "y")
        .map(|failure| failure.retry)
    };
    assert_eq!(
        (retry(500), retry(400), retry(529), retry(401)),
        (Some(true), Some(false), Some(true), Some(false))
    );
}

fn input() -> impl Strategy<Value = Input> {
    prop_oneof![
        Just(Input::Begin),
        prop::collection::vec(any::<u8>(), 0..50).prop_map(Input::Stdout),
        Just(Input::Stdout(b"{\"done\":1}\n".to_vec())),
        any::<String>().prop_map(Input::Line),
        prop::collection::vec(any::<u8>(), 0..50).prop_map(Input::Stderr),
        prop::option::of(any::<i32>()).prop_map(Input::Exited),
        any::<String>().prop_map(Input::Granted),
        any::<String>().prop_map(Input::Denied),
        Just(Input::Cancelled),
    ]
}

proptest! {
    #[test]
    fn whatever_the_order_one_finish_comes_with_the_exit(inputs in prop::collection::vec(input(), 0..20)) {
        let mut machine = Machine::<Parrot>::new(Request::new("x"));
        let (mut finishes, mut spawns, mut gone) = (0, 0, false);
        for input in inputs {
            let exit = matches!(input, Input::Exited(_));
            let actions = machine.next(input).expect("no error");
            prop_assert!(!gone || actions.is_empty());
            for (at, action) in actions.iter().enumerate() {
                match action {
                    Action::Spawn(_) => spawns += 1,
                    Action::Emit(Event::Finish(_)) => {
                        prop_assert!(exit && at + 1 == actions.len());
                        finishes += 1;
                    }
                    _ => {}
                }
            }
            gone |= exit;
        }
        prop_assert_eq!(finishes, i32::from(gone));
        prop_assert!(spawns <= 1);
    }

    #[test]
    fn no_text_can_break_the_readers(text in "\\PC*|([a-z]|again in|resets|limit reached\\||[0-9.]| |é|·|days?|ms){0,30}", status in prop::option::of(any::<u16>())) {
        let _ = wait(&text);
        let _ = version(&text);
        let trouble = Trouble { status, text, until_ms: None };
        let _ = (trouble.limit(), trouble.failure("X", "y"));
    }
}

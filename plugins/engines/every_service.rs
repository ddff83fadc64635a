//! What every adapter to a model's service promises: tests of three crates, which say what
//! `Subject` is, what was recorded, and where its requests hold the conversation.

use super::*;

#[test]
fn a_turn_is_a_conversation_with_tools() {
    let held = held(&[recorded("plain.1"), recorded("plain.2")]);
    let finish = finish(&held.events);
    assert!(finish.ok, "{finish:?}");
    assert_eq!(finish.text, "Done: wrote hello to /srv/project/hello.txt.");
    assert_eq!(held.calls.len(), 1);
    assert_eq!(held.calls[0].name, "write");
    let arguments: Value = serde_json::from_str(&held.calls[0].arguments).expect("JSON");
    assert_eq!(
        arguments,
        json!({ "path": "/srv/project/hello.txt", "content": "hello\n" })
    );
    assert_eq!(usages(&held), [(1200, 200, 45, 0), (1300, 1200, 12, 0)]);
    let first = held.body(0);
    let second = held.body(1);
    assert!(first[MESSAGES].to_string().contains("please"), "{first}");
    assert!(second.to_string().contains("write {\\\"path"), "{second}");
}

#[test]
fn a_conversation_goes_on_and_can_be_copied() {
    let first = held(&[recorded("plain.1"), recorded("plain.2")]);
    let later = next(&first, "and now?");
    let session = later.session.clone().expect("a session");
    let second = hold::<Subject>(later.clone(), &[recorded("plain.2")], echo).expect("a turn");
    assert!(second.events.contains(&Event::Session(session.clone())));
    let said = second.body(0)[MESSAGES].as_array().expect("a list").len();
    let before = first.body(1)[MESSAGES].as_array().expect("a list").len();
    // The last answer and the new prompt.
    assert_eq!(said, before + 2, "{}", second.body(0));

    let copy = Request {
        fork: true,
        ..later.clone()
    };
    let name = copy.new_session.clone();
    let copy = Request {
        new_session: format!("{name}-copy"),
        ..copy
    };
    let copied = hold::<Subject>(copy, &[recorded("plain.2")], echo).expect("a turn");
    assert!(
        copied
            .events
            .contains(&Event::Session(format!("{name}-copy")))
    );
    assert_eq!(copied.body(0), second.body(0));

    let lost = Request {
        options: Vec::new(),
        ..later.clone()
    };
    let others = r#"{"conversation":"{\"engine\":\"another\",\"messages\":[]}"}"#;
    let of_another = Request {
        options: vec![("previous".to_owned(), others.to_owned())],
        ..later
    };
    for request in [lost, of_another] {
        let error = hold::<Subject>(request, &[], echo).expect_err("no session");
        assert!(matches!(error, Error::Missing(failure) if failure.code == "unknown-session"));
    }
}

#[test]
fn a_turn_that_was_stopped_can_be_gone_on_with() {
    let Said::Answer(_, _, body) = recorded("plain.2") else {
        panic!("a stream");
    };
    let half = body[..body.len() / 2].to_vec();
    let held = held(&[recorded("plain.1"), Said::Stopped(half)]);
    assert_eq!(ended(&held).0, "cancelled");
    let more = next(&held, "Go on where you were stopped.");
    let after = hold::<Subject>(more, &[recorded("plain.2")], echo).expect("a turn");
    assert!(finish(&after.events).ok);
    // The call and its answer are part of it.
    assert!(after.body(0).to_string().contains("write {\\\"path"));
}

#[test]
fn permissions_and_tools_decide_what_is_offered() {
    let offered = |request: Request| {
        let held = hold::<Subject>(request, &[recorded("plain.2")], echo).expect("a turn");
        let body = held.body(0);
        let tools = body["tools"].as_array().cloned().unwrap_or_default();
        let name = |tool: &Value| {
            let name = tool["name"].as_str().or(tool["function"]["name"].as_str());
            name.unwrap_or_default().to_owned()
        };
        tools.iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(
        offered(request()),
        ["read", "write", "edit", "list", "search", "run"]
    );
    let looks = Request {
        permissions: PermissionLevel::ReadOnly,
        ..request()
    };
    assert_eq!(offered(looks.clone()), ["read", "list", "search"]);
    let one = Request {
        tools: vec!["read".to_owned()],
        ..request()
    };
    assert_eq!(offered(one), ["read"]);
    for (request, name) in [(looks, "write"), (request(), "Bash")] {
        let wrong = Request {
            tools: vec![name.to_owned()],
            ..request
        };
        let error = hold::<Subject>(wrong, &[], echo).expect_err("refused");
        assert!(matches!(error, Error::Invalid(failure) if failure.code == "unsupported"));
    }
}

#[test]
fn what_cannot_be_honoured_is_refused() {
    let served = Request {
        mcp_servers: vec![McpServer::new("tickets", "ticket-server")],
        ..request()
    };
    let error = hold::<Subject>(served, &[], echo).expect_err("refused");
    assert!(matches!(error, Error::Invalid(failure) if failure.code == "unsupported"));
    let empty = Request {
        prompt: " \n".to_owned(),
        ..request()
    };
    assert!(hold::<Subject>(empty, &[], echo).is_err());
    let long = Request {
        prompt: "x".repeat(8_000_000),
        ..request()
    };
    let error = hold::<Subject>(long, &[], echo).expect_err("refused");
    assert!(matches!(error, Error::Exhausted(failure) if failure.code == "prompt-too-long"));
    // Whatever else is in a prompt.
    let odd = Request {
        prompt: "--help \0 \u{1b}[0m 😀".to_owned(),
        ..request()
    };
    let held = hold::<Subject>(odd, &[recorded("plain.2")], echo).expect("a turn");
    assert!(held.body(0).to_string().contains("--help \\u0000"));
    let large = Request {
        prompt: "x".repeat(5_000_000),
        ..request()
    };
    assert!(hold::<Subject>(large, &[recorded("plain.2")], echo).is_ok());
}

#[test]
fn there_is_an_end_to_rounds() {
    let rounds = vec![recorded("run.1"); 3];
    let few = Request {
        max_turns: Some(3),
        ..request()
    };
    let held = hold::<Subject>(few, &rounds, echo).expect("a turn");
    assert_eq!((ended(&held).0, held.requests.len()), ("max-turns", 3));
    let ids: std::collections::BTreeSet<_> = held.calls.iter().map(|call| &call.id).collect();
    assert_eq!(ids.len(), 3, "each call has a name of its own");
}

#[test]
fn a_busy_service_is_asked_again() {
    let busy = [
        Said::error(
            429,
            &[("retry-after", "2")],
            &json!({ "error": { "message": "slow down" } }),
        ),
        Said::error(529, &[], &json!({ "error": { "message": "Overloaded" } })),
        Said::error(500, &[], &json!({})),
    ];
    let mut said = busy.to_vec();
    said.push(recorded("plain.2"));
    let held = held(&said);
    assert!(finish(&held.events).ok);
    let waits: Vec<_> = held
        .requests
        .iter()
        .map(|request| {
            let wait = request.options.iter().find(|(name, _)| name == "wait-ms");
            wait.map(|(_, ms)| ms.clone())
        })
        .collect();
    let some = |ms: &str| Some(ms.to_owned());
    assert_eq!(waits, [None, some("2000"), some("4000"), some("16000")]);
    assert_eq!(others(&held, "retry").len(), 3);
    assert_eq!(held.requests[0].body, held.requests[3].body);
}

#[test]
fn an_answer_that_broke_off_is_asked_for_again() {
    let Said::Answer(_, kind, body) = recorded("plain.2") else {
        panic!("a stream");
    };
    let half = body[..body.len() / 2].to_vec();
    for broken in [Said::Cut(half.clone()), Said::Answer(200, kind, half)] {
        let held = held(&[broken, recorded("plain.2")]);
        let finish = finish(&held.events);
        assert!(finish.ok);
        assert_eq!(finish.text, "Done: wrote hello to /srv/project/hello.txt.");
        assert!(texts(&held).ends_with(&finish.text));
    }
}

#[test]
fn errors_say_who_has_to_act() {
    let none: &[(&str, &str)] = &[];
    let long: &[(&str, &str)] = &[("retry-after", "3600")];
    for (status, headers, message, expected) in [
        (401, none, "invalid x-api-key", ("not-signed-in", false)),
        (403, none, "no access", ("denied", false)),
        (
            404,
            none,
            "model: claude-99 · not_found_error",
            ("bad-model", false),
        ),
        (404, none, "no such page", ("not-an-api", false)),
        (400, none, "something is odd", ("invalid", false)),
        (
            400,
            none,
            "prompt is too long: 3 > 2",
            ("prompt-too-long", false),
        ),
        (
            400,
            none,
            "maximum context length is 8192",
            ("prompt-too-long", false),
        ),
        (413, none, "request_too_large", ("prompt-too-long", false)),
        (402, none, "pay first", ("no-credit", false)),
        (429, none, "insufficient_quota", ("no-credit", false)),
        (429, long, "rate limit", ("rate-limit", true)),
        (529, long, "Overloaded", ("overloaded", true)),
        (500, long, "oops", ("api-error", true)),
        (503, long, "try later", ("overloaded", true)),
    ] {
        let error = Said::error(status, headers, &json!({ "error": { "message": message } }));
        let held = held(&[error]);
        assert_eq!(ended(&held), expected, "{status} {message}");
        let finish = finish(&held.events);
        assert!(finish.text.is_empty());
        let failure = finish.failure.as_ref().expect("a failure");
        let details = failure.details.as_deref().unwrap_or_default();
        assert!(details.contains(message), "{status} {message}: {failure:?}");
        let limits = held
            .events
            .iter()
            .filter(|event| matches!(event, Event::Limit(_)))
            .count();
        assert_eq!(
            limits,
            usize::from(matches!(expected.0, "rate-limit" | "overloaded"))
        );
        if !headers.is_empty() {
            assert_eq!(failure.retry_after_ms, Some(3_600_000));
        }
    }
    let stuck = vec![Said::error(500, none, &json!("oops")); 4];
    assert_eq!(ended(&held(&stuck)), ("api-error", true));
    let away = Failure::new("redirected", "elsewhere");
    assert_eq!(
        ended(&held(&[Said::Unreachable(away)])),
        ("redirected", false)
    );
    let whole = Said::error(200, none, &json!({ "id": "not a stream" }));
    assert_eq!(ended(&held(&[whole])).0, "api-error");
}

#[test]
fn an_answer_that_was_cut_off_at_the_limit_is_none() {
    let held = held(&[recorded("maxtok.1")]);
    assert_eq!(ended(&held), ("max-tokens", false));
    assert_eq!(finish(&held.events).text, "");
}

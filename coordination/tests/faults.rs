//! What is wrong is said with its place and a way out.

use coordination::{Fault, ScriptError, parse};

fn fault(text: &str) -> ScriptError {
    match parse(text) {
        Ok(script) => panic!("`{text}` was read as {script:?}"),
        Err(error) => error,
    }
}

/// Line, column, and the whole sentence.
fn said(text: &str) -> (usize, usize, String) {
    let error = fault(text);
    (error.line, error.column, error.to_string())
}

#[test]
fn an_agent_is_missing() {
    for (text, at) in [
        ("", 0),
        (" \n", 2),
        ("a &", 3),
        ("& a", 0),
        ("a && & b", 5),
        ("a &&& b", 4),
    ] {
        let error = fault(text);
        assert!(
            matches!(error.fault, Fault::NoAgent { .. }),
            "{text}: {error}"
        );
        assert_eq!(error.at, at, "{text}");
    }
    let (line, column, message) = said("ä");
    assert_eq!((line, column), (1, 1));
    assert!(
        message.starts_with("line 1, column 1 of the script: "),
        "{message}"
    );
    assert!(message.contains("not `ä`"), "{message}");
    assert!(
        message.contains("planner 'what to do' & tester"),
        "{message}"
    );
}

#[test]
fn a_name_goes_on_as_no_name_does() {
    let error = fault("a & b.md");
    assert_eq!((error.at, error.column), (5, 6));
    assert!(
        error
            .to_string()
            .contains("`.` cannot follow the agent's name `b`"),
        "{error}"
    );
}

#[test]
fn a_quote_stays_open() {
    let error = fault("a 'fine' &\nbö \"open & c");
    assert!(matches!(error.fault, Fault::BadName { .. }), "{error}");
    let error = fault("a 'ü' &\nb 'ü' & c \"open & d \\\"");
    assert_eq!(error.fault, Fault::OpenQuote { quote: '"' });
    assert_eq!((error.line, error.column), (2, 11));
    assert_eq!(fault("a 'x\\").fault, Fault::OpenQuote { quote: '\'' });
}

#[test]
fn nothing_stands_behind_a_quoted_prompt() {
    let error = fault("a 'x' y & b");
    assert_eq!(error.at, 6);
    assert!(error.to_string().contains("not `y`"), "{error}");
    assert!(matches!(fault("a 'x''y'").fault, Fault::AfterPrompt { .. }));
}

#[test]
fn options_are_known_and_complete() {
    let is = |text: &str, wanted: fn(&Fault) -> bool, at: usize| {
        let error = fault(text);
        assert!(wanted(&error.fault), "{text}: {error}");
        assert_eq!(error.at, at, "{text}: {error}");
    };
    is(
        "a[timeout:5]",
        |f| matches!(f, Fault::UnknownOption { name } if name == "timeout"),
        2,
    );
    is("a[tail:5", |f| *f == Fault::OpenOptions, 1);
    is("a[", |f| *f == Fault::OpenOptions, 1);
    is("a[tail:5,", |f| *f == Fault::OpenOptions, 1);
    is("a[tail:5,]", |f| matches!(f, Fault::NoOption { .. }), 9);
    is(
        "a[tail]",
        |f| matches!(f, Fault::NoValue { name: "tail", .. }),
        6,
    );
    is(
        "a[tail:]",
        |f| matches!(f, Fault::NoValue { name: "tail", .. }),
        7,
    );
    is(
        "a[input:x;]",
        |f| matches!(f, Fault::NoValue { name: "input", .. }),
        10,
    );
    is(
        "a[input:'']",
        |f| matches!(f, Fault::NoValue { name: "input", .. }),
        8,
    );
    for bad in ["0", "-1", "x", "1.5", "4294967296"] {
        is(
            &format!("a[tail:{bad}]"),
            |f| matches!(f, Fault::BadTail { .. }),
            7,
        );
    }
    is(
        "a[tail:1,tail:2]",
        |f| matches!(f, Fault::Twice { name: "tail", .. }),
        9,
    );
    is(
        "a[prompt:x] 'y'",
        |f| matches!(f, Fault::Twice { name: "prompt", .. }),
        12,
    );
    is(
        "a[prompt:\"x\"y]",
        |f| matches!(f, Fault::AfterValue { .. }),
        12,
    );
    is(
        "a[input:x & b",
        |f| matches!(f, Fault::AfterValue { .. }),
        10,
    );
    is(
        "a [tail:5] 'x'",
        |f| matches!(f, Fault::DetachedOptions { .. }),
        2,
    );
    is("a[tail:5]x", |f| matches!(f, Fault::AfterOptions { .. }), 9);
}

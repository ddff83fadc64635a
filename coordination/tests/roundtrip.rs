//! Whatever is read can be written and read again; nothing that is written by
//! anybody makes the reader panic.

use coordination::{Call, Script, parse};
use proptest::{collection::vec, option, prelude::*};

/// Texts that are hard to tell from the language around them.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[ab '\"\\\\&;,:\\[\\]\n\tü]{0,12}",]
}

fn call() -> impl Strategy<Value = Call> {
    (
        "[A-Za-z0-9_-]{1,8}",
        option::of(text()),
        vec(
            text().prop_filter("a file has a name", |name| !name.is_empty()),
            0..4,
        ),
        option::of(1..=u32::MAX),
    )
        .prop_map(|(agent, prompt, inputs, tail)| Call {
            agent,
            prompt,
            inputs,
            tail,
            at: 0,
        })
}

fn script() -> impl Strategy<Value = Script> {
    vec(vec(call(), 1..4), 1..4).prop_map(|groups| Script { groups })
}

/// The same script wherever it stands.
fn without_places(mut script: Script) -> Script {
    for call in script.groups.iter_mut().flatten() {
        call.at = 0;
    }
    script
}

/// Anything; what looks like a script; and scripts with a piece cut out.
fn source() -> impl Strategy<Value = String> {
    let broken =
        (script(), any::<prop::sample::Index>(), 0..4_usize).prop_map(|(script, at, len)| {
            let mut chars: Vec<_> = script.to_string().chars().collect();
            let at = at.index(chars.len());
            chars.drain(at..(at + len).min(chars.len()));
            chars.into_iter().collect()
        });
    prop_oneof![
        any::<String>(),
        "(a|b|tail|input|prompt|[ '\"\\\\&;,:\\[\\]\n0ü]){0,24}",
        broken,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_written_is_read_as_the_same(script in script()) {
        let text = script.to_string();
        let again = parse(&text).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        for call in again.calls() {
            prop_assert!(text[call.at..].starts_with(&call.agent));
        }
        prop_assert_eq!(without_places(again), script, "{}", text);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in source()) {
        match parse(&text) {
            Ok(script) => {
                let again = parse(&script.to_string());
                prop_assert_eq!(again.map(without_places), Ok(without_places(script)));
            }
            Err(error) => {
                prop_assert!(text.is_char_boundary(error.at), "{:?}", error);
                let line = text.split('\n').nth(error.line - 1);
                let columns = line.map_or(0, |line| line.chars().count() + 1);
                prop_assert!(error.column <= columns, "{:?}", error);
            }
        }
    }
}

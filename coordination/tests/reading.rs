//! What is written means what is documented.

use coordination::{Call, parse};

/// The groups of a script, one text for each call.
fn groups(text: &str) -> Vec<Vec<String>> {
    let script = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let say = |call: &Call| match &call.prompt {
        Some(prompt) => format!("{}={prompt}", call.agent),
        None => call.agent.clone(),
    };
    script
        .groups
        .iter()
        .map(|group| group.iter().map(say).collect())
        .collect()
}

fn only(text: &str) -> Call {
    let script = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let mut calls: Vec<_> = script.calls().cloned().collect();
    assert_eq!(calls.len(), 1, "{text}");
    calls.remove(0)
}

#[test]
fn groups_run_in_turn_and_their_members_beside_each_other() {
    assert_eq!(groups("a"), [["a"]]);
    assert_eq!(groups("a&b&&c"), [vec!["a", "b"], vec!["c"]]);
    assert_eq!(
        groups(" a && b & c\n&& d "),
        [vec!["a"], vec!["b", "c"], vec!["d"]]
    );
}

#[test]
fn a_prompt_stands_in_quotes_or_ends_at_the_next_agent() {
    assert_eq!(groups("a 'x & y && z' & b"), [["a=x & y && z", "b"]]);
    assert_eq!(groups(r#"a "it's" && b"#), [["a=it's"], ["b"]]);
    assert_eq!(
        groups("a do what's needed  & b"),
        [["a=do what's needed", "b"]]
    );
    assert_eq!(groups("a'x'"), [["a=x"]]);
    assert_eq!(groups("a ''"), [["a="]]);
    assert_eq!(
        groups("a 'one\n  two'\n&& b three\nfour"),
        [["a=one\n  two"], ["b=three\nfour"]]
    );
}

#[test]
fn a_backslash_protects_the_quote_and_itself_only() {
    assert_eq!(groups(r"a 'don\'t'"), [[r"a=don't"]]);
    assert_eq!(groups(r"a 'C:\\dir \d+ \n'"), [[r"a=C:\dir \d+ \n"]]);
    assert_eq!(groups(r"a 'ends with \\'"), [[r"a=ends with \"]]);
    assert_eq!(
        groups(r#"a "say \"hi\" or \'"& b"#),
        [[r#"a=say "hi" or \'"#, "b"]]
    );
}

#[test]
fn options_stand_behind_the_name() {
    let call = only("a_1-B[input:x.md;docs/y z.md,tail:50] 'do'");
    assert_eq!(call.agent, "a_1-B");
    assert_eq!(call.inputs, ["x.md", "docs/y z.md"]);
    assert_eq!(call.tail, Some(50));
    assert_eq!(call.prompt.as_deref(), Some("do"));

    let call = only("a[ prompt : \"one, two] & {three}\" , input : 'a;b,c' ; d ]");
    assert_eq!(call.prompt.as_deref(), Some("one, two] & {three}"));
    assert_eq!(call.inputs, ["a;b,c", "d"]);

    assert_eq!(
        only("a[prompt:plain words; more]").prompt.as_deref(),
        Some("plain words; more")
    );
    assert_eq!(
        only("a[tail:1] plain words").prompt.as_deref(),
        Some("plain words")
    );
    assert_eq!(only("a[]").prompt, None);
}

#[test]
fn a_call_knows_where_it_stands() {
    let script = parse("  a 'ü' &\n b").unwrap();
    let places: Vec<_> = script.calls().map(|call| call.at).collect();
    assert_eq!(places, [2, 12]);
}

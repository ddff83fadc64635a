use cm_types::{OutlineStep, Selector};

use super::*;

fn choice(kind: &str, many: bool, ids: &[&str], tracks: &[&str], conditions: &[&str]) -> Choice {
    let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    Choice {
        kind: kind.into(),
        question: format!("Which of {}?", ids.join(" ")),
        many,
        alternatives: ids
            .iter()
            .map(|id| Alternative {
                id: (*id).into(),
                label: id.to_uppercase(),
                description: None,
            })
            .collect(),
        when: Selector {
            tracks: words(tracks),
            conditions: words(conditions),
            conditions_any: Vec::new(),
        },
    }
}

/// A track; features for Rust; what kind of one of them; something for Python.
fn outline() -> Outline {
    Outline {
        choices: vec![
            choice("track", false, &["rust", "python"], &[], &[]),
            choice("condition", true, &["auth", "docs"], &["rust"], &[]),
            choice("condition", false, &["jwt", "oauth"], &["rust"], &["auth"]),
            choice("condition", false, &["pip", "uv"], &["python"], &[]),
        ],
        ..Outline::default()
    }
}

/// Settles with these answers at hand, one after the other; gives what was asked too.
fn settle(
    track: Option<&str>,
    conditions: &[&str],
    answers: &[&[&str]],
) -> (Vec<String>, Result<Chosen, Trouble>) {
    let words = |words: &[&str]| {
        words
            .iter()
            .map(|&word| word.to_owned())
            .collect::<Vec<_>>()
    };
    let typed = Chosen::typed(track, &words(conditions));
    let mut asked = Vec::new();
    let mut answers = answers.iter();
    let chosen = Chosen::settle(&outline(), &typed, |choice| {
        asked.push(choice.question.clone());
        match answers.next() {
            Some(answer) => Ok(words(answer)),
            None => missing(choice),
        }
    });
    (asked, chosen)
}

fn chosen(track: &str, conditions: &[&str]) -> Chosen {
    Chosen {
        track: Some(track.into()),
        conditions: conditions.iter().map(|&id| id.to_owned()).collect(),
    }
}

#[test]
fn questions_follow_from_answers() {
    let (asked, got) = settle(None, &[], &[&["rust"], &["auth", "docs"], &["jwt"]]);
    let questions = [
        "Which of rust python?",
        "Which of auth docs?",
        "Which of jwt oauth?",
    ];
    assert_eq!(asked, questions);
    assert_eq!(got.unwrap(), chosen("rust", &["auth", "docs", "jwt"]));
    let (asked, got) = settle(None, &[], &[&["python"], &["uv"]]);
    assert_eq!(asked, ["Which of rust python?", "Which of pip uv?"]);
    assert_eq!(got.unwrap(), chosen("python", &["uv"]));
}

#[test]
fn what_is_typed_is_not_asked() {
    let (asked, got) = settle(Some("rust"), &["oauth", "auth", "auth"], &[]);
    assert!(asked.is_empty(), "{asked:?}");
    assert_eq!(got.unwrap(), chosen("rust", &["auth", "oauth"]));
}

#[test]
fn without_a_terminal_many_may_stay_empty_and_one_may_not() {
    let (_, got) = settle(Some("rust"), &[], &[]);
    assert_eq!(got.unwrap(), chosen("rust", &[]));
    let (_, got) = settle(None, &[], &[]);
    let said = got.unwrap_err().rendered();
    for part in ["Which of rust python?", "RUST", "--track ID"] {
        assert!(said.contains(part), "{said}");
    }
    let (_, got) = settle(Some("rust"), &["auth"], &[]);
    let said = got.unwrap_err().rendered();
    assert!(
        said.contains("--condition ID") && said.contains("oauth"),
        "{said}"
    );
}

#[test]
fn what_does_not_fit_is_refused() {
    for (track, conditions, part) in [
        ("go", &[][..], "no track `go`"),
        ("rust", &["jwt"], "`jwt` does not apply"),
        ("rust", &["uv"], "`uv` does not apply"),
        ("rust", &["nothing"], "no condition `nothing`"),
        ("rust", &["auth", "jwt", "oauth"], "only one of jwt, oauth"),
    ] {
        let (_, got) = settle(Some(track), conditions, &[]);
        let said = got.unwrap_err().to_string();
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn choices_survive_the_settings() {
    let mut settings = BTreeMap::new();
    let before = chosen("rust", &["auth", "jwt"]);
    before.store(&outline(), &mut settings);
    assert_eq!(settings["selected_conditions"], "auth, jwt");
    assert_eq!(Chosen::stored(&settings), before);
    let mut settings = BTreeMap::new();
    Chosen::default().store(&Outline::default(), &mut settings);
    assert_eq!(settings, BTreeMap::new());
}

#[test]
fn steps_that_take_no_part_are_left_out_with_what_is_in_them() {
    let step = |id: &str, parent: Option<&str>, tracks: &[&str]| OutlineStep {
        id: id.into(),
        kind: "agent".into(),
        label: String::new(),
        parent: parent.map(Into::into),
        engine: None,
        when: Selector {
            tracks: tracks.iter().map(|&id| id.to_owned()).collect(),
            ..Selector::default()
        },
        options: Vec::new(),
        ..OutlineStep::default()
    };
    let steps = vec![
        step("all", None, &[]),
        step("group", None, &["python"]),
        step("inner", Some("group"), &[]),
        step("mine", None, &["rust"]),
    ];
    let outline = Outline {
        steps,
        ..Outline::default()
    };
    let left = chosen("rust", &[]).filter(outline).steps;
    let ids: Vec<_> = left.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(ids, ["all", "mine"]);
}

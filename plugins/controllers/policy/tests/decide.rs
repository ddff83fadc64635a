//! What the policy decides.

use cm_controller_policy::{Judge, Policy};
use cm_sdk::controller::{Decision, Error, GuestJudge, Observation, message};
use proptest::prelude::*;
use serde_json::{Value, json};

/// What may be decided about each kind of question, as the host has it.
const POSSIBLE: &[(&str, &[&str])] = &[
    ("question", &["reply"]),
    ("turn", &["next", "reply"]),
    ("approval", &["approve", "reject", "revise"]),
    ("checkpoint", &["next"]),
    ("permission", &["approve", "reject"]),
];

fn seen(kind: &str) -> Observation {
    Observation {
        step: "build".to_owned(),
        kind: kind.to_owned(),
        speaker: "builder".to_owned(),
        text: "All is well.".to_owned(),
        choices: Vec::new(),
        options: Vec::new(),
    }
}

fn with(kind: &str, options: &[(&str, &str)]) -> Observation {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Observation {
        options: options.iter().map(owned).collect(),
        ..seen(kind)
    }
}

fn policy(config: Value) -> Policy {
    Policy::parse(&config.to_string()).expect("a policy")
}

fn word(decision: &Decision) -> &'static str {
    match decision {
        Decision::Next => "next",
        Decision::Reply(_) => "reply",
        Decision::Skip => "skip",
        Decision::Back(_) => "back",
        Decision::Stop(_) => "stop",
        Decision::Approve => "approve",
        Decision::Reject(_) => "reject",
        Decision::Revise(_) => "revise",
        Decision::Ask(_) => "ask",
        Decision::Other(_) => "other",
    }
}

#[test]
fn without_a_config_it_goes_on_and_approves_what_passes() {
    for config in ["", " \n", "null", "{}"] {
        let policy = Policy::parse(config).expect("the default");
        let decided = |observation: &Observation| word(&policy.decide(observation));
        assert_eq!(decided(&seen("approval")), "approve");
        assert_eq!(
            decided(&with("approval", &[("failed", "test, lint")])),
            "ask"
        );
        assert_eq!(decided(&seen("turn")), "next");
        for kind in ["question", "checkpoint", "talk", "something new"] {
            assert_eq!(decided(&seen(kind)), "ask", "{kind}");
        }
    }
}

/// The policy that stands in the README decides what the README says.
#[test]
fn the_written_policy_of_the_readme() {
    let policy = policy(json!({
        "limits": { "cost-usd": 5, "turns": 3 },
        "rules": [
            { "when": { "kind": "approval", "failed": "none" }, "decide": "approve" },
            { "when": { "kind": "approval", "failed": "any" }, "decide": { "revise": "A check fails; make it pass first." } },
            { "when": { "kind": "turn", "contains": "?" }, "decide": { "reply": "Decide yourself and go on." } },
            { "when": { "kind": "turn" }, "decide": "next" },
            { "when": { "kind": "question", "step": "database", "choices": ["sqlite"] }, "decide": { "reply": "sqlite" } }
        ],
        "otherwise": "ask"
    }));
    assert_eq!(policy.decide(&seen("approval")), Decision::Approve);
    let failed = policy.decide(&with("approval", &[("failed", "test")]));
    assert_eq!(
        failed,
        Decision::Revise("A check fails; make it pass first.".to_owned())
    );
    assert_eq!(policy.decide(&seen("turn")), Decision::Next);
    let asks = Observation {
        text: "Which one?".to_owned(),
        ..seen("turn")
    };
    let reply = Decision::Reply("Decide yourself and go on.".to_owned());
    assert_eq!(policy.decide(&asks), reply);
    let database = |choices: &[&str]| Observation {
        step: "database".to_owned(),
        choices: choices.iter().map(|&choice| choice.to_owned()).collect(),
        ..seen("question")
    };
    let chosen = policy.decide(&database(&["postgres", "sqlite"]));
    assert_eq!(chosen, Decision::Reply("sqlite".to_owned()));
    assert_eq!(word(&policy.decide(&database(&["postgres"]))), "ask");
    assert_eq!(word(&policy.decide(&seen("question"))), "ask");
}

#[test]
fn each_condition_is_needed() {
    let conditions = [
        json!({ "kind": ["turn", "checkpoint"] }),
        json!({ "step": ["plan", "build"] }),
        json!({ "speaker": "builder" }),
        json!({ "contains": ["nothing", "ALL IS"] }),
        json!({ "failed": "any" }),
        json!({ "turns-below": 3 }),
        json!({ "cost-below": 1.5 }),
        json!({ "choices": ["a", "b"] }),
    ];
    let holding = Observation {
        choices: ["b", "a", "c"].map(str::to_owned).to_vec(),
        ..with(
            "turn",
            &[("failed", "test"), ("turns", "2"), ("cost-usd", "1.25")],
        )
    };
    let other = Observation {
        step: "ship".to_owned(),
        speaker: "planner".to_owned(),
        text: "Done.".to_owned(),
        choices: vec!["a".to_owned()],
        ..with("approval", &[("turns", "3"), ("cost-usd", "1.5")])
    };
    for condition in conditions {
        let policy = policy(json!({ "rules": [{ "when": condition, "decide": "skip" }] }));
        assert_eq!(policy.decide(&holding), Decision::Skip, "{condition}");
        assert_eq!(word(&policy.decide(&other)), "ask", "{condition}");
    }
    let unknown = policy(json!({ "rules": [{ "when": { "cost-below": 9 }, "decide": "skip" }] }));
    let spent = with("turn", &[("tokens", "10")]);
    assert_eq!(
        word(&unknown.decide(&spent)),
        "ask",
        "the cost is not known"
    );
}

#[test]
fn what_an_agent_says_of_its_own_work_counts_as_its_words() {
    let policy = policy(json!({
        "rules": [{ "when": { "contains": "WHICH port" }, "decide": { "reply": "8080" } }],
        "otherwise": "next",
    }));
    let decided = |proposal: Value| {
        let proposal = proposal.to_string();
        word(&policy.decide(&with("turn", &[("proposal", &proposal)])))
    };
    assert_eq!(
        decided(json!({ "open_questions": ["Why?", "Which port?"] })),
        "reply"
    );
    assert_eq!(
        decided(json!({ "summary": "\"Which port\" is open" })),
        "reply"
    );
    // Names and other fields are no words of the agent's.
    assert_eq!(
        decided(json!({ "artifact": "which port", "confidence": 1 })),
        "next"
    );
    assert_eq!(decided(json!("which port")), "next");
    assert_eq!(
        word(&policy.decide(&with("turn", &[("proposal", "{ which port")]))),
        "next"
    );
}

#[test]
fn a_person_is_asked_beyond_each_limit() {
    let replies = json!({ "kind": "turn", "contains": "all" });
    let rules = json!([
        { "when": replies, "decide": { "reply": "go" } },
        { "decide": "skip" }
    ]);
    let cases = [
        ("cost-usd", json!(5), [("cost-usd", "5")], false),
        ("cost-usd", json!(5), [("cost-usd", "5.01")], true),
        ("cost-usd", json!(5), [("tokens", "12")], true),
        ("cost-usd", json!(5), [("tokens", "0")], false),
        ("tokens", json!(100), [("tokens", "100")], false),
        ("tokens", json!(100), [("tokens", "101")], true),
        ("turns", json!(3), [("turns", "2")], false),
        // One more would be the fourth.
        ("turns", json!(3), [("turns", "3")], true),
        ("turns", json!(3), [("turns", "4")], true),
    ];
    for (limit, value, options, asked) in cases {
        let policy = policy(json!({ "limits": { limit: value }, "rules": rules }));
        let decided = word(&policy.decide(&with("turn", &options)));
        let wanted = if asked { "ask" } else { "reply" };
        assert_eq!(decided, wanted, "{limit} {value} {options:?}");
    }
    let policy = policy(json!({ "limits": { "turns": 3 }, "rules": rules }));
    let next = Observation {
        text: "Done.".to_owned(),
        ..with("turn", &[("turns", "3")])
    };
    assert_eq!(policy.decide(&next), Decision::Skip, "it says nothing more");
}

#[test]
fn a_mistake_says_where_it_is_and_what_is_possible() {
    let rule =
        |when: Value, decide: Value| json!({ "rules": [{ "when": when, "decide": decide }] });
    let cases = [
        (json!([]), "", "a mapping"),
        (json!({ "rulez": [] }), "rulez", "`rules`"),
        (json!({ "rules": {} }), "rules", "a list"),
        (json!({ "rules": ["next"] }), "rules[0]", "`when`, `decide`"),
        (
            json!({ "rules": [{ "when": {} }] }),
            "rules[0].decide",
            "`approve`",
        ),
        (
            json!({ "rules": [{ "decide": "ask" }, { "when": { "kind": "turns" }, "decide": "next" }] }),
            "rules[1].when.kind",
            "`question`, `turn`, `approval`, `checkpoint`, `permission`",
        ),
        (
            rule(json!({ "kind": [] }), json!("ask")),
            "rules[0].when.kind",
            "list of texts",
        ),
        (
            rule(json!({ "kinds": "turn" }), json!("ask")),
            "rules[0].when.kinds",
            "`kind`",
        ),
        (
            rule(json!({ "contains": "" }), json!("ask")),
            "rules[0].when.contains",
            "a text",
        ),
        (
            rule(json!({ "failed": "no" }), json!("ask")),
            "rules[0].when.failed",
            "`none` or `any`",
        ),
        (
            rule(json!({ "turns-below": -1 }), json!("ask")),
            "rules[0].when.turns-below",
            "-1",
        ),
        (
            rule(json!({ "cost-below": "1" }), json!("ask")),
            "rules[0].when.cost-below",
            "dollars",
        ),
        (
            rule(json!({}), json!("maybe")),
            "rules[0].decide",
            "`maybe`",
        ),
        (
            rule(json!({}), json!("reply")),
            "rules[0].decide",
            "needs a text",
        ),
        (
            rule(json!({}), json!({ "reply": " " })),
            "rules[0].decide.reply",
            "a text",
        ),
        (
            rule(json!({}), json!({ "say": "x" })),
            "rules[0].decide.say",
            "`reply`",
        ),
        (
            rule(json!({}), json!({ "reply": "x", "stop": "y" })),
            "rules[0].decide",
            "exactly one",
        ),
        (
            rule(json!({ "kind": ["turn", "approval"] }), json!("approve")),
            "rules[0].decide",
            "not possible for `turn`",
        ),
        (
            json!({ "limits": { "cost": 1 } }),
            "limits.cost",
            "`cost-usd`",
        ),
        (
            json!({ "limits": { "turns": 5_000_000_000_u64 } }),
            "limits.turns",
            "smaller",
        ),
        (json!({ "otherwise": ["ask"] }), "otherwise", "`next`"),
    ];
    for (config, path, what) in cases {
        let mistake = Policy::parse(&config.to_string()).expect_err("a mistake");
        assert_eq!(mistake.path, path, "{config}: {}", mistake.what);
        assert!(mistake.what.contains(what), "{config}: {}", mistake.what);
        let told = Judge::new(config.to_string()).decide(seen("turn"));
        let Err(Error::Invalid(failure)) = &told else {
            panic!("{config}: {told:?}");
        };
        assert_eq!(failure.code, "bad-policy");
        assert!(failure.message.contains(path), "{}", failure.message);
    }
    let told = Judge::new("{".to_owned()).decide(seen("turn"));
    let error = told.expect_err("no JSON");
    assert!(message(&error).contains("not JSON"), "{}", message(&error));
}

/// Any JSON, with the words of policies among its texts and keys.
fn anything() -> impl Strategy<Value = Value> {
    const WORDS: &str =
        "limits|rules|otherwise|when|decide|kind|turn|approval|next|ask|reply|failed|none|turns|x";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        WORDS.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(WORDS, inner, 0..4)
                .prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

fn answers() -> impl Strategy<Value = Value> {
    prop_oneof![
        prop::sample::select(vec!["next", "approve", "skip", "ask"]).prop_map(Value::from),
        (
            prop::sample::select(vec!["reply", "reject", "revise", "stop", "back", "ask"]),
            "[a-c]"
        )
            .prop_map(|(word, text)| json!({ word: text })),
    ]
}

/// Policies that can be read: no kind, so that no decision is impossible.
fn policies() -> impl Strategy<Value = Value> {
    let rule = (
        prop::option::of("[a-c]"),
        prop::option::of(0..4_u32),
        answers(),
    )
        .prop_map(|(contains, turns, decide)| {
            let mut when = json!({});
            if let Some(contains) = contains {
                when["contains"] = json!(contains);
            }
            if let Some(turns) = turns {
                when["turns-below"] = json!(turns);
            }
            json!({ "when": when, "decide": decide })
        });
    (
        prop::collection::vec(rule, 0..5),
        answers(),
        prop::option::of(0..9_u32),
        prop::option::of(0..4_u32),
    )
        .prop_map(|(rules, otherwise, cost, turns)| {
            let mut limits = json!({});
            if let Some(cost) = cost {
                limits["cost-usd"] = json!(cost);
            }
            if let Some(turns) = turns {
                limits["turns"] = json!(turns);
            }
            json!({ "limits": limits, "rules": rules, "otherwise": otherwise })
        })
}

fn observations() -> impl Strategy<Value = Observation> {
    let option = (
        prop::sample::select(vec!["turns", "cost-usd", "tokens", "failed", "x"]),
        "[0-9.]{0,4}|[a-c]{0,3}|-1|NaN|inf",
    )
        .prop_map(|(name, value)| (name.to_owned(), value));
    (
        prop::sample::select(vec![
            "question",
            "turn",
            "approval",
            "checkpoint",
            "permission",
            "talk",
            "",
        ]),
        "[a-cA-C ?]{0,6}",
        prop::collection::vec("[a-c]", 0..3),
        prop::collection::vec(option, 0..5),
    )
        .prop_map(|(kind, text, choices, options)| Observation {
            text,
            choices,
            options,
            ..seen(kind)
        })
}

proptest! {
    #[test]
    fn no_config_makes_it_panic(config in anything(), text in "\\PC*", observation in observations()) {
        for config in [config.to_string(), text] {
            let _ = Judge::new(config).decide(observation.clone());
        }
    }

    #[test]
    fn it_decides_the_same_again_and_only_what_is_possible(config in policies(), observation in observations()) {
        let decision = policy(config.clone()).decide(&observation);
        prop_assert_eq!(&decision, &policy(config).decide(&observation));
        let own = POSSIBLE.iter().find(|(kind, _)| *kind == observation.kind);
        let everywhere: &[&str] = match own {
            Some(_) => &["skip", "back", "stop", "ask"],
            None => &["ask"],
        };
        let own = own.map_or(&[][..], |(_, words)| words);
        prop_assert!(own.iter().chain(everywhere).any(|it| *it == word(&decision)), "{:?}", decision);
        if let Decision::Reply(text) = &decision {
            prop_assert!(observation.choices.is_empty() || observation.choices.contains(text));
        }
    }

    #[test]
    fn beyond_a_limit_there_is_only_a_person(config in policies(), kind in "question|turn|approval|checkpoint|permission", cost in 0..20_u32, turns in 0..9_u32) {
        let options = [("cost-usd", cost.to_string()), ("turns", turns.to_string())];
        let options: Vec<_> = options.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let decision = policy(config.clone()).decide(&with(&kind, &options));
        let passed = |limit: &Value, used: u32| limit.as_u64().is_some_and(|limit| u64::from(used) > limit);
        let limits = &config["limits"];
        if passed(&limits["cost-usd"], cost) || passed(&limits["turns"], turns) {
            prop_assert_eq!(word(&decision), "ask");
        }
        if kind == "turn" && limits["turns"].as_u64() == Some(u64::from(turns)) {
            prop_assert!(word(&decision) != "reply");
        }
    }
}

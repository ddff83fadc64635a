//! Each of the host's tools.

use serde_json::{Value, json};

use super::{call, command, rule, script, used};
use crate::support::Cm;

/// Every tool but `ask_person`, which waits for somebody, with arguments that fit.
fn each() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("write_state", "state", json!({ "key": "k", "value": "v" })),
        ("read_state", "state", json!({ "key": "k" })),
        (
            "put_artifact",
            "artifacts",
            json!({ "name": "x.md", "content": "text" }),
        ),
        (
            "get_artifact",
            "artifacts",
            json!({ "step": "a", "name": "x.md" }),
        ),
        ("list_artifacts", "artifacts", json!({})),
        ("list_agents", "agents", json!({})),
        (
            "run_agents",
            "agents",
            json!({ "script": "helper 'do it'" }),
        ),
        ("give_directive", "directive", json!({ "action": "stop" })),
        (
            "propose_completion",
            "propose",
            json!({ "summary": "all done" }),
        ),
        ("decide", "decide", json!({ "decision": "approve" })),
    ]
}

fn calls() -> Vec<Value> {
    let each = each().into_iter();
    each.map(|(tool, _, arguments)| call(tool, arguments))
        .collect()
}

#[test]
fn what_is_granted_works() {
    let cm = Cm::new()
        .workflow(
            "name: All\nstate: { k: none }\nsteps:\n  - agent: a\n    tools: [state, artifacts, ask, directive, propose, decide, agents]\n    agents: [helper]\n    directives: { loop: { to: a, max: 1 } }\n  - id: seen\n    run: 'echo {state.k}'\n",
        )
        .agent("a", "go")
        .agent("helper", "---\ndescription: Helps\n---\nbe brief")
        .script(&script(&[rule("a", &calls()), rule("helper", &[])]));
    let _ = cm.flow().code(0).says("v\n");
    let used = used(&cm, "a");
    let tools: Vec<_> = used.iter().map(|used| used.tool.as_str()).collect();
    let wanted: Vec<_> = each().iter().map(|(tool, ..)| *tool).collect();
    assert_eq!(tools, wanted);
    assert!(used.iter().all(|used| used.ok), "{used:#?}");
    for (tool, part) in [
        ("write_state", "\"version\": 2"),
        ("read_state", "\"value\": \"v\""),
        ("put_artifact", "\"bytes\": 4"),
        ("get_artifact", "\"content\": \"text\""),
        ("list_artifacts", "\"name\": \"x.md\""),
        ("list_agents", "\"description\": \"Helps\""),
        ("run_agents", "helper is done."),
        ("give_directive", "\"given\": \"stop\""),
        ("propose_completion", "\"proposed\": true"),
        ("decide", "\"decided\": \"approve\""),
    ] {
        let of_tool = used.iter().find(|used| used.tool == tool);
        let said = &of_tool.expect("it was used").said;
        assert!(said.contains(part), "{tool}: {said}");
    }
    let state = cm.run(["state", "last", "k"]).code(0);
    assert_eq!(state.out(), "v");
}

#[test]
fn what_is_not_granted_is_refused_by_the_name_of_its_grant() {
    // One tool is granted, so that there is somebody to ask; it is not in the list.
    let cm = Cm::new()
        .workflow(
            "name: None\nsteps:\n  - agent: a\n    tools: [ask_person]\n  - run: echo went on\n",
        )
        .agent("a", "go")
        .script(&script(&[rule("a", &calls())]));
    let _ = cm.flow().code(0).says("went on");
    let used = used(&cm, "a");
    assert_eq!(used.len(), each().len());
    let logs = cm.run(["logs", "last"]).code(0).out();
    for (used, (tool, group, _)) in used.iter().zip(each()) {
        assert_eq!((used.tool.as_str(), used.ok), (tool, false), "{used:?}");
        let grant =
            format!("`{tool}` was not granted to step `a`; it is granted with `tools: [{group}]`");
        assert!(used.said.contains(&grant), "{used:?}");
        let noted = format!("the tool {grant}").replace("the tool the tool", "the tool");
        assert!(
            logs.lines()
                .any(|line| line.contains("tool-refused") && line.contains(&noted)),
            "{noted} in {logs}"
        );
    }
    assert!(cm.json(["state", "last", "--json"])["k"].is_null());
}

#[test]
fn who_was_granted_nothing_hears_that() {
    let cm = Cm::new()
        .workflow("name: None\nsteps:\n  - agent: a\n  - run: 'echo \"${CM_MCP-none}\"; \"${CM:-cm}\" mcp tools || true'\n")
        .agent("a", "go")
        .script(&script(&[rule("a", &calls()[..1])]));
    let _ = cm.flow().code(0).says("none");
    let used = used(&cm, "a");
    assert!(
        !used[0].ok && used[0].said.contains("no tools were granted"),
        "{used:?}"
    );
}

#[test]
fn a_value_is_written_by_who_knows_it_and_only_as_it_may_be() {
    let write = |value: &str, version: u32| {
        call(
            "write_state",
            json!({ "key": "plan", "value": value, "version": version }),
        )
    };
    let steps = [
        write("{\"a\": 1}", 1),
        write("{\"a\": 2}", 1),
        write("{\"a\": 2}", 0),
        write("no object", 2),
        call("write_state", json!({ "key": "plan", "value": { "b": 3 } })),
        call(
            "write_state",
            json!({ "key": "new", "value": "first", "version": 0 }),
        ),
        call(
            "write_state",
            json!({ "key": "new", "value": "second", "version": 0 }),
        ),
        call("write_state", json!({ "key": "", "value": "v" })),
        call("write_state", json!({ "value": "no key" })),
        call(
            "write_state",
            json!({ "key": "k", "value": "v", "force": true }),
        ),
        call("read_state", json!({ "key": "nothing" })),
        call("get_artifact", json!({ "step": "a", "name": "nothing.md" })),
        call(
            "get_artifact",
            json!({ "step": "nobody", "name": "nothing.md" }),
        ),
        call(
            "put_artifact",
            json!({ "name": "../../x", "content": "out" }),
        ),
    ];
    let cm = Cm::new()
        .workflow("name: State\nstate:\n  plan: { value: '{\"a\": 0}', schema: { type: object } }\nsteps:\n  - agent: a\n    tools: [state, artifacts]\n")
        .agent("a", "go")
        .script(&script(&[rule("a", &steps)]));
    let _ = cm.flow().code(0);
    let used = used(&cm, "a");
    let ok: Vec<_> = used.iter().map(|used| used.ok).collect();
    let wanted = [
        true, false, false, false, true, true, false, false, false, false, true, true, true, false,
    ];
    assert_eq!(ok, wanted, "{used:#?}");
    for (at, parts) in [
        (
            1,
            &[
                "version 1",
                "version 2 now",
                "now: {\"value\":\"{\\\"a\\\": 1}\",\"version\":2}",
            ][..],
        ),
        (2, &["version 2 now"]),
        (3, &["`plan`", "schema", "not of type \"object\""]),
        (6, &["first", "\"version\":1"]),
        (7, &["key"]),
        (8, &["missing field `key`"]),
        (9, &["unknown field `force`"]),
        (10, &["null"]),
        (11, &["null"]),
        (12, &["null"]),
        (13, &["../../x"]),
    ] {
        for part in parts {
            assert!(
                used[at].said.contains(part),
                "{at}: `{part}` in {:?}",
                used[at]
            );
        }
    }
    assert_eq!(cm.run(["state", "last", "plan"]).out(), "{\"b\":3}");
    assert_eq!(cm.run(["state", "last", "new"]).out(), "first");
}

#[test]
fn commands_have_the_same_tools() {
    let write = command(
        "write_state",
        &json!({ "key": "k", "value": "from a command" }),
    );
    let decide = command("decide", &json!({ "decision": "approve" }));
    let yaml = format!(
        "name: Commands\nstate: {{ k: none }}\nsteps:\n  - id: list\n    run: '\"$CM\" mcp tools'\n    tools: [state]\n  - id: write\n    run: '{write}'\n    tools: [write_state]\n  - id: no\n    run: '{decide}'\n    tools: [write_state]\n    on-failure: continue\n  - id: bad\n    run: '\"$CM\" mcp call write_state nonsense'\n    tools: [write_state]\n    on-failure: continue\n  - id: over\n    run: 'echo {{list.output}}; echo {{no.exit}} {{bad.exit}} {{state.k}}'\n"
    );
    let cm = Cm::new().workflow(&yaml);
    let ran = cm.flow().code(0);
    let out = ran.out();
    assert!(
        out.contains("read_state") && out.contains("write_state"),
        "{out}"
    );
    assert!(!out.contains("put_artifact"), "{out}");
    assert!(out.ends_with("1 2 from a command\n"), "{out}");
    let logs = cm.run(["logs", "last"]).code(0);
    let _ =
        logs.says("`decide` was not granted to step `no`; it is granted with `tools: [decide]`");
}

#[test]
fn outside_of_a_run_there_are_no_tools() {
    let cm = Cm::new();
    for arguments in [
        &["mcp"][..],
        &["mcp", "tools"],
        &["mcp", "call", "read_state", "{}"],
    ] {
        let _ = cm
            .run(arguments)
            .code(2)
            .says("`CM_MCP` is not set")
            .says("tools: [state, artifacts]");
    }
    // The socket of a turn that is over.
    let cm = cm.variable("CM_MCP", "/nowhere/m");
    for arguments in [&["mcp"][..], &["mcp", "tools"]] {
        let _ = cm
            .run(arguments)
            .code(1)
            .says("nobody offers tools at /nowhere/m")
            .calm();
    }
}

#[test]
fn what_an_agent_decides_sends_its_step_back() {
    let judge = |occurrence: u32, arguments: Value| {
        json!({
            "agent": "judge",
            "occurrence": occurrence,
            "do": [
                call("decide", json!({ "decision": "perhaps" })),
                call("decide", arguments),
                { "say": "That is what I think." },
            ],
        })
    };
    let cm = Cm::new()
        .workflow("name: Judge\nsteps:\n  - agent: maker\n    prompt: 'make it. {!judge.output}'\n  - agent: judge\n    tools: [decide]\n    on-failure: { loop: { to: maker, max: 2 } }\n")
        .agent("maker", "make it")
        .agent("judge", "judge it")
        .script(&script(&[
            rule("maker", &[]),
            judge(0, json!({ "decision": "revise", "reason": "too long" })),
            judge(1, json!({ "decision": "reject", "reason": "still too long" })),
            judge(2, json!({ "decision": "approve" })),
        ]));
    let _ = cm.flow().code(0).says("That is what I think.");
    assert_eq!((cm.attempts("maker"), cm.attempts("judge")), (3, 3));
    let used = used(&cm, "judge");
    assert!(
        !used[0].ok
            && used[0]
                .said
                .contains("`perhaps` is none of: approve, reject, revise"),
        "{used:?}"
    );
    let prompts: Vec<_> = cm
        .events("last")
        .iter()
        .filter(|event| event["work"]["agent"] == "maker")
        .map(|event| {
            event["work"]["prompt"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    assert_eq!(
        prompts,
        ["make it. ", "make it. too long", "make it. still too long"]
    );
}

#[test]
fn an_agent_without_another_round_fails_with_the_reason() {
    let cm = Cm::new()
        .workflow("name: Judge\nsteps:\n  - agent: judge\n    tools: [decide]\n")
        .agent("judge", "judge it")
        .script(&script(&[rule(
            "judge",
            &[call(
                "decide",
                json!({ "decision": "reject", "reason": "no tests" }),
            )],
        )]));
    let _ = cm.flow().code(1).says("`judge` says no: no tests");
}

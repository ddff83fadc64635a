//! The real programs as agents of a workflow: they use the host's tools, start each
//! other, are talked to, and decide.

use cm_model_server::{Script, Seen};
use serde_json::{Value, json};

use super::{Bench, PATIENCE, turns};
use crate::{
    durability::{journal::Events, living::eventually},
    support::end,
};

/// A call of one of the host's tools.
fn call(tool: &str, input: Value) -> Value {
    json!({ "tool": { "mcp": { "server": "cm", "tool": tool, "input": input } } })
}

fn says(text: &str) -> Value {
    json!({ "text": text })
}

/// Who hears this says or does that. The first that fits counts.
fn rule(name: &str, hears: &str, turns: &[Value]) -> Value {
    json!({ "name": name, "when": { "prompt_contains": hears }, "turns": turns })
}

/// The turns in which this is the final answer. Claude Code holds its model to a schema
/// by a tool of its own.
fn answers(engine: &str, answer: &Value) -> Vec<Value> {
    match engine {
        "claude" => vec![
            json!({ "tool": { "named": { "name": "StructuredOutput", "input": answer } } }),
            says("That is it."),
        ],
        _ => vec![says(&answer.to_string())],
    }
}

fn script(rules: &[Value]) -> Script {
    Script::from_json(&json!({ "rules": rules }).to_string()).expect("a script")
}

impl Bench {
    /// With this workflow, whatever it begins with.
    fn workflow(mut self, yaml: &str, agents: &[(&str, &str)]) -> Self {
        self.cm = self.cm.workflow(yaml);
        for (name, text) in agents {
            self.cm = self.cm.agent(name, text);
        }
        self
    }

    /// Runs to the end, which is a good one.
    #[track_caller]
    pub(super) fn done(&self) -> String {
        let (code, out, err) = self.run();
        assert_eq!(code, Some(0), "{out}\n{err}\n{:#?}", self.seen());
        out
    }

    /// Runs on until somebody must answer.
    #[track_caller]
    fn asks(&self, arguments: &[&str]) {
        let (code, out, err) = self.ended(self.start(arguments));
        assert_eq!(code, Some(4), "{out}\n{err}\n{:#?}", self.seen());
    }

    /// What the model was asked, an engine's own errands aside.
    fn seen(&self) -> Vec<Seen> {
        self.server.prompts()
    }

    fn asked_for(&self, rule: &str) -> usize {
        let asked = self.asked().into_iter();
        asked.filter(|asked| asked == rule).count()
    }

    /// The host's tools that the model was offered when this rule answered.
    fn offered(&self, rule: &str) -> Vec<&'static str> {
        let host = [
            "read_state",
            "write_state",
            "put_artifact",
            "get_artifact",
            "list_artifacts",
            "run_agents",
            "list_agents",
            "ask_person",
            "give_directive",
            "propose_completion",
            "decide",
        ];
        let seen = self.seen();
        let of_rule = || seen.iter().filter(|seen| seen.rule == rule);
        assert!(
            of_rule().next().is_some(),
            "{rule} was not asked: {seen:#?}"
        );
        let offers = |tool: &&str| {
            of_rule().flat_map(|seen| &seen.tools).any(|name| {
                [
                    tool.to_string(),
                    format!("cm_{tool}"),
                    format!("mcp__cm__{tool}"),
                ]
                .contains(name)
            })
        };
        host.into_iter().filter(offers).collect()
    }

    fn step(&self, id: &str) -> Value {
        let shown = self.cm.json(["show", "last", "--json"]);
        let steps = shown["steps"].as_array().expect("steps").clone();
        let found = steps.into_iter().find(|step| step["id"] == id);
        found.unwrap_or_else(|| panic!("{id} is not in {shown}"))
    }
}

fn shares_state(engine: &'static str) {
    let keep = [
        call("write_state", json!({ "key": "plan", "value": "{value}" })),
        says("Kept."),
    ];
    let read = [
        call("read_state", json!({ "key": "plan" })),
        says("I read: {tool_output}"),
    ];
    let rules = [
        rule("keep", "keep {value} in mind", &keep),
        rule("read", "look it up", &read),
    ];
    let Some(bench) = Bench::with(engine, script(&rules)) else {
        return;
    };
    let bench = bench.workflow(
        "name: State\nstate: { plan: none }\nsteps:\n  - agent: keeper\n    tools: [write_state]\n  - id: between\n    run: 'echo it is {state.plan}'\n  - agent: reader\n    tools: [read_state]\n",
        &[("keeper", "keep rust in mind"), ("reader", "look it up")],
    );
    let out = bench.done();
    assert!(out.contains("rust") && out.contains("version"), "{out}");
    let events = bench.events();
    let between = events
        .kind("finished")
        .find(|event| event["result"]["ok"]["text"] == "it is rust");
    assert!(between.is_some(), "a command in between sees it");
    assert_eq!(bench.offered("keep"), ["write_state"]);
    assert_eq!(bench.offered("read"), ["read_state"]);
}

fn starts_a_helper(engine: &'static str) {
    let lead = [
        call(
            "run_agents",
            json!({ "script": "helper 'count the files'" }),
        ),
        says("It says: {tool_output}"),
    ];
    let rules = [
        rule("helper", "count the files", &[says("There are seven.")]),
        rule("lead", "lead them", &lead),
    ];
    let Some(bench) = Bench::with(engine, script(&rules)) else {
        return;
    };
    let bench = bench.workflow(
        "name: Lead\nsteps:\n  - agent: lead\n    tools: [agents]\n    agents: [helper]\n",
        &[("lead", "lead them"), ("helper", "you help")],
    );
    let out = bench.done();
    assert!(out.contains("There are seven."), "{out}");
    assert_eq!(bench.asked_for("helper"), 1);
    assert_eq!(bench.offered("lead"), ["run_agents", "list_agents"]);
    assert_eq!(bench.offered("helper"), Vec::<&str>::new());
    let helper = bench.step("lead/helper");
    assert_eq!(
        (&helper["parent"], &helper["state"]),
        (&"lead".into(), &"done".into())
    );
    assert_eq!(helper["usage"]["output"], 20);
    let shown = bench.cm.json(["show", "last", "--json"]);
    let lead = bench.step("lead");
    for what in ["input", "output"] {
        let of = |step: &Value| step["usage"][what].as_u64().unwrap_or(0);
        assert_eq!(of(&shown), of(&lead) + of(&helper), "{what}: {shown}");
    }
    if engine != "codex" {
        assert!(helper["usage"]["cost_usd"].as_f64() > Some(0.0), "{helper}");
    }
}

fn loops_once(engine: &'static str) {
    let again = [
        call(
            "give_directive",
            json!({ "action": "loop", "reason": "not yet" }),
        ),
        says("not good enough"),
    ];
    let rules = [
        rule("well", "before: not good enough", &[says("now it is good")]),
        rule("again", "judge it", &again),
    ];
    let Some(bench) = Bench::with(engine, script(&rules)) else {
        return;
    };
    let bench = bench.workflow(
        "name: Loop\nsteps:\n  - id: work\n    run: echo x >> work.txt\n  - agent: judge\n    tools: [directive]\n    directives: { loop: { to: work, max: 3 } }\n",
        &[("judge", "judge it; before: {!judge.output}")],
    );
    assert_eq!(bench.done(), "now it is good\n");
    assert_eq!(bench.cm.read("work.txt"), "x\nx\n");
    assert_eq!(bench.offered("again"), ["give_directive"]);
}

fn is_talked_to_in_one_conversation(engine: &'static str) {
    let rules = [
        rule("first", "alpha", &[says("I begin.")]),
        rule("steer", "beta", &[says("I heard it.")]),
        rule("second", "gamma", &[says("You said: {history}")]),
    ];
    let Some(bench) = Bench::with(engine, script(&rules)) else {
        return;
    };
    let bench = bench.workflow(
        "name: Talk\nmode: manual\nsteps:\n  - agent: talker\n",
        &[
            ("talker", "begin with alpha"),
            ("talker/01-more", "end with gamma"),
        ],
    );
    bench.asks(&["run", "./flow", "--engine", engine]);
    let _ = bench.cm.run(["reply", "last", "mind the beta"]).code(0);
    bench.asks(&["resume", "last"]);
    let _ = bench.cm.run(["next", "last"]).code(0);
    bench.asks(&["resume", "last"]);
    let _ = bench.cm.run(["next", "last"]).code(0);
    let (code, out, err) = bench.ended(bench.start(&["resume", "last"]));
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(
        out,
        "You said: begin with alpha | USER (ada): mind the beta\n"
    );
    assert_eq!(bench.asked(), ["first", "steer", "second"]);
    let events = bench.events();
    let mut sessions = turns(&events, "talker", "session");
    sessions.dedup();
    assert_eq!(sessions.len(), 1, "one conversation: {sessions:?}");
}

/// The controller decides once by its answer, and once with the tool `decide`.
fn decides_as_controller(engine: &'static str) {
    let json_answer = json!({ "decision": "reply", "text": "take the small one" });
    let by_answer = answers(engine, &json_answer);
    let by_tool = [
        call("decide", json!({ "decision": "next" })),
        says("I have decided."),
    ];
    let rules = [
        rule("tool", "AGENT (worker): taken", &by_tool),
        rule("json", "AGENT (worker): which one", &by_answer),
        rule("follow", "CONTROLLER: take the small one", &[says("taken")]),
        rule("work", "work on it", &[says("which one shall I take?")]),
    ];
    let Some(bench) = Bench::with(engine, script(&rules)) else {
        return;
    };
    let bench = bench.workflow(
        "name: Drive\nmode: autonomous\ncontroller: boss\nsteps:\n  - agent: worker\n",
        &[("worker", "work on it"), ("boss", "you drive")],
    );
    assert_eq!(bench.done(), "taken\n");
    let events = bench.events();
    let decided: Vec<_> = events
        .kind("finished")
        .filter_map(|event| event["result"]["ok"]["decision"]["decision"].as_str())
        .collect();
    assert_eq!(decided, ["reply", "next"]);
    // Codex offers its model a tool once that has looked for it.
    assert_eq!(bench.offered("tool"), ["decide"]);
    assert_eq!(bench.offered("work"), Vec::<&str>::new());
    let last = bench.seen();
    let of_tool = last
        .iter()
        .find(|seen| seen.rule == "tool")
        .expect("it was asked");
    assert!(of_tool.prompts > 1, "it has one conversation: {of_tool:?}");
}

/// Two at the same time, with different grants; each tries what the other one has.
fn sees_its_own_tools_only(engine: &'static str) {
    let write = call("write_state", json!({ "key": "k", "value": "by {who}" }));
    let read = call("read_state", json!({ "key": "k" }));
    let put = call("put_artifact", json!({ "name": "x.md", "content": "x" }));
    let one = [write.clone(), put.clone(), says("one is done")];
    let two = [put, write, read, says("two is done")];
    let rules = [
        rule("one", "you are {who} of one kind", &one),
        rule("two", "you are {who} of two kinds", &two),
    ];
    let Some(bench) = Bench::with(engine, script(&rules)) else {
        return;
    };
    let bench = bench.workflow(
        "name: Apart\nsteps:\n  - id: both\n    parallel:\n      - agent: one\n        tools: [write_state]\n      - agent: two\n        tools: [put_artifact, list_artifacts]\n",
        &[("one", "you are ada of one kind"), ("two", "you are bob of two kinds")],
    );
    let _ = bench.done();
    assert_eq!(bench.offered("one"), ["write_state"]);
    assert_eq!(bench.offered("two"), ["put_artifact", "list_artifacts"]);
    assert_eq!(
        bench.cm.run(["state", "last", "k"]).out(),
        "by ada",
        "the other one could not"
    );
    let kept = bench.cm.run(["artifacts", "last"]).out();
    assert!(
        kept.contains("two/x.md") && !kept.contains("one/x.md"),
        "{kept}"
    );
}

/// Claude Code itself reminds its model once of the form; then its answer is as good as
/// anybody's, and is looked at here.
fn is_asked_again_for_the_form(engine: &'static str) {
    let right = json!({ "n": 7 });
    let rules = [
        rule(
            "again",
            "meets the schema it must meet",
            &answers(engine, &right),
        ),
        rule("count", "count it", &[says("{\"m\": 7}")]),
    ];
    let Some(bench) = Bench::with(engine, script(&rules)) else {
        return;
    };
    let bench = bench.workflow(
        "name: Form\nsteps:\n  - agent: a\n    schema: { type: object, required: [n], properties: { n: { type: integer } } }\n",
        &[("a", "count it")],
    );
    let out: Value = serde_json::from_str(&bench.done()).expect("JSON");
    assert_eq!(out, right);
    let seen = bench.seen();
    let again = seen
        .iter()
        .find(|seen| seen.rule == "again")
        .expect("it was asked again");
    assert!(again.prompts > 1, "in the same conversation: {again:?}");
}

fn is_killed_after_it_has_written(engine: &'static str) {
    let lead = [
        call("write_state", json!({ "key": "plan", "value": "written" })),
        call(
            "run_agents",
            json!({ "script": "helper 'count the files'" }),
        ),
        json!({ "text": "All in all: {tool_output}", "hang": true, "fault_times": 1 }),
    ];
    let rules = [
        rule("helper", "count the files", &[says("There are seven.")]),
        rule("lead", "lead them", &lead),
    ];
    let Some(bench) = Bench::with(engine, script(&rules)) else {
        return;
    };
    let bench = bench.workflow(
        "name: Killed\nstate: { plan: none }\nsteps:\n  - agent: lead\n    tools: [agents, state]\n    agents: [helper]\n",
        &[("lead", "lead them"), ("helper", "you help")],
    );
    let child = bench.start(&["run", "./flow", "--engine", engine]);
    let hangs = || {
        let seen = bench.seen();
        seen.iter()
            .any(|seen| seen.rule == "lead" && seen.round == 2)
    };
    assert!(eventually(PATIENCE, hangs), "{:#?}", bench.seen());
    end(child.id());
    drop(bench.ended(child));
    assert_eq!(bench.cm.run(["state", "last", "plan"]).out(), "written");
    let (code, out, err) = bench.ended(bench.start(&["resume", "last"]));
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("There are seven."), "{out}");
    assert_eq!(bench.asked_for("helper"), 1, "the helper is paid for once");
    assert_eq!(bench.step("lead/helper")["attempts"], 1);
    assert_eq!(bench.step("lead")["attempts"], 2);
    let state = Events::of(&bench.cm, "last");
    state.assert_sound();
    assert_eq!(bench.cm.run(["state", "last", "plan"]).out(), "written");
}

macro_rules! for_each_engine {
    ($($name:ident: $($test:ident)*;)*) => { $(mod $name {
        $(#[test]
        fn $test() {
            super::$test(stringify!($name));
        })*
    })* };
}

for_each_engine! {
    claude: shares_state starts_a_helper loops_once is_talked_to_in_one_conversation
        decides_as_controller sees_its_own_tools_only is_asked_again_for_the_form
        is_killed_after_it_has_written;
    codex: shares_state starts_a_helper loops_once is_talked_to_in_one_conversation
        decides_as_controller sees_its_own_tools_only is_asked_again_for_the_form
        is_killed_after_it_has_written;
    opencode: shares_state starts_a_helper loops_once is_talked_to_in_one_conversation
        decides_as_controller sees_its_own_tools_only is_asked_again_for_the_form
        is_killed_after_it_has_written;
}

//! What agents and commands may ask of the host.

use cm_sdk::workflow::{Server, message};

use crate::host;
use crate::support::Call;

const TEXT: &str = "
name: x
defaults: { engine: claude }
steps:
  - { id: one, agent: a, input: { what: cats } }
  - { id: two, agent: a, tools: [directive], agents: [], directives: [checkpoint, pause], input: { what: dogs } }
  - { id: c, run: make, tools: [agents], agents: [helper], directives: { loop: { to: c, max: 1 } } }
=== agents/a.md
---
tools: [state, agents, directive]
agents: [helper]
mcp: [github, { server: files, only: [read], exclude: [write] }]
directives: { error: true, trigger: [helper], goto: { to: [c] } }
---
A {what}.
=== agents/helper.md
---
description: It helps
engine: codex
model: gpt
effort: low
permissions: read-only
tools: [state]
include: [shared/rules.md]
---
Help {!user_name}.
=== shared/rules.md
Rules.
";

#[test]
fn grants_of_agents() {
    let host = host(TEXT, &[]).setting("user_name", "{x}");
    assert!(host.run().is_ok());
    let grants = host.turns("one").remove(0).grants;
    let state = ["read_state", "write_state"];
    assert!(
        state
            .iter()
            .all(|tool| grants.tools.iter().any(|found| found == tool))
    );
    assert_eq!(grants.directives, ["trigger", "error", "goto"]);
    let server = |name: &str, only: &[&str], exclude: &[&str]| Server {
        name: name.into(),
        only: only.iter().map(|tool| (*tool).into()).collect(),
        exclude: exclude.iter().map(|tool| (*tool).into()).collect(),
    };
    assert_eq!(
        grants.servers,
        [
            server("github", &[], &[]),
            server("files", &["read"], &["write"])
        ]
    );
    let [helper] = grants.helpers.as_slice() else {
        panic!("one helper: {:?}", grants.helpers)
    };
    assert_eq!(helper.name, "helper");
    assert_eq!(helper.description.as_deref(), Some("It helps"));
    assert_eq!(helper.engine.as_deref(), Some("codex"));
    assert_eq!(helper.model.as_deref(), Some("gpt"));
    assert_eq!(helper.effort.as_deref(), Some("low"));
    assert_eq!(helper.permissions.as_deref(), Some("read-only"));
    assert_eq!(helper.prompt.trim_end(), "Rules.\n\nHelp {x}.");
    assert_eq!(helper.tools, state);
    // What the step says comes in place of what the agent's file says.
    let grants = host.turns("two").remove(0).grants;
    assert_eq!(grants.tools, ["give_directive"]);
    assert_eq!(grants.directives, ["checkpoint", "pause"]);
    assert_eq!(grants.helpers, []);
    assert_eq!(grants.servers.len(), 2);
}

#[test]
fn grants_of_commands() {
    let host = host(TEXT, &[]);
    assert!(host.run().is_ok());
    let grants = host.calls().into_iter().find_map(|call| match call {
        Call::Command(_, command, _) => Some(command.grants),
        _ => None,
    });
    let grants = grants.expect("it ran");
    assert_eq!(grants.tools, ["run_agents", "list_agents"]);
    assert_eq!(grants.directives, ["loop", "stop"]);
    assert_eq!(grants.helpers.len(), 1);
    assert_eq!(grants.servers, []);
}

#[test]
fn follow_up_turns_have_the_same_grants() {
    let text = "name: x\nsteps: [{ agent: a, tools: [state] }]\n=== agents/a/1-more.md\nMore.\n";
    let host = host(text, &["a"]);
    assert!(host.run().is_ok());
    let turns = host.turns("a");
    assert_eq!(turns.len(), 2);
    assert_eq!(turns[0].grants, turns[1].grants);
    assert!(!turns[0].grants.tools.is_empty());
}

#[test]
fn a_helper_needs_its_values() {
    let text = "
name: x
steps: [{ agent: a, tools: [agents], agents: [helper] }]
=== agents/helper.md
Build {specification}.
";
    let error = host(text, &["a"])
        .run()
        .expect_err("there is no specification");
    assert!(
        message(&error).contains("{specification} has no value"),
        "{error:?}"
    );
}

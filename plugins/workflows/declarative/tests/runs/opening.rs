//! What is done before the first step.

use cm_sdk::workflow::{ControllerChoice, message};

use crate::host;
use crate::support::Call;

#[test]
fn state_and_a_controller_that_is_an_agent() {
    let text = "
name: x
mode: autonomous
controller: { agent: lead, turns: 7 }
defaults: { engine: claude, permissions: read-only }
state:
  audience: users
  plan: { value: '{\"n\": 1}', schema: { type: object } }
  later: { schema: { type: integer } }
steps: [{ run: a, set: { plan: '{\"n\": 2}' } }]
=== agents/lead.md
---
include: [shared/rules.md]
model: opus
effort: high
tools: [state]
---
Lead {!project_name}.
=== shared/rules.md
Rules.
";
    let host = host(text, &[]).setting("project_name", "{bridge}");
    assert!(host.run().is_ok());
    let calls = host.calls();
    let kinds: Vec<_> = calls
        .iter()
        .map(|call| match call {
            Call::Declare(key, _) => format!("declare {key}"),
            Call::Write(key, value) => format!("write {key} {value}"),
            Call::Entrust(..) => "entrust".into(),
            _ => "…".into(),
        })
        .collect();
    assert_eq!(
        kinds[..5],
        [
            "declare plan",
            "declare later",
            "write audience users",
            "write plan {\"n\": 1}",
            "entrust"
        ]
    );
    let Call::Entrust(ControllerChoice::Agent(turn), 7) = &calls[4] else {
        panic!("{:?}", calls[4])
    };
    assert_eq!(turn.agent, "lead");
    assert_eq!(turn.prompt.trim_end(), "Rules.\n\nLead {bridge}.");
    assert_eq!(turn.engine.as_deref(), Some("claude"));
    assert_eq!(turn.model.as_deref(), Some("opus"));
    assert_eq!(turn.effort.as_deref(), Some("high"));
    assert_eq!(turn.permissions.as_deref(), Some("read-only"));
    assert_eq!(turn.grants.tools, ["read_state", "write_state"]);
    assert_eq!(host.state.borrow()["plan"], ("{\"n\": 2}".to_string(), 2));
}

#[test]
fn a_controller_that_is_a_component() {
    let text = "
name: x
controller: { component: policy, config: { limit: 5, who: '{!user_name}' } }
steps: [{ run: a }]
";
    let host = host(text, &[]).setting("user_name", "Ada");
    assert!(host.run().is_ok());
    let Some(Call::Entrust(ControllerChoice::Component((name, config)), _)) =
        host.calls().into_iter().next()
    else {
        panic!("{:?}", host.calls())
    };
    assert_eq!(name, "policy");
    let config: serde_json::Value = serde_json::from_str(&config).expect("JSON");
    assert_eq!(config, serde_json::json!({ "limit": 5, "who": "Ada" }));
}

#[test]
fn a_controller_needs_its_values() {
    let text = "
name: x
controller: lead
steps: [{ run: a }]
=== agents/lead.md
Lead {specification}.
";
    let error = host(text, &[])
        .run()
        .expect_err("there is no specification");
    assert!(
        message(&error).starts_with("the controller `lead`: {specification} has no value"),
        "{error:?}"
    );
}

#[test]
fn what_does_not_meet_a_schema_is_not_written() {
    let text = "
name: x
state: { n: { schema: { type: integer } } }
steps: [{ run: a, set: { n: '{a.output}' } }]
";
    let error = host(text, &[])
        .says("a", "many")
        .run()
        .expect_err("no number");
    assert!(
        message(&error).contains("`n`: \"many\" is not of type \"integer\""),
        "{error:?}"
    );
}

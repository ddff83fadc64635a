//! Times, tries, places and budgets.

use crate::host;
use crate::support::Package;

#[test]
fn what_a_step_says_of_its_tries_reaches_the_host() {
    let text = "
name: x
concurrency: 6
classes: { builds: 1 }
budget: { tokens: 2M, usd: 2.50, minutes: 90, warn: 70 }
steps:
  - { run: a, class: builds, timeout: 2m, idle-timeout: 30s, retry: { attempts: 4, backoff: 5s, on: [unavailable, timeout] } }
  - { agent: b }
  - { id: c, agent: b, retry: 2, idle-timeout: 1m }
=== agents/b.md
---
timeout: 1h
idle-timeout: 10m
retry: { attempts: 3, on: exhausted }
---
Do it.
";
    let host = host(text, &[]);
    assert!(host.run().is_ok());
    let policy = &host.policies("a")[0];
    assert_eq!(policy.class.as_deref(), Some("builds"));
    assert_eq!(
        (policy.timeout_ms, policy.idle_ms),
        (Some(120_000), Some(30_000))
    );
    assert_eq!((policy.attempts, policy.backoff_ms), (4, Some(5_000)));
    assert_eq!(policy.retry, ["unavailable", "timeout"]);
    let policy = &host.policies("b")[0];
    assert_eq!(
        (policy.timeout_ms, policy.idle_ms),
        (Some(3_600_000), Some(600_000))
    );
    assert_eq!(
        (policy.attempts, policy.retry.as_slice()),
        (3, &["exhausted".to_string()][..])
    );
    let policy = &host.policies("c")[0];
    assert_eq!((policy.attempts, policy.idle_ms), (2, Some(60_000)));
    assert!(policy.retry.is_empty() && policy.at_limit.is_none());

    let outline = Package::new(text).check().outline.expect("an outline");
    let classes: Vec<_> = outline
        .classes
        .iter()
        .map(|class| (class.name.as_str(), class.places))
        .collect();
    assert_eq!(classes, [("agents", 6), ("builds", 1)]);
    let budget = outline.budget;
    assert_eq!((budget.tokens, budget.usd), (Some(2e6), Some(2.5)));
    assert_eq!((budget.minutes, budget.warn), (Some(90.0), Some(70)));
    let agents: Vec<_> = outline.steps.iter().map(|step| step.agents).collect();
    assert_eq!(agents, [Some(0), Some(1), Some(1)]);
}

#[test]
fn how_patient_the_host_is_reaches_it_and_the_step_comes_before_the_file() {
    let text = "
name: x
steps:
  - { id: a, agent: b, nudges: 3, ask-timeout: 1m }
  - { id: c, agent: b }
=== agents/b.md
---
nudges: 0
exit-timeout: 5s
---
Do it.
";
    let host = host(text, &[]);
    assert!(host.run().is_ok());
    let options = |step: &str| {
        let mut options = host.policies(step)[0].options.clone();
        options.sort();
        options
    };
    let named = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect()
    };
    assert_eq!(
        options("a"),
        named(&[("ask-ms", "60000"), ("exit-ms", "5000"), ("nudges", "3")])
    );
    assert_eq!(options("c"), named(&[("exit-ms", "5000"), ("nudges", "0")]));
}

#[test]
fn an_exit_code_is_tried_again_unless_only_other_failures_are() {
    let text = "
name: x
steps:
  - { run: a, retry: { attempts: 2 }, on-failure: continue }
  - { run: b, retry: { attempts: 2, on: [other] }, on-failure: continue }
  - { run: c, retry: { attempts: 2, on: [unavailable] }, on-failure: continue }
";
    let host = host(text, &[])
        .exits("a", 1, "")
        .exits("b", 1, "")
        .exits("c", 1, "");
    assert!(host.run().is_ok());
    assert_eq!(host.started(), ["a", "a", "b", "b", "c"]);
}

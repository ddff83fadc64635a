//! What the probes of Claude Code tell.

use cm_sdk::engine::{Adapter, Finding, Health, finding};
use serde_json::Value;

use crate::{Claude, INSTALL, SIGN_IN};

pub(crate) fn diagnose(findings: &[Finding]) -> Health {
    let mut health = Health::from_version(findings, Claude::NAME, INSTALL);
    // Versions without `auth status` refuse the flag and print no JSON: not known.
    let account = finding(findings, "account")
        .and_then(|probe| serde_json::from_str::<Value>(&probe.stdout).ok());
    health.signed_in = account
        .as_ref()
        .and_then(|account| account.get("loggedIn")?.as_bool());
    if let Some(method) = account
        .as_ref()
        .and_then(|account| account.get("authMethod")?.as_str())
    {
        health
            .options
            .push(("account".to_owned(), method.to_owned()));
    }
    if health.installed && health.signed_in == Some(false) && health.remedy.is_none() {
        health.remedy = Some(format!("Claude Code is not signed in: {SIGN_IN}"));
    }
    health
}

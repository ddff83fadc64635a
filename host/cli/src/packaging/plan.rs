//! A change of packages, as it is shown before it is made.

use cm_distribution::{Change, Plan, Step};
use cm_registry::{Capabilities, Policy};
use console::style;

use crate::view::{figures, notice, text};

/// Says on standard error what a plan would come to.
pub(super) fn show(plan: &Plan, policy: &Policy) {
    for (name, registry) in &plan.left {
        notice(&format!(
            "{name} is left as it is: it came from {registry}; cm update {name} --registry {registry}"
        ));
    }
    for step in &plan.steps {
        if matches!(step.change, Change::BuiltIn) {
            continue;
        }
        eprintln!("{}", head(step));
        if let Some(rule) = policy.forbids(&step.name.to_string(), &step.forbidden) {
            eprintln!(
                "  does not get, by {}:",
                text::one_line(&rule.to_string(), 300)
            );
            eprint!("{}", table(&step.forbidden, "    "));
        }
        if !step.undecided.is_empty() {
            let asks = match step.change {
                Change::Upgrade(_) | Change::Downgrade(_) => "  asks for more than before:",
                _ => "  asks to:",
            };
            eprintln!("{asks}");
            eprint!("{}", table(&step.undecided.capabilities, "    "));
        }
        for caution in &step.cautions {
            let caution = text::one_line(&caution.to_string(), 300);
            eprintln!("  {} {caution}", style("caution:").yellow().for_stderr());
        }
    }
}

fn head(step: &Step) -> String {
    let mut parts = vec![step.change.to_string()];
    if step.dependency {
        parts.push("needed".to_owned());
    }
    parts.push(format!(
        "from {}",
        text::one_line(&step.whence.to_string(), 120)
    ));
    if step.fetch > 0 {
        parts.push(figures::bytes(step.fetch));
    }
    format!(
        "{} {} ({})",
        style(&step.name).bold().for_stderr(),
        step.version,
        parts.join(", ")
    )
}

/// What a package could do: a line each, in columns.
pub(crate) fn table(capabilities: &Capabilities, indent: &str) -> String {
    let rows = capabilities.table();
    let value = |row: &cm_registry::CapabilityRow| text::one_line(&row.value, 60);
    let width = rows.iter().map(|row| value(row).chars().count()).max();
    let mut lines = String::new();
    for row in &rows {
        lines.push_str(&format!(
            "{indent}{:<11}  {:<width$}  {}\n",
            row.capability,
            value(row),
            text::one_line(&row.meaning, 200),
            width = width.unwrap_or_default(),
        ));
    }
    lines
}

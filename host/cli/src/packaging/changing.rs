use cm_distribution::{Change, Plan};
use cm_registry::{Installed, Outcome};

use super::{Packages, agreement, plan};
use crate::{trouble::Trouble, view::notice};

impl Packages<'_> {
    /// Shows a plan, gets agreement to it, and makes the change; says what came of it.
    /// With `dry_run` it is only shown.
    pub(crate) fn change(
        &mut self,
        mut planned: Plan,
        yes: bool,
        dry_run: bool,
    ) -> Result<Vec<Installed>, Trouble> {
        self.bar.clear();
        let news = planned.steps.iter().any(|step| {
            !matches!(step.change, Change::Same | Change::BuiltIn) || !step.undecided.is_empty()
        });
        if news || dry_run || !planned.left.is_empty() {
            plan::show(&planned, self.registry.policy());
        }
        if dry_run {
            eprintln!("Nothing was changed: this was a dry run");
            return Ok(Vec::new());
        }
        agreement::seek(&mut planned, yes)?;
        let part_of_cm: Vec<String> = planned
            .steps
            .iter()
            .filter(|step| step.change == Change::BuiltIn && !step.dependency)
            .map(|step| format!("{} {}", step.name, step.version))
            .collect();
        let applied = self.workspace.apply(&mut self.registry, planned);
        self.bar.clear();
        let installed = applied?;
        for one in &installed {
            for said in &one.notices {
                notice(&said.to_string());
            }
            let how = match one.outcome {
                Outcome::New => "Installed",
                Outcome::Beside => "Installed, beside other versions,",
                Outcome::Replaced => "Replaced",
                Outcome::Unchanged => "Already installed:",
            };
            eprintln!(
                "{how} {} {} ({})",
                one.name,
                one.version,
                one.digest.short()
            );
        }
        for package in part_of_cm {
            eprintln!("Part of cm: {package}");
        }
        Ok(installed)
    }
}

use cm_distribution::Spec;

use crate::{arguments::Add, exit::Exit, packaging, place, trouble::Trouble};

pub(crate) fn run(arguments: &Add) -> Result<Exit, Trouble> {
    let options = arguments.changing.options();
    let project = place::directory(arguments.dir.as_deref())?;
    let mut added = Vec::new();
    for spec in &arguments.packages {
        let Spec::Registry { name, requirement } = spec else {
            return Err(Trouble::usage(
                "not-published",
                "a project can depend only on packages of a registry: others cannot be had \
                 everywhere",
            )
            .help("publish it, or install it for yourself with `cm install`"));
        };
        added.push((name.clone(), requirement.clone()));
    }
    let (yes, dry_run) = (arguments.changing.yes, arguments.changing.dry_run);
    packaging::with(Some(&project), &options, |packages| {
        let plan = packages
            .workspace
            .add(&packages.registry, &added, &options)?;
        packages.change(plan, yes, dry_run)?;
        for (name, _) in added.iter().filter(|_| !dry_run) {
            eprintln!("Added {name} to {}", project.join("cm.toml").display());
        }
        Ok(Exit::Done)
    })
}

use cm_distribution::{Name, Options};

use super::needed;
use crate::{arguments::Remove, exit::Exit, packaging, place, trouble::Trouble, view::notice};

pub(crate) fn run(arguments: &Remove) -> Result<Exit, Trouble> {
    if arguments.project {
        return from_project(arguments);
    }
    packaging::with(None, &Options::default(), |packages| {
        let mut needed = packages
            .workspace
            .why(&packages.registry, &arguments.name)
            .unwrap_or_default();
        needed.retain(|it| it.requirement.is_some());
        if !arguments.force {
            needed::by_runs(&packages.registry, &arguments.name)?;
        }
        let removed = packages.registry.remove(&arguments.name)?;
        for said in &removed.notices {
            notice(&said.to_string());
        }
        for version in &removed.versions {
            eprintln!("Removed {} {version}", removed.name);
        }
        if let Some(active) = &removed.active {
            eprintln!("{} now means {active}", removed.name);
        }
        if let (None, Some(last)) = (
            &removed.active,
            needed.first().and_then(|it| it.chain.last()),
        ) {
            notice(&format!(
                "{} {} needs {}, and will not find it",
                last.0, last.1, removed.name
            ));
        }
        Ok(Exit::Done)
    })
}

fn from_project(arguments: &Remove) -> Result<Exit, Trouble> {
    let name: Name = arguments.name.parse()?;
    let project = place::directory(arguments.dir.as_deref())?;
    let options = Options::default();
    packaging::with(Some(&project), &options, |packages| {
        let plan = packages.workspace.remove_from_project(
            &packages.registry,
            std::slice::from_ref(&name),
            &options,
        )?;
        packages.change(plan, false, false)?;
        eprintln!("Took {name} out of {}", project.join("cm.toml").display());
        Ok(Exit::Done)
    })
}

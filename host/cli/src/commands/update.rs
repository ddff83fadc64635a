use crate::{arguments::Update, exit::Exit, packaging, place, trouble::Trouble};

pub(crate) fn run(arguments: &Update) -> Result<Exit, Trouble> {
    let options = arguments.changing.options();
    let project = match arguments.project {
        true => Some(place::directory(arguments.dir.as_deref())?),
        false => None,
    };
    let (yes, dry_run) = (arguments.changing.yes, arguments.changing.dry_run);
    packaging::with(project.as_deref(), &options, |packages| {
        let plan = packages
            .workspace
            .update(&packages.registry, &arguments.names, &options)?;
        if plan.is_idle() {
            eprintln!("Everything is up to date");
        }
        packages.change(plan, yes, dry_run)?;
        Ok(Exit::Done)
    })
}

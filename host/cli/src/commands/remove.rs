use crate::{arguments::Remove, exit::Exit, place, trouble::Trouble, view::notice};

pub(crate) fn run(arguments: &Remove) -> Result<Exit, Trouble> {
    let removed = place::registry()?.remove(&arguments.name)?;
    for said in &removed.notices {
        notice(&said.to_string());
    }
    for version in &removed.versions {
        eprintln!("Removed {} {version}", removed.name);
    }
    if let Some(active) = &removed.active {
        eprintln!("{} now means {active}", removed.name);
    }
    Ok(Exit::Done)
}

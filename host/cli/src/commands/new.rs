use std::path::PathBuf;

use cm_registry::{NAME_RULE, is_name, nearest_name};

use crate::{
    arguments::{New, Template},
    exit::Exit,
    making,
    trouble::Trouble,
};

pub(crate) fn run(arguments: &New) -> Result<Exit, Trouble> {
    let name = &arguments.name;
    if !is_name(name) {
        let message = format!("`{name}` cannot be a package's name: that is {NAME_RULE}");
        return Err(Trouble::usage("package-name", message)
            .help(format!("try: cm new {}", nearest_name(name))));
    }
    let directory = arguments.dir.clone().unwrap_or_else(|| PathBuf::from(name));
    making::scaffold(arguments.template, name, &directory)?;
    let shown = directory.display();
    eprintln!("Made {shown}");
    if arguments.template == Template::Workflow {
        let plain = directory.is_absolute() || directory.starts_with("..");
        let here = if plain { "" } else { "./" };
        eprintln!("Check it: cm check {shown}\nRun it on a project: cm run {here}{shown}");
    } else {
        eprintln!("Build it: cm build {shown}\nCheck it: cm check {shown}");
    }
    Ok(Exit::Done)
}

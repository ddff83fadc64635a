use crate::{
    arguments::Build,
    exit::Exit,
    making::{self, Built},
    trouble::Trouble,
    view::out,
};

pub(crate) fn run(arguments: &Build) -> Result<Exit, Trouble> {
    let package = making::open(&arguments.path)?;
    if let Some(file) = &arguments.manifest {
        making::outside(&package, file)?;
    }
    making::compile(&package)?;
    let artifact = making::artifact(&package)?;
    if let Some(file) = &arguments.manifest {
        std::fs::write(file, &artifact.manifest.bytes).map_err(|error| {
            Trouble::new("disk", format!("cannot write {}: {error}", file.display()))
        })?;
    }
    let built = Built::of(&artifact);
    if arguments.json {
        out::json(&built);
    } else {
        built.show();
    }
    Ok(Exit::Done)
}

use crate::{
    arguments::{Arguments, Completions},
    exit::Exit,
    trouble::Trouble,
    view::out,
};

pub(crate) fn run(arguments: &Completions) -> Result<Exit, Trouble> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Arguments::described(),
        "cm",
        &mut script,
    );
    out::piece(&String::from_utf8_lossy(&script));
    Ok(Exit::Done)
}

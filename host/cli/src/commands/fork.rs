use super::rerun::{Again, again};
use crate::{arguments::Fork, exit::Exit, trouble::Trouble};

pub(crate) fn run(arguments: &Fork) -> Result<Exit, Trouble> {
    again(&Again {
        run: &arguments.run,
        at: Some(&arguments.at),
        prompt: None,
        upgrade: arguments.upgrade,
        place: &arguments.place,
        manner: &arguments.manner,
    })
}

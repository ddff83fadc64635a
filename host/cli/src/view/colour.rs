use std::env::var_os;

/// `CLICOLOR` and `CLICOLOR_FORCE` are respected by `console`. To it `NO_COLOR` is
/// weaker than they are, and a dumb terminal is not known.
pub(crate) fn set_up() {
    let refused = var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if refused || var_os("TERM").is_some_and(|term| term == "dumb") {
        console::set_colors_enabled(false);
        console::set_colors_enabled_stderr(false);
    }
}

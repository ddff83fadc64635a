/// `NO_COLOR` and `CLICOLOR_FORCE` are respected by `console`; a dumb terminal is not
/// known to it.
pub(crate) fn set_up() {
    if std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
        console::set_colors_enabled(false);
        console::set_colors_enabled_stderr(false);
    }
}

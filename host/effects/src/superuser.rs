/// Whether this process, and so what it starts, runs as the superuser. Some programs
/// refuse to work then unless they are asked in another way.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

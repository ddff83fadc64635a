//! The terminal, while lines are typed below what a run shows.

use std::io::IsTerminal as _;

/// Keys come at once and are not shown by the terminal itself; Ctrl-C stays what it is.
/// As it was before when this is dropped.
#[derive(Debug)]
pub(crate) struct Tty {
    before: libc::termios,
}

impl Tty {
    /// None when standard input is no terminal that can do this.
    pub(crate) fn take() -> Option<Self> {
        if !std::io::stdin().is_terminal() {
            return None;
        }
        let mut modes = std::mem::MaybeUninit::<libc::termios>::uninit();
        // SAFETY: the pointer is valid for writes of a `termios`, and that is all that the
        // function needs.
        let got = unsafe { libc::tcgetattr(libc::STDIN_FILENO, modes.as_mut_ptr()) };
        if got != 0 {
            return None;
        }
        // SAFETY: the call succeeded, so all of it was written.
        let before = unsafe { modes.assume_init() };
        let mut now = before;
        now.c_lflag &= !(libc::ICANON | libc::ECHO);
        now.c_cc[libc::VMIN] = 1;
        now.c_cc[libc::VTIME] = 0;
        set(&now).then_some(Self { before })
    }
}

/// Whether this process may use its terminal: a job in the background is stopped by the
/// system when it reads.
pub(crate) fn is_ours() -> bool {
    // SAFETY: both take no pointer.
    let (front, own) = unsafe { (libc::tcgetpgrp(libc::STDIN_FILENO), libc::getpgrp()) };
    front == own
}

impl Drop for Tty {
    fn drop(&mut self) {
        set(&self.before);
    }
}

fn set(modes: &libc::termios) -> bool {
    // SAFETY: the reference is valid for reads, and that is all that the function needs.
    unsafe { libc::tcsetattr(libc::STDIN_FILENO, libc::TCSANOW, modes) == 0 }
}

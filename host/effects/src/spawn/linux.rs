//! Starting a process on Linux: `clone` as `posix_spawn` uses it, because a plain `fork`
//! copies the page tables of a `cm` full of compiled components for nothing; and not
//! `posix_spawn` itself, because it cannot ask for the parent-death signal.

use std::{
    ffi::{CString, OsStr, c_char, c_int, c_void},
    io,
    mem::MaybeUninit,
    os::{
        fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd},
        unix::ffi::OsStrExt as _,
    },
    ptr,
    sync::atomic::{AtomicI32, Ordering},
};

use rustix::{
    fs::{Mode, OFlags},
    io::fcntl_dupfd_cloexec,
    pipe::{PipeFlags, pipe_with},
};

use super::{Plan, Spawned};

/// The child's stack until its program is loaded; a dozen system calls live on it.
const STACK: usize = 64 * 1024;

/// Signals that a program counts on even when `cm` was started with them ignored.
/// SIGHUP is left alone: ignored, it is somebody's `nohup`.
const EXPECTED: [c_int; 6] = [
    libc::SIGPIPE,
    libc::SIGTERM,
    libc::SIGINT,
    libc::SIGQUIT,
    libc::SIGCHLD,
    libc::SIGTSTP,
];

/// Everything the child needs, laid out beforehand: it may not allocate.
struct Task {
    program: *const c_char,
    arguments: *const *const c_char,
    environment: *const *const c_char,
    directory: *const c_char,
    /// Its standard input, output and error.
    streams: [RawFd; 3],
    parent: libc::pid_t,
    /// What it is sent when the parent dies.
    last_word: c_int,
    /// Why it failed; 0 as long as it did not.
    error: AtomicI32,
}

/// Starts it.
///
/// The child dies with the *thread* that called this: that is what the kernel takes for
/// the parent. It leads a new group and has no terminal: a program that asks for a
/// password there gets an error, instead of being stopped for speaking out of turn.
///
/// Not with a new session, which would give it both at once: where the scheduler groups
/// by session (`sched_autogroup_enabled`), fifty of them at once took twice as long.
pub(crate) fn spawn(plan: &Plan<'_>) -> io::Result<Spawned> {
    let (stdin_theirs, stdin) = if plan.stdin {
        let (reader, writer) = pipe_with(PipeFlags::CLOEXEC)?;
        (reader, Some(writer))
    } else {
        let null = rustix::fs::open(
            c"/dev/null",
            OFlags::RDONLY | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        (null, None)
    };
    let (stdout, stdout_theirs) = pipe_with(PipeFlags::CLOEXEC)?;
    let (stderr, stderr_theirs) = pipe_with(PipeFlags::CLOEXEC)?;
    let theirs = [
        clear_of_standard(stdin_theirs)?,
        clear_of_standard(stdout_theirs)?,
        clear_of_standard(stderr_theirs)?,
    ];

    let program = text(plan.program.as_os_str())?;
    let directory = text(plan.directory.as_os_str())?;
    let mut arguments = vec![text(OsStr::new(plan.name))?];
    for argument in plan.arguments {
        arguments.push(text(OsStr::new(argument))?);
    }
    let mut environment = Vec::with_capacity(plan.environment.len());
    for (name, value) in plan.environment {
        let mut variable = name.clone();
        variable.push("=");
        variable.push(value);
        environment.push(text(&variable)?);
    }
    let argument_list = list(&arguments);
    let environment_list = list(&environment);
    let task = Task {
        program: program.as_ptr(),
        arguments: argument_list.as_ptr(),
        environment: environment_list.as_ptr(),
        directory: directory.as_ptr(),
        streams: [
            theirs[0].as_raw_fd(),
            theirs[1].as_raw_fd(),
            theirs[2].as_raw_fd(),
        ],
        // SAFETY: always succeeds.
        parent: unsafe { libc::getpid() },
        last_word: match plan.finishes {
            true => 0,
            false => libc::SIGKILL,
        },
        error: AtomicI32::new(0),
    };
    let (pid, handle) = clone(&task)?;
    Ok(Spawned {
        pid,
        handle,
        stdin,
        stdout,
        stderr,
    })
}

fn clone(task: &Task) -> io::Result<(i32, Option<OwnedFd>)> {
    let mut stack: Vec<MaybeUninit<u128>> = Vec::with_capacity(STACK / size_of::<u128>());
    let top = stack
        .spare_capacity_mut()
        .as_mut_ptr_range()
        .end
        .cast::<c_void>();
    let mut handle: c_int = -1;
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::CLONE_PIDFD | libc::SIGCHLD;

    // The child shares our memory: none of our signal handlers may run in it.
    let mut all = MaybeUninit::<libc::sigset_t>::uninit();
    let mut before = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: the sets are valid for writing, and `all` is filled before it is read.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr());
    }
    // SAFETY: `child` runs on the stack just made, whose upper end is `top` and aligned to
    // 16. CLONE_VFORK holds this thread until the child has loaded its program or is gone,
    // so that the stack, the task and all it points to outlive its use of them. The
    // handle is where the kernel puts the file descriptor that CLONE_PIDFD asks for.
    let (pid, error) = unsafe {
        let pid = libc::clone(
            child,
            top,
            flags,
            ptr::from_ref(task).cast_mut().cast::<c_void>(),
            &raw mut handle,
        );
        (pid, io::Error::last_os_error())
    };
    // SAFETY: `before` was filled above.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), ptr::null_mut()) };
    drop(stack);
    if pid < 0 {
        return Err(error);
    }
    // SAFETY: the kernel just made it for us; a kernel that does not know of it left -1.
    let handle = (handle >= 0).then(|| unsafe { OwnedFd::from_raw_fd(handle) });
    match task.error.load(Ordering::Acquire) {
        0 => Ok((pid, handle)),
        code => {
            // SAFETY: it is our child and has ended or is about to; a null status is allowed.
            unsafe { libc::waitpid(pid, ptr::null_mut(), 0) };
            Err(io::Error::from_raw_os_error(code))
        }
    }
}

/// What the child does until it is another program. It shares the memory of the parent,
/// whose other threads go on: no allocation, no lock, no panic; system calls only.
extern "C" fn child(task: *mut c_void) -> c_int {
    // SAFETY: `spawn` passes a task that outlives this function; it is only read, but for
    // an atomic.
    let task = unsafe { &*task.cast::<Task>() };
    // SAFETY: every pointer in the task is to a C string, or to a list of them that ends
    // with null; the file descriptors are open; only async-signal-safe functions are called.
    unsafe { become_program(task) };
    // `errno`; the parent, whose variable it is, looks at it only after a call that sets it.
    let code = io::Error::last_os_error().raw_os_error();
    task.error
        .store(code.unwrap_or(libc::EIO), Ordering::Release);
    // SAFETY: ends this process without running anything of the parent's.
    unsafe { libc::_exit(127) }
}

/// Returns only when something failed, with the reason in `errno`.
///
/// # Safety
/// To be called by [`child`] alone, with a task whose pointers are valid.
unsafe fn become_program(task: &Task) {
    // SAFETY: as the function's contract says.
    unsafe {
        if libc::setpgid(0, 0) < 0 || libc::prctl(libc::PR_SET_PDEATHSIG, task.last_word) < 0 {
            return;
        }
        // The parent may have died before the line above: nobody would tell us.
        if libc::getppid() != task.parent {
            libc::_exit(127);
        }
        // Only for itself and its children: it does not lead the session.
        let terminal = libc::open(c"/dev/tty".as_ptr(), libc::O_RDWR | libc::O_CLOEXEC);
        if terminal >= 0 {
            libc::ioctl(terminal, libc::TIOCNOTTY);
            libc::close(terminal);
        }
        for (number, stream) in (0..).zip(task.streams) {
            if libc::dup2(stream, number) < 0 {
                return;
            }
        }
        // Whatever `cm` itself was started with is not for the program. Kernels before
        // 5.11 do not know how; then only what was opened here is closed.
        libc::syscall(
            libc::SYS_close_range,
            3,
            libc::c_uint::MAX,
            libc::CLOSE_RANGE_CLOEXEC,
        );
        if libc::chdir(task.directory) < 0 {
            return;
        }
        let mut default: libc::sigaction = std::mem::zeroed();
        default.sa_sigaction = libc::SIG_DFL;
        for signal in 1..=64 {
            let mut now: libc::sigaction = std::mem::zeroed();
            if libc::sigaction(signal, ptr::null(), &mut now) < 0 {
                continue;
            }
            let handled = now.sa_sigaction != libc::SIG_DFL && now.sa_sigaction != libc::SIG_IGN;
            if handled || (now.sa_sigaction == libc::SIG_IGN && EXPECTED.contains(&signal)) {
                libc::sigaction(signal, &default, ptr::null_mut());
            }
        }
        let mut none = MaybeUninit::<libc::sigset_t>::uninit();
        libc::sigemptyset(none.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, none.as_ptr(), ptr::null_mut());
        libc::execve(task.program, task.arguments, task.environment);
    }
}

/// `dup2` onto itself would leave it to be closed, and onto another would close that.
fn clear_of_standard(fd: OwnedFd) -> io::Result<OwnedFd> {
    if fd.as_raw_fd() > 2 {
        return Ok(fd);
    }
    Ok(fcntl_dupfd_cloexec(&fd, 3)?)
}

fn text(text: &OsStr) -> io::Result<CString> {
    Ok(CString::new(text.as_bytes())?)
}

/// Pointers as `execve` takes them, with the null at the end.
fn list(texts: &[CString]) -> Vec<*const c_char> {
    texts
        .iter()
        .map(|text| text.as_ptr())
        .chain([ptr::null()])
        .collect()
}

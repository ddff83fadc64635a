mod excuse;
mod preparing;
mod reading;
mod steps;
mod stopping;
#[cfg(test)]
mod tests;

use std::{future::poll_fn, io, pin::Pin, task::Poll};

use tokio::{
    net::unix::pipe,
    time::{Instant, Sleep},
};

use crate::{
    EndedBy, Exit, Launch, LaunchError, Limits, Output, ProcessIdentity, Stdin, census, identity,
    leader::Leader,
    program,
    recording::Recorder,
    spawn::{self, Plan, Spawned},
    stdin::Feed,
    watch::Watch,
};

/// One piece of output, at most: what a pipe holds.
const PIECE: usize = 64 * 1024;

/// A running program, the leader of its own group.
///
/// Everything happens within [`Process::next`]: output is read, input is written, limits
/// are enforced while somebody awaits it, and only then. It may be dropped and called
/// again at any time without losing anything, so it can stand in a `select!`.
///
/// Dropped, the process is killed with its group (after its grace, if it comes to its
/// end by itself), and reaped.
#[derive(Debug)]
pub struct Process {
    leader: Leader,
    identity: ProcessIdentity,
    watch: Watch,
    feed: Feed,
    stdout: Option<pipe::Receiver>,
    stderr: Option<pipe::Receiver>,
    limits: Limits,
    started: Instant,
    /// Since when it prints nothing although somebody listens.
    quiet: Option<Instant>,
    /// Since when it waits for something from here.
    excused: Option<Instant>,
    /// What `Limits::output_bytes` still allows.
    allowed: u64,
    stage: Stage,
    ended_by: Option<EndedBy>,
    /// When the leader was seen to have ended.
    ended: Option<Instant>,
    timer: Pin<Box<Sleep>>,
    buffer: Box<[u8]>,
    /// Who is read first next time: neither may keep the other from being heard.
    stderr_first: bool,
    recorder: Option<Recorder>,
    exit: Option<Exit>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Running,
    /// Told to end; killed at this time.
    Stopping(Instant),
    /// Killed then.
    Killed(Instant),
    /// Only what lies in the pipes is still taken, this much of it.
    Rest(u64),
}

impl Process {
    /// Starts a program.
    ///
    /// On Linux it dies with the thread that calls this. So call it from a thread that
    /// lives as long as `cm` does: the one that runs the `current_thread` runtime, never
    /// a `spawn_blocking` one.
    ///
    /// # Errors
    /// When it could not be started; nothing runs then.
    pub fn start(launch: Launch) -> Result<Self, LaunchError> {
        let name = launch.program;
        let other = |source| LaunchError::Other {
            program: name.clone(),
            source,
        };
        if tokio::runtime::Handle::try_current().is_err() {
            let source = io::Error::other("processes are started within a tokio runtime");
            return Err(other(source));
        }
        preparing::keep_children();
        preparing::check_directory(&launch.directory)?;
        let mark = identity::new_mark();
        let mut environment = identity::marked(launch.environment, &mark);
        if launch.limits.finishes {
            environment.push((identity::FINISHES.into(), "1".into()));
        }
        let path = environment.iter().find(|(name, _)| name == "PATH");
        let path = path.map(|(_, value)| value.as_os_str());
        let program = program::locate(&name, path, &launch.directory)?;
        let plan = Plan {
            program: &program,
            name: &name,
            arguments: &launch.arguments,
            environment: &environment,
            directory: &launch.directory,
            stdin: launch.stdin != Stdin::Null,
            finishes: launch.limits.finishes,
        };
        if let Some(what) = spawn::unrepresentable(&plan) {
            return Err(LaunchError::Unrepresentable {
                program: name,
                what,
            });
        }
        let recorder = launch.recording.map(Recorder::begin).transpose();
        let recorder = recorder.map_err(|(path, source)| LaunchError::Recording {
            program: name.clone(),
            path,
            source,
        })?;
        let spawned = spawn::patiently(|| spawn::spawn(&plan)).map_err(|source| {
            if source.raw_os_error() == Some(libc::E2BIG) {
                let (total, longest) = spawn::sizes(&plan);
                return LaunchError::ArgumentsTooLong {
                    program: name.clone(),
                    total,
                    longest,
                };
            }
            LaunchError::from_system(&name, program.clone(), source)
        })?;
        let mut process =
            Self::adopt(spawned, mark, launch.limits, recorder).map_err(|source| {
                match source.raw_os_error() {
                    Some(libc::EMFILE | libc::ENFILE) => LaunchError::TooManyFiles {
                        program: name.clone(),
                    },
                    _ => other(source),
                }
            })?;
        if let Stdin::Text(text) = launch.stdin {
            process.feed.push(text.into_bytes()).map_err(other)?;
            process.feed.end();
        }
        Ok(process)
    }

    fn adopt(
        spawned: Spawned,
        mark: String,
        limits: Limits,
        recorder: Option<Recorder>,
    ) -> io::Result<Self> {
        // First of all: should anything below fail, this kills it.
        let leader = Leader::new(spawned.pid).with_notice(limits.finishes.then_some(limits.grace));
        let identity = ProcessIdentity {
            pid: spawned.pid.unsigned_abs(),
            started: census::started(spawned.pid),
            mark,
        };
        let started = Instant::now();
        Ok(Self {
            watch: Watch::new(spawned.handle)?,
            feed: Feed::new(spawned.stdin.map(pipe::Sender::from_owned_fd).transpose()?),
            stdout: Some(pipe::Receiver::from_owned_fd(spawned.stdout)?),
            stderr: Some(pipe::Receiver::from_owned_fd(spawned.stderr)?),
            leader,
            identity,
            limits,
            started,
            quiet: None,
            excused: None,
            allowed: limits.output_bytes,
            stage: Stage::Running,
            ended_by: None,
            ended: None,
            timer: Box::pin(tokio::time::sleep_until(started)),
            buffer: vec![0; PIECE].into_boxed_slice(),
            stderr_first: false,
            recorder,
            exit: None,
        })
    }

    /// By what it can be told from others, also after `cm` has crashed.
    pub fn identity(&self) -> &ProcessIdentity {
        &self.identity
    }

    /// What it does next. After `Exited`, always that again.
    pub async fn next(&mut self) -> Output {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// Sends bytes to its standard input. It never waits for the program to read them:
    /// what does not fit into the pipe is written by [`Process::next`].
    ///
    /// # Errors
    /// `BrokenPipe` when its standard input is closed, on this side or on the other;
    /// `StorageFull` when it leaves too much unread.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.feed.push(bytes.to_vec())?;
        self.quiet = None;
        poll_fn(|context| Poll::Ready(self.feed.poll(context))).await
    }

    /// Closes its standard input once everything is written.
    pub async fn close_stdin(&mut self) {
        self.feed.end();
    }

    /// Begins to stop it, for this reason: its whole group is told to end (SIGTERM), and
    /// killed after `Limits::grace`. What it still has to say comes through
    /// [`Process::next`], which ends with `Exited` as always; or use
    /// [`Process::finish`]. To stop it again changes nothing.
    pub async fn stop(&mut self, why: EndedBy) {
        self.tell_to_end(why, Instant::now());
    }

    /// Kills its whole group at once, for this reason.
    pub async fn kill(&mut self, why: EndedBy) {
        self.kill_now(why, Instant::now());
    }

    /// Waits for its end. What it prints until then is recorded, but not kept.
    pub async fn finish(&mut self) -> Exit {
        loop {
            if let Output::Exited(exit) = self.next().await {
                return exit;
            }
        }
    }
}

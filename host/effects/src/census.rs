//! Who is alive: a look through `/proc`. Elsewhere it finds nobody, and callers fall
//! back to the process group alone.

use std::{io, os::fd::OwnedFd};

use crate::ProcessIdentity;

/// A process that belongs to an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
pub(crate) struct Member {
    pub(crate) pid: i32,
    pub(crate) group: i32,
    /// As in [`ProcessIdentity::started`].
    pub(crate) started: u64,
    /// Whether it comes to its end by itself.
    pub(crate) finishes: bool,
}

/// When this process started; 0 where that is not known.
#[cfg(target_os = "linux")]
pub(crate) fn started(pid: i32) -> u64 {
    linux::stat(pid).map_or(0, |stat| stat.started)
}

/// When this process started; 0 where that is not known.
#[cfg(not(target_os = "linux"))]
pub(crate) fn started(_pid: i32) -> u64 {
    0
}

/// The living processes that belong to this identity: those that carry its mark, and,
/// as long as its leader is the same process (alive or not yet reaped), those in its
/// group. Never this process or one that it runs under.
#[cfg(target_os = "linux")]
pub(crate) fn members(identity: &ProcessIdentity) -> Vec<Member> {
    linux::members(identity)
}

/// Not known here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn members(_identity: &ProcessIdentity) -> Vec<Member> {
    Vec::new()
}

/// The living processes that have this `NAME=value` in their environment. Never this
/// process or one that it runs under.
#[cfg(target_os = "linux")]
pub(crate) fn carriers(variable: &str) -> Vec<Member> {
    linux::carriers(variable)
}

/// Not known here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn carriers(_variable: &str) -> Vec<Member> {
    Vec::new()
}

/// The living processes that have this variable in their environment, and what it says
/// there. Never this process or one that it runs under.
#[cfg(target_os = "linux")]
pub(crate) fn bearers(name: &str) -> Vec<(Member, String)> {
    linux::bearers(name)
}

/// Not known here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn bearers(_name: &str) -> Vec<(Member, String)> {
    Vec::new()
}

/// Whether any living process has this text in its environment.
#[cfg(target_os = "linux")]
pub(crate) fn is_mentioned(text: &str) -> bool {
    linux::is_mentioned(text.as_bytes())
}

/// Not known here: everything may be.
#[cfg(not(target_os = "linux"))]
pub(crate) fn is_mentioned(_text: &str) -> bool {
    true
}

/// Sends this process a signal, unless it is gone or its number is another's by now;
/// what comes back is readable when it has ended.
#[cfg(target_os = "linux")]
pub(crate) fn strike(member: Member, signal: i32) -> io::Result<Option<OwnedFd>> {
    use rustix::{
        io::Errno,
        process::{Signal, pidfd_send_signal},
    };

    let Some(signal) = Signal::from_named_raw(signal) else {
        return Ok(None);
    };
    let Some(handle) = hold(member)? else {
        return Ok(None);
    };
    match pidfd_send_signal(&handle, signal) {
        Ok(()) => Ok(Some(handle)),
        Err(Errno::SRCH) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What is readable when this process has ended; none: it is gone.
#[cfg(target_os = "linux")]
pub(crate) fn hold(member: Member) -> io::Result<Option<OwnedFd>> {
    use rustix::{
        io::Errno,
        process::{Pid, PidfdFlags, pidfd_open},
    };

    let Some(pid) = Pid::from_raw(member.pid) else {
        return Ok(None);
    };
    let handle = match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(handle) => handle,
        Err(Errno::SRCH) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    // From here on the handle means one process for ever; is it the one that was seen?
    Ok((started(member.pid) == member.started).then_some(handle))
}

/// Nobody is known here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn strike(_member: Member, _signal: i32) -> io::Result<Option<OwnedFd>> {
    Ok(None)
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        collections::HashMap,
        fs,
        io::{self, Read as _},
        time::Duration,
    };

    use super::Member;
    use crate::{
        ProcessIdentity,
        identity::{FINISHES, MARK},
    };

    /// PF_KTHREAD of the kernel's `flags`.
    const KERNEL_THREAD: u32 = 0x0020_0000;
    /// How often a process that is just being loaded is looked at again.
    const LOADING: u32 = 50;
    /// How often one that shows a name but no environment is.
    const NAMED: u32 = 24;
    /// More than nearly every environment.
    const ROOM: usize = 256 * 1024;

    pub(super) struct Stat {
        state: char,
        parent: i32,
        group: i32,
        flags: u32,
        pub(super) started: u64,
    }

    pub(super) fn stat(pid: i32) -> Option<Stat> {
        let text = fs::read(format!("/proc/{pid}/stat")).ok()?;
        // The name in the second field may hold anything, also `) `; it ends at the last one.
        let end = text.iter().rposition(|byte| *byte == b')')?;
        let fields = str::from_utf8(text.get(end + 2..)?).ok()?;
        let fields: Vec<&str> = fields.split_ascii_whitespace().collect();
        Some(Stat {
            state: fields.first()?.chars().next()?,
            parent: fields.get(1)?.parse().ok()?,
            group: fields.get(2)?.parse().ok()?,
            flags: fields.get(6)?.parse().ok()?,
            started: fields.get(19)?.parse().ok()?,
        })
    }

    pub(super) fn members(identity: &ProcessIdentity) -> Vec<Member> {
        let Ok(leader) = i32::try_from(identity.pid) else {
            return Vec::new();
        };
        let everyone = everyone();
        let same_leader = identity.started != 0
            && everyone
                .get(&leader)
                .is_some_and(|stat| stat.started == identity.started);
        let mark = format!("{MARK}={}", identity.mark);
        let mut room = Vec::new();
        among(&everyone, |pid, stat| {
            stat.started >= identity.started
                && ((same_leader && stat.group == leader)
                    || carries(pid, mark.as_bytes(), &mut room))
        })
    }

    pub(super) fn carriers(variable: &str) -> Vec<Member> {
        let mut room = Vec::new();
        among(&everyone(), |pid, _| {
            carries(pid, variable.as_bytes(), &mut room)
        })
    }

    pub(super) fn bearers(name: &str) -> Vec<(Member, String)> {
        let begin = format!("{name}=");
        let mut room = Vec::new();
        let mut value = |pid| {
            let environment = environment(pid, &mut room).ok()?;
            let mut variables = environment.split(|byte| *byte == 0);
            let value = variables.find_map(|it| it.strip_prefix(begin.as_bytes()))?;
            Some(String::from_utf8_lossy(value).into_owned())
        };
        let members = among(&everyone(), |_, _| true);
        let members = members.into_iter();
        members
            .filter_map(|member| Some((member, value(member.pid)?)))
            .collect()
    }

    pub(super) fn is_mentioned(text: &[u8]) -> bool {
        let mut room = Vec::new();
        let mentions = |pid: &i32| {
            let environment = environment(*pid, &mut room).unwrap_or_default();
            environment.windows(text.len()).any(|part| part == text)
        };
        everyone().keys().any(mentions)
    }

    fn everyone() -> HashMap<i32, Stat> {
        let Ok(directory) = fs::read_dir("/proc") else {
            return HashMap::new();
        };
        directory
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter_map(|pid| Some((pid, stat(pid)?)))
            .collect()
    }

    /// Of these, the living programs that are meant, and may be.
    fn among(
        everyone: &HashMap<i32, Stat>,
        mut meant: impl FnMut(i32, &Stat) -> bool,
    ) -> Vec<Member> {
        let spared = ancestors(everyone);
        let members = everyone.iter().filter(|(pid, stat)| {
            // A zombie runs no more; what reaps it is its parent's business.
            !matches!(stat.state, 'Z' | 'X')
                && stat.flags & KERNEL_THREAD == 0
                && !spared.contains(pid)
                && meant(**pid, stat)
        });
        let finishes = format!("{FINISHES}=1");
        let mut room = Vec::new();
        let member = |(pid, stat): (&i32, &Stat)| Member {
            pid: *pid,
            group: stat.group,
            started: stat.started,
            finishes: carries(*pid, finishes.as_bytes(), &mut room),
        };
        members.map(member).collect()
    }

    /// This process and those it runs under: a `cm` started by an agent of a crashed
    /// run must not end itself.
    fn ancestors(everyone: &HashMap<i32, Stat>) -> Vec<i32> {
        let mut line = Vec::new();
        let mut pid = i32::try_from(std::process::id()).unwrap_or(0);
        while pid > 0 && !line.contains(&pid) {
            line.push(pid);
            pid = everyone.get(&pid).map_or(0, |stat| stat.parent);
        }
        line
    }

    fn carries(pid: i32, mark: &[u8], room: &mut Vec<u8>) -> bool {
        let mut named = 0;
        for _ in 0..LOADING {
            match environment(pid, room) {
                Err(_) => return false,
                Ok([]) => {}
                Ok(environment) => {
                    return environment.split(|byte| *byte == 0).any(|it| it == mark);
                }
            }
            // It has ended, or is just being loaded; or it has no environment at all, and
            // then at least a name whenever one looks.
            if stat(pid).is_none_or(|stat| matches!(stat.state, 'Z' | 'X')) {
                return false;
            }
            let name = fs::read(format!("/proc/{pid}/cmdline"));
            named += u32::from(name.is_ok_and(|name| !name.is_empty()));
            if named > NAMED {
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        false
    }

    /// In one go where it can be: a process that loads another program between two reads
    /// ends the file there, and a half would be taken for the whole.
    fn environment(pid: i32, room: &mut Vec<u8>) -> io::Result<&[u8]> {
        let mut file = fs::File::open(format!("/proc/{pid}/environ"))?;
        room.resize(ROOM, 0);
        let length = file.read(room)?;
        if length == ROOM {
            file.read_to_end(room)?;
        } else {
            room.truncate(length);
        }
        Ok(room)
    }
}

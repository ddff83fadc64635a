//! Programs that start others, and leave them behind.

use std::{fs, process::Stdio};

use rustix::process::Signal;

use super::{
    journal::Events,
    living::{assert_gone, eventually, is_alive, with_variable},
};
use crate::support::{Cm, PATIENCE, end, signal};

/// The first ends, and leaves one that keeps its pipes open, in its group or out of it.
#[test]
fn a_pipe_that_stays_open_holds_up_nothing() {
    for left in ["sleep 300 &", "setsid sleep 300 &"] {
        let workflow = format!(
            "name: Test\nsteps: [{{ id: first, run: '{left} echo begun' }}, {{ run: 'echo after {{first.output}}' }}]"
        );
        let cm = Cm::new().workflow(&workflow);
        let ran = cm.flow().code(0).calm();
        assert_eq!(ran.out(), "after begun\n", "{left}: {ran}");
        assert_gone(&cm.last());
    }
}

/// A server that an agent started and forgot: it ends with the agent's program. One that
/// has left the group and lets go of the pipes is a daemon, and is not waited for.
#[test]
fn a_forgotten_server_is_not_waited_for() {
    for (left, daemon) in [("sleep 300", false), ("setsid sleep 300", true)] {
        let script = format!(
            r#"{{ "rules": [{{ "agent": "a", "do": [{{ "run": "{left} >/dev/null 2>/dev/null & sleep 0.3" }}, {{ "say": "said" }}] }}] }}"#
        );
        let cm = Cm::new()
            .workflow("name: Test\nsteps: [{ agent: a }]")
            .agent("a", "Go.")
            .script(&script);
        let ran = cm.flow().code(0).calm();
        assert_eq!(ran.out(), "said\n", "{left}: {ran}");
        if daemon {
            let left = with_variable(&format!("CM_RUN={}", cm.last()));
            for pid in left {
                end(u32::try_from(pid).expect("a process id"));
            }
        }
        assert_gone(&cm.last());
    }
}

/// An engine that says all it has to say and ends, while its child keeps its pipes open.
#[test]
fn an_engine_has_ended_though_its_pipes_have_not() {
    let program = r#"printf '%s\n' '{"id":1,"result":{}}' '{"id":2,"result":{"thread":{"id":"t"}}}' '{"id":3,"result":{"turn":{"id":"u"}}}'
printf '%s\n' '{"method":"item/completed","params":{"threadId":"t","turnId":"u","item":{"type":"agentMessage","id":"i","text":"said"}}}'
printf '%s\n' '{"method":"turn/completed","params":{"threadId":"t","turn":{"id":"u","status":"completed"}}}'
cat > /dev/null
LEFT &"#;
    for left in ["sleep 300", "setsid sleep 300"] {
        let cm = Cm::new()
            .workflow("name: Test\nsteps: [{ agent: a }]")
            .agent("a", "Go.")
            .program("codex", &program.replace("LEFT", left));
        let ran = cm
            .run(["run", "./flow", "--engine", "codex"])
            .code(0)
            .calm();
        assert_eq!(ran.out(), "said\n", "{left}: {ran}");
        assert_gone(&cm.last());
    }
}

/// Ctrl-C ends a whole tree, also what has left the group.
#[test]
fn a_tree_ends_whole() {
    let run =
        "setsid sh -c \"trap : TERM; while :; do sleep 100; done\" & sleep 300 & touch again; wait";
    let cm = Cm::new().workflow(&format!(
        "name: Test\nsteps: [{{ id: tree, run: '{run}' }}]"
    ));
    let child = cm.started(&[], "again");
    let line = format!("CM_RUN={}", cm.last());
    assert!(
        eventually(PATIENCE, || with_variable(&line).len() >= 4),
        "the tree is there"
    );
    signal(child.id(), Signal::INT);
    drop(cm.finished(child).code(130).calm());
    assert_gone(&cm.last());
}

/// `kill -9` takes the program with it at once, and `cm resume` what that had started,
/// before anything is sent out again. The journal may or may not know the program by then:
/// it is at work while its number is on its way to the disk.
#[test]
fn what_a_crash_leaves_behind_is_ended_before_the_next_attempt() {
    for known in [true, false] {
        // In a file: a command line that names the leftovers would be taken for one.
        let tree = "left=$PWD/leftover.sh\n\
                    if test -e again; then pgrep -f \"$left\" > found; echo second; exit; fi\n\
                    setsid sh \"$left\" & sh \"$left\" & touch again; wait";
        let cm = Cm::new()
            .workflow("name: Test\nsteps: [{ id: tree, run: 'sh tree.sh' }]")
            .file("tree.sh", tree)
            .file(
                "leftover.sh",
                "trap '' TERM HUP INT; while :; do sleep 100; done",
            );
        let mut command = cm.flow_command(&[]);
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("cm starts");
        cm.wait_for("again");
        if known {
            let known = || !Events::of(&cm, "last").programs().is_empty();
            assert!(eventually(PATIENCE, known), "the journal knows the program");
        }
        end(child.id());
        child.wait().expect("a status");
        let run = cm.last();
        let line = format!("CM_RUN={run}");
        assert!(
            eventually(PATIENCE, || with_variable(&line).len() >= 2),
            "something is left behind"
        );
        let events = Events::of(&cm, &run);
        let dead = || {
            !events
                .programs()
                .iter()
                .any(|(pid, started)| is_alive(*pid, *started))
        };
        assert!(
            eventually(PATIENCE, dead),
            "the program that cm started outlived it"
        );
        let ran = cm.run(["resume", "last"]).code(0).calm();
        assert_eq!(ran.out(), "second\n", "{ran}");
        let found = fs::read_to_string(cm.project().join("found")).expect("it looked");
        assert_eq!(
            found, "",
            "the second attempt met the first one's children; known: {known}"
        );
        assert_gone(&run);
    }
}

/// The same when the run is not gone on with, but cancelled.
#[test]
fn what_a_crash_leaves_behind_is_ended_by_cancelling() {
    let run = "setsid sleep 300 & touch again; wait";
    let cm = Cm::new().workflow(&format!(
        "name: Test\nsteps: [{{ id: tree, run: '{run}' }}]"
    ));
    let mut child = cm.started(&[], "again");
    end(child.id());
    child.wait().expect("a status");
    drop(cm.run(["cancel", "last"]).code(0).calm());
    assert_gone(&cm.last());
    assert_eq!(cm.json(["show", "last", "--json"])["status"], "cancelled");
}

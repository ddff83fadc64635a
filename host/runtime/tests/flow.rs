use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use cm_runtime::{Bundle, Fault, Limits, Pending, RunContext, Runtime, WorkflowGuest};
use cm_types::{Controller, Error, Extension, Failure, Placement, Policy, Reply, Work};

use crate::guests::{load, workflow};

/// A run in which every task takes this long.
#[derive(Default)]
pub(crate) struct Run {
    pause: Duration,
    tasks: AtomicU32,
    pub(crate) notes: Mutex<Vec<Extension>>,
}

struct Files(BTreeMap<&'static str, &'static str>);

impl Bundle for Files {
    fn paths(&self, prefix: &str) -> Vec<String> {
        let found = self.0.keys().filter(|path| path.starts_with(prefix));
        found.map(|path| (*path).to_owned()).collect()
    }

    fn read(&self, path: &str) -> Result<String, Error> {
        let missing = || Error::Missing(Failure::new("no-file", path));
        self.0
            .get(path)
            .map(|text| (*text).to_owned())
            .ok_or_else(missing)
    }
}

impl RunContext for Run {
    fn id(&self) -> String {
        "run".to_owned()
    }

    fn bundle(&self) -> Arc<dyn Bundle> {
        Arc::new(Files(BTreeMap::new()))
    }

    fn setting(&self, _: &str) -> Option<String> {
        None
    }

    fn start(&self, _: Placement, work: Work, _: Policy) -> Result<u32, Error> {
        assert_eq!(work.kind(), "timer");
        Ok(self.tasks.fetch_add(1, Ordering::Relaxed) + 100)
    }

    fn wait(&self, task: u32) -> Pending<'_, Result<Reply, Error>> {
        Box::pin(async move {
            if !self.pause.is_zero() {
                tokio::time::sleep(self.pause).await;
            }
            Ok(Reply {
                text: format!("task {task}"),
                ..Reply::default()
            })
        })
    }

    fn next(&self, tasks: Vec<u32>) -> Pending<'_, usize> {
        Box::pin(async move {
            tokio::time::sleep(self.pause).await;
            tasks.len() - 1
        })
    }

    fn cancel(&self, _: u32) {}

    fn entrust(&self, _: Controller, _: u32) -> Result<(), Error> {
        Ok(())
    }

    fn read(&self, _: &str) -> Option<(String, u32)> {
        None
    }

    fn write(&self, _: String, _: String) -> Result<u32, Error> {
        Ok(1)
    }

    fn swap(&self, _: String, version: u32, _: String) -> Result<u32, Error> {
        Ok(version + 1)
    }

    fn declare(&self, _: String, _: String) -> Result<(), Error> {
        Ok(())
    }

    fn file(&self, path: &str) -> Result<String, Error> {
        Err(Error::Missing(Failure::new("no-file", path)))
    }

    fn files(&self, _: &str) -> Result<Vec<String>, Error> {
        Ok(Vec::new())
    }

    fn conform(&self, _: &str, _: &str) -> Result<Vec<String>, Error> {
        Ok(Vec::new())
    }

    fn save(&self, _: &str, _: &str, _: String) -> Result<(), Error> {
        Ok(())
    }

    fn artifact(&self, _: &str, _: &str) -> Option<String> {
        None
    }

    fn mark(&self, _: Placement, _: String, _: Option<String>) {}

    fn note(&self, item: Extension) {
        self.notes.lock().unwrap().push(item);
    }

    fn now(&self) -> f64 {
        0.0
    }

    fn random(&self) -> u32 {
        4
    }
}

fn guest(limits: Limits, fields: &str, run: &str) -> WorkflowGuest {
    let runtime = Runtime::new(None, limits).unwrap();
    let bytes = workflow(fields, "unreachable", run);
    load(&runtime, &bytes).unwrap().workflow().unwrap()
}

pub(crate) fn execute<T>(future: impl Future<Output = T> + Send) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap()
        .block_on(future)
}

fn pausing(milliseconds: u64) -> Arc<Run> {
    Arc::new(Run {
        pause: Duration::from_millis(milliseconds),
        ..Run::default()
    })
}

/// Waits for one task and returns its text.
const ONE: &str = "
    (call $wait (call $task (local.get $context)) (i32.const 800))
    (i32.store8 (i32.const 900) (i32.load8_u (i32.const 800)))
    (i32.store (i32.const 904) (i32.load (i32.const 804)))
    (i32.store (i32.const 908) (i32.load (i32.const 808)))
    i32.const 900";

/// Starts a task and waits for it, for ever.
const ENDLESS: &str = "
    (loop $l
        (call $wait (call $task (local.get $context)) (i32.const 800))
        (br $l))
    unreachable";

#[test]
fn a_workflow_waits_for_a_task() {
    let guest = guest(Limits::default(), "", ONE);
    let output = execute(guest.run(pausing(20), "workflow.yaml")).unwrap();
    assert_eq!(output.unwrap(), "task 100");
}

#[test]
fn waiting_is_not_running() {
    // The wait is longer than the guest may run.
    let limits = Limits {
        wall: Duration::from_millis(50),
        ..Limits::default()
    };
    let output = execute(guest(limits, "", ONE).run(pausing(400), "")).unwrap();
    assert_eq!(output.unwrap(), "task 100");
}

#[test]
fn each_result_renews_the_budget() {
    // Enough fuel for about a hundred rounds, and a thousand of them.
    let limits = Limits {
        fuel: 20_000,
        ..Limits::default()
    };
    let run = "
        (local $i i32)
        (loop $l
            (call $wait (call $task (local.get $context)) (i32.const 800))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $l (i32.lt_u (local.get $i) (i32.const 1000))))
        (i32.store8 (i32.const 900) (i32.const 0))
        i32.const 900";
    execute(guest(limits, "", run).run(pausing(0), ""))
        .unwrap()
        .unwrap();
}

#[test]
fn the_same_result_again_does_not_renew_it() {
    let limits = Limits {
        fuel: 20_000,
        ..Limits::default()
    };
    let run = "
        (local $task i32)
        (local.set $task (call $task (local.get $context)))
        (loop $l (call $wait (local.get $task) (i32.const 800)) (br $l))
        unreachable";
    let error = execute(guest(limits, "", run).run(pausing(0), "")).unwrap_err();
    assert_eq!(error.fault(), Fault::OutOfFuel);
}

#[test]
fn a_busy_guest_leaves_its_thread_to_others() {
    let limits = Limits {
        wall: Duration::from_millis(500),
        ..Limits::default()
    };
    let guest = guest(limits, "", "(loop $l (br $l)) unreachable");
    let error = execute(async {
        let others = async {
            for _ in 0..5 {
                tokio::task::yield_now().await;
            }
        };
        let run = guest.run(pausing(0), "");
        let mut run = std::pin::pin!(run);
        tokio::select! {
            biased;
            _ = &mut run => panic!("the others did not get to run"),
            () = others => {}
        }
        run.await.unwrap_err()
    });
    assert_eq!(error.fault(), Fault::Timeout);
}

#[test]
fn a_guest_that_only_asks_for_the_time() {
    let limits = Limits {
        wall: Duration::from_millis(100),
        ..Limits::default()
    };
    let run = "(loop $l (drop (call $now (local.get $context))) (br $l)) unreachable";
    let error = execute(guest(limits, "", run).run(pausing(0), "")).unwrap_err();
    assert_eq!(error.fault(), Fault::Timeout);
}

#[test]
fn a_run_can_be_dropped_while_it_waits() {
    let guest = guest(Limits::default(), "", ENDLESS);
    let run = pausing(5);
    execute(async {
        let limit = Duration::from_millis(100);
        let result = tokio::time::timeout(limit, guest.run(run.clone(), "")).await;
        assert!(result.is_err());
    });
    assert!(run.tasks.load(Ordering::Relaxed) > 0);
}

#[test]
fn next_gives_the_position() {
    // Writes the position as a digit.
    let run = "
        (i32.store (i32.const 700) (call $task (local.get $context)))
        (i32.store (i32.const 704) (call $task (local.get $context)))
        (i32.store (i32.const 708) (call $task (local.get $context)))
        (i32.store8 (i32.const 720)
            (i32.add (i32.const 48) (call $next (i32.const 700) (i32.const 3))))
        (i32.store8 (i32.const 900) (i32.const 0))
        (i32.store (i32.const 904) (i32.const 720))
        (i32.store (i32.const 908) (i32.const 1))
        i32.const 900";
    let output = execute(guest(Limits::default(), "", run).run(pausing(1), "")).unwrap();
    assert_eq!(output.unwrap(), "2");
}

#[test]
fn next_without_a_task_is_an_error() {
    let run = "(call $next (i32.const 0) (i32.const 0))";
    let error = execute(guest(Limits::default(), "", run).run(pausing(0), "")).unwrap_err();
    assert_eq!(error.fault(), Fault::Malformed);
    assert!(error.message().contains("without a task"), "{error}");
}

#[test]
fn a_handle_that_was_never_given() {
    let run = "(call $wait (i32.const 77) (i32.const 800)) unreachable";
    let error = execute(guest(Limits::default(), "", run).run(pausing(0), "")).unwrap_err();
    assert_eq!(error.fault(), Fault::Malformed, "{error}");
}

#[test]
fn hostile_runs_end_with_their_fault() {
    for (run, fault) in [
        ("unreachable", Fault::Trap),
        (
            "(loop $l (drop (memory.grow (i32.const 16))) (br $l)) unreachable",
            Fault::OutOfMemory,
        ),
        (
            "(call $deep (i32.const 0)) (i32.const 0)",
            Fault::StackOverflow,
        ),
        ("i32.const -8", Fault::Malformed),
    ] {
        let fields =
            "(func $deep (param i32) (call $deep (local.get 0)) (call $deep (local.get 0)))";
        let guest = guest(Limits::default(), fields, run);
        let error = execute(guest.run(pausing(0), "")).unwrap_err();
        assert_eq!(error.fault(), fault, "{run}: {error}");
    }
}

/// Reads its entry and tells how it went: no outline and no problems when it was
/// there, a trap when not.
const CHECK: &str = "
    (call $read (local.get $bundle) (local.get $entry) (local.get $length) (i32.const 700))
    (if (i32.load8_u (i32.const 700)) (then unreachable))
    i32.const 1024";

#[test]
fn a_check_reads_files_and_starts_nothing() {
    let runtime = Runtime::new(None, Limits::default()).unwrap();
    let files: Arc<dyn Bundle> = Arc::new(Files(BTreeMap::from([("workflow.yaml", "steps: []")])));
    let guest = load(&runtime, &workflow("", CHECK, "unreachable")).unwrap();
    let guest = guest.workflow().unwrap();
    assert_eq!(
        guest.check(files.clone(), "workflow.yaml").unwrap(),
        cm_types::Findings::default()
    );
    let error = guest.check(files.clone(), "other.yaml").unwrap_err();
    assert_eq!(error.fault(), Fault::Trap);

    let greedy = workflow(
        "",
        "(call $next (i32.const 0) (i32.const 0))",
        "unreachable",
    );
    let greedy = load(&runtime, &greedy).unwrap().workflow().unwrap();
    let error = greedy.check(files, "workflow.yaml").unwrap_err();
    assert!(
        error.message().contains("nothing can be waited for here"),
        "{error}"
    );
}

//! The step guest, the same in every language.

use std::sync::Arc;

use cm_contract_tests::{Run, guest};
use cm_runtime::StepGuest;
use cm_types::{Error, Work};

type Answer = Result<String, Error>;

fn step(name: &str) -> Option<StepGuest> {
    guest(name).map(|component| {
        component
            .steps()
            .expect("it holds steps and imports only cm:*")
    })
}

/// Runs a step to its end; a guest that traps fails the test.
fn run(step: &StepGuest, run: &Arc<Run>, name: &str, input: &str) -> Answer {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(step.run(run.clone(), name, input))
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn every_promise(guest: &str) {
    let Some(step) = step(guest) else { return };
    names_its_steps(&step);
    reads_and_writes_the_shared_state(&step);
    gives_a_typed_error(&step);
    says_which_task_was_first(&step);
    passes_on_a_refusal(&step);
    turns_a_crash_into_an_error(&step);
    refuses_a_step_it_has_not(&step);
}

fn names_its_steps(step: &StepGuest) {
    let steps = step.describe().expect("it describes itself");
    let names: Vec<_> = steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(names, ["count", "race", "crash"]);
    assert_eq!(
        steps[0].description,
        "Adds one to the shared state's value of this name."
    );
}

fn reads_and_writes_the_shared_state(step: &StepGuest) {
    let host = Arc::new(Run::default());
    assert_eq!(run(step, &host, "count", "tries"), Ok("1".into()));
    assert_eq!(run(step, &host, "count", "tries"), Ok("2".into()));
    assert_eq!(host.state.lock().unwrap()["tries"], "2");
}

fn gives_a_typed_error(step: &StepGuest) {
    let host = Arc::new(Run::default());
    host.state
        .lock()
        .unwrap()
        .insert("tries".into(), "käse".into());
    let Err(Error::Invalid(failure)) = run(step, &host, "count", "tries") else {
        panic!("must be `invalid`");
    };
    assert_eq!(failure.code, "not-a-number");
    assert_eq!(
        failure.message,
        "the value of `tries` is `käse`, which is no number"
    );
    assert_eq!(
        (failure.retry, failure.retry_after_ms, failure.details),
        (false, None, None)
    );
}

fn says_which_task_was_first(step: &StepGuest) {
    let host = Arc::new(Run::default());
    assert_eq!(run(step, &host, "race", "echo é"), Ok("0 3 echo é".into()));
    let work = host.work.lock().unwrap();
    let [(command, Work::Command(line)), (timer, Work::Timer(time))] = work.as_slice() else {
        panic!("a command and a timer, not {work:?}");
    };
    assert_eq!(
        (command.step.as_str(), line.line.as_str()),
        ("command", "echo é")
    );
    assert_eq!((timer.step.as_str(), time.milliseconds), ("timer", 60_000));
    assert_eq!(*host.cancelled.lock().unwrap(), [1]);
}

/// An error of the host goes through the guest as it is.
fn passes_on_a_refusal(step: &StepGuest) {
    let host = Arc::new(Run {
        refuse: true,
        ..Run::default()
    });
    let Err(Error::Denied(failure)) = run(step, &host, "race", "true") else {
        panic!("must be `denied`");
    };
    assert_eq!(
        (failure.code.as_str(), failure.message.as_str()),
        ("refused", "nothing may be started")
    );
}

fn turns_a_crash_into_an_error(step: &StepGuest) {
    let Err(Error::Other(failure)) = run(step, &Arc::default(), "crash", "") else {
        panic!("must be `other`");
    };
    assert!(
        failure.message.contains("the step crashed"),
        "{}",
        failure.message
    );
}

fn refuses_a_step_it_has_not(step: &StepGuest) {
    let Err(Error::Missing(failure)) = run(step, &Arc::default(), "nope", "") else {
        panic!("must be `missing`");
    };
    assert_eq!(failure.message, "there is no step `nope`");
}

#[test]
fn rust() {
    every_promise("rust-step");
}

#[test]
fn javascript() {
    every_promise("js-step");
}

#[test]
fn python() {
    every_promise("py-step");
}

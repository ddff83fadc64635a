//! The contract's step guest in Rust. `plugins/contract/README.md` says what its
//! steps do; the JavaScript and the Python guest do the same.

#[cfg(target_arch = "wasm32")]
use cm_sdk::step::bindings;
use cm_sdk::step::bindings::{
    cm::{
        flow::run::{self, Command, Context, Grants, Placement, Policy, Task},
        types::base::{Error, Failure},
    },
    exports::cm::flow::step::{Guest, StepInfo},
};

/// The component.
#[derive(Debug)]
pub struct Contract;

impl Guest for Contract {
    fn describe() -> Vec<StepInfo> {
        let step = |name: &str, description: &str| StepInfo {
            name: name.into(),
            description: description.into(),
        };
        vec![
            step(
                "count",
                "Adds one to the shared state's value of this name.",
            ),
            step(
                "race",
                "Runs a command and a timer; says which was over first.",
            ),
            step("crash", "Fails in a way that the step did not foresee."),
        ]
    }

    fn run(context: Context, name: String, input: String) -> Result<String, Error> {
        match name.as_str() {
            "count" => count(&context, &input),
            "race" => race(&context, &input),
            "crash" => Err(Error::Other(failure("crashed", "the step crashed"))),
            _ => Err(Error::Missing(failure(
                "unknown-step",
                &format!("there is no step `{name}`"),
            ))),
        }
    }
}

/// Adds one to the value that `key` names.
fn count(context: &Context, key: &str) -> Result<String, Error> {
    let before = context
        .read(key)
        .map_or_else(|| "0".into(), |entry| entry.value);
    let count: u32 = before.parse().map_err(|_| {
        let message = format!("the value of `{key}` is `{before}`, which is no number");
        Error::Invalid(failure("not-a-number", &message))
    })?;
    let after = (count + 1).to_string();
    context.write(key, &after)?;
    Ok(after)
}

/// Starts `line` and a timer of a minute, and answers `FIRST CODE TEXT`.
fn race(context: &Context, line: &str) -> Result<String, Error> {
    let command = context.command(
        &place("command"),
        &Command {
            line: line.into(),
            environment: vec![],
            workspace: None,
            grants: Grants {
                tools: vec![],
                directives: vec![],
                helpers: vec![],
                servers: vec![],
            },
            options: vec![],
        },
        &policy(),
    )?;
    let timer = context.sleep(&place("timer"), 60_000)?;
    let tasks: [&Task; 2] = [&command, &timer];
    let first = run::next(&tasks);
    if first != 0 {
        command.cancel();
        return Err(Error::Exhausted(failure("timeout", "the timer was first")));
    }
    timer.cancel();
    let reply = command.wait()?;
    let code = reply
        .code
        .map_or_else(|| "none".into(), |code| code.to_string());
    Ok(format!("{first} {code} {}", reply.text))
}

fn place(step: &str) -> Placement {
    Placement {
        step: step.into(),
        parent: None,
        label: None,
    }
}

fn policy() -> Policy {
    Policy {
        timeout_ms: None,
        idle_ms: None,
        attempts: 1,
        backoff_ms: None,
        retry: Vec::new(),
        at_limit: None,
        class: None,
        options: vec![],
    }
}

fn failure(code: &str, message: &str) -> Failure {
    Failure {
        code: code.into(),
        message: message.into(),
        retry: false,
        retry_after_ms: None,
        details: None,
    }
}

// The names of the exports are none that a native linker takes.
#[cfg(target_arch = "wasm32")]
bindings::export!(Contract with_types_in bindings);

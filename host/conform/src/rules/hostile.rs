use cm_types::{Action, Error, Input, TurnRequest};

use super::{Verdict, contract, is_success, numbers};
use crate::{AskedFor, Broken, Case, Cut, Exit, Subject, bytes::Loaded, play::play};

/// What Linux takes as one argument.
const ARGUMENT: usize = 128 * 1024;
/// How many streams of nonsense are tried.
const STREAMS: usize = 24;

/// Prompts that break programs which are careless about them.
fn odd() -> [(&'static str, String); 6] {
    [
        ("a prompt that is an option", "--help".into()),
        ("a prompt that begins with a dash", "- fix the test".into()),
        ("a prompt with a NUL byte", "fix\0this".into()),
        ("a prompt of 5 MB", "fix ".repeat(5 << 18)),
        ("an empty prompt", String::new()),
        (
            "a prompt with quotes",
            "say '$(id)' \"`id`\" \\ \n; id".into(),
        ),
    ]
}

/// Whatever the prompt is, it reaches the program as a prompt or the request is refused.
pub(crate) fn prompts(subject: &dyn Subject, asked: &AskedFor) -> Verdict {
    for (what, prompt) in odd() {
        let asked = AskedFor {
            prompt: Some(prompt.clone()),
            ..asked.clone()
        };
        prompt_is_safe(subject, asked.request(), &prompt)
            .map_err(|why| format!("{what}: {why}"))?;
    }
    Ok(())
}

fn prompt_is_safe(subject: &dyn Subject, request: TurnRequest, prompt: &str) -> Verdict {
    let begun = subject
        .turn(request)
        .and_then(|mut turn| turn.next(Input::Begin));
    let actions = match begun {
        Ok(actions) => actions,
        Err(Broken::Said(Error::Invalid(_))) => return Ok(()),
        Err(Broken::Said(error)) => {
            return Err(format!(
                "it is refused as something else than invalid: {error}"
            ));
        }
        Err(Broken::Failed(why)) => return Err(format!("the component failed: {why}")),
    };
    let command = actions.iter().find_map(|action| match action {
        Action::Spawn(command) => Some(command),
        _ => None,
    });
    let Some(command) = command else {
        return Ok(());
    };
    let arguments = &command.arguments;
    let variables = command.environment.iter().map(|(_, value)| value);
    if arguments
        .iter()
        .chain(variables.clone())
        .any(|word| word.contains('\0'))
    {
        return Err("a NUL byte is in an argument or a variable".into());
    }
    if arguments
        .iter()
        .chain(variables)
        .any(|word| word.len() >= ARGUMENT)
    {
        return Err("an argument or a variable is longer than the system takes".into());
    }
    let alone = arguments.iter().position(|word| word == prompt);
    if prompt.starts_with('-')
        && let Some(at) = alone
    {
        let ended = arguments[..at].iter().any(|word| word == "--");
        if !ended {
            return Err(
                "it stands among the arguments, where the program takes it for an option".into(),
            );
        }
    }
    Ok(())
}

/// Nonsense is survived, and is no success.
pub(crate) fn garbage(subject: &dyn Subject, asked: &AskedFor, silent: bool) -> Verdict {
    let mut random = numbers(7);
    for stream in 0..STREAMS {
        let length = random.next().unwrap_or(0) % 4000;
        let bytes: Vec<u8> = random.by_ref().take(length).map(|it| it as u8).collect();
        let code = [Some(0), Some(1), None][stream % 3];
        let case = Case {
            request: asked.clone(),
            exit: code.map_or(Exit::Signal(()), Exit::Code),
            ..Case::default()
        };
        let loaded = Loaded {
            stdout: bytes.clone(),
            stderr: bytes,
            ..Loaded::default()
        };
        let played = play(subject, &case, &loaded, &Cut::Whole);
        contract(&case, &played)?;
        if !silent && is_success(&played) {
            return Err("nonsense counts as a success".into());
        }
    }
    Ok(())
}

//! `cm conform --live`: an engine's program on this machine works whole runs, with a
//! script in the place of its model.

mod bench;

use std::time::{Duration, Instant};

use cm_conform::{Check, Outcome, Report};
use cm_driver::{Catalog, Engine};

use bench::{Bench, Ended};

use crate::{
    place,
    trouble::Trouble,
    view::{notice, waiting::Waiting},
};

/// For a program that was told to end, and all that it has started.
const GONE: Duration = Duration::from_secs(15);
/// What a cancelled run ends with.
const CANCELLED: i32 = 3;

/// What is tried: what it is called, and how.
type Trial = (&'static str, fn(&Bench) -> Result<(), String>);

/// The engines whose model can be on this machine.
const ENGINES: [&str; 11] = [
    "anthropic",
    "chat",
    "claude",
    "codex",
    "copilot",
    "gemini",
    "openai",
    "opencode",
    "pi",
    "qwen",
    "vibe",
];

pub(super) fn run(name: &str) -> Result<Report, Trouble> {
    let registry = place::registry()?;
    let runtime = place::runtime(&registry)?;
    let catalog = Catalog::new(registry, runtime, None);
    if let Some(failure) = catalog.no_engine(name) {
        return Err(Trouble::usage(&failure.code, failure.message));
    }
    let engine = catalog.engine(name)?;
    if !ENGINES.contains(&name) {
        return Err(elsewhere(&engine));
    }
    is_there(&engine)?;
    let bench = Bench::new(&engine)?;
    let waiting = Waiting::new();
    let mut checks = Vec::new();
    for (rule, trial) in trials(&engine) {
        waiting.say(format!("{name} {rule}"));
        bench.forget();
        let outcome = match trial(&bench) {
            Ok(()) => Outcome::Kept,
            Err(why) => Outcome::Broken(why),
        };
        let case = None;
        checks.push(Check {
            rule,
            case,
            outcome,
        });
    }
    drop(waiting);
    if let Some(left) = bench.leave() {
        notice(&left);
    }
    let engine = name.to_owned();
    Ok(Report { engine, checks })
}

fn trials(engine: &Engine) -> Vec<Trial> {
    let resumes = engine.info.features.iter().any(|it| it == "resume");
    let mut trials: Vec<Trial> = vec![("answers", answers), ("edits a file", edits)];
    if resumes {
        trials.push(("goes on with a conversation", resumes_it));
    }
    trials.push(("is cancelled", is_cancelled));
    trials.push(("recovers from a limit", recovers));
    trials
}

fn answers(bench: &Bench) -> Result<(), String> {
    let ended = bench.play("answers", "", "please say hello")?;
    says(&ended, "Hello from the script.")
}

fn edits(bench: &Bench) -> Result<(), String> {
    let ended = bench.play("edits", "", "please write hello to PROJECT/out.txt")?;
    says(&ended, "Written.")?;
    match std::fs::read_to_string(ended.project.join("out.txt")) {
        Ok(text) if text == "hello\n" => Ok(()),
        Ok(text) => Err(format!("it wrote {text:?} in the place of \"hello\\n\"")),
        Err(error) => Err(format!("it did not write the file: {error}")),
    }
}

fn resumes_it(bench: &Bench) -> Result<(), String> {
    let again =
        "  - { id: again, agent: tried, session: continue, prompt: what did I say before }\n";
    let ended = bench.play("resumes", again, "please say hello")?;
    says(&ended, "please say hello")
}

fn recovers(bench: &Bench) -> Result<(), String> {
    let ended = bench.play("recovers", "", "please be busy once")?;
    says(&ended, "Recovered.")
}

fn is_cancelled(bench: &Bench) -> Result<(), String> {
    let mut run = bench.start("cancelled", "", "please say nothing")?;
    run.until(|| bench.was_asked("hang"))?;
    run.cancel(bench)?;
    let ended = run.ended()?;
    if ended.code != Some(CANCELLED) {
        return Err(format!("the run was cancelled, and {}", ended.in_words()));
    }
    let id = ended.run()?;
    let (began, mine) = (Instant::now(), |(_, run): &(u32, String)| *run == id);
    while cm_effects::bearers("CM_RUN").iter().any(mine) {
        if began.elapsed() > GONE {
            return Err("a program that it had started is still there".into());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn says(ended: &Ended, answer: &str) -> Result<(), String> {
    if ended.code != Some(0) {
        return Err(ended.in_words());
    }
    match ended.out.contains(answer) {
        true => Ok(()),
        false => Err(format!(
            "its answer is {:?}; `{answer}` is not in it",
            ended.out
        )),
    }
}

/// Nothing can be tried where nothing is.
fn is_there(engine: &Engine) -> Result<(), Trouble> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut programs = engine.info.programs.iter();
    let missing = programs.find(|it| cm_effects::find_program(&it.name, &path).is_none());
    let Some(program) = missing else {
        return Ok(());
    };
    let message = format!(
        "{} is not installed: there is no `{}` on the PATH",
        engine.info.name, program.name
    );
    let install = format!("install it: {}", program.install);
    Err(Trouble::new("not-installed", message).help(install))
}

fn elsewhere(engine: &Engine) -> Trouble {
    let message = format!(
        "{} cannot be tried here: it is not known how its model could be on this machine",
        engine.info.name
    );
    Trouble::usage("no-local-model", message).help(format!(
        "these can: {}\nfor others, play what was recorded: cm conform {} --cases FILE",
        ENGINES.join(", "),
        engine.name
    ))
}

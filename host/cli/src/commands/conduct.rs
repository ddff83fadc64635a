//! Driving a run from this terminal: what `run` and `resume` share.

use std::io::IsTerminal as _;

use cm_driver::{Control, Drive, Ending, Observer, Person, Stop};
use cm_orchestrator::{Record, Run, RunEnd, Summary};
use indicatif::MultiProgress;

use crate::{
    arguments::Manner,
    exit::Exit,
    person::Terminal,
    trouble::Trouble,
    view::{
        figures,
        live::Live,
        notice, out,
        plain::{self, Plain},
        table, text,
    },
};

/// Events as JSON, one a line. A reader that leaves does not stop the run.
struct Json;

impl Observer for Json {
    fn see(&mut self, record: &Record) {
        use std::io::Write as _;
        if let Ok(line) = serde_json::to_string(record) {
            let mut out = std::io::stdout().lock();
            let _ = writeln!(out, "{}", text::json(&line)).and_then(|()| out.flush());
        }
    }
}

/// Folds what it shows, so that the end of the run can be told.
struct Told<'view> {
    run: Run,
    view: &'view mut dyn Observer,
}

impl Observer for Told<'_> {
    fn see(&mut self, record: &Record) {
        self.run.apply(record.at_ms, &record.event);
        self.view.see(record);
    }
}

/// Drives the run to where it comes, and says how that was.
pub(crate) fn conduct(mut drive: Drive, manner: &Manner) -> Result<Exit, Trouble> {
    let id = drive.id.clone();
    let multi = MultiProgress::new();
    let attended = std::io::stderr().is_terminal() && !manner.json;
    if !manner.json && !manner.yes {
        drive.person =
            Terminal::open(multi.clone()).map(|person| Box::new(person) as Box<dyn Person>);
    }
    let state = drive.state.clone();
    let mut told = Told {
        run: state.clone(),
        view: &mut Json,
    };
    let mut live = attended.then(|| Live::new(state.clone(), multi));
    let mut plain;
    if let Some(live) = &mut live {
        told.view = live;
    } else if !manner.json {
        plain = Plain::new(state);
        told.view = &mut plain;
    }
    // One thread, this one: programs die with the thread that started them.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| Trouble::new("no-runtime", error.to_string()))?;
    let control = Control::default();
    let ending = runtime.block_on(async {
        let signals = tokio::spawn(signals(control.clone(), id.clone()));
        let ending = drive.run(&control, &mut told).await;
        signals.abort();
        ending
    });
    let Told { run, .. } = told;
    if let Some(live) = &mut live {
        live.close();
    }
    runtime.shutdown_background();
    let ending = ending.map_err(|error| {
        Trouble::from(error).because(format!("run {id} stopped here; what was finished is kept"))
    })?;
    tell(&id, &run, &ending, manner);
    Ok(exit(&ending))
}

fn exit(ending: &Ending) -> Exit {
    match ending {
        Ending::Over(RunEnd::Done { .. }) => Exit::Done,
        Ending::Over(RunEnd::Failed { .. }) => Exit::Failed,
        Ending::Over(RunEnd::Cancelled { .. }) => Exit::Cancelled,
        Ending::Asking => Exit::Waiting,
        Ending::Interrupted => Exit::Interrupted,
    }
}

fn tell(id: &str, run: &Run, ending: &Ending, manner: &Manner) {
    if manner.json {
        return;
    }
    let summary = Summary::of(run);
    let took = figures::duration(summary.updated_ms.saturating_sub(summary.started_ms));
    if !matches!(ending, Ending::Interrupted | Ending::Asking) {
        eprintln!("\n{}\n", table::steps(&summary));
    }
    match ending {
        Ending::Over(RunEnd::Done { output }) => {
            eprintln!("Run {id} is done, after {took}. What was said: cm logs {id}");
            if !output.is_empty() {
                out::line(text::clean(output));
            }
        }
        Ending::Over(RunEnd::Failed { error }) => {
            let trouble = Trouble::new(
                "run-failed",
                format!("run {id} failed: {}", text::clean(&error.to_string())),
            )
            .help(format!(
                "what was said: cm logs {id}\ngo on where it failed: cm resume {id}"
            ));
            let details = error
                .failure()
                .and_then(|failure| failure.details.as_deref());
            let trouble = match details {
                Some(details) => trouble.because(text::clean(details)),
                None => trouble,
            };
            eprint!("{}", trouble.rendered());
        }
        Ending::Over(RunEnd::Cancelled { by }) => {
            eprintln!("Run {id} was cancelled by {}.", plain::word(by))
        }
        Ending::Asking => {
            eprintln!("Run {id} waits for an answer:");
            for (step, question) in questions(run) {
                eprintln!("  {step}: {question}");
            }
            eprintln!("Answer it: cm reply {id} ANSWER, then go on: cm resume {id}");
        }
        Ending::Interrupted => eprintln!("Run {id} was interrupted. Go on with: cm resume {id}"),
    }
}

/// The open questions of a run: the step, and what it asks with its choices.
pub(crate) fn questions(run: &Run) -> Vec<(String, String)> {
    let asking = run
        .tasks
        .iter()
        .filter(|task| task.state == cm_orchestrator::TaskState::Asking);
    let asked = asking.filter_map(|task| match &task.work {
        cm_types::Work::Question(question) => {
            let mut asked = text::one_line(&question.prompt, 200);
            if !question.choices.is_empty() {
                asked = format!(
                    "{asked} ({})",
                    text::one_line(&question.choices.join(" / "), 200)
                );
            }
            Some((text::one_line(&task.place.step, 60), asked))
        }
        _ => None,
    });
    asked.collect()
}

/// Ctrl-C once: stop cleanly. Twice: at once. The same for being told to end.
async fn signals(control: Control, id: String) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
        signal(SignalKind::hangup()),
    ) else {
        return notice("signals cannot be heard; Ctrl-C will stop the run without tidying up");
    };
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
        let before = *control.watch().borrow();
        control.press();
        match before {
            Stop::No => eprintln!("\nStopping {id}; once more to stop at once."),
            _ => eprintln!("Stopping at once."),
        }
    }
}

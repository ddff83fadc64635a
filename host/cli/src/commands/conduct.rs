//! Driving a run from this terminal: what `run` and `resume` share.

use std::{
    io::IsTerminal as _,
    sync::{Arc, Mutex},
};

use cm_driver::{Control, Drive, Ending, Observer, Person, Stop};
use cm_orchestrator::{BUDGET, Record, Run, RunEnd, Summary};
use indicatif::MultiProgress;

use crate::{
    arguments::Manner,
    briefing::{Brief, Briefing},
    conversation::{Conversation, lock},
    exit::Exit,
    inbox,
    trouble::Trouble,
    view::{
        figures,
        live::Live,
        notice, out,
        plain::{self, Plain},
        questions, spending, table, text,
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

/// Folds what it shows, so that what is typed and the end of the run can be understood.
struct Told<'view> {
    run: Arc<Mutex<Run>>,
    briefing: Briefing<'view>,
    view: &'view mut dyn Observer,
}

impl Observer for Told<'_> {
    fn see(&mut self, record: &Record) {
        lock(&self.run).apply(record.at_ms, &record.event);
        self.view.see(record);
        self.briefing.see(&record.event);
    }
}

/// Drives the run to where it comes, and says how that was.
pub(crate) fn conduct(drive: Drive, manner: &Manner, brief: Brief) -> Result<Exit, Trouble> {
    let id = drive.id.clone();
    let (run, ending) = self::drive(drive, manner, brief)?;
    if !manner.json {
        tell(&id, &run, &ending);
    }
    Ok(exit(&ending))
}

/// Drives the run to where it comes.
pub(crate) fn drive(
    mut drive: Drive,
    manner: &Manner,
    brief: Brief,
) -> Result<(Run, Ending), Trouble> {
    let id = drive.id.clone();
    let multi = MultiProgress::new();
    let attended = std::io::stderr().is_terminal() && !manner.json;
    let state = drive.state.clone();
    let run = Arc::new(Mutex::new(state.clone()));
    let (voice, heard) = tokio::sync::mpsc::unbounded_channel();
    let mut live = attended.then(|| Live::new(state.clone(), multi.clone()));
    let mut conversation = None;
    if !manner.json && !manner.yes {
        conversation = Conversation::open(&id, Arc::clone(&run), voice.clone(), &multi);
    }
    if let (Some(live), Some(_)) = (&mut live, &conversation) {
        live.leave_questions();
    }
    // A run to which nobody can say anything does not wait for a word.
    let briefed = brief != Brief::None;
    drive.voice = (briefed || conversation.is_some()).then_some(heard);
    drive.person = conversation
        .as_ref()
        .map(|conversation| Box::new(conversation.terminal()) as Box<dyn Person>);
    let mut told = Told {
        run: Arc::clone(&run),
        briefing: Briefing {
            brief,
            voice: briefed.then_some(voice),
            person: conversation.as_ref(),
        },
        view: &mut Json,
    };
    let mut plain;
    if let Some(live) = &mut live {
        told.view = live;
    } else if !manner.json {
        plain = Plain::new(state);
        told.view = &mut plain;
    }
    drive.bell = inbox::at_the_door();
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
    drop(told);
    if let Some(live) = &mut live {
        live.close();
    }
    if let Some(conversation) = &mut conversation {
        conversation.close();
    }
    runtime.shutdown_background();
    let ending = ending.map_err(|error| {
        Trouble::from(error).because(format!("run {id} stopped here; what was finished is kept"))
    })?;
    let run = lock(&run).clone();
    Ok((run, ending))
}

pub(crate) fn exit(ending: &Ending) -> Exit {
    match ending {
        Ending::Over(RunEnd::Done { .. }) => Exit::Done,
        Ending::Over(RunEnd::Failed { .. }) => Exit::Failed,
        Ending::Over(RunEnd::Cancelled { .. }) => Exit::Cancelled,
        Ending::Asking => Exit::Waiting,
        Ending::Interrupted => Exit::Interrupted,
    }
}

/// Says how far the run came.
pub(crate) fn tell(id: &str, run: &Run, ending: &Ending) {
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
        Ending::Asking if run.open_questions().next().is_none() => {
            eprintln!("{}", paused(id, run));
        }
        Ending::Asking => {
            eprintln!("Run {id} waits for an answer:");
            let open: Vec<_> = run.open_questions().collect();
            for task in &open {
                eprintln!("  {}", questions::line(task));
                if let Some(said) = questions::said(run, task) {
                    eprintln!("{said}");
                }
            }
            let ways = questions::ways(id, &open);
            eprintln!("Answer it: {ways}, then go on: cm resume {id}");
        }
        Ending::Interrupted => eprintln!("Run {id} was interrupted. Go on with: cm resume {id}"),
    }
}

/// A run that somebody paused, or its budget.
fn paused(id: &str, run: &Run) -> String {
    let pause = run.paused.as_ref().filter(|pause| pause.by == BUDGET);
    match pause.map(|pause| pause.reason.as_deref().unwrap_or_default()) {
        Some(why) => format!(
            "Run {id} is paused, because its budget does not allow more: {}.\nLet it use more: cm resume {id} --budget {}",
            text::clean(why),
            spending::more(&run.budget, why)
        ),
        None => format!("Run {id} is paused. Go on with: cm resume {id}"),
    }
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

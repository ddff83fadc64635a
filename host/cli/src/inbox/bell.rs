use std::{path::Path, time::Duration};

use cm_driver::{Bell, News, RING, Ringing};
use cm_effects::{
    EndedBy, Launch, LaunchError, Limits, Output, Process, Scratch, Stdin, environment,
};

use super::{
    Entry,
    settings::{self, Settings},
    telling,
};
use crate::{packaging, view};

/// What a program that shows a message needs beside the usual.
const DESKTOP: [&str; 4] = [
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
];
/// More than this a program that only tells does not print.
const MOST: u64 = 1024 * 1024;

/// Who is told about what waits for this person, if they want anybody to be. A file that
/// is not understood is said once, and stops nothing.
pub(crate) fn at_the_door() -> Option<Box<dyn Bell>> {
    let settings = settings::read(&packaging::home().ok()?).unwrap_or_else(|why| {
        view::notice(&format!(
            "nobody is told what waits for you: {}",
            view::text::clean(&why)
        ));
        Settings::default()
    });
    (!settings.is_empty()).then(|| Box::new(Door(settings)) as Box<dyn Bell>)
}

struct Door(Settings);

impl Bell for Door {
    fn ring(&mut self, news: News) -> Ringing {
        let settings = self.0.clone();
        Box::pin(async move {
            let directory = Path::new(&news.directory);
            let entry = Entry::new(
                &news.run,
                directory,
                (&news.workflow, &news.name),
                news.ask,
                1,
            );
            let told = [
                program(&settings.command, &entry).await,
                post(settings.webhook, &entry).await,
            ];
            let failed: Vec<_> = told.into_iter().filter_map(Result::err).collect();
            match failed.is_empty() {
                true => Ok(()),
                false => Err(failed.join("; ")),
            }
        })
    }
}

/// Starts the program. Only its name is said when it fails: its arguments may hold secrets.
async fn program(command: &[String], entry: &Entry) -> Result<(), String> {
    let Some((name, arguments)) = command.split_first() else {
        return Ok(());
    };
    let about = |why: &str| format!("the program `{name}` {why}");
    let scratch = Scratch::new().map_err(|error| about(&format!("has no directory: {error}")))?;
    let allow = DESKTOP.map(String::from);
    let directory = scratch.path().to_owned();
    let launch = Launch {
        program: name.clone(),
        arguments: telling::arguments(arguments, entry),
        environment: environment::filtered(&allow, &[], &directory, &directory),
        directory,
        stdin: Stdin::Null,
        limits: Limits {
            // So that its end is seen before nobody waits for it any more.
            wall: Some(RING.saturating_sub(Duration::from_secs(2))),
            output_bytes: MOST,
            grace: Duration::from_secs(1),
            ..Limits::default()
        },
        recording: None,
    };
    let mut process = Process::start(launch).map_err(|error| match error {
        LaunchError::NotInstalled { .. } => about("is not installed"),
        _ => about("cannot be started"),
    })?;
    let exit = loop {
        if let Output::Exited(exit) = process.next().await {
            break exit;
        }
    };
    match (exit.ended_by, exit.code) {
        _ if exit.success() => Ok(()),
        (EndedBy::Timeout, _) => Err(about("took too long")),
        (_, Some(code)) => Err(about(&format!("ended with code {code}"))),
        _ => Err(about("was stopped")),
    }
}

/// Sends the entry. The address is not said when it fails: it may hold a secret.
async fn post(webhook: Option<String>, entry: &Entry) -> Result<(), String> {
    let Some(url) = webhook else { return Ok(()) };
    let body = serde_json::to_vec(entry).map_err(|error| error.to_string())?;
    let within = RING.saturating_sub(Duration::from_secs(1));
    let sent = move || cm_distribution::tell(&url, &body, within);
    let sent = tokio::task::spawn_blocking(sent).await;
    let sent = sent.unwrap_or_else(|broken| Err(broken.to_string()));
    sent.map_err(|why| format!("the webhook {why}"))
}

//! What is asked, and what is done with what is typed.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
};

use cm_driver::{Asked, Word};
use cm_journal::Message;
use cm_orchestrator::Run;
use cm_types::{Controller, Decision};
use tokio::sync::mpsc::UnboundedSender;

use super::{
    lock,
    screen::Screen,
    showing,
    words::{self, Here, Said},
};
use crate::view::text;

pub(crate) type Answer = Box<dyn FnOnce(Word) + Send>;

/// Between the run, which asks, and the person, who types.
pub(crate) struct Room {
    id: String,
    by: String,
    run: Arc<Mutex<Run>>,
    voice: UnboundedSender<Message>,
    /// The controller is briefed until somebody says that it is enough.
    briefing: Mutex<bool>,
    inner: Mutex<Inner>,
}

struct Inner {
    screen: Screen,
    open: VecDeque<(Asked, Answer)>,
    /// Nobody types any more.
    deserted: bool,
}

impl Room {
    pub(crate) fn new(
        id: String,
        by: String,
        run: Arc<Mutex<Run>>,
        voice: UnboundedSender<Message>,
        screen: Screen,
    ) -> Self {
        let inner = Inner {
            screen,
            open: VecDeque::new(),
            deserted: false,
        };
        let room = Self {
            id,
            by,
            run,
            voice,
            briefing: Mutex::default(),
            inner: Mutex::new(inner),
        };
        room.inner().invite(false);
        room
    }

    /// Asks; one question after the other, the oldest first.
    pub(crate) fn ask(&self, asked: Asked, answer: Answer) {
        let mut inner = self.inner();
        if inner.deserted {
            drop(inner);
            return answer(Word::Later);
        }
        // An answer that was refused is wanted before anything else.
        let first = inner.open.is_empty() || asked.refused.is_some();
        if first {
            inner.screen.say(&showing::question(&asked, &self.id));
            inner.open.push_front((asked, answer));
        } else {
            let line = showing::behind(&asked.step, &asked.question);
            inner.screen.say(&line);
            inner.open.push_back((asked, answer));
        }
        inner.invite(self.is_briefing());
    }

    /// The question has its answer from elsewhere.
    pub(crate) fn withdraw(&self, task: u32) {
        let mut inner = self.inner();
        let position = inner.open.iter().position(|(asked, _)| asked.task == task);
        // It is not here when the answer came from here.
        if let Some((asked, _)) = position.and_then(|position| inner.open.remove(position)) {
            let step = text::one_line(&asked.step, 60);
            let line = format!("  {step} does not wait for you any more: it was decided elsewhere");
            inner.screen.say(&line);
            self.next(&mut inner, position == Some(0));
        }
    }

    /// From here on plain words are for the controller, until an empty line.
    pub(crate) fn brief(&self, controller: &str) {
        *lock(&self.briefing) = true;
        let mut inner = self.inner();
        let name = text::one_line(controller, 60);
        inner.screen.say(&format!(
            "? {name} drives this run. Tell it what it should know; an empty line begins."
        ));
        inner.invite(true);
    }

    /// What is being typed.
    pub(crate) fn typed(&self, line: &str) {
        self.inner().screen.typed(line);
    }

    /// A line was typed.
    pub(crate) fn hear(&self, line: &str) {
        let here = self.here();
        let mut inner = self.inner();
        let asked = inner.open.front().map(|(asked, _)| &asked.question);
        let said = words::parse(line, asked, &here);
        inner.screen.typed("");
        match said {
            Said::Nothing => {}
            Said::Answer(decision) => self.answer(inner, 0, decision),
            Said::Send(message) => {
                drop(inner);
                self.send(message);
            }
            Said::To(step, words) => self.to(inner, step, &words, &here),
            Said::Later => {
                if let Some((asked, answer)) = inner.open.pop_front() {
                    let step = text::one_line(&asked.step, 60);
                    let id = &self.id;
                    let line = format!("  answer it later: cm reply {id} --step {step} TEXT");
                    inner.screen.say(&line);
                    self.next(&mut inner, true);
                    drop(inner);
                    answer(Word::Later);
                }
            }
            Said::Status => {
                let waiting: Vec<_> = inner
                    .open
                    .iter()
                    .map(|(asked, _)| asked.step.as_str())
                    .collect();
                let status = showing::status(&lock(&self.run), &waiting);
                inner.screen.say(&status);
            }
            Said::Help => inner.screen.say(showing::HELP),
            Said::Again(what) => inner.screen.say(&format!("  {}", text::clean(&what))),
        }
    }

    /// Nobody types any more: what is asked stays open.
    pub(crate) fn desert(&self) {
        let mut inner = self.inner();
        inner.deserted = true;
        let open = std::mem::take(&mut inner.open);
        drop(inner);
        for (_, answer) in open {
            answer(Word::Later);
        }
    }

    pub(crate) fn close(&self) {
        self.inner().screen.close();
    }

    fn answer(&self, mut inner: MutexGuard<'_, Inner>, position: usize, decision: Decision) {
        let Some((_, answer)) = inner.open.remove(position) else {
            return;
        };
        self.next(&mut inner, position == 0);
        drop(inner);
        let by = self.by.clone();
        answer(Word::Answer { decision, by });
    }

    fn to(&self, inner: MutexGuard<'_, Inner>, step: String, said: &str, here: &Here) {
        let position = inner.open.iter().position(|(asked, _)| asked.step == step);
        let open = position.and_then(|position| Some((position, inner.open.get(position)?)));
        let answered = open
            .map(|(position, (asked, _))| (position, words::answer(said, &asked.question, here)));
        match answered {
            Some((position, Ok(decision))) => self.answer(inner, position, decision),
            Some((_, Err(again))) => inner.screen.say(&format!("  {}", text::clean(&again))),
            None => {
                drop(inner);
                let reply = Decision::Reply(said.to_owned());
                if let Said::Send(message) = words::direct(Some(step), reply, false, here) {
                    self.send(message);
                }
            }
        }
    }

    /// What is asked now, when that has changed.
    fn next(&self, inner: &mut Inner, changed: bool) {
        if let Some((asked, _)) = inner.open.front().filter(|_| changed) {
            inner.screen.say(&showing::question(asked, &self.id));
        }
        inner.invite(self.is_briefing());
    }

    fn send(&self, message: Message) {
        if matches!(message, Message::Continue { .. }) {
            *lock(&self.briefing) = false;
            self.inner().invite(false);
        }
        // Whoever drives the run has left: then nothing goes on.
        let _ = self.voice.send(message);
    }

    fn is_briefing(&self) -> bool {
        *lock(&self.briefing)
    }

    fn here(&self) -> Here {
        let run = lock(&self.run);
        let agent = matches!(run.controller, Some((Controller::Agent(_), _)));
        let steps = run.outline.steps.iter().map(|step| step.id.clone());
        Here {
            by: self.by.clone(),
            steps: steps.collect(),
            briefing: self.is_briefing() && run.paused.is_some() && agent,
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        lock(&self.inner)
    }
}

impl Inner {
    /// Says below what can be typed.
    fn invite(&mut self, briefing: bool) {
        let hint = match self.open.front() {
            Some((asked, _)) => showing::hint(&asked.step, &asked.question),
            None if briefing => "words are for the controller, an empty line begins".into(),
            None => "/help".into(),
        };
        self.screen.hint(&hint);
    }
}

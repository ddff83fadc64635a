use std::{
    io::IsTerminal as _,
    sync::mpsc::{Sender, channel},
    thread,
};

use cm_driver::{Asked, Person, Word};
use dialoguer::{Input, Select, theme::ColorfulTheme};
use indicatif::MultiProgress;

use crate::view::text;

type Answer = Box<dyn FnOnce(Word) + Send>;

/// The person at this terminal. Questions come one at a time, in the order in which
/// they were asked; the rest of the run goes on meanwhile.
pub(crate) struct Terminal {
    questions: Sender<(Asked, Answer)>,
}

impl Terminal {
    /// None when there is nobody to ask.
    pub(crate) fn open(multi: MultiProgress) -> Option<Self> {
        if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            return None;
        }
        let (questions, received) = channel::<(Asked, Answer)>();
        let asker = move || {
            for (asked, answer) in received {
                answer(multi.suspend(|| ask(&asked)));
            }
        };
        thread::Builder::new()
            .name("questions".into())
            .spawn(asker)
            .ok()?;
        Some(Self { questions })
    }
}

impl Person for Terminal {
    fn ask(&mut self, asked: Asked, answer: Answer) {
        // The thread ends only when this end is gone.
        let _ = self.questions.send((asked, answer));
    }
}

fn ask(asked: &Asked) -> Word {
    let theme = ColorfulTheme::default();
    let question = &asked.question;
    let prompt = text::clean(&question.prompt);
    if let Some(details) = &question.details {
        eprintln!("{}", text::clean(details));
    }
    let default = question.default.as_deref();
    let said = if question.choices.is_empty() {
        let input = Input::<String>::with_theme(&theme)
            .with_prompt(prompt)
            .allow_empty(true);
        match default {
            Some(default) => input.default(default.to_owned()).interact_text().ok(),
            None => input.interact_text().ok(),
        }
    } else {
        let choices: Vec<_> = question
            .choices
            .iter()
            .map(|choice| text::clean(choice))
            .collect();
        let first = question
            .choices
            .iter()
            .position(|choice| Some(choice.as_str()) == default);
        let select = Select::with_theme(&theme)
            .with_prompt(prompt)
            .items(&choices);
        let chosen = select
            .default(first.unwrap_or(0))
            .interact_opt()
            .ok()
            .flatten();
        chosen.and_then(|position| question.choices.get(position).cloned())
    };
    match said {
        Some(text) => Word::Answer { text, by: name() },
        None => Word::Later,
    }
}

/// Who is at this terminal, as the system says.
pub(crate) fn name() -> String {
    let names = ["USER", "LOGNAME", "USERNAME"].into_iter();
    names
        .filter_map(|name| std::env::var(name).ok())
        .find(|name| !name.is_empty())
        .unwrap_or_else(|| "somebody".into())
}

use std::collections::VecDeque;

use cm_types::{Action, Command, Framing, HttpRequest, HttpResponse, Input, ToolResult, TurnEvent};

use crate::{Broken, Case, Subject, bytes::Loaded};

/// The pieces in which the host reads a program's output are not larger.
const PIECE: usize = 64 * 1024;

/// How a stream of bytes comes.
#[derive(Clone, Debug)]
pub enum Cut {
    /// In pieces as large as the host makes them.
    Whole,
    /// Byte by byte.
    Bytes,
    /// Cut at these places.
    At(Vec<usize>),
}

/// What came of a turn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Played {
    /// The program it wanted.
    pub command: Option<Command>,
    /// All that it wrote to the program, in order.
    pub wrote: Vec<u8>,
    /// What it asked of a service.
    pub requests: Vec<HttpRequest>,
    /// What it told.
    pub events: Vec<TurnEvent>,
    /// It said that the program has said all it has to say.
    pub done: bool,
    /// Why it stopped answering.
    pub broken: Option<Broken>,
    /// How many programs it started.
    pub spawned: usize,
    /// The events that came with the answer to the last input.
    pub last: usize,
}

/// A turn at which nothing of the outside is real.
struct Stage<'case> {
    case: &'case Case,
    loaded: &'case Loaded,
    cut: &'case Cut,
    inputs: VecDeque<Input>,
    /// How many of the next inputs answer what was just asked.
    answers: usize,
    /// Whether the program has left; nobody answers it any more.
    gone: bool,
    played: Played,
    exchanged: usize,
}

/// Plays a case; the stream of its output comes as `cut` says.
pub(crate) fn play(subject: &dyn Subject, case: &Case, loaded: &Loaded, cut: &Cut) -> Played {
    let mut stage = Stage {
        case,
        loaded,
        cut,
        inputs: VecDeque::from([Input::Begin]),
        answers: 0,
        gone: false,
        played: Played::default(),
        exchanged: 0,
    };
    let mut machine = match subject.turn(case.request.request()) {
        Ok(machine) => machine,
        Err(broken) => {
            stage.played.broken = Some(broken);
            return stage.played;
        }
    };
    while let Some(input) = stage.inputs.pop_front() {
        stage.answers = stage.answers.saturating_sub(1);
        stage.gone |= matches!(input, Input::Exited(_));
        match machine.next(input) {
            Ok(actions) => {
                stage.played.last = 0;
                for action in actions {
                    stage.act(action);
                }
            }
            Err(broken) => {
                stage.played.broken = Some(broken);
                break;
            }
        }
    }
    stage.played
}

impl Stage<'_> {
    fn act(&mut self, action: Action) {
        match action {
            Action::Spawn(command) => {
                self.played.spawned += 1;
                if self.played.command.is_none() {
                    self.run(command.framing);
                    self.played.command = Some(command);
                }
            }
            Action::Write(bytes) => self.played.wrote.extend(bytes),
            Action::Emit(event) => {
                if let TurnEvent::Ask(ask) = &event
                    && !self.gone
                {
                    let id = ask.id.clone();
                    let answer = match self.case.grants {
                        true => Input::Granted(id),
                        false => Input::Denied(id),
                    };
                    // At once, and in the order of the questions.
                    self.inputs.insert(self.answers, answer);
                    self.answers += 1;
                }
                self.played.last += 1;
                self.played.events.push(event);
            }
            Action::Request(request) => {
                self.played.requests.push(request);
                self.exchange();
            }
            Action::Perform(call) => {
                let answer = self.case.tools.get(&call.name);
                self.inputs.push_back(Input::Performed(ToolResult {
                    id: call.id,
                    ok: answer.is_some(),
                    output: answer.cloned().unwrap_or_default(),
                    options: Vec::new(),
                }));
            }
            Action::Done => self.played.done = true,
            Action::CloseStdin | Action::Other(_) => {}
        }
    }

    /// Everything that the program does.
    fn run(&mut self, framing: Framing) {
        let stdout = self.loaded.stdout.as_slice();
        let (before, after) = match self.case.cancelled_after {
            Some(at) => stdout.split_at(at.min(stdout.len())),
            None => (stdout, &[][..]),
        };
        let mut output = self.output(before, framing);
        if self.case.cancelled_after.is_some() {
            output.push(Input::Cancelled);
        }
        output.extend(self.output(after, framing));
        if !self.loaded.stderr.is_empty() {
            output.push(Input::Stderr(self.loaded.stderr.clone()));
        }
        let files = self.loaded.files.iter();
        output.extend(files.map(|(name, content)| Input::File(name.clone(), content.clone())));
        output.push(Input::Exited(self.case.exit.code()));
        self.inputs.extend(output);
    }

    fn output(&self, bytes: &[u8], framing: Framing) -> Vec<Input> {
        match framing {
            Framing::Bytes => pieces(bytes, self.cut).map(Input::Stdout).collect(),
            Framing::Lines => {
                let text = String::from_utf8_lossy(bytes);
                let lines = text.lines().map(|line| Input::Line(line.to_owned()));
                lines.collect()
            }
        }
    }

    /// Everything that the service does.
    fn exchange(&mut self) {
        let (Some(exchange), Some(body)) = (
            self.case.exchanges.get(self.exchanged),
            self.loaded.bodies.get(self.exchanged),
        ) else {
            self.inputs
                .push_back(unreachable("no more answers are recorded"));
            return;
        };
        self.exchanged += 1;
        if exchange.status == 0 {
            self.inputs
                .push_back(unreachable("the connection was refused"));
            return;
        }
        let headers = exchange.headers.iter();
        self.inputs.push_back(Input::Response(HttpResponse {
            status: exchange.status,
            headers: headers
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        }));
        self.inputs.extend(pieces(body, self.cut).map(Input::Body));
        self.inputs.push_back(match exchange.broken {
            true => unreachable("the connection was closed in the middle of the answer"),
            false => Input::Responded,
        });
    }
}

fn unreachable(why: &str) -> Input {
    Input::Unreachable(cm_types::Failure::new("unreachable", why).retryable())
}

fn pieces(bytes: &[u8], cut: &Cut) -> impl Iterator<Item = Vec<u8>> {
    let ends: Vec<usize> = match cut {
        Cut::Whole => (PIECE..bytes.len()).step_by(PIECE).collect(),
        Cut::Bytes => (1..bytes.len()).collect(),
        Cut::At(places) => {
            let mut ends: Vec<usize> = places
                .iter()
                .map(|place| place % bytes.len().max(1))
                .collect();
            ends.sort_unstable();
            ends
        }
    };
    let ends = ends.into_iter().chain([bytes.len()]);
    let mut from = 0;
    ends.filter_map(move |end| {
        let piece = bytes.get(from..end)?.to_vec();
        from = end;
        (!piece.is_empty()).then_some(piece)
    })
}

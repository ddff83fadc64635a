use cm_sdk::engine::{Action, Dialogue, HttpResponse, Input, Request, Service, ToolResult};

use crate::told::Told;

/// How often a service is asked before the turn is stopped.
const ROUNDS: usize = 16;

/// Plays one turn with a model's service, which answers each question with the next piece
/// of the data. The first byte says with which status, and where the body is cut.
///
/// # Panics
/// When the adapter breaks its contract.
pub fn talk<S: Service>(data: &[u8]) {
    let Some((first, bytes)) = data.split_first() else {
        return;
    };
    let mut request = Request::new("please");
    request.model = Some("ollama/some".to_owned());
    let mut machine = Dialogue::<S>::new(request);
    let mut told = Told::default();
    let mut inputs = std::collections::VecDeque::from([Input::Begin]);
    let pieces = usize::from(first >> 5) + 1;
    let mut bodies = bytes.chunks(bytes.len() / pieces + 1).take(ROUNDS);
    while !told.is_over() {
        let input = inputs.pop_front().unwrap_or(Input::Cancelled);
        for action in machine.next(input).expect("only `begin` is refused") {
            match action {
                Action::Emit(event) => told.hear(&event),
                Action::Request(_) => {
                    if let Some(body) = bodies.next() {
                        answer(&mut inputs, *first, body);
                    }
                }
                Action::Perform(call) => inputs.push_back(Input::Performed(ToolResult {
                    ok: first & 8 == 0,
                    id: call.id,
                    output: call.arguments,
                    options: Vec::new(),
                })),
                _ => {}
            }
        }
    }
    told.check(data.len());
}

fn answer(inputs: &mut std::collections::VecDeque<Input>, first: u8, body: &[u8]) {
    let (status, kind) = match first & 3 {
        0 | 1 => (200, "text/event-stream"),
        2 => (200, "text/html"),
        _ => (400 + u16::from(first), "application/json"),
    };
    inputs.push_back(Input::Response(HttpResponse {
        status,
        headers: vec![("content-type".to_owned(), kind.to_owned())],
    }));
    let size = usize::from(first >> 2) * 7 + 1;
    inputs.extend(body.chunks(size).map(|piece| Input::Body(piece.to_vec())));
    inputs.push_back(Input::Responded);
}

use cm_sdk::engine::{Action, Adapter, Event, File, Input, Machine, Request};

use crate::told::Told;

/// Plays a turn of an engine that needs no options.
///
/// # Panics
/// When the adapter breaks its contract.
pub fn turn<A: Adapter>(data: &[u8]) {
    turn_with::<A>(&[], data);
}

/// Plays one turn. The first byte says how the program ends and where its output is cut.
///
/// # Panics
/// When the adapter breaks its contract.
pub fn turn_with<A: Adapter>(options: &[(&str, &str)], data: &[u8]) {
    let Some((first, output)) = data.split_first() else {
        return;
    };
    let mut request = Request::new("please");
    let options = options.iter();
    request.options = options
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let mut machine = Machine::<A>::new(request);
    let begun = machine.next(Input::Begin).expect("the request is good");
    let Some(Action::Spawn(command)) = begun.first() else {
        panic!("it starts no program");
    };
    let files = command.collect.clone();
    let code = match first & 3 {
        0 => Some(0),
        1 => Some(1),
        2 => Some(i32::from(*first)),
        _ => None,
    };
    let mut told = Told::default();
    let mut done = false;
    let mut asked = Vec::new();
    let mut hear = |machine: &mut Machine<A>, input| {
        for action in machine.next(input).expect("only `begin` is refused") {
            match action {
                Action::Emit(event) => {
                    told.hear(&event);
                    if let Event::Ask(ask) = event {
                        asked.push(ask.id);
                    }
                }
                Action::Done => done = true,
                _ => {}
            }
        }
        std::mem::take(&mut asked)
    };
    let size = usize::from(first >> 2) * 7 + 1;
    for piece in output.chunks(size) {
        for (at, id) in hear(&mut machine, Input::Stdout(piece.to_vec()))
            .into_iter()
            .enumerate()
        {
            let answer = if at % 2 == 0 {
                Input::Granted(id)
            } else {
                Input::Denied(id)
            };
            hear(&mut machine, answer);
        }
    }
    if first & 4 != 0 {
        hear(&mut machine, Input::Stderr(output.to_vec()));
    }
    if first & 8 != 0 {
        hear(&mut machine, Input::Cancelled);
    }
    for name in files {
        let content = output.to_vec();
        hear(&mut machine, Input::File(File { name, content }));
    }
    hear(&mut machine, Input::Exited(code));
    let ok = told.ok;
    told.check(data.len());
    assert!(
        !ok || code == Some(0) || done,
        "it failed, whatever was printed"
    );
}

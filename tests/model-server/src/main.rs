//! `cm-model-server [PORT [SCRIPT]]`: the server by hand, for trying engines out.

use cm_model_server::{ModelServer, Script};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match serve(&arguments) {
        Ok(never) => match never {},
        Err(problem) => {
            eprintln!("cm-model-server: {problem}\nusage: cm-model-server [PORT [SCRIPT.json]]");
            ExitCode::from(2)
        }
    }
}

fn serve(arguments: &[String]) -> Result<std::convert::Infallible, Box<dyn std::error::Error>> {
    let port = arguments.first().map_or(Ok(0), |port| port.parse())?;
    let script = match arguments.get(1) {
        Some(path) => Script::from_json(&std::fs::read_to_string(path)?)?,
        None => Script::example()?,
    };
    let server = ModelServer::start_at(script, port)?;
    println!("{}", server.url());
    loop {
        std::thread::park();
    }
}

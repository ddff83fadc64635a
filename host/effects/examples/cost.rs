//! What starting a process through this crate costs over starting it bare.
//!
//! `cargo run --release -p cm-effects --example cost -- [ROUNDS] [BALLAST_MB]`

use std::{
    error::Error,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use cm_effects::{Launch, Limits, Output, Process, Stdin};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let rounds: usize = arguments.next().map_or(Ok(300), |it| it.parse())?;
    let ballast: usize = arguments.next().map_or(Ok(60), |it| it.parse())?;
    // A `cm` has memory in use; a plain `fork` would pay for it.
    let ballast: Vec<u8> = (0..ballast * 1024 * 1024).map(|at| at as u8).collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (mut bare, mut forked, mut ours) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let began = Instant::now();
        command().output()?;
        bare.push(began.elapsed());

        let began = Instant::now();
        fork(&mut command()).output()?;
        forked.push(began.elapsed());

        let began = Instant::now();
        runtime.block_on(async { Process::start(launch())?.finish_loudly().await })?;
        ours.push(began.elapsed());
    }
    let floor = median(&mut bare);
    println!("median of {rounds}, {} MB in use", ballast.len() >> 20);
    println!("std, posix_spawn     {floor:>10.1?}");
    println!("std, fork            {:>10.1?}", median(&mut forked));
    let ours = median(&mut ours);
    println!(
        "cm-effects           {ours:>10.1?}   {:+.1?}",
        ours.saturating_sub(floor)
    );

    let (mut bare, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..rounds.div_ceil(20) {
        let began = Instant::now();
        let children: Vec<_> = (0..50)
            .map(|_| command().stdout(Stdio::piped()).spawn())
            .collect::<Result<_, _>>()?;
        for child in children {
            child.wait_with_output()?;
        }
        bare.push(began.elapsed());

        let began = Instant::now();
        runtime.block_on(async {
            let mut children = Vec::new();
            for _ in 0..50 {
                children.push(Process::start(launch())?);
            }
            for mut child in children {
                child.finish().await;
            }
            Ok::<_, Box<dyn Error>>(())
        })?;
        ours.push(began.elapsed());
    }
    println!("50 at once, std      {:>10.1?}", median(&mut bare));
    println!("50 at once, here     {:>10.1?}", median(&mut ours));
    Ok(())
}

fn command() -> Command {
    let mut command = Command::new("/bin/echo");
    command.arg("hello").stdin(Stdio::null());
    command
}

fn fork(command: &mut Command) -> &mut Command {
    use std::os::unix::process::CommandExt as _;
    // SAFETY: the function does nothing; it is there because with it `std` has to fork.
    unsafe { command.pre_exec(|| Ok(())) }
}

fn launch() -> Launch {
    Launch {
        program: "/bin/echo".to_owned(),
        arguments: vec!["hello".to_owned()],
        environment: std::env::vars_os().collect(),
        directory: "/".into(),
        stdin: Stdin::Null,
        limits: Limits {
            wall: Some(Duration::from_secs(60)),
            ..Limits::default()
        },
        recording: None,
    }
}

trait Loudly {
    async fn finish_loudly(self) -> Result<(), Box<dyn Error>>;
}

impl Loudly for Process {
    async fn finish_loudly(mut self) -> Result<(), Box<dyn Error>> {
        let mut said = Vec::new();
        loop {
            match self.next().await {
                Output::Stdout(bytes) => said.extend(bytes),
                Output::Stderr(_) => {}
                Output::Exited(exit) if exit.success() && said == b"hello\n" => return Ok(()),
                Output::Exited(exit) => return Err(format!("{exit:?}").into()),
            }
        }
    }
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command},
    thread,
    time::{Duration, Instant},
};

use cm_journal::{Found, Journal};
use cm_orchestrator::{Event, Record};
use cm_registry::Package;
use console::style;

use crate::{
    arguments::Demo,
    exit::Exit,
    place::{self, STATE},
    trouble::Trouble,
};

const PACKAGE: &str = "fix-tests";
/// Between two looks at how far the run is.
const LOOK: Duration = Duration::from_millis(5);
/// How long a run may take to come half way.
const PATIENCE: Duration = Duration::from_secs(30 * 60);

pub(crate) fn run(arguments: &Demo) -> Result<Exit, Trouble> {
    let package = place::registry()?.find(PACKAGE)?;
    let directory = make_project(&package)?;
    let began = Instant::now();
    heading(&format!(
        "A small project with a failing test: {}",
        directory.display()
    ));
    heading(&format!("cm run {PACKAGE} --engine {}", arguments.engine));
    let mut options = vec!["--engine".into(), arguments.engine.clone()];
    if let Some(model) = &arguments.model {
        options.extend(["--model".into(), model.clone()]);
    }
    if arguments.engine == "scripted" {
        options.extend([
            "--script".into(),
            write(&directory, &package, "tests/script.json", "script.json")?
                .display()
                .to_string(),
        ]);
    }
    let project = directory.join("project");
    let mut first = cm(&["run", PACKAGE, "--dir"], &project, &options)?;
    let Some((id, before)) = half_way(&mut first, &project)? else {
        // It ended before it could be killed: it has said why itself.
        let code = first.wait().map_err(|error| broken(&error))?;
        return Ok(if code.success() {
            Exit::Done
        } else {
            Exit::Failed
        });
    };
    first.kill().map_err(|error| broken(&error))?;
    first.wait().map_err(|error| broken(&error))?;
    eprintln!();
    heading(&format!(
        "The process was killed (SIGKILL) with {} pieces of work finished. cm resume {id}",
        before.len()
    ));
    let mut second = cm(&["resume", &id, "--dir"], &project, &[])?;
    let code = second.wait().map_err(|error| broken(&error))?;
    let again = run_again(&records(&project, &id)?, &before);
    heading(&format!(
        "{} of the {} finished pieces of work were run again. {:.1} s in all.",
        again,
        before.len(),
        began.elapsed().as_secs_f64()
    ));
    let shown = project.display();
    eprintln!(
        "\nLook at it:\n  cm show {id} --dir {shown}\n  cm logs {id} --dir {shown}\n  cat {shown}/CHANGELOG.md"
    );
    if arguments.engine == "scripted" {
        eprintln!("The same with a real agent:\n  cm engines\n  cm demo --engine claude");
    }
    Ok(if code.success() && again == 0 {
        Exit::Done
    } else {
        Exit::Failed
    })
}

fn heading(text: &str) {
    eprintln!("{} {text}", style("==>").for_stderr().green().bold());
}

/// The package's example project, in a new temporary directory that stays.
fn make_project(package: &Package) -> Result<PathBuf, Trouble> {
    let directory = tempfile::Builder::new().prefix("cm-demo-").tempdir();
    let directory = directory.map_err(|error| broken(&error))?.keep();
    let prefix = "tests/project/";
    for path in package.paths(prefix)? {
        let name = format!("project/{}", path.trim_start_matches(prefix));
        write(&directory, package, &path, &name)?;
    }
    Ok(directory)
}

fn write(directory: &Path, package: &Package, path: &str, name: &str) -> Result<PathBuf, Trouble> {
    let file = directory.join(name);
    if let Some(above) = file.parent() {
        fs::create_dir_all(above).map_err(|error| broken(&error))?;
    }
    fs::write(&file, package.read(path)?).map_err(|error| broken(&error))?;
    Ok(file)
}

/// This program, on the project.
fn cm(command: &[&str], project: &Path, options: &[String]) -> Result<Child, Trouble> {
    let program = std::env::current_exe().map_err(|error| broken(&error))?;
    let mut child = Command::new(program);
    child.args(command).arg(project).arg("--yes").args(options);
    child.spawn().map_err(|error| broken(&error))
}

/// Waits until some work is finished and more is going on. Gives the run and what is
/// finished; nothing when the program ends before.
fn half_way(child: &mut Child, project: &Path) -> Result<Option<(String, BTreeSet<u32>)>, Trouble> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if child.try_wait().map_err(|error| broken(&error))?.is_some() {
            return Ok(None);
        }
        thread::sleep(LOOK);
        let Some(journal) = Journal::open_existing(&project.join(STATE))? else {
            continue;
        };
        let Found::One(id) = journal.find("last")? else {
            continue;
        };
        let records = journal.events(&id, 0)?;
        let finished = finished(&records);
        let begun = records
            .iter()
            .filter(|record| matches!(record.event, Event::Spawned { .. }))
            .count();
        if finished.len() >= 2 && begun >= finished.len() + 2 {
            return Ok(Some((id, finished)));
        }
    }
    Ok(None)
}

fn records(project: &Path, id: &str) -> Result<Vec<Record>, Trouble> {
    match Journal::open_existing(&project.join(STATE))? {
        Some(journal) => Ok(journal.events(id, 0)?),
        None => Ok(Vec::new()),
    }
}

fn finished(records: &[Record]) -> BTreeSet<u32> {
    let finished = records.iter().filter_map(|record| match &record.event {
        Event::Finished {
            task,
            result: Ok(_),
            ..
        } => Some(*task),
        _ => None,
    });
    finished.collect()
}

/// How many of these tasks were sent out after the run was resumed.
fn run_again(records: &[Record], before: &BTreeSet<u32>) -> usize {
    let after = records
        .iter()
        .skip_while(|record| !matches!(record.event, Event::Resumed { .. }));
    let again = after.filter(
        |record| matches!(&record.event, Event::Attempted { task, .. } if before.contains(task)),
    );
    again.count()
}

fn broken(error: &std::io::Error) -> Trouble {
    Trouble::new("demo", format!("the demo cannot go on: {error}"))
}

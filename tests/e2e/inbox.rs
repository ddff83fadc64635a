//! What waits for a person, in whichever project: found, looked at and answered from
//! anywhere.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    path::Path,
    process::{Child, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use snapbox::str;

use crate::{
    output::{schema, valid},
    support::{Cm, PATIENCE, Ran, redact, same},
};

const QUESTION: &str = r#"
name: Stores
steps:
  - { id: database, ask: "Which database\nis it to be?", choices: [PostgreSQL, SQLite] }
"#;

const APPROVAL: &str = r#"
name: Release
steps:
  - agent: maker
  - { id: ship, approve: "Ship this? {maker.output}", details: "With care." }
"#;

const GATE: &str = "name: Pairing\nmode: manual\nsteps:\n  - agent: maker\n";

const PAUSED: &str = r#"
name: Long
steps:
  - { id: wait, run: "touch at-work; while ! test -e go; do sleep 0.02; done" }
  - { id: after, run: "echo over" }
"#;

/// A machine with these workflows beside any project, and the projects `one`, `two` and
/// `three`, the last without runs.
fn machine() -> Cm {
    let cm = Cm::new();
    for (name, yaml) in [
        ("question", QUESTION),
        ("approval", APPROVAL),
        ("gate", GATE),
        ("paused", PAUSED),
    ] {
        cm.write(&format!("flows/{name}/workflow.yaml"), yaml);
        cm.write(&format!("flows/{name}/agents/maker.md"), "Make it.");
    }
    cm.write(
        "flows/script.json",
        r#"{ "default": { "do": [{ "say": "a wheel" }] } }"#,
    );
    for project in ["one", "two", "three"] {
        fs::create_dir(cm.root().join(project)).expect("a project");
    }
    cm
}

/// A command, typed in a directory.
fn typed(cm: &Cm, place: &str, arguments: &[&str]) -> std::process::Command {
    let mut command = cm.command(arguments);
    command.current_dir(cm.root().join(place));
    command
}

fn at(cm: &Cm, place: &str, arguments: &[&str]) -> Ran {
    cm.ran(typed(cm, place, arguments))
}

/// `cm run` of one of the workflows, in a project.
fn starting(cm: &Cm, place: &str, flow: &str) -> std::process::Command {
    let flows = cm.project().join("flows");
    let (flow, script) = (flows.join(flow), flows.join("script.json"));
    let (flow, script) = (flow.display().to_string(), script.display().to_string());
    let arguments = ["run", &flow, "--engine", "scripted", "--script", &script];
    typed(cm, place, &arguments)
}

/// Runs it until it waits, and gives its id.
fn waiting(cm: &Cm, place: &str, flow: &str) -> String {
    let _ = cm.ran(starting(cm, place, flow)).code(4).calm();
    newest(cm, place)
}

fn newest(cm: &Cm, place: &str) -> String {
    let runs = at(cm, place, &["runs", "--json"]).code(0).json();
    runs[0]["run"].as_str().expect("a run").to_owned()
}

/// A run that was paused while it worked, and has left.
fn paused(cm: &Cm, place: &str) -> String {
    let child: Child = starting(cm, place, "paused")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cm starts");
    let (sign, began) = (cm.root().join(place).join("at-work"), Instant::now());
    while !sign.exists() {
        assert!(began.elapsed() < PATIENCE, "it does not begin");
        thread::sleep(Duration::from_millis(5));
    }
    let run = newest(cm, place);
    // From elsewhere, as everything here.
    let _ = at(
        cm,
        "three",
        &["pause", &run, "--reason", "the money is spent"],
    )
    .code(0);
    fs::write(cm.root().join(place).join("go"), "").expect("a file");
    let _ = cm.finished(child).code(4);
    run
}

fn inbox(cm: &Cm) -> Vec<Value> {
    let listed = at(cm, "three", &["inbox", "--json"]).code(0).json();
    listed.as_array().expect("a list").clone()
}

#[test]
fn everything_is_found_and_answered_from_a_third_directory() {
    let cm = machine();
    at(&cm, "three", &["inbox"])
        .code(0)
        .stdout("")
        .stderr("Nothing waits for you.\n");
    let question = waiting(&cm, "one", "question");
    let approval = waiting(&cm, "one", "approval");
    let gate = waiting(&cm, "two", "gate");
    let pause = paused(&cm, "two");
    let listed = at(&cm, "three", &["inbox"]).stderr("").code(0);
    same(
        &redact(&listed.out(), cm.root()),
        str![[r#"
RUN  PROJECT  STEP  WHAT  SINCE  PROMPT
[RUN]  [ROOT]/two  paused  [MOMENT]  the money is spent
[RUN]  [ROOT]/two  maker  turn  [MOMENT]  has finished; next: the end of the workflow
[RUN]  [ROOT]/one  ship  approval  [MOMENT]  Ship this? a wheel
[RUN]  [ROOT]/one  database  question  [MOMENT]  Which database is it to be? (PostgreSQL / SQLite)

Answer with:
  question    cm reply RUN ANSWER
  turn        cm next RUN, cm reply RUN TEXT
  approval    cm approve RUN, cm reject RUN REASON, cm revise RUN TEXT
  paused      cm resume RUN
All of one: cm inbox RUN

"#]],
    );
    let entries = inbox(&cm);
    let of_inbox = schema(&cm, "inbox");
    valid(&of_inbox, &Value::Array(entries.clone()));
    let runs: Vec<_> = entries.iter().map(|entry| entry["run"].clone()).collect();
    assert_eq!(runs, [&*pause, &*gate, &*approval, &*question]);
    assert_eq!(entries[3]["choices"], json!(["PostgreSQL", "SQLite"]));
    assert_eq!(entries[3]["prompt"], "Which database is it to be?");
    assert_eq!(
        entries[1]["answer"],
        json!([format!("cm next {gate}"), format!("cm reply {gate} TEXT")])
    );
    assert_eq!(entries[0]["speaker"], "ada");

    let full = at(&cm, "three", &["inbox", &approval]).code(0);
    let full = full.says("a wheel").says("With care.").says("sha256:");
    let _ = full.says(&format!("cm approve {approval}"));
    let full = at(&cm, "three", &["inbox", &approval, "--json"])
        .code(0)
        .json();
    valid(&of_inbox, &full);
    assert_eq!(full[0]["details"], "With care.");

    // Words are never a yes.
    for words in ["yes", "approve", "y", ""] {
        let _ = at(&cm, "three", &["reply", &approval, words])
            .code(2)
            .calm()
            .says(&format!("cm approve {approval}"))
            .says(&format!("cm reject {approval} REASON"));
    }
    assert_eq!(inbox(&cm).len(), 4);
    let _ = at(&cm, "three", &["approve", &approval, "--yes"])
        .code(0)
        .says(&format!("Run {approval} is in "))
        .says("With care.");
    // The beginning of an id is enough.
    let beginning = question.get(..4).expect("an id");
    let _ = at(&cm, "three", &["reply", beginning, "MySQL"])
        .code(2)
        .says("PostgreSQL");
    let _ = at(&cm, "three", &["reply", beginning, "SQLite"]).code(0);
    let _ = at(&cm, "three", &["next", &gate]).code(0);
    let left: Vec<_> = inbox(&cm).iter().map(|it| it["run"].clone()).collect();
    assert_eq!(left, [&*pause]);
    let _ = at(&cm, "three", &["inbox", &gate])
        .code(0)
        .stdout("")
        .says("Nothing waits for you in run");
    let _ = at(&cm, "three", &["resume", &pause]).code(0).says("over");
    assert_eq!(inbox(&cm), [] as [Value; 0]);
    for run in [&question, &approval, &gate] {
        let _ = at(&cm, "three", &["resume", run]).code(0).calm();
        let _ = at(&cm, "three", &["show", run]).code(0).says("done");
        let _ = at(&cm, "three", &["logs", run]).code(0).calm();
    }
}

/// One that is deleted is passed over, one that is damaged is named; neither hides the
/// others.
#[test]
fn a_project_that_is_gone_or_damaged_hides_no_other() {
    let cm = machine();
    let _ = waiting(&cm, "one", "approval");
    let _ = waiting(&cm, "two", "question");
    let kept = waiting(&cm, "three", "question");
    fs::remove_dir_all(cm.root().join("two")).expect("it goes");
    let runs: Vec<_> = inbox(&cm);
    assert_eq!(runs.len(), 2, "{runs:?}");
    let known = || {
        fs::read_dir(cm.home().join("projects"))
            .expect("a list")
            .count()
    };
    assert_eq!(known(), 3);
    let _ = at(&cm, "three", &["cache", "gc"])
        .code(0)
        .says("/two, which is gone");
    assert_eq!(known(), 2);
    let journal = cm.root().join("one/.codemachine/journal.db");
    for broken in [
        &b"no database at all, and long enough to be taken for one".repeat(40)[..],
        b"",
    ] {
        for log in ["-wal", "-shm"] {
            let _ = fs::remove_file(cm.root().join(format!("one/.codemachine/journal.db{log}")));
        }
        fs::write(&journal, broken).expect("a file");
        let ran = at(&cm, "project", &["inbox", "--json"]).code(1).calm();
        assert_eq!(ran.json()[0]["run"], *kept);
        let _ = ran.says("/one is not in this list");
        let _ = at(&cm, "project", &["inbox"]).code(1).calm().says(&kept);
        // Nor does it keep a run of another project from being found.
        let _ = at(&cm, "project", &["inbox", &kept])
            .code(0)
            .says("Which database");
    }
    let only = cm.root().join("three").display().to_string();
    let _ = at(&cm, "project", &["inbox", "--dir", &only])
        .code(0)
        .says(&kept);
}

#[test]
fn a_name_that_could_be_several_or_none() {
    let cm = machine();
    let run = waiting(&cm, "one", "question");
    // `last` and slips are for the project that one is in.
    for name in ["last", run.get(..2).expect("an id"), ""] {
        let _ = at(&cm, "three", &["cancel", name])
            .code(2)
            .says("cm::no-runs");
    }
    let three = cm.root().join("three").display().to_string();
    let _ = at(&cm, "project", &["show", &run, "--dir", &three]).code(2);
    let _ = at(&cm, "three", &["show", "zzzzzz"]).code(2);
    // A copy of the project has the same runs.
    let copied = std::process::Command::new("cp")
        .args(["-r", "one/.codemachine", "two/"])
        .current_dir(cm.root())
        .status();
    assert!(copied.is_ok_and(|status| status.success()));
    let other = waiting(&cm, "two", "question");
    let _ = at(&cm, "three", &["reply", &run, "SQLite"])
        .code(2)
        .says("cm::which-run")
        .says("--dir");
    let one = cm.root().join("one").display().to_string();
    let _ = at(&cm, "three", &["reply", &run, "SQLite", "--dir", &one]).code(0);
    let _ = at(&cm, "three", &["cancel", &other]).code(0);
    let left: Vec<_> = inbox(&cm).iter().map(|it| it["project"].clone()).collect();
    assert_eq!(left, [cm.root().join("two").display().to_string()]);
}

/// One request; gives its body.
fn server() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!(
        "http://{}/hook/t0ken",
        listener.local_addr().expect("its address")
    );
    let (send, bodies) = channel();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream);
            let mut length = 0;
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
                    break;
                }
                let lower = line.to_lowercase();
                if let Some(size) = lower.strip_prefix("content-length:") {
                    length = size.trim().parse().unwrap_or(0);
                }
            }
            let mut body = vec![0; length];
            let _ = reader.read_exact(&mut body);
            let _ = reader
                .get_mut()
                .write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
            let _ = send.send(String::from_utf8_lossy(&body).into_owned());
        }
    });
    (url, bodies)
}

fn configure(cm: &Cm, text: &str) {
    fs::create_dir_all(cm.home()).expect("a home");
    fs::write(cm.home().join("config.toml"), text).expect("a file");
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

#[test]
fn somebody_is_told_once() {
    let cm = machine()
        .program(
            "tell",
            r#"printf '%s\n' "$@" "${SECRET-none}" >> "$HOME/told""#,
        )
        .variable("SECRET", "hunter2");
    let (url, bodies) = server();
    configure(
        &cm,
        &format!(
            "[inbox]\ncommand = [\"tell\", \"{{project}}\", \"{{kind}}\", \"{{prompt}}\"]\nwebhook = \"{url}\"\n"
        ),
    );
    let run = waiting(&cm, "one", "question");
    let told = cm.root().join("home/told");
    let project = cm.root().join("one").display().to_string();
    let expected = format!("{project}\nquestion\nWhich database is it to be?\nnone\n");
    assert_eq!(read(&told), expected);
    let body = bodies.recv_timeout(PATIENCE).expect("it was told");
    let entry: Value = serde_json::from_str(&body).expect("JSON");
    valid(&schema(&cm, "inbox"), &json!([entry]));
    assert_eq!(entry["run"], *run);
    assert_eq!(entry["answer"], json!([format!("cm reply {run} ANSWER")]));
    assert!(!body.contains("hunter2"), "{body}");
    // Taken up without an answer, it is not new.
    let _ = at(&cm, "one", &["resume", "last"]).code(4);
    assert_eq!(read(&told), expected);
    let pause = paused(&cm, "two");
    assert!(read(&told).contains("\npaused\nthe money is spent\n"));
    let body = bodies.recv_timeout(PATIENCE).expect("it was told");
    assert!(body.contains(&pause), "{body}");
    assert!(bodies.try_recv().is_err());
    let events = at(&cm, "two", &["logs", "last", "--json"]).code(0).out();
    assert!(!events.contains("t0ken"), "{events}");
}

/// Whoever cannot be told is a line in the log, and no more.
#[test]
fn nobody_can_be_told() {
    let cm = machine()
        .program("angry", "exit 3")
        .program("slow", "exec sleep 300");
    for (settings, why) in [
        (
            "command = [\"nowhere\", \"s3cret\"]",
            "`nowhere` is not installed",
        ),
        (
            "command = [\"angry\", \"s3cret\"]",
            "`angry` ended with code 3",
        ),
        (
            "webhook = \"http://127.0.0.1:1/s3cret\"",
            "the webhook cannot be reached",
        ),
        ("command = [\"slow\", \"s3cret\"]", "`slow` took too long"),
    ] {
        configure(&cm, &format!("[inbox]\n{settings}\n"));
        let run = waiting(&cm, "one", "question");
        let _ = at(&cm, "one", &["logs", &run])
            .code(0)
            .says("nobody was told that the run waits")
            .says(why)
            .says_not("s3cret");
    }
    for settings in [
        "[inbox]\ncomand = [\"s3cret\"]",
        "[inbox",
        "[inbox]\nwebhook = \"s3cret\"",
    ] {
        configure(&cm, settings);
        let _ = cm
            .ran(starting(&cm, "one", "question"))
            .code(4)
            .calm()
            .says("nobody is told what waits for you")
            .says_not("s3cret");
    }
}

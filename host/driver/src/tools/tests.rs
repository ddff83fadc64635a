use cm_journal::{Journal, Lease};
use cm_orchestrator::{Event, Run, RunStart};
use cm_types::{Error, Failure, Helper, Placement, Policy, Reply, TurnWork, Work};

use super::*;
use crate::Drive;

const RUN: &str = "aaaaaa";

/// A run with one agent at work, and somebody who writes down what is decided.
struct Place {
    _directory: tempfile::TempDir,
    _lease: Lease,
    ledger: Arc<Ledger>,
    project: Project,
    task: u32,
    writing: tokio::task::JoinHandle<()>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.writing.abort();
    }
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let journal = Journal::open(&directory.path().join(".codemachine")).unwrap();
        let start = RunStart {
            parallel: 4,
            default_engine: "scripted".into(),
            ..RunStart::default()
        };
        let (run, lease) = Drive::begin(&journal, RUN, start).unwrap();
        let ledger = Arc::new(Ledger::new(RUN.into(), journal, run));
        let requested = ledger.input(Input::Request {
            scope: None,
            place: Placement {
                step: "build".into(),
                parent: None,
                label: None,
            },
            work: Work::Turn(TurnWork {
                agent: "builder".into(),
                ..TurnWork::default()
            }),
            policy: Policy::default(),
        });
        let writer = Arc::clone(&ledger);
        let writing = tokio::spawn(async move {
            loop {
                writer.urgent().await;
                if let Some(mut batch) = writer.append() {
                    batch.durable().await.unwrap();
                    writer.settled(batch.last().unwrap_or_default());
                }
            }
        });
        Self {
            project: Project::new(directory.path()),
            _directory: directory,
            _lease: lease,
            ledger,
            task: requested.task.unwrap(),
            writing,
        }
    }

    fn tools(&self, grants: Grants) -> Tools {
        let caller = Caller {
            task: self.task,
            step: "build".into(),
            agent: Some("builder".into()),
        };
        Tools::new(
            Arc::clone(&self.ledger),
            self.project.clone(),
            caller,
            grants,
            Deciding::Agent,
        )
    }

    /// What is on disk now.
    fn on_disk(&self) -> Vec<Event> {
        let records = self.ledger.journal().events(RUN, 0).unwrap();
        records.into_iter().map(|record| record.event).collect()
    }

    fn notes(&self) -> Vec<String> {
        let noted = self.on_disk().into_iter();
        let kind = |event| match event {
            Event::Noted { item, .. } => Some(item.kind),
            _ => None,
        };
        noted.filter_map(kind).collect()
    }
}

fn names(tools: &[&str]) -> Grants {
    Grants {
        tools: tools.iter().map(|name| (*name).to_owned()).collect(),
        ..Grants::default()
    }
}

async fn call(tools: &Tools, name: &str, arguments: Value) -> Result<Value, String> {
    let Value::Object(arguments) = arguments else {
        panic!("arguments are an object");
    };
    tools.call(name, arguments).await
}

#[tokio::test]
async fn what_was_not_granted_is_neither_shown_nor_done() {
    let place = Place::new();
    let tools = place.tools(names(&["read_state"]));
    let listed: Vec<_> = tools.tools().into_iter().map(|tool| tool.name).collect();
    assert_eq!(listed, ["read_state"]);
    let error = call(&tools, "write_state", json!({ "key": "k", "value": "v" })).await;
    let error = error.unwrap_err();
    assert!(
        error.contains("`build`") && error.contains("tools: [state]"),
        "{error}"
    );
    assert!(call(&tools, "format_disk", json!({})).await.is_err());
    assert_eq!(place.notes(), ["tool-refused", "tool-refused"]);
    assert!(place.ledger.look(|run| run.state.is_empty()));
}

#[tokio::test]
async fn every_tool_can_be_granted_and_has_a_schema() {
    let place = Place::new();
    let all: Vec<_> = ALL.iter().map(|(name, _)| *name).collect();
    let tools = place.tools(names(&all)).tools();
    assert_eq!(tools.len(), ALL.len());
    for tool in tools {
        assert_eq!(tool.schema["type"], "object", "{}", tool.name);
        assert!(all.contains(&tool.name.as_str()), "{}", tool.name);
    }
}

#[tokio::test]
async fn a_write_is_on_disk_before_it_is_answered() {
    let place = Place::new();
    let tools = place.tools(names(&["read_state", "write_state", "put_artifact"]));
    for version in 1..=5 {
        let value = format!("v{version}");
        let arguments = json!({ "key": "k", "value": value, "version": version - 1 });
        let answer = call(&tools, "write_state", arguments).await.unwrap();
        assert_eq!(answer, json!({ "version": version }));
        let events = place.on_disk();
        let written =
            |event: &Event| matches!(event, Event::Written { value: it, .. } if *it == value);
        assert!(events.iter().any(written), "{version}");
    }
    let late = json!({ "key": "k", "value": "late", "version": 2 });
    let error = call(&tools, "write_state", late).await.unwrap_err();
    assert!(
        error.contains(r#""value":"v5""#) && error.contains(r#""version":5"#),
        "{error}"
    );
    let read = call(&tools, "read_state", json!({ "key": "k" }))
        .await
        .unwrap();
    assert_eq!(read, json!({ "value": "v5", "version": 5 }));
    let none = call(&tools, "read_state", json!({ "key": "other" })).await;
    assert_eq!(none, Ok(Value::Null));
    let kept = json!({ "name": "plan.md", "content": "# Plan" });
    call(&tools, "put_artifact", kept).await.unwrap();
    assert!(matches!(place.on_disk().last(), Some(Event::Saved { step, .. }) if step == "build"));
    let outside = json!({ "name": "../plan.md", "content": "" });
    assert!(call(&tools, "put_artifact", outside).await.is_err());
}

#[tokio::test]
async fn a_typed_value_stays_of_its_type() {
    let place = Place::new();
    let schema = r#"{"type": "object", "required": ["steps"]}"#.to_owned();
    let key = "plan".to_owned();
    place.ledger.input(Input::Declare { key, schema });
    let tools = place.tools(names(&["write_state"]));
    let wrong = json!({ "key": "plan", "value": "{}" });
    let error = call(&tools, "write_state", wrong).await.unwrap_err();
    assert!(error.contains("steps"), "{error}");
    // JSON itself counts as its text.
    let right = json!({ "key": "plan", "value": { "steps": [] } });
    call(&tools, "write_state", right).await.unwrap();
}

#[tokio::test]
async fn what_is_said_becomes_part_of_the_reply() {
    let place = Place::new();
    let mut grants = names(&["give_directive", "propose_completion", "decide"]);
    grants.directives = vec!["checkpoint".into()];
    let tools = place.tools(grants);
    let refused = call(&tools, "give_directive", json!({ "action": "stop" })).await;
    assert!(refused.unwrap_err().contains("checkpoint"));
    let wrong = call(
        &tools,
        "give_directive",
        json!({ "action": "checkpoint", "reason": 1 }),
    )
    .await;
    assert!(wrong.unwrap_err().contains("no directive"));
    call(&tools, "give_directive", json!({ "action": "checkpoint" }))
        .await
        .unwrap();
    assert!(
        call(&tools, "propose_completion", json!({ "confidence": 2 }))
            .await
            .is_err()
    );
    let proposal = json!({ "summary": "done", "confidence": 0.5 });
    call(&tools, "propose_completion", proposal.clone())
        .await
        .unwrap();
    assert!(
        call(&tools, "decide", json!({ "decision": "next" }))
            .await
            .is_err()
    );
    assert!(
        call(&tools, "decide", json!({ "decision": "revise" }))
            .await
            .is_err()
    );
    let revise = json!({ "decision": "revise", "reason": "no tests" });
    call(&tools, "decide", revise).await.unwrap();
    assert_eq!(place.notes(), ["directive", "proposal", "decision"]);
    let said = tools.take();
    assert_eq!(said.directives, [Directive::Checkpoint { reason: None }]);
    assert_eq!(said.proposal, Some(proposal));
    assert_eq!(said.decision, Some(Decision::Revise("no tests".into())));
}

/// Ends every turn of this agent that is sent out, with this.
fn answer(place: &Place, agent: &'static str, result: Result<Reply, Error>) {
    let ledger = Arc::clone(&place.ledger);
    tokio::spawn(async move {
        let open = move |run: &Run| {
            let open = run.tasks.iter().find(|task| {
                matches!(&task.work, Work::Turn(turn) if turn.agent == agent)
                    && task.state == cm_orchestrator::TaskState::Running
            });
            open.map(|task| task.id)
        };
        loop {
            if let Some(task) = ledger.look(open) {
                let result = result.clone();
                ledger.input(Input::Ended { task, result });
                return;
            }
            tokio::task::yield_now().await;
        }
    });
}

fn helpers(names: &[&str]) -> Grants {
    let helper = |name: &&str| Helper {
        name: (*name).to_owned(),
        prompt: "You help.".into(),
        ..Helper::default()
    };
    Grants {
        tools: vec!["run_agents".into()],
        helpers: names.iter().map(helper).collect(),
        ..Grants::default()
    }
}

#[tokio::test]
async fn agents_run_and_tell_what_came_of_it() {
    let place = Place::new();
    std::fs::write(place._directory.path().join("notes.md"), "a note").unwrap();
    let tools = place.tools(helpers(&["a", "b", "c"]));
    let said = |text: &str| {
        Ok(Reply {
            text: text.into(),
            ..Reply::default()
        })
    };
    answer(&place, "a", said("one\ntwo"));
    answer(
        &place,
        "b",
        Err(Error::Other(Failure::new("broken", "it broke"))),
    );
    let script = json!({ "script": "a[input:notes.md,tail:1] 'look' & b 'try' && c 'later'" });
    let told = call(&tools, "run_agents", script).await.unwrap();
    assert_eq!(told["ok"], false);
    assert_eq!(told["agents"][0]["output"], "two");
    assert_eq!(told["agents"][1]["error"], "it broke");
    assert_eq!(told["agents"][2]["status"], "not-run");
    let started = place.ledger.look(|run| {
        let within = run
            .tasks
            .iter()
            .filter(|task| task.scope == Some(place.task));
        let within = within.map(|task| (task.place.step.clone(), task.work.clone()));
        within.collect::<Vec<_>>()
    });
    assert_eq!(started.len(), 2);
    assert_eq!(started[0].0, "build/a");
    let Work::Turn(turn) = &started[0].1 else {
        panic!("a turn");
    };
    let prompt = "You help.\n\n=== File: notes.md ===\na note\n\n=== Request ===\nlook";
    assert_eq!(turn.prompt, prompt);
    assert!(turn.grants.helpers.is_empty());
}

#[tokio::test]
async fn only_granted_agents_run_and_none_of_a_bad_script() {
    let place = Place::new();
    let tools = place.tools(helpers(&["a"]));
    let script = json!({ "script": "a 'x' && root 'y'" });
    let error = call(&tools, "run_agents", script).await.unwrap_err();
    assert!(
        error.contains("`root`") && error.contains("it may run: a"),
        "{error}"
    );
    let outside = json!({ "script": "a[input:../secret] 'x'" });
    assert!(call(&tools, "run_agents", outside).await.is_err());
    let wrong = call(&tools, "run_agents", json!({ "script": "a &&" })).await;
    assert!(wrong.unwrap_err().contains("column"));
    assert_eq!(place.ledger.look(|run| run.tasks.len()), 1);
}

#[tokio::test]
async fn a_question_waits_for_its_answer() {
    let place = Place::new();
    let tools = place.tools(names(&["ask_person"]));
    let ledger = Arc::clone(&place.ledger);
    tokio::spawn(async move {
        loop {
            let open = ledger.look(|run| run.open_questions().map(|task| task.id).next());
            if let Some(task) = open {
                let decision = Decision::Reply("sqlite".into());
                let (by, shown) = ("anna".into(), None);
                ledger.input(Input::Answer {
                    task,
                    decision,
                    by,
                    shown,
                });
                return;
            }
            tokio::task::yield_now().await;
        }
    });
    let question = json!({ "question": "Which store?", "choices": ["sqlite", "files"] });
    let answer = call(&tools, "ask_person", question).await.unwrap();
    assert_eq!(answer, json!({ "answer": "sqlite", "by": "anna" }));
}

#[tokio::test]
async fn a_call_ends_with_the_run() {
    let place = Place::new();
    let tools = place.tools(names(&["ask_person"]));
    let ledger = Arc::clone(&place.ledger);
    tokio::spawn(async move {
        let reason = "stopped".to_owned();
        ledger.input(Input::Interrupt { reason });
    });
    let error = call(&tools, "ask_person", json!({ "question": "Who?" })).await;
    assert!(error.unwrap_err().contains("stopped"));
}

use super::*;

fn here() -> Here {
    Here {
        by: "ann".into(),
        steps: vec!["planner".into(), "build".into()],
        briefing: false,
    }
}

fn question(kind: QuestionKind) -> QuestionWork {
    QuestionWork {
        kind,
        ..QuestionWork::default()
    }
}

fn send(step: Option<&str>, decided: Decision) -> Said {
    direct(step.map(Into::into), decided, false, &here())
}

fn check(cases: &[(&str, Said)], asked: Option<&QuestionWork>) {
    for (line, expected) in cases {
        let said = parse(line, asked, &here());
        match (expected, &said) {
            // The words of it are for people.
            (Said::Again(_), Said::Again(_)) => {}
            _ => assert_eq!(said, *expected, "{line:?}"),
        }
    }
}

fn no() -> Said {
    Said::Again(String::new())
}

#[test]
fn a_gate() {
    let decided = |decision| Said::Answer(decision);
    let reply = |text: &str| Said::Answer(Decision::Reply(text.into()));
    check(
        &[
            ("", decided(Decision::Next)),
            ("  ", decided(Decision::Next)),
            ("use sqlite", reply("use sqlite")),
            ("//etc is a path", reply("/etc is a path")),
            ("approve", reply("approve")),
            ("/next", decided(Decision::Next)),
            ("/skip", decided(Decision::Skip)),
            ("/back planner", decided(Decision::Back("planner".into()))),
            ("/back", no()),
            ("/stop", decided(Decision::Stop("stopped by ann".into()))),
            ("/stop no money", decided(Decision::Stop("no money".into()))),
            ("/skip build", send(Some("build"), Decision::Skip)),
            ("/to build a b", Said::To("build".into(), "a b".into())),
            ("/to build", no()),
            ("/later", Said::Later),
            ("/nonsense", no()),
            ("/help", Said::Help),
        ],
        Some(&question(QuestionKind::Turn)),
    );
}

#[test]
fn nothing_but_the_word_approves() {
    check(
        &[
            ("", no()),
            ("yes", no()),
            ("y", no()),
            ("ok, approve", no()),
            ("approve it", no()),
            ("reject", no()),
            ("revise", no()),
            ("approve", Said::Answer(Decision::Approve)),
            ("Approve ", Said::Answer(Decision::Approve)),
            ("/approve", Said::Answer(Decision::Approve)),
            (
                "reject too long",
                Said::Answer(Decision::Reject("too long".into())),
            ),
            (
                "/revise shorter",
                Said::Answer(Decision::Revise("shorter".into())),
            ),
        ],
        Some(&question(QuestionKind::Approval)),
    );
}

#[test]
fn a_checkpoint() {
    check(
        &[
            ("", no()),
            ("go", no()),
            ("continue", Said::Answer(Decision::Next)),
            (
                "stop",
                Said::Answer(Decision::Stop("stopped by ann".into())),
            ),
            (
                "stop it is late",
                Said::Answer(Decision::Stop("it is late".into())),
            ),
        ],
        Some(&question(QuestionKind::Checkpoint)),
    );
}

#[test]
fn a_question_with_choices() {
    let mut asked = question(QuestionKind::Question);
    asked.choices = vec!["ship".into(), "wait".into(), "1".into()];
    let reply = |text: &str| Said::Answer(Decision::Reply(text.into()));
    let cases = [
        ("ship", reply("ship")),
        ("WAIT", reply("wait")),
        ("2", reply("wait")),
        // A word is a word before it is a number.
        ("1", reply("1")),
        ("0", no()),
        ("4", no()),
        ("perhaps", no()),
    ];
    check(&cases, Some(&asked));
    check(&[("", no())], Some(&asked));
    asked.default = Some("wait".into());
    check(&[("", reply("wait"))], Some(&asked));
}

#[test]
fn a_question_without() {
    let mut asked = question(QuestionKind::Question);
    let reply = |text: &str| Said::Answer(Decision::Reply(text.into()));
    check(&[("", no()), ("a  b", reply("a  b"))], Some(&asked));
    asked.default = Some("main".into());
    check(&[("", reply("main"))], Some(&asked));
}

#[test]
fn nothing_is_asked() {
    let ann = || "ann".to_owned();
    let pause = |now| {
        let (reason, by) = (None, ann());
        Said::Send(Message::Pause { reason, now, by })
    };
    let reply = |step, text: &str| send(step, Decision::Reply(text.into()));
    let (mode, text) = (Mode::Manual, "hurry up".to_owned());
    check(
        &[
            ("", Said::Nothing),
            ("use sqlite", reply(None, "use sqlite")),
            ("/say use sqlite", reply(None, "use sqlite")),
            ("/say build use it", reply(Some("build"), "use it")),
            ("/say build", reply(None, "build")),
            ("/say", no()),
            (
                "/now stop that",
                direct(None, Decision::Reply("stop that".into()), true, &here()),
            ),
            ("/pause", pause(false)),
            ("/pause now", pause(true)),
            ("/pause later", no()),
            ("/resume", Said::Send(Message::Continue { by: ann() })),
            ("/skip", send(None, Decision::Skip)),
            ("/skip build", send(Some("build"), Decision::Skip)),
            (
                "/back planner",
                send(None, Decision::Back("planner".into())),
            ),
            (
                "/mode manual",
                Said::Send(Message::Switch { mode, by: ann() }),
            ),
            ("/mode hasty", no()),
            (
                "/talk hurry up",
                Said::Send(Message::Talk { text, by: ann() }),
            ),
            ("/approve", no()),
            ("/later", no()),
            ("/status", Said::Status),
        ],
        None,
    );
}

#[test]
fn a_briefing() {
    let mut here = here();
    here.briefing = true;
    let by = "ann".to_owned();
    let text = "be careful".to_owned();
    assert_eq!(
        parse("be careful", None, &here),
        Said::Send(Message::Talk {
            text,
            by: by.clone()
        })
    );
    assert_eq!(parse("", None, &here), Said::Send(Message::Continue { by }));
}

#[test]
fn a_permission_needs_its_own_words() {
    let decided = |decision| Said::Answer(decision);
    check(
        &[
            ("approve", decided(Decision::Approve)),
            ("approve once", decided(Decision::Approve)),
            ("approve step", decided(Decision::approve_for(Span::Step))),
            ("Approve run", decided(Decision::approve_for(Span::Run))),
            ("reject", decided(Decision::Reject(String::new()))),
            (
                "reject not now",
                decided(Decision::Reject("not now".into())),
            ),
            ("approve everything", no()),
            ("approve runs", no()),
            ("yes", no()),
            ("y", no()),
            ("", no()),
            ("run", no()),
            ("next", no()),
        ],
        Some(&question(QuestionKind::Permission)),
    );
}

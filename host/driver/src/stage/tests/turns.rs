use super::*;

#[test]
fn a_turn_needs_no_program() {
    block(async {
        for engine in ENGINES {
            let Some(world) = World::new(engine, WRITES) else {
                return;
            };
            let (done, events) = world.turn(world.work("write hello to a/b.txt")).await;
            let reply = fine(&done);
            assert_eq!(reply.text, "Wrote hello: made `a/b.txt`: 6 bytes");
            assert_eq!(fs::read_to_string(world.at("a/b.txt")).unwrap(), "hello\n");
            assert!(outcomes(&events)[0].ok);
            let used: u32 = events
                .iter()
                .map(|event| match event {
                    TurnEvent::Usage(usage) => usage.input,
                    _ => 0,
                })
                .sum();
            assert_eq!(used, 200);
            let seen = world.server.requests();
            assert!(seen.iter().all(|it| it.authorized), "{seen:?}");
            let raw = recorded(&done);
            assert!(
                raw.contains("<Response {") && raw.contains("<Performed {"),
                "{raw}"
            );
            assert!(!raw.contains(KEY));

            let session = reply.session.clone();
            let again = TurnWork {
                session: session.clone(),
                ..world.work("recall")
            };
            let (done, _) = world.turn(again).await;
            assert_eq!(fine(&done).text, "You said: write hello to a/b.txt");
            assert_eq!(fine(&done).session, session);
            let fork = TurnWork {
                session: session.clone(),
                options: vec![("fork".into(), "true".into())],
                ..world.work("recall")
            };
            let (done, _) = world.turn(fork).await;
            assert_eq!(
                fine(&done).text,
                "You said: write hello to a/b.txt | recall"
            );
            assert_ne!(fine(&done).session, session);
            let lost = TurnWork {
                session: Some("nothing".into()),
                ..world.work("recall")
            };
            let (done, _) = world.turn(lost).await;
            assert!(matches!(
                failed(&done),
                (Error::Missing(_), "unknown-session")
            ));
        }
    });
}

#[test]
fn the_tools_keep_to_the_permissions() {
    block(async {
        let Some(world) = World::new(ENGINES[0], WRITES) else {
            return;
        };
        let looks = TurnWork {
            permissions: Some("read-only".into()),
            ..world.work("write hello to c.txt")
        };
        let (done, events) = world.turn(looks).await;
        // It is not even told of the tools that write.
        assert!(
            fine(&done).text.contains("there is no tool"),
            "{:?}",
            done.result
        );
        assert!(!outcomes(&events)[0].ok && !world.at("c.txt").exists());
        let out = world.work("write hello to ../out.txt");
        let (done, events) = world.turn(out).await;
        assert!(fine(&done).text.contains("outside"), "{:?}", done.result);
        assert!(!outcomes(&events)[0].ok && !world.root.path().join("out.txt").exists());
        let few = TurnWork {
            options: vec![("tools".into(), "[\"read\"]".into())],
            ..world.work("write hello to d.txt")
        };
        let (done, _) = world.turn(few).await;
        assert!(
            fine(&done).text.contains("not among the tools"),
            "{:?}",
            done.result
        );
    });
}

#[test]
fn a_package_has_to_be_allowed_what_its_model_does() {
    block(async {
        let poor = |text: String| text.replace("workspace = \"write\"", "workspace = \"read\"");
        let Some(world) = World::with(ENGINES[0], WRITES, poor, true) else {
            return;
        };
        let (done, _) = world.turn(world.work("write hello to a.txt")).await;
        assert!(
            fine(&done).text.contains("does not declare"),
            "{:?}",
            done.result
        );
        assert!(!world.at("a.txt").exists());
        let alone = |text: String| text.replace("network = [", "network = [] #");
        let Some(world) = World::with(ENGINES[0], WRITES, alone, false) else {
            return;
        };
        let (done, _) = world.turn(world.work("recall")).await;
        assert!(
            matches!(failed(&done).0, Error::Denied(_)),
            "{:?}",
            done.result
        );
        let blind = |text: String| text.replace("\"ANTHROPIC_BASE_URL\"", "");
        let Some(world) = World::with(ENGINES[0], WRITES, blind, true) else {
            return;
        };
        let (done, _) = world.turn(world.work("recall")).await;
        assert!(
            matches!(failed(&done).0, Error::Denied(_)),
            "{:?}",
            done.result
        );
        assert!(world.server.requests().is_empty());
    });
}

#[test]
fn who_has_no_key_is_told_where_to_put_it() {
    block(async {
        let Some(world) = World::with(ENGINES[0], WRITES, |text| text, false) else {
            return;
        };
        let (done, _) = world.turn(world.work("recall")).await;
        let (error, code) = failed(&done);
        assert!(matches!(error, Error::Denied(_)) && code == "not-signed-in");
        assert!(error.to_string().contains("ANTHROPIC_API_KEY"), "{error}");
        let Some(world) = World::with(ENGINES[2], WRITES, |text| text, false) else {
            return;
        };
        let (done, _) = world.turn(world.work("recall")).await;
        let (error, code) = failed(&done);
        assert!(matches!(error, Error::Invalid(_)) && code == "bad-address");
        assert!(error.to_string().contains("CHAT_BASE_URL"), "{error}");
    });
}

#[test]
fn the_key_is_nowhere() {
    block(async {
        for engine in ENGINES {
            let Some(world) = World::new(engine, WRITES) else {
                return;
            };
            let (done, events) = world.turn(world.work("leak")).await;
            let (error, code) = failed(&done);
            assert!(matches!(error, Error::Denied(_)) && code == "not-signed-in");
            assert!(!format!("{error:?} {events:?}").contains(KEY));
            assert!(format!("{error:?}").contains("[secret]"), "{error:?}");
            assert!(!recorded(&done).contains(KEY));
            // Neither when a command comes across it, nor in its environment.
            let prints = format!(
                "run: printf %s%s sk-driver-test- 0123456789; env | grep -c {}",
                engine[2]
            );
            let (done, events) = world.turn(world.work(&prints)).await;
            assert_eq!(outcomes(&events).len(), 1, "{:?} {events:?}", done.result);
            let output = &outcomes(&events)[0].output;
            assert_eq!(output, "[secret]0\n[exit code 1]");
            assert!(!recorded(&done).contains(KEY));
        }
    });
}

#[test]
fn a_busy_service_is_waited_for() {
    block(async {
        for engine in ENGINES {
            let Some(world) = World::new(engine, WRITES) else {
                return;
            };
            let (done, events) = world.turn(world.work("flaky")).await;
            assert_eq!(fine(&done).text, "Recovered.");
            let retries = events
                .iter()
                .filter(|event| matches!(event, TurnEvent::Other(other) if other.kind == "retry"));
            assert_eq!(retries.count(), 2);
        }
    });
}

#[test]
fn a_turn_ends_when_it_is_told_to() {
    block(async {
        let Some(world) = World::new(ENGINES[0], WRITES) else {
            return;
        };
        let world = Arc::new(world);
        // While the service says nothing, and while a command is at work.
        for (prompt, sign) in [("hang", None), ("slowly", Some("begun"))] {
            let stop = watch::Sender::new(Stop::No);
            let turn = world.turn_with(world.work(prompt), Policy::default(), stop.subscribe());
            let ender = async {
                let here = || match sign {
                    None => !world.server.requests().is_empty(),
                    Some(file) => world.at(file).exists(),
                };
                while !here() {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                stop.send_replace(Stop::Gently);
            };
            let ((done, events), ()) = tokio::join!(turn, ender);
            assert_eq!(failed(&done).0, &Error::Cancelled);
            assert!(matches!(events[0], TurnEvent::Session(_)));
        }
        // What was said can be gone on with.
        let TurnEvent::Session(session) = world.told(1).remove(0) else {
            panic!("a session");
        };
        let again = TurnWork {
            session: Some(session),
            ..world.work("recall")
        };
        let (done, _) = world.turn(again).await;
        assert_eq!(fine(&done).text, "You said: slowly");
    });
}

#[test]
fn a_turn_has_an_end() {
    block(async {
        let Some(world) = World::new(ENGINES[0], WRITES) else {
            return;
        };
        let stop = watch::Sender::new(Stop::No);
        let policy = Policy {
            timeout_ms: Some(300),
            ..Policy::default()
        };
        let (done, _) = world
            .turn_with(world.work("hang"), policy, stop.subscribe())
            .await;
        assert!(
            matches!(failed(&done), (Error::Exhausted(_), "timeout")),
            "{:?}",
            done.result
        );
        let quiet = TurnWork {
            options: vec![
                ("idle-ms".into(), "100".into()),
                ("retries".into(), "0".into()),
            ],
            ..world.work("hang again")
        };
        let (done, _) = world.turn(quiet).await;
        assert!(
            matches!(failed(&done), (Error::Unavailable(_), "network")),
            "{:?}",
            done.result
        );
    });
}

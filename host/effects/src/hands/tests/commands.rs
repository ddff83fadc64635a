use super::*;

fn run(hands: &Hands, arguments: Value) -> Deed {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let environment = vec![("PATH".into(), "/usr/bin:/bin".into())];
        match hands.start(&arguments.to_string(), environment) {
            Ok(running) => running.finish().await,
            Err(deed) => deed,
        }
    })
}

#[test]
fn commands_run_in_the_working_directory() {
    let world = World::new();
    let hands = world.hands(Permissions::WorkspaceWrite);
    let ran = run(&hands, json!({ "command": "cat notes.md; echo oh >&2" }));
    assert!(ran.ok);
    assert_eq!(ran.output, "a note\noh\n[exit code 0]");
    let failed = run(&hands, json!({ "command": "exit 3" }));
    assert_eq!(
        (failed.ok, failed.output.as_str()),
        (false, "[exit code 3]")
    );
    let seen = run(
        &hands,
        json!({ "command": "env | cut -d= -f1 | grep -i key; true" }),
    );
    assert_eq!(seen.output, "[exit code 0]");
    let much = run(
        &hands,
        json!({ "command": "head -c 1000000 /dev/zero | tr '\\0' x; echo end" }),
    );
    assert!(much.output.len() < 70_000 && much.output.contains("bytes left out"));
    assert!(much.output.ends_with("end\n[exit code 0]"));
    assert!(!run(&hands, json!({ "command": "a\u{0}b" })).ok);
    assert!(
        run(
            &world.hands(Permissions::ReadOnly),
            json!({ "command": "true" })
        )
        .denied
    );
}

#[test]
fn a_command_has_an_end() {
    let world = World::new();
    let hands = world.hands(Permissions::WorkspaceWrite);
    let began = Instant::now();
    let long = run(
        &hands,
        json!({ "command": "echo begun; sleep 600 & sleep 600", "seconds": 1 }),
    );
    assert!(
        !long.ok && long.output.starts_with("begun\n[stopped after 1 s"),
        "{long:?}"
    );
    assert!(began.elapsed().as_secs() < 60);
    // What it has left behind does not keep it.
    let left = run(&hands, json!({ "command": "sleep 600 & echo done" }));
    assert!(left.ok, "{left:?}");
    assert!(began.elapsed().as_secs() < 60);
}

proptest! {
    #[test]
    fn no_path_leads_out(
        parts in prop::collection::vec("(\\.\\.|\\.|src|out|key|dangling|none|secret|/)", 1..8),
        writes in any::<bool>(),
    ) {
        let world = World::new();
        let hands = world.hands(Permissions::WorkspaceWrite);
        let path = parts.join("/");
        let deed = match writes {
            true => deed(&hands, "write", json!({ "path": path, "content": "x" })),
            false => deed(&hands, "read", json!({ "path": path })),
        };
        prop_assert!(!deed.output.contains("the key"), "{}", path);
        prop_assert_eq!(world.text("secret/key"), "the key\n");
        prop_assert_eq!(fs::read_dir(world.at("secret")).unwrap().count(), 1);
        prop_assert_eq!(fs::read_dir(world.0.path()).unwrap().count(), 3);
    }
}

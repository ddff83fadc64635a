//! Three branches at the same time, merged into a real git repository, and a step of the run
//! done again.

use super::example;
use crate::{
    support::Cm,
    workspaces::{commit, git, left},
};

/// A repository with what the package works on: what `.env` is for is known to nobody but
/// `setup.sh`, and the check notes what is there when it is run.
fn repository() -> Cm {
    let cm = example("parallel-branches")
        .file(".gitignore", ".env\nready\n")
        .file(".env", "KEY=1\n")
        .file("features.txt", "none\n")
        .file("setup.sh", "test -e .env && touch ready\n")
        .file(
            "check.sh",
            "echo $(ls -d greet.sh menu.txt docs 2>/dev/null) >> ../merged.log; ! grep -q '<<<' features.txt\n",
        );
    commit(cm)
}

fn merged(cm: &Cm) -> String {
    std::fs::read_to_string(cm.root().join("merged.log")).expect("the checks were run")
}

#[test]
fn three_branches_are_merged_in_their_order_and_a_conflict_is_solved() {
    let cm = repository();
    cm.flow()
        .code(0)
        .calm()
        .says("git cannot join what both sides have done: features.txt: both have changed it")
        .says("It fits together.");
    // Each merge is a commit of its own, in the order that the workflow says, and the check
    // was run after each.
    assert_eq!(
        git(&cm, &["log", "--reverse", "--format=%s"]),
        "first\nMerge the step api\nMerge the step ui\nMerge the step docs"
    );
    assert_eq!(
        merged(&cm),
        "greet.sh\ngreet.sh menu.txt\ndocs greet.sh menu.txt\n"
    );
    assert_eq!(
        git(&cm, &["show", "HEAD:features.txt"]),
        "none\ngreet.sh\nmenu.txt"
    );
    assert_eq!(git(&cm, &["status", "--porcelain"]), "");
    assert_eq!(left(&cm), (0, String::new()), "nothing is left over");
    assert_eq!(cm.attempts("api"), 1, "neither copies nor merges count");
}

#[test]
fn a_step_is_redone_with_another_prompt() {
    let cm = repository();
    cm.flow().code(0);
    let (old, head) = (cm.last(), git(&cm, &["rev-parse", "HEAD"]));
    cm.run([
        "rerun",
        &old,
        "--step",
        "reviewer",
        "--prompt",
        "Be strict. Does everything fit together?",
    ])
    .code(0)
    .calm()
    .says("The menu has no way out.");
    // What lies before it was neither done nor merged nor checked again.
    assert_eq!(git(&cm, &["rev-parse", "HEAD"]), head);
    assert_eq!(merged(&cm).lines().count(), 3);
    for step in ["planner", "api", "ui", "docs"] {
        assert_eq!(cm.attempts(step), 0, "{step}");
    }
    assert_eq!(cm.attempts("reviewer"), 1);
    cm.run(["diff", &old, "last"])
        .code(0)
        .says("-It fits together.")
        .says("+The menu has no way out.");
    assert_eq!(left(&cm), (0, String::new()));
}

#[test]
fn the_plan_is_shown_before_anything_is_spent() {
    let cm = repository();
    cm.flow_with(&["--plan"])
        .code(0)
        .says("5 turns")
        .says("$10.00")
        .says("agents 3");
    assert_eq!(left(&cm), (0, String::new()));
    assert!(!cm.project().join(".codemachine").exists());
}

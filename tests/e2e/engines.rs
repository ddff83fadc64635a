//! `cm engines`: what is here and who is signed in; and engines that a person has set up
//! in their own way. The programs are small scripts that say what the real ones say.

use std::{fmt::Write as _, fs};

use cm_model_server::engine_or_skip;
use serde_json::Value;
use snapbox::str;

use crate::support::{Cm, copy_program, house, same};

/// `claude`, of this version, with nobody signed in.
fn claude(version: &str) -> String {
    format!(
        r#"case "$1" in
            --version) echo "{version} (Claude Code)";;
            *) echo '{{"loggedIn": false}}'; exit 1;;
        esac"#
    )
}

#[test]
fn one_engine_with_all_there_is_to_know() {
    let cm = Cm::new().program("claude", &claude("2.1.330"));
    cm.run(["engines", "claude"])
        .stderr("")
        .code(0)
        .stdout(str![[r#"
claude: Claude Code
  program       [ROOT]/bin/claude
  version       2.1.330, tested
  signed in     no
  can           resume, fork, usage, cost, effort, schema, permissions, ask, tools, mcp, directories, max-turns
  models        sonnet, opus, haiku
  package       claude 0.1.0

Claude Code is not signed in: run `claude auth login`, or set ANTHROPIC_API_KEY
or here: cm engines login claude

"#]]);
    let cm = Cm::new().program("codex", "printf '\\033]0;title\\007\\377\\376'; exit 3");
    let ran = cm.run(["engines", "codex"]).stderr("").code(0);
    ran.stdout(str![[r#"
codex: Codex
  program       [ROOT]/bin/codex
  version       not known (tested: 0.169.0)
  signed in     not known
  can           resume, fork, usage, effort, schema, permissions, ask, mcp, directories
  models        gpt-5.5
  package       codex 0.1.0

Codex is installed but does not start; install it again: npm install -g @openai/codex

"#]])
        .says_not("\u{1b}");
}

#[test]
fn a_version_stands_somehow_to_the_tested_ones() {
    for (version, standing, words) in [
        ("2.1.330", "tested", "2.1.330, tested"),
        ("3.0.1", "newer", "3.0.1, newer than tested 2.1.330"),
        ("2.1.97", "older", "2.1.97, older than tested 2.1.330"),
        ("2.1.330-beta", "untested", "2.1.330-beta, not tested"),
    ] {
        let cm = Cm::new().program("claude", &claude(version));
        let row = &cm.json(["engines", "claude", "--json"])[0];
        assert_eq!(row["standing"], standing, "{row}");
        assert_eq!(row["version"], version);
        let path = cm.root().join("bin/claude").display().to_string();
        assert_eq!(row["programs"][0]["path"], path);
        cm.run(["engines", "claude"]).says(words);
        // The real versions of other programs are nobody's affair here.
        cm.run(["engines"]).code(0).says(words);
    }
}

#[test]
fn variables_are_named_and_what_is_in_them_is_not() {
    let cm = Cm::new()
        .variable("OPENAI_API_KEY", "sk-e2e-secret")
        .variable("GROQ_API_KEY", "")
        .variable("UNKNOWN_API_KEY", "sk-e2e-secret");
    let shown = cm
        .run(["engines", "openai"])
        .code(0)
        .says("by OPENAI_API_KEY");
    shown.says_not("secret").says_not("UNKNOWN");
    let ran = cm.run(["engines", "--json"]).code(0).says_not("secret");
    let rows = ran.json();
    let row = |name: &str| {
        let mut rows = rows.as_array().expect("rows").iter();
        rows.find(|row| row["engine"] == name)
            .expect("a row")
            .clone()
    };
    assert_eq!(
        row("openai")["variables"],
        serde_json::json!(["OPENAI_API_KEY"])
    );
    assert_eq!(row("openai")["signed_in"], true);
    assert_eq!(row("anthropic")["signed_in"], false);
    assert_eq!(row("anthropic")["variables"], serde_json::json!([]));
    let remedy = row("anthropic")["remedy"].to_string();
    assert!(remedy.contains("set ANTHROPIC_API_KEY"), "{remedy}");
}

/// A program with a login that keeps its account in its home, and shows what it was given.
const SIGNS_IN: &str = r#"case "$1 $2" in
    "--version ") echo "codex-cli 0.169.0";;
    "login status") if [ -e "$CODEX_HOME/account" ] || [ -e "$HOME/account" ]
        then echo "Logged in using ChatGPT"; else echo "Not logged in"; exit 1; fi;;
    "login --refused") echo "the service says no"; exit 7;;
    login*) shift; echo "opening a page: $*"; touch "${CODEX_HOME:-$HOME}/account";;
esac"#;

#[test]
fn a_login_is_the_programs_own() {
    let cm = Cm::new().program("codex", SIGNS_IN);
    cm.run(["engines", "login", "codex", "--refused"])
        .code(1)
        .stdout("the service says no\n")
        .stderr(str![[r#"
Starting `codex login --refused` for Codex
cm::not-signed-in

  × the login of Codex ended with code 7
  help: try again: cm engines login codex

"#]]);
    cm.run(["engines", "login", "codex", "--with", "-x", "a b"])
        .code(0)
        .stdout("opening a page: --with -x a b\n")
        .stderr(str![[r#"
Starting `codex login --with -x a b` for Codex
Codex is signed in

"#]]);
    assert_eq!(
        cm.json(["engines", "codex", "--json"])[0]["signed_in"],
        true
    );
}

#[test]
fn a_login_that_cannot_be_says_what_to_do() {
    let cm = Cm::new();
    let login = |engine| cm.run(["engines", "login", engine]).stdout("");
    login("codex").code(1).stderr(str![[r#"
cm::not-installed

  × Codex is not installed: there is no `codex` on the PATH
  help: install it: npm install -g @openai/codex

"#]]);
    login("anthropic").code(2).stderr(str![[r#"
cm::no-login

  × Anthropic API has no login that could be started
  help: set ANTHROPIC_API_KEY in the environment in which you start `cm`

"#]]);
    login("aider").code(2).stderr(str![[r#"
cm::no-login

  × aider has no login that could be started
  help: aider is not installed: uv tool install aider-chat

"#]]);
    login("clod").code(2).says("there is no engine `clod`");
}

#[test]
fn an_engine_has_a_home_of_its_own() {
    let cm = Cm::new()
        .program("codex", SIGNS_IN)
        .workflow("name: Alone\nsteps:\n  - agent: a\n")
        .agent("a", "Look.")
        .script(
            r#"{ "rules": [{ "do": [
                { "run": "printf '%s %s' \"$HOME\" \"$XDG_CONFIG_HOME\" > home" }, { "say": "done" }
            ] }] }"#,
        );
    let settings = cm.home().join("config.toml");
    let homes = cm.home().join("homes");
    fs::write(
        &settings,
        "[engines.codex]\nhome = \"isolated\"\n[engines.scripted]\nhome = \"isolated\"\n",
    )
    .expect("settings");
    cm.run(["engines", "codex"]).code(0).stdout(str![[r#"
codex: Codex
  program       [ROOT]/bin/codex
  version       0.169.0, tested
  signed in     no
  home          ~/.codemachine/homes/codex, its own
  can           resume, fork, usage, effort, schema, permissions, ask, mcp, directories
  models        gpt-5.5
  package       codex 0.1.0

Codex is not signed in: run `codex login`, or set CODEX_API_KEY (a key in the environment, or of a provider of your own, does not show here)
or here: cm engines login codex

"#]]);
    let ran = cm.run(["engines", "login", "codex"]).code(0);
    ran.says(&format!(
        "in its own home {}",
        homes.join("codex").display()
    ));
    assert!(homes.join("codex/.codex/account").is_file());
    assert!(!cm.root().join("home/account").exists());
    cm.flow().code(0);
    let own = homes.join("scripted").display().to_string();
    assert_eq!(cm.read("home"), format!("{own} {own}/.config"));
    // The wrong account is not used because of a typing error.
    fs::write(&settings, "[engines.scripted]\nhome = \"isolatd\"\n").expect("settings");
    fs::remove_file(cm.project().join("home")).expect("the file");
    let ran = cm
        .flow()
        .code(2)
        .says("config.toml is not understood: line 2: ");
    ran.says("`isolated`");
    assert!(!cm.project().join("home").exists());
}

/// `aider` of this version. It counts how often it was asked for it, takes a moment for a
/// turn, and is replaced on the way when the next version lies ready.
fn aider(version: &str) -> String {
    format!(
        r#"if [ "$1" = --version ]; then echo x >> "$HOME/asked"; echo "aider {version}"; exit; fi
        if [ -e "$HOME/next" ]; then mv "$HOME/next" "$0"; fi
        sleep 1
        printf 'Aider v{version}\n\nDone.\n\nTokens: 7 sent, 3 received.\n'"#
    )
}

/// Puts another version in the place of a program, or beside it.
fn replace(cm: &Cm, version: &str, place: &str) {
    let text = cm.root().join("aider.text");
    fs::write(&text, format!("#!/bin/sh\n{}\n", aider(version))).expect("a text");
    let made = cm.root().join("aider.new");
    copy_program(&text, &made);
    fs::rename(made, cm.root().join(place)).expect("it is replaced");
}

fn asked(cm: &Cm) -> usize {
    let asked = fs::read_to_string(cm.root().join("home/asked"));
    asked.unwrap_or_default().lines().count()
}

fn told(cm: &Cm) -> Vec<String> {
    let run = cm.last();
    let events = cm.events(&run);
    let notes = events.iter().filter(|event| event["kind"] == "noted");
    let bodies = notes.filter_map(|event| event["item"]["body"].as_str());
    bodies
        .filter(|body| body.contains("is newer than"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_newer_program_is_told_of_once() {
    let cm = Cm::new()
        .program("aider", &aider("0.99.1"))
        .workflow("name: Newer\nsteps:\n  - agent: a\n")
        .agent("a", "Look.");
    let run = || cm.run(["run", "./flow", "--engine", "aider"]).code(0);
    let words = "aider 0.99.1 is newer than 0.86.2, which its adapter was tested with";
    run().says(words);
    assert_eq!(told(&cm).len(), 1);
    run().says_not("is newer than");
    assert_eq!(told(&cm), [""; 0]);
    assert_eq!(asked(&cm), 1, "what is known is not asked again");
    replace(&cm, "1.0.0", "bin/aider");
    run().says("aider 1.0.0 is newer than 0.86.2");
    run().says_not("is newer than");
    assert_eq!(asked(&cm), 2);
    let kept = cm.home().join("programs.json");
    let kept: Value = serde_json::from_slice(&fs::read(kept).expect("it is kept")).expect("JSON");
    assert_eq!(
        kept["told"],
        serde_json::json!(["aider 0.99.1", "aider 1.0.0"])
    );
}

#[test]
fn a_program_that_updates_itself_on_the_way_is_seen() {
    let cm = Cm::new()
        .program("aider", &aider("0.86.2"))
        .workflow("name: Changing\nsteps:\n  - agent: a\n  - agent: b\n")
        .agent("a", "Look.")
        .agent("b", "Look again.");
    replace(&cm, "2.0.0", "home/next");
    let ran = cm.run(["run", "./flow", "--engine", "aider"]).code(0);
    ran.says("aider 2.0.0 is newer than 0.86.2");
    assert_eq!(told(&cm).len(), 1);
    assert_eq!(asked(&cm), 2);
}

#[test]
fn a_program_that_does_not_say_its_version_stops_nothing() {
    let mute = aider("0")
        .replace("exit; fi", "exit 3; fi")
        .replace("aider 0", "?");
    let cm = Cm::new()
        .program("aider", &mute)
        .workflow("name: Mute\nsteps:\n  - agent: a\n")
        .agent("a", "Look.");
    let ran = cm.run(["run", "./flow", "--engine", "aider"]).code(0);
    ran.says_not("warning").says_not("newer");
}

/// A workflow on the engine `shell`, in a package that may start these.
fn template(programs: &str) -> Cm {
    Cm::new()
        .program("my-agent", "echo \"you said: $*\"")
        .file(
            "flow/cm.toml",
            format!(
                "[package]\nname = \"flow\"\nversion = \"1.0.0\"\n[capabilities]\nprograms = [{programs}]\nworkspace = \"write\"\n"
            ),
        )
        .workflow(
            "name: Template\nsteps:\n  - agent: a\n    engine: shell\n    options: { program: my-agent, args: [ask, [--model, '{model}'], '{prompt}'] }\n",
        )
        .agent("a", "What is it?")
}

#[test]
fn a_template_is_filled_and_started() {
    let cm = template("\"my-agent\"");
    cm.run(["check", "./flow"]).code(0);
    cm.run(["run", "./flow"])
        .code(0)
        .stdout("you said: ask What is it?\n");
    let ran = cm.run(["run", "./flow", "--model", "m"]).code(0);
    ran.stdout("you said: ask --model m What is it?\n");
}

#[test]
fn a_program_that_the_package_may_not_start_is_refused() {
    let cm = template("\"sh\"");
    cm.run(["run", "./flow"]).code(1).stdout("").stderr(str![[r#"
Run [RUN]: Template in [ROOT]/project
[TIME] ▸ a
[TIME] ✘ a: the package `flow` wants to start the program `my-agent`, which can do what you can do, and does not declare that it does

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✘ a  failed  1  the package `flow` wants to start the program `my-agent`, w…
  total  0

cm::run-failed

  × run [RUN] failed: the step `a` failed: the package `flow` wants to start the program `my-agent`, which can do what you can do, and does not declare that it does
  │   because in its cm.toml: [capabilities] programs = ["my-agent"]
  help: what was said: cm logs [RUN]
        go on where it failed: cm resume [RUN]

"#]]);
    assert_eq!(cm.attempts("a"), 1);
}

#[test]
fn options_that_are_wrong_are_found_before_a_run() {
    let cm = Cm::new()
        .workflow(
            "name: Wrong\nsteps:\n  - agent: a\n    options:\n      max-turns: many\n      my-token: abc\n",
        )
        .agent("a", "Look.");
    cm.run(["check", "./flow"]).code(1).stderr(str![[r#"
cm::check

  × workflow.yaml:5:18: the option `max-turns` must be a whole number from 1, and this is `many`
   ╭─[workflow.yaml:5:18]
 4 │     options:
 5 │       max-turns: many
   ·                  ──┬─
   ·                    ╰── here
 6 │       my-token: abc
   ╰────
cm::check

  × workflow.yaml:6:7: the option `my-token` looks like a secret, and everybody can read a workflow
   ╭─[workflow.yaml:6:7]
 5 │       max-turns: many
 6 │       my-token: abc
   ·       ────┬───
   ·           ╰── here
   ╰────
  help: remove it, and put the secret into the engine's variable: `cm engines` says which
2 problems, 0 warnings.

"#]]);
}

#[test]
fn an_api_is_tried_against_a_script() {
    let cm = Cm::new()
        .variable("OPENAI_API_KEY", "sk-e2e-secret")
        .variable("OPENAI_BASE_URL", "http://127.0.0.1:9/nowhere");
    for engine in ["openai", "anthropic", "chat"] {
        let ran = cm.run(["conform", "--live", engine]).code(0);
        ran.says("✔ edits a file").says("All 5 checks hold.");
    }
    assert!(!cm.project().join(".codemachine").exists());
    let limits = cm.home().join("limits");
    assert!(
        !limits.exists(),
        "what a script says is no limit of a person"
    );
}

#[test]
fn what_cannot_be_tried_says_so() {
    let cm = Cm::new();
    cm.run(["conform", "--live", "claude"])
        .code(1)
        .stderr(str![[r#"
cm::not-installed

  × Claude Code is not installed: there is no `claude` on the PATH
  help: install it: npm install -g @anthropic-ai/claude-code

"#]]);
    cm.run(["conform", "--live", "cursor"])
        .code(2)
        .stderr(str![[r#"
cm::no-local-model

  × Cursor cannot be tried here: it is not known how its model could be on this machine
  help: these can: anthropic, chat, claude, codex, copilot, gemini, openai, opencode, pi, qwen, vibe
        for others, play what was recorded: cm conform cursor --cases FILE

"#]]);
    let cm = cm.program("codex", "echo 'codex-cli 0.169.0'; exit 1");
    let ran = cm.run(["conform", "--live", "codex"]).code(1);
    ran.says("✘ answers").says("do not hold");
}

#[test]
fn a_real_program_is_tried_against_a_script() {
    for engine in ["claude", "codex"] {
        let Some(program) = engine_or_skip(engine) else {
            continue;
        };
        let path = format!("{}:/usr/bin:/bin", program.display());
        let cm = Cm::new().variable("PATH", &path);
        let report = cm.json(["conform", "--live", engine, "--json"]);
        let checks = report[0]["checks"].as_array().expect("checks").clone();
        assert_eq!(checks.len(), 5);
        assert!(
            checks.iter().all(|check| check["outcome"] == "kept"),
            "{report:#}"
        );
    }
}

/// How many recorded turns an engine has to keep to.
fn recorded(row: &Value) -> usize {
    let package = row["package"].as_str().unwrap_or_default();
    let package = package.split(' ').next().unwrap_or_default();
    let file = house()
        .join("plugins/engines")
        .join(package)
        .join("conformance.json");
    let Ok(text) = fs::read_to_string(file) else {
        return 0;
    };
    let cases: Value = serde_json::from_str(&text).expect("JSON");
    let cases = cases["cases"].as_array().expect("cases");
    let fits = |case: &&Value| {
        let named = match &case["request"]["options"]["engine"] {
            Value::Null => &case["engine"],
            named => named,
        };
        named.is_null() || *named == row["engine"]
    };
    cases.iter().filter(fits).count()
}

const FEATURES: [&str; 12] = [
    "resume",
    "fork",
    "usage",
    "cost",
    "effort",
    "schema",
    "permissions",
    "ask",
    "tools",
    "mcp",
    "directories",
    "max-turns",
];

/// The table in the documentation is what the adapters say. `SNAPSHOTS=overwrite` writes it.
#[test]
fn the_table_in_the_documentation_is_the_adapters_word() {
    let cm = Cm::new().variable("PATH", "/nowhere");
    let rows = cm.json(["engines", "--json"]);
    let mut table = format!(
        "| engine | | {} | tested with | recorded |\n",
        FEATURES.join(" | ")
    );
    let _ = writeln!(table, "|---|---|{}---|---|", "---|".repeat(FEATURES.len()));
    for row in rows.as_array().expect("rows") {
        let has = |name: &str| {
            let mut known = row["features"].as_array().into_iter().flatten();
            known.any(|known| known == name)
        };
        let known: Vec<_> = row["features"].as_array().into_iter().flatten().collect();
        assert!(
            known
                .iter()
                .all(|it| FEATURES.iter().any(|known| *it == known)),
            "a feature has no column: {row}"
        );
        let marks = FEATURES.map(|name| if has(name) { "●" } else { "" });
        let tested: Vec<_> = row["tested"].as_array().into_iter().flatten().collect();
        let tested: Vec<_> = tested.iter().filter_map(|it| it.as_str()).collect();
        let recorded = match recorded(row) {
            0 => String::new(),
            count => count.to_string(),
        };
        let _ = writeln!(
            table,
            "| `{}` | {} | {} | {} | {recorded} |",
            row["engine"].as_str().expect("a name"),
            row["name"].as_str().expect("a name"),
            marks.join(" | "),
            tested.join(", "),
        );
    }
    let page = house().join("docs/engines.md");
    let text = fs::read_to_string(&page).expect("the page");
    let begin = "<!-- table: written by the tests from the adapters' own words -->\n";
    let end = "<!-- end of table -->";
    let (before, rest) = text.split_once(begin).expect("the table's beginning");
    let (old, after) = rest.split_once(end).expect("the table's end");
    if std::env::var("SNAPSHOTS").is_ok_and(|it| it == "overwrite") {
        fs::write(&page, format!("{before}{begin}{table}{end}{after}")).expect("the page");
        return;
    }
    same(old, table);
}

#[test]
fn listing_starts_no_login() {
    let cm = Cm::new().program(
        "copilot",
        "[ \"$1\" = --version ] && { echo 1.0.102; exit; }; touch \"$HOME/started\"",
    );
    cm.run(["engines"]).code(0);
    assert!(!cm.root().join("home/started").exists());
}

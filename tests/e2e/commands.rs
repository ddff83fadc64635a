//! The commands that are not about a run, and those about runs where there are none.

use std::process::Command;

use snapbox::str;

use crate::support::{Cm, same, skipped};

/// Every subcommand, as the help lists them.
pub(crate) fn names(cm: &Cm) -> Vec<String> {
    let help = cm.run(["--help"]).code(0).out();
    // They stand in groups: a heading, and a line for each command.
    let lines = help
        .lines()
        .skip_while(|line| !line.starts_with("Usage:"))
        .skip(1)
        .take_while(|line| *line != "Options:");
    lines
        .filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn version() {
    let version = format!("cm {}\n", env!("CARGO_PKG_VERSION"));
    Cm::bare()
        .run(["--version"])
        .stdout(version)
        .stderr("")
        .code(0);
}

#[test]
fn help_lists_the_commands() {
    let ran = Cm::bare().run(["--help"]).stderr("").code(0);
    same(
        &ran.out(),
        str![[r#"
Workflows of AI coding agents, installed like packages and run like programs

Usage: cm <COMMAND>

Run:
  run          Run a workflow on a project
  resume       Go on with a run that was interrupted, failed, waits, or is paused
  rerun        Do a run again, or from a step on
  fork         Continue a run from one of its steps, as a new run
  pause        Send nothing new out until somebody says `cm resume`
  mode         Say who drives a run, or show it
  cancel       Cancel a run, from any terminal
  run-agents   Run agents of a package, as a script says

Answer:
  reply        Answer a question of a run, or say something to its agent
  next         Go on: with an agent's next prompt, or with the next step
  skip         Leave a step, and go on behind it
  back         Go back to a step; it and what follows it runs again
  approve      Say yes to what a run wants approved
  reject       Say no to what a run wants approved
  revise       Want what is to be approved changed, and made again
  talk         Talk to the agent that drives a run
  inbox        List what waits for you, in every project in which you have run something

Look:
  runs         List the runs of a project
  show         Show one run: its steps, what they took, tokens and cost
  logs         Print what a run's agents and commands said and did
  diff         Compare two runs: their steps, what they cost, and what came of them
  artifacts    List the texts that a run has kept, or print one
  state        List what a run's steps have written into its shared state, or print one value
  gc           Remove what runs that are over have left
  engines      List the engines: found where, which version, tested or not, signed in or not

Get packages:
  install      Install packages: from a registry, a directory, a file or a git repository
  add          Add packages to the cm.toml of this project, and install them
  update       Bring packages up to date: all that were installed by name, or those that are named
  outdated     List the packages of which there is a newer version
  remove       Remove an installed package
  list         List installed and first-party packages
  info         Show what a package is: what it brings, may do, needs, and who has signed it
  search       Search the registries
  tree         Show what packages need, as a tree
  why          Show why a package is installed: who asked for it, and who needs it

Make packages:
  new          Make the directory of a new package
  check        Check a package before it is run: nothing is started, nothing is spent
  conform      Check that an engine's adapter keeps the contract, by what its real program printed
  record       Run a real engine once, and keep what its program printed as a case
  redecode     Decode recorded turns again, with another version of an engine's adapter
  build        Build a package: the same files always make the same digest
  pack         Write a package as one file, which can be installed anywhere
  publish      Publish a package in a registry
  yank         Withdraw a version that is published, or take that back
  keys         Make and show the keys that you sign packages with

Trust packages:
  registry     Say where packages come from, sign in there, or serve a registry to a team
  mirror       Copy packages, with all that they need and their signatures, into a directory
  trust        Say whom you take packages from
  audit        Ask the registries about what is installed: withdrawn, faulty, signed by others?
  verify       Read installed packages again: every file, every download, every signature
  cache        Show how much is kept, or remove what nothing needs

More:
  demo         Watch a workflow fix a failing test in a small project
  mcp          Give an agent or a command the tools that its step grants it
  schema       Print the JSON Schema of an output or a file
  completions  Print completions for a shell
  help         Print the help of a command

Options:
  -h, --help     Print help
  -V, --version  Print version

Start here:
  cm demo                 watch a workflow fix a failing test, without any login
  cm engines              which agents are installed, and what is missing
  cm run ./my-workflow    run a workflow on this project

"#]],
    );
}

#[test]
fn nothing_typed_shows_the_help() {
    let cm = Cm::bare();
    let help = cm.run(["--help"]).out();
    let ran = cm.run::<&str>([]).code(2);
    assert_eq!(ran.err(), help);
}

#[test]
fn every_command_has_help() {
    let cm = Cm::bare();
    let names = names(&cm);
    assert!(names.len() > 14, "{names:?}");
    for name in names {
        let mut ways = vec![vec!["help", name.as_str()], vec![name.as_str(), "--help"]];
        ways.truncate(if name == "help" { 1 } else { 2 });
        for arguments in ways {
            cm.run(arguments)
                .code(0)
                .stderr("")
                .says("Usage: cm ")
                .calm();
        }
    }
}

#[test]
fn the_exit_codes_are_in_the_help() {
    let ran = Cm::bare().run(["run", "--help"]).code(0);
    ran.says(
        "0 done   1 failed   2 bad usage   3 cancelled   4 waiting for a person   130 interrupted",
    );
}

#[test]
fn an_unknown_command_and_an_unknown_option() {
    let cm = Cm::bare();
    cm.run(["resum", "last"])
        .code(2)
        .stdout("")
        .stderr(str![[r#"
error: unrecognized subcommand 'resum'

  tip: some similar subcommands exist: 'revise', 'remove', 'rerun', 'resume'

Usage: cm <COMMAND>

For more information, try '--help'.

"#]]);
    cm.run(["run", "x", "--modle", "y"])
        .code(2)
        .stdout("")
        .stderr(str![[r#"
error: unexpected argument '--modle' found

  tip: a similar argument exists: '--model'

Usage: cm run --model <MODEL> <WORKFLOW>

For more information, try '--help'.

"#]]);
    cm.run(["run", "x", "--jobs", "0"])
        .code(2)
        .stdout("")
        .stderr(str![[r#"
error: invalid value '0' for '--jobs <N>': 0 is not in 1..=1000

For more information, try '--help'.

"#]]);
    cm.run(["completions", "tcsh"])
        .code(2)
        .stdout("")
        .stderr(str![[r#"
error: invalid value 'tcsh' for '<SHELL>'
  [possible values: bash, elvish, fish, powershell, zsh]

  tip: a similar value exists: 'zsh'

For more information, try '--help'.

"#]]);
}

#[test]
fn completions_are_understood_by_their_shells() {
    let cm = Cm::bare();
    for shell in ["bash", "zsh", "fish"] {
        let script = cm
            .run(["completions", shell])
            .code(0)
            .stderr("")
            .says("completions")
            .says("spec")
            .out();
        cm.write(shell, script);
        let known = Command::new(shell)
            .arg("--version")
            .output()
            .is_ok_and(|output| output.status.success());
        if known {
            cm.ran(cm.within(Command::new(shell), ["-n", shell]))
                .stderr("")
                .code(0);
        } else {
            skipped(&format!("completions for {shell}"), "it is not installed");
        }
    }
}

#[test]
fn bash_completes_commands_and_options() {
    let cm = Cm::bare();
    cm.write("cm.bash", cm.run(["completions", "bash"]).out());
    let complete = |typed: &str| {
        let script = format!(
            "source ./cm.bash; COMP_WORDS=({typed}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _cm cm \"${{COMP_WORDS[-1]}}\" \"${{COMP_WORDS[-2]}}\"; echo \"${{COMPREPLY[@]}}\""
        );
        cm.ran(cm.within(Command::new("bash"), ["-c", &script]))
            .code(0)
            .out()
    };
    assert_eq!(
        complete("cm re"),
        "resume rerun reply reject revise record redecode remove registry\n"
    );
    assert_eq!(complete("cm run --sp"), "--spec\n");
    assert_eq!(complete("cm completions z"), "zsh\n");
}

#[test]
fn what_is_there_at_first() {
    let cm = Cm::new();
    cm.run(["list"]).stderr("").code(0).stdout(str![[r#"
NAME  VERSION  KIND  FROM  DESCRIPTION
acp  0.1.0  engine  first-party  Any agent that speaks the Agent Client Protocol; auggie, cursor and goose were …
aider  0.1.0  engine  first-party  aider, by the text it prints: no conversations, no tools that are told
anthropic  0.1.0  engine  first-party  Models of Anthropic, asked directly over the Messages API
[RUN]  0.1.0  engine  first-party  Augment's auggie, by its print mode, text only; made from its documentation, ne…
ccr  0.1.0  engine  first-party  Claude Code with other models, through Claude Code Router
chat  0.1.0  engine  first-party  Any model behind a Chat Completions API: Ollama, vLLM, OpenRouter and many more
claude  0.1.0  engine  first-party  Claude Code, by its stream in both directions
codex  0.1.0  engine  first-party  OpenAI Codex CLI, by its app server
copilot  0.1.0  engine  first-party  GitHub Copilot CLI, by its prompt mode
[RUN]  0.1.0  engine  first-party  Cursor's agent, by its print mode; made from its documentation, never run with …
declarative  0.1.0  workflow  first-party  Runs workflows that are written as workflow.yaml and agents/*.md
fix-tests  0.1.0  workflow  first-party  Plans, fixes and documents until the project's tests pass, then reports
[RUN]  0.1.0  engine  first-party  Gemini CLI, by its headless mode
goose  0.1.0  engine  first-party  Goose, by its run mode; made from its documentation, never run with the real pr…
[RUN]  0.1.0  engine  first-party  Models of OpenAI, asked directly over the Responses API
opencode  0.1.0  engine  first-party  opencode, by its run mode
pi  0.1.0  engine  first-party  Pi, by its JSON mode
policy  0.1.0  controller  first-party  Answers in your place by a written policy, and asks you about the rest
qwen  0.1.0  engine  first-party  Qwen Code, by its headless mode
scripted  0.1.0  engine  first-party  Plays a script instead of asking a model: for demos and tests
shell  0.1.0  engine  first-party  Any program as an engine, by a template that the workflow writes
vibe  0.1.0  engine  first-party  Mistral Vibe, by its headless mode

"#]]);
    cm.run(["runs"]).stdout("").code(0).stderr(str![[r#"
There are no runs here. Start one: cm run WORKFLOW

"#]]);
    assert_eq!(cm.json(["runs", "--json"]), serde_json::json!([]));
}

#[test]
fn without_runs_there_is_nothing_to_show() {
    let cm = Cm::new();
    cm.run(["show", "last"]).stdout("").code(2).stderr(str![[r#"
cm::no-runs

  × there are no runs here: no `.codemachine` in this directory or above it
  help: go to the project, or name it with --dir; `cm run WORKFLOW` starts a run

"#]]);
    let said = cm.run(["show", "last"]).err();
    for arguments in [
        vec!["logs", "last"],
        vec!["reply", "last", "x"],
        vec!["cancel", "last"],
        vec!["resume", "last"],
    ] {
        assert_eq!(cm.run(arguments).stdout("").code(2).err(), said);
    }
    assert!(
        !cm.project().join(".codemachine").exists(),
        "looking made something"
    );
}

#[test]
fn engines_that_are_not_installed() {
    let cm = Cm::new().variable("PATH", "/nowhere");
    let shown = cm.json(["engines", "--json"]);
    let engines: Vec<_> = shown
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| row["engine"].as_str().unwrap_or("?"))
        .collect();
    let sorted = engines.is_sorted()
        && ["claude", "codex", "scripted"].map(|it| engines.contains(&it)) == [true; 3];
    assert!(sorted, "{engines:?}");
    cm.run(["engines"]).stderr("").code(0).stdout(str![[r#"
ENGINE  VERSION  SIGNED IN  PROGRAM
acp
anthropic  no
chat  not known
[RUN]  no
shell

Not signed in:
  anthropic  set ANTHROPIC_API_KEY in the environment in which you start `cm`
  openai     set OPENAI_API_KEY in the environment in which you start `cm`

Not installed:
  acp-auggie    npm install -g @augmentcode/auggie
  acp-claude    npm install -g @agentclientprotocol/claude-agent-acp
  acp-codex     npm install -g @zed-industries/codex-acp
  acp-copilot   npm install -g @github/copilot
  acp-cursor    see https://cursor.com/cli
  acp-gemini    npm install -g @google/gemini-cli
  acp-goose     see https://block.github.io/goose
  acp-opencode  npm install -g opencode-ai
  acp-qwen      npm install -g @qwen-code/qwen-code
  acp-vibe      uv tool install mistral-vibe
  aider         uv tool install aider-chat
  auggie        npm install -g @augmentcode/auggie
  ccr           Claude Code is not installed: npm install -g @anthropic-ai/claude-code
  claude        npm install -g @anthropic-ai/claude-code
  codex         npm install -g @openai/codex
  copilot       npm install -g @github/copilot
  cursor        see https://cursor.com/cli
  gemini        npm install -g @google/gemini-cli
  goose         see https://block.github.io/goose
  opencode      npm install -g opencode-ai
  pi            npm install -g @mariozechner/pi-coding-agent
  qwen          npm install -g @qwen-code/qwen-code
  scripted      The shell `sh` is not installed: every Unix has one; look at your PATH
  vibe          pip install mistral-vibe, with Python 3.12 or newer

"#]]);
    cm.run(["engines", "codex"])
        .stderr("")
        .code(0)
        .stdout(str![[r#"
codex: Codex
  program       `codex` is not on the PATH
  version       not installed (tested: 0.169.0)
  can           resume, fork, usage, effort, schema, permissions, ask, mcp, directories
  models        gpt-5.5
  package       codex 0.1.0

Codex is not installed: npm install -g @openai/codex

"#]]);
    cm.run(["engines", "clod"])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::unknown-engine

  × there is no engine `clod`; known are: acp, acp-auggie, acp-claude, acp-codex, acp-copilot, acp-cursor, acp-gemini, acp-goose, acp-opencode, acp-qwen, acp-vibe, aider, anthropic, auggie, ccr, chat, claude, codex, copilot, cursor, gemini, goose, openai, opencode, pi, qwen, scripted, shell, vibe

"#]]);
}

const MANIFEST: &str = r#"
[package]
name = "greeter"
version = "1.0.0"
description = "Greets."
license = "MIT"

[capabilities]
programs = ["sh"]
"#;

fn greeter(version: &str) -> Cm {
    Cm::new()
        .file("greeter/cm.toml", MANIFEST.replace("1.0.0", version))
        .file(
            "greeter/workflow.yaml",
            "name: Greet\nsteps:\n  - run: echo good day\n",
        )
}

#[test]
fn a_package_is_installed_run_and_removed() {
    let cm = greeter("1.0.0");
    cm.run(["install", "./greeter", "--yes"])
        .stdout("")
        .code(0)
        .stderr(str![[r#"
greeter 1.0.0 (new, from [ROOT]/project/greeter)
  asks to:
    programs     sh  run any command you could run, with `sh`
Installed greeter 1.0.0 ([DIGEST])
Run it: cm run greeter

"#]]);
    cm.run(["list"]).stderr("").code(0).stdout(str![[r#"
NAME  VERSION  KIND  FROM  DESCRIPTION
acp  0.1.0  engine  first-party  Any agent that speaks the Agent Client Protocol; auggie, cursor and goose were …
aider  0.1.0  engine  first-party  aider, by the text it prints: no conversations, no tools that are told
anthropic  0.1.0  engine  first-party  Models of Anthropic, asked directly over the Messages API
[RUN]  0.1.0  engine  first-party  Augment's auggie, by its print mode, text only; made from its documentation, ne…
ccr  0.1.0  engine  first-party  Claude Code with other models, through Claude Code Router
chat  0.1.0  engine  first-party  Any model behind a Chat Completions API: Ollama, vLLM, OpenRouter and many more
claude  0.1.0  engine  first-party  Claude Code, by its stream in both directions
codex  0.1.0  engine  first-party  OpenAI Codex CLI, by its app server
copilot  0.1.0  engine  first-party  GitHub Copilot CLI, by its prompt mode
[RUN]  0.1.0  engine  first-party  Cursor's agent, by its print mode; made from its documentation, never run with …
declarative  0.1.0  workflow  first-party  Runs workflows that are written as workflow.yaml and agents/*.md
fix-tests  0.1.0  workflow  first-party  Plans, fixes and documents until the project's tests pass, then reports
[RUN]  0.1.0  engine  first-party  Gemini CLI, by its headless mode
goose  0.1.0  engine  first-party  Goose, by its run mode; made from its documentation, never run with the real pr…
greeter  1.0.0  workflow  installed  Greets.
[RUN]  0.1.0  engine  first-party  Models of OpenAI, asked directly over the Responses API
opencode  0.1.0  engine  first-party  opencode, by its run mode
pi  0.1.0  engine  first-party  Pi, by its JSON mode
policy  0.1.0  controller  first-party  Answers in your place by a written policy, and asks you about the rest
qwen  0.1.0  engine  first-party  Qwen Code, by its headless mode
scripted  0.1.0  engine  first-party  Plays a script instead of asking a model: for demos and tests
shell  0.1.0  engine  first-party  Any program as an engine, by a template that the workflow writes
vibe  0.1.0  engine  first-party  Mistral Vibe, by its headless mode

"#]]);
    cm.run(["install", "./greeter", "--yes"])
        .stdout("")
        .code(0)
        .stderr(str![[r#"
Already installed: greeter 1.0.0 ([DIGEST])
Run it: cm run greeter

"#]]);
    cm.run(["run", "greeter"])
        .code(0)
        .stdout(str![[r#"
good day

"#]])
        .stderr(str![[r#"
Run [RUN]: Greet in [ROOT]/project
[TIME] ▸ echo-good-day
[TIME] ✔ echo-good-day

STEP  STATE  TIME  TURNS  TOOLS  TOKENS  COST
✔ echo-good-day  done  1
  total  0

Run [RUN] is done. What was said: cm logs [RUN]

"#]]);
    cm.run(["remove", "greeter"])
        .stdout("")
        .code(0)
        .stderr(str![[r#"
Removed greeter 1.0.0

"#]]);
    cm.run(["remove", "greeter"])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::no-package

  × no package `greeter` is installed
  help: see what is installed: cm list

"#]]);
    std::fs::remove_dir_all(cm.project().join("greeter")).expect("it was there");
    cm.run(["run", "greeter"])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::no-package

  × no package `greeter` is installed
  help: see what is installed: cm list

"#]]);
}

#[test]
fn versions_stand_side_by_side() {
    let cm = greeter("1.0.0");
    cm.run(["install", "./greeter", "--yes"]).code(0);
    cm.write("greeter/cm.toml", MANIFEST.replace("1.0.0", "1.1.0"));
    cm.write(
        "greeter/workflow.yaml",
        "name: Greet\nsteps:\n  - run: echo good evening\n",
    );
    cm.run(["install", "./greeter", "--yes"])
        .stdout("")
        .code(0)
        .stderr(str![[r#"
greeter 1.1.0 (up from 1.0.0, from [ROOT]/project/greeter)
Installed, beside other versions, greeter 1.1.0 ([DIGEST])
Run it: cm run greeter

"#]]);
    cm.run(["run", "greeter@1.0.0"])
        .code(0)
        .stdout("good day\n");
    cm.run(["run", "greeter"]).code(0).stdout("good evening\n");
    cm.run(["remove", "greeter@1.1.0"])
        .stdout("")
        .code(0)
        .stderr(str![[r#"
Removed greeter 1.1.0
greeter now means 1.0.0

"#]]);
    cm.run(["run", "greeter"]).code(0).stdout("good day\n");
}

#[test]
fn the_same_version_with_other_content_is_not_taken() {
    let cm = greeter("1.0.0");
    cm.run(["install", "./greeter", "--yes"]).code(0);
    cm.write(
        "greeter/workflow.yaml",
        "name: Greet\nsteps:\n  - run: echo good evening\n",
    );
    cm.run(["install", "./greeter", "--yes"])
        .stdout("")
        .code(1)
        .stderr(str![[r#"
cm::differs

  × greeter 1.0.0 is installed already, with other content
  help: give it another version in its cm.toml, or replace the installed greeter with --force

"#]]);
    cm.run(["run", "greeter"]).code(0).stdout("good day\n");
    cm.run(["install", "./greeter", "--yes", "--force"])
        .stdout("")
        .code(0)
        .stderr(str![[r#"
Replaced greeter 1.0.0 ([DIGEST])
Run it: cm run greeter

"#]]);
    cm.run(["run", "greeter"]).code(0).stdout("good evening\n");
}

#[test]
fn nobody_there_to_agree_to_what_a_package_asks_for() {
    let wants = "[\"sh\", \"git\"]\nnetwork = [\"api.example.com\"]\nworkspace = \"write\"\n";
    let cm = greeter("1.0.0");
    cm.write("greeter/cm.toml", MANIFEST.replace("[\"sh\"]", wants));
    cm.run(["install", "./greeter"])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
greeter 1.0.0 (new, from [ROOT]/project/greeter)
  asks to:
    programs     sh               run any command you could run, with `sh`
    programs     git              start the program `git`, which can do what you can do
    network      api.example.com  talk to `api.example.com`, and send it what it has read
    workspace    write            read, change and delete the files of the project it runs in
cm::not-granted

  × nobody has agreed to what would be installed:
  │   - greeter@1.0.0 could run any command you could run, with `sh`
  │   - greeter@1.0.0 could start the program `git`, which can do what you can do
  │   - greeter@1.0.0 could talk to `api.example.com`, and send it what it has read
  │   - greeter@1.0.0 could read, change and delete the files of the project it runs in
  help: agree to it: cm install [ROOT]/project/greeter --grant programs=sh,git --grant network=api.example.com --grant workspace=write

"#]]);
    cm.run(["list"]).says_not("greeter");
    cm.run(["install", "./greeter", "--yes"])
        .stdout("")
        .code(0)
        .stderr(str![[r#"
greeter 1.0.0 (new, from [ROOT]/project/greeter)
  asks to:
    programs     sh               run any command you could run, with `sh`
    programs     git              start the program `git`, which can do what you can do
    network      api.example.com  talk to `api.example.com`, and send it what it has read
    workspace    write            read, change and delete the files of the project it runs in
Installed greeter 1.0.0 ([DIGEST])
Run it: cm run greeter

"#]]);
    cm.run(["list"]).says("greeter");
}

#[test]
fn a_first_party_package_is_replaced_only_by_force() {
    let cm = greeter("9.0.0");
    cm.write("greeter/cm.toml", MANIFEST.replace("greeter", "fix-tests"));
    cm.run(["install", "./greeter", "--yes"])
        .stdout("")
        .code(1)
        .stderr(str![[r#"
fix-tests 1.0.0 (up from 0.1.0, from [ROOT]/project/greeter)
cm::first-party

  × `fix-tests` is a package that is part of cm
  help: give the package another name, or use yours in its place with --force

"#]]);
    cm.run(["install", "./greeter", "--yes", "--force"]).code(0);
    cm.run(["run", "fix-tests"]).code(0).stdout("good day\n");
    cm.run(["remove", "fix-tests"]).code(0);
    cm.run(["list"]).says("Plans, fixes and documents");
}

#[test]
fn a_good_package_is_checked() {
    let yaml = "name: Good\nsteps:\n  - agent: one\n  - parallel:\n      - run: echo a\n      - ask: Really?\n";
    let cm = Cm::new().workflow(yaml).agent("one", "Say one.");
    cm.run(["check", "flow"])
        .code(0)
        .stdout(str![[r#"
Good (workflow.yaml): 4 steps
  agent one
  parallel parallel
    run echo-a
    ask really

"#]])
        .stderr(str![[r#"
No problems.

"#]]);
    cm.run(["check", "flow/workflow.yaml"])
        .code(0)
        .says("No problems.");
    assert!(
        !cm.project().join(".codemachine").exists(),
        "a check left something"
    );
}

#[test]
fn the_home_can_be_elsewhere() {
    let cm = greeter("1.0.0");
    let elsewhere = cm.root().join("elsewhere");
    let mut install = cm.command(["install", "./greeter", "--yes"]);
    install.env("CODEMACHINE_HOME", &elsewhere);
    cm.ran(install).code(0);
    assert!(elsewhere.join("imports/registry.json").is_file());
    cm.run(["list"]).says_not("greeter");
}

#[test]
fn the_home_directory_is_no_project() {
    let cm = Cm::new().workflow("name: Any\nsteps: [{ run: 'true' }]");
    let home = cm.home();
    let home = home
        .parent()
        .expect("it is in a home")
        .display()
        .to_string();
    let _ = cm
        .run(["run", "./flow", "--dir", &home])
        .code(2)
        .says("home directory");
    assert!(
        !std::path::Path::new(&home)
            .join(".codemachine/journal.db")
            .exists()
    );
}

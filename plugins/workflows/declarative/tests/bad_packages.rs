//! What a check says of packages that cannot run: every problem, each with its
//! place and what to do about it.

mod support;

use support::Package;

/// One snapshot for each package; `planner` and `fixer` are there.
macro_rules! bad {
    ($($name:ident: $text:literal)+) => {
        $(#[test]
        fn $name() {
            let package = Package::new($text).with_agents(&["planner", "fixer"]);
            insta::assert_snapshot!(package.report());
        })+
    };
}

bad! {
    not_yaml_unclosed: "name: x\nsteps: [agent: planner\n"
    not_yaml_tab: "name: x\nsteps:\n\t- agent: planner\n"
    not_yaml_colon: "name: x\nsteps:\n  - ask: Which: this or that: now?\n"
    not_yaml_escape: "name: x\nsteps:\n  - ask: \"keep \\{this}\"\n"
    empty_file: "\n# nothing yet\n"
    not_a_mapping: "- agent: planner\n"
    no_name_no_steps: "description: x\n"
    empty_steps: "name: x\nsteps: []\n"
    unknown_keys: "nam: x\nname: y\nfoo: 1\nsteps:\n  - agent: planner\n    promt: hi\n    choices: [a]\n"
    not_yet: "
name: x
mode: autonomous
specification: required
tracks: { question: Which?, options: { a: { label: A } } }
controller: boss
steps:
  - agent: planner
    when: always
    interactive: false
    conditions: [auth]
  - agent: fixer
    input: { track: '{selected_track}' }
    prompt: 'Do {track}.'
    tools: [Read]
"
    not_yet_in_agents: "
name: x
steps:
  - agent: boss
=== agents/boss.md
---
name: Boss
role: controller
interactive: true
---
Answer for the person.
=== agents/boss/01-next.md
And then?
"
    wrong_types: "
name: [x]
state: [a]
defaults: fast
steps:
  - planner
  - agent: [planner]
  - run: {planner.output}
  - ask: hi
    choices: { a: b }
    retry: many
    timeout: 10
    on-failure: maybe
"
    unknown_agents: "
name: x
steps:
  - agent: planer
  - agent: nobody
  - agent: ../secret
"
    bad_agent_files: "
name: x
steps:
  - agent: empty
  - agent: promptless
  - agent: endless
  - agent: wrong
=== agents/empty.md
=== agents/promptless.md
---
name: Silent
---

=== agents/endless.md
---
name: Endless
Write.
=== agents/wrong.md
---
name: Wrong
modle: opus
effort: a lot
permissions: everything
---
Go, {nobody.output}.
"
    ids: "
name: x
steps:
  - agent: planner
  - agent: planner
  - run: make
    id: planner
  - run: '!!'
  - run: make
    id: 1 2
  - run: make
    id: state
"
    kinds: "
name: x
steps:
  - label: nothing
  - agent: planner
    run: make
  - parallel:
      - parallel:
          - run: make
      - run: make all
  - parallel: []
    timeout: 5m
  - step: tool
"
    loops: "
name: x
steps:
  - run: make
    on-failure: { loop: { to: late, max: 2 } }
  - run: make b
    on-failure: { loop: { to: nowhere, max: 2 } }
  - run: make c
    on-failure: { loop: { to: make } }
  - run: make d
    on-failure: { loop: { to: make, max: 0 } }
  - run: make e
    on-failure: loop
  - id: group
    parallel:
      - run: make f
        on-failure: { loop: { to: make, max: 1 } }
    on-failure: { loop: { to: make-f, max: 1 } }
  - id: late
    run: make late
"
    placeholders: "
name: x
state: { goal: fast }
steps:
  - agent: planner
    input: { a: '{dat}', unused: '{date}' }
    prompt: |
      First {a}.
      Then {state.gaol}, {state.goal}, {nope} and {!nope}.
      {planner.output} {!planner.output} {later.output} {!later.output}
      {input.b} {planner.exit} {planner.foo}
      Kept: {} { \"json\": 1 } ${HOME} \\{nope} {print $1} {a,b}
  - id: group
    parallel:
      - agent: fixer
        prompt: '{lint.output} {planner}'
      - id: lint
        run: lint {group.output}
  - id: later
    run: make {lint.exit} {fixer.exit} {planner.artifact.plan.md}
    save: plan.md
    set: { result: '{later.output} {state.result}' }
"
    placeholder_places: "
name: x
steps:
  - agent: planner
    prompt: \"ünïcode {bad1}, a\\ttab {bad2}\"
  - agent: fixer
  - ask: >-
      folded
      {bad3} and
      {bad3}
  - run: 'echo ''{bad4}'' {bad5}'
=== agents/fixer.md
---
name: Fixer
---


Ünï {bad6}
  and {bad7}
"
    commands: "
name: x
steps:
  - agent: planner
  - run: sh -c \"echo {planner.output}\"
    id: a
  - run: eval {planner.output}
    id: b
  - run: '{planner.output} --help'
    id: c
  - run: echo $(( {planner.output} + 1 ))
    id: d
  - run: |
      cat <<'END'
      {planner.output}
      END
    id: e
  - run: echo `echo {planner.output}`
    id: f
  - run: sed \"s/a/{planner.output}/\" file
    id: g
"
    hostile_yaml: "
name: x
steps: &a
  - *a
"
    late_in_a_loop: "
name: x
steps:
  - agent: fixer
    prompt: '{tests.output} {state.tried}'
  - id: tests
    run: make
    on-failure: { loop: { to: fixer, max: 2 } }
    set: { tried: 'yes' }
"
    two_documents: "name: x\n---\nname: y\n"
    duplicate_key: "name: x\nname: y\n"
    tag: "name: !!python/object x\n"
    sessions: "
name: x
steps:
  - parallel:
      - { agent: planner, id: a, session: continue }
      - { agent: planner, id: b, session: continue }
"
    saves: "
name: x
steps:
  - agent: planner
    save: [plan.md, ../plan.md, '']
    set: { 'a b': x }
  - ask: ok?
    choices: [yes, no]
    default: ja
  - agent: fixer
    prompt: '{planner.artifact.plan} {planner.artifact.plan.md} {fixer.artifact.x}'
"
}

#[test]
fn no_entry() {
    let package = Package::new("=== workflows/workflow.yaml\nname: x\n");
    insta::assert_snapshot!(package.report());
}

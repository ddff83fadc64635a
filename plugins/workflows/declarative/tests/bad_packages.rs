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
isolation: strict
steps:
  - agent: planner
    when: always
    for-each: file
  - agent: boss
=== agents/boss.md
---
name: Boss
role: controller
---
Answer for the person.
"
    needs: "
name: x
steps:
  - { run: a }
  - { id: both, parallel: [{ id: in, run: b }, { id: out, run: c, needs: [in] }] }
  - { run: d, needs: [in, aa, a, a] }
  - { id: after, run: 'echo {a.output} {d.output} {e.output}', needs: [both] }
  - { run: e, needs: d }
"
    needs_cycle: "
name: x
steps:
  - { run: a, needs: [c] }
  - { run: b }
  - { run: c, needs: [b] }
"
    needs_itself: "
name: x
steps:
  - { run: b }
  - { run: a, needs: [b, a] }
"
    ways_across_graphs: "
name: x
steps:
  - { run: first }
  - { run: a, needs: [first], on-failure: { loop: { to: first, max: 1 } } }
  - { run: b, needs: [first], on-failure: { loop: { to: b, max: 1 } } }
  - { run: c, needs: [a], on-exit: { 3: { loop: { to: a, max: 1 } }, 4: { goto: last } } }
  - { run: d, needs: [a], directives: { loop: { steps: 1, max: 1 } } }
  - { run: last, on-failure: { loop: { to: a, max: 1 } } }
  - { run: end, on-failure: { loop: { to: first, max: 1 } }, directives: { goto: { to: c, max: 2 } } }
"
    limits: "
name: x
concurrency: 0
classes: { agents: 2, builds: 0, 1a: 3 }
budget: { tokens: 2G, usd: -1, minutes: soon, warn: 101, hours: 3 }
steps:
  - { run: a, class: build }
  - { run: b, retry: { backoff: fast, on: [sometimes] } }
  - { run: c, idle-timeout: 5, retry: many }
  - { ask: d, class: agents, idle-timeout: 5m }
"
    limits_twice: "
name: x
concurrency: 3
classes: { agents: 2 }
budget: { warn: 80 }
steps:
  - { run: a }
"
    workspaces: "
name: x
steps:
  - { run: a, workspace: own }
  - { id: g, parallel: [{ run: b, checks: [x] }, { run: c }], checks: [make], merge-order: [b, z] }
  - { id: h, parallel: [{ run: d, workspace: shared }, { agent: planner, workspace: { merge: maybe, conflicts: nobody, ports: 1000, include: [../x], foo: 1 } }] }
  - { ask: e, workspace: own, needs: [] }
"
    engine_options: "
name: x
steps:
  - { agent: planner, options: [a] }
  - agent: fixer
    options:
      engine: codex
      api-key: sk-1
      'a b': 1
      max-turns: some
      tools: { a: b }
      program: [a]
      args: run
      fork: perhaps
      empty:
      usage-input: /tokens
"
    engines: "
name: x
defaults: { on: limit }
steps:
  - { agent: planner, engine: claude, engines: [codex, codex] }
  - { agent: fixer, engines: claude, on: [sunday] }
  - { id: third, agent: fixer, engines: [{ model: x }, a b] }
"
    produces: "
name: x
steps:
  - { run: a, produces: { changes: false } }
  - { run: b, produces: { files: [../x, /y], schema: { 'a*.json': none.json }, changes: some, run: 'eval {a.output}', attempts: -1, foo: 1 } }
  - { ask: c, produces: { run: x } }
"
    drives: "
name: x
mode: autonomous
autonomous: never
steps:
  - agent: planner
"
    drives_locked: "
name: x
mode: manual
autonomous: always
controller: nobody
specification: needed
project-name: never
steps:
  - agent: planner
"
    drives_by_default: "
name: x
autonomous: never
controller: { agent: planer, turns: 0 }
steps:
  - agent: planner
"
    controllers: "
name: x
mode: autonomus
controller: { component: a/b, agnt: c }
steps:
  - agent: planner
"
    controllers_both: "
name: x
controller: { component: rules, agent: planner }
steps:
  - agent: planner
"
    controllers_none: "
name: x
controller: { turns: 3 }
steps:
  - agent: planner
"
    controller_prompts: "
name: x
mode: autonomous
controller: planner
steps:
  - agent: fixer
=== agents/planner.md
Watch {fixer.output} and {specificaton}.
"
    choices: "
name: x
tracks:
  question: Which?
  options:
    rust: { label: Rust, ask: { question: Why? }, lable: x }
    1a: One
conditions:
  - question: Which?
    id: one
    tracks: [rast]
    options:
      auth: { label: Auth, ask: [{ question: Kind?, id: one, options: { jwt: A, auth: B } }] }
      docs: Docs
  - { options: {} }
  - question: None
    select: all
  - 5
steps:
  - agent: planner
"
    choices_without_options: "
name: x
tracks: { question: Which? }
conditions: { question: Which?, options: [a] }
steps:
  - agent: planner
"
    selectors: "
name: x
tracks: { question: Which?, options: { rust: Rust, python: Python } }
conditions: [{ question: What?, options: { docs: Docs } }]
steps:
  - agent: planner
    tracks: [rust, pyton]
  - parallel:
      - agent: fixer
        conditions: [doc]
        conditions-any: [docs, rust]
    tracks: java
  - folder: prompts/more
    conditions: [nothing]
  - agent: chained
=== agents/chained.md
---
tracks: go
conditions-any: []
---
Do it.
=== agents/chained/01-more.md
---
tracks: [ruby]
conditions: [dcs]
---
And this.
=== prompts/more/01-one.md
---
conditions: [two]
---
One.
"
    selectors_without_choices: "
name: x
steps:
  - agent: planner
    tracks: [rust]
    prompt: '{selected_track} {!selected_conditions}'
"
    left_out: "
name: x
tracks: { question: Which?, options: { rust: Rust, python: Python } }
conditions:
  - question: What?
    select: many
    options:
      auth: { label: Auth, ask: { question: Kind?, options: { jwt: JWT, oauth: OAuth } } }
      docs: Docs
steps:
  - { run: make, id: rusty, tracks: rust }
  - { run: make, id: snake, tracks: python }
  - { run: make, id: token, conditions: jwt }
  - { run: make, id: login, conditions: auth }
  - { agent: fixer, id: one, tracks: rust }
  - { agent: fixer, id: two, tracks: python }
  - { ask: 'fine {rusty.output} {!snake.output} {fixer.output}', id: a, tracks: rust }
  - { ask: 'never {snake.output}', id: b, tracks: rust }
  - { ask: 'sometimes {rusty.output} {token.exit}', id: c }
  - { ask: 'implied {login.output}', id: d, conditions: jwt }
  - { ask: 'either {login.output}', id: e, conditions-any: [jwt, docs] }
  - { ask: 'any agent {fixer.output}', id: f }
  - agent: planner
    tracks: rust
=== agents/planner/01-more.md
---
conditions: [jwt]
---
Fine: {token.output} {planner.output} {rusty.output}. Not: {snake.output}
"
    state_and_files: "
name: x
state:
  plan: { value: [1, 2] }
  list: [a]
  typed: { value: 5, schema: missing.json, kind: x }
  object: { schema: list.json }
  broken: { schema: broken.json }
files:
  date: a.md
  gone: docs/guid.md
  none: docs/*.txt
  out: { project: ../secret }
  away: { project: /etc/passwd }
  odd: { path: x }
  'a b': c
steps:
  - agent: planner
    prompt: '{state.plna} {gone} {nothing}'
=== docs/guide.md
Hello.
=== list.json
[1]
=== broken.json
{ \"type\":
  object }
"
    schemas: "
name: x
steps:
  - agent: planner
    schema: schemas/plna.json
  - agent: fixer
    schema: [a]
    schema-retries: 100
  - { agent: planner, id: third, schema: schemas/text.json }
=== schemas/plan.json
{}
=== schemas/text.json
\"text\"
"
    includes: "
name: x
steps:
  - agent: a
=== agents/a.md
---
include: [shared/rules.md, shared/gone.md]
---
Do it.
=== shared/rules.md
---
anything: goes
---

Follow {the_rules}.
"
    tools: "
name: x
steps:
  - agent: planner
    tools: [stat, Read, directive]
    mcp: [{ only: a }, github, github, { server: b, excluded: c }]
  - agent: fixer
    tools: [agents]
  - { agent: boss, id: third }
  - run: make
    tools: give_directive
    agents: [planner]
  - { agent: fixer, id: last, agents: [nobody], tools: agents }
=== agents/boss.md
---
agents: [planner, plannr]
---
Boss.
"
    directives: "
name: x
steps:
  - separator: Begin
  - agent: planner
    directives:
      loop: { to: later, max: 3, skip: [nowhere] }
      trigger: [nobody]
      goto: { to: [planer, planner] }
  - agent: fixer
    directives: { loop: { to: planner, skip: later }, chekpoint: true, pause: maybe }
  - { run: a, directives: { loop: { steps: 9, max: 1 } } }
  - { run: b, directives: { loop: { max: 1 }, goto: { max: 2 } } }
  - { run: c, directives: [checkpoint, loop, goto, trigger, stop] }
  - { run: d, directives: { loop: { to: a, steps: 1, max: 2 }, goto: later } }
  - id: group
    parallel:
      - { agent: boss }
      - { run: e, directives: { goto: later }, on-exit: { 3: { loop: { to: a, max: 1 } } } }
  - id: later
    run: make
=== agents/boss.md
---
directives: { loop: { to: planner, max: 2 } }
---
Boss.
"
    exits: "
name: x
steps:
  - run: make
    on-exit:
      256: pause
      -1: pause
      03: checkpoint
      3: checkpoint
      4: skip
      5: { goto: nowhere }
      6: { goto: make }
      7: { loop: { to: late, max: 2 } }
      8: { goto: { to: [make, late] } }
      9: { error: a, goto: b }
      10: goto
      11: { loop: { to: make } }
  - run: late
"
    folders: "
name: x
steps:
  - folder: prompts/none
  - folder: prompts/some
    id: x
    on-failure: { loop: { to: nowhere, max: 1 } }
  - folder: prompts/some
=== prompts/some/01-one.md
Do {nothing}.
=== prompts/some/02-planner.md
Plan.
=== prompts/some/03-2bad.md
Bad.
=== prompts/some/notes.md
Not a step.
"
    approvals: "
name: x
steps:
  - approve: '{nobody.output}'
    person: perhaps
    choices: [a]
  - approve: '???'
  - parallel:
      - separator: No
      - { run: a, once: often }
"
    chained: "
name: x
steps:
  - agent: planner
    input: { a: '1' }
=== agents/planner/01-first.md
---
name: First
engine: codex
---
{a} {planner.output} {fixer.output} {nothing}
=== agents/planner/02-second.md
---
name: Second
---
"
    helpers: "
name: x
steps:
  - agent: planner
    tools: agents
    agents: helper
    directives: { trigger: [other] }
=== agents/helper.md
---
agents: [third]
---
See {later.output}.
=== agents/other.md
See {nothing}.
"
    triggered: "
name: x
steps:
  - agent: planner
    directives: { trigger: [fixer] }
    prompt: 'Not yet: {fixer.output}'
  - ask: 'It said: {!fixer.output}'
    id: a
"
    specification_unused: "
name: x
specification: required
steps:
  - agent: planner
  - agent: fixer
"
    specification_none: "
name: x
specification: none
steps:
  - agent: planner
    prompt: '{specification} {!specification}'
"
    unused_agents: "
name: x
steps:
  - agent: used
    tools: agents
    agents: helper
=== workflows/other.yaml
name: y
steps:
  - agent: planner
=== agents/used.md
Do it.
=== agents/helper.md
Help.
=== agents/used/rules.md
These are rules.
=== agents/used/01-more.md
More.
=== agents/nobody/01-more.md
More.
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
  - run: make
    id: controller
  - agent: input
=== agents/input.md
Its name is taken.
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

/// Scripts: what is wrong with each.
#[test]
fn scripts() {
    let package = Package::new(
        "=== agents/boss.md
---
tracks: [rust]
tools: directive
directives: { loop: { to: planner, max: 1 } }
---
Do {planner.output} and {nothing}.
",
    )
    .with_agents(&["planner", "fixer"]);
    let scripts = [
        "script:planner & fixer && planner 'again: {nothing}'",
        "script: planner && boss 'now'",
        "script:planner && plannr & nobody",
        "script:planner &&",
        "script:",
    ];
    let reports: Vec<_> = scripts
        .iter()
        .map(|script| format!("{script}\n{}", package.report_of(script)))
        .collect();
    insta::assert_snapshot!(reports.join("\n"));
}

#[test]
fn no_entry() {
    let package = Package::new("=== workflows/workflow.yaml\nname: x\n");
    insta::assert_snapshot!(package.report());
}

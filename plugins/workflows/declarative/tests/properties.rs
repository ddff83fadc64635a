//! What holds for every workflow, every host and every text.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use cm_sdk::workflow::{Error, details, failure};
use cm_workflow_declarative::template::{Part, Source, Template};
use cm_workflow_declarative::yaml;
use proptest::prelude::*;
use support::pages::examples;
use support::{Call, FakeHost, Package, reply};

/// A step of a random workflow: what it is, how its failure is met, and how it
/// answers.
#[derive(Clone, Debug)]
struct Plan {
    kind: u8,
    children: usize,
    failure: u8,
    back: usize,
    max: u32,
    /// Of it or of each of its children: true is success.
    answers: Vec<bool>,
}

fn plans() -> impl Strategy<Value = Vec<Plan>> {
    let plan = (
        0..5_u8,
        1..5_usize,
        0..3_u8,
        0..8_usize,
        1..4_u32,
        prop::collection::vec(any::<bool>(), 1..5),
    )
        .prop_map(|(kind, children, failure, back, max, answers)| Plan {
            kind,
            children,
            failure,
            back,
            max,
            answers,
        });
    prop::collection::vec(plan, 1..7)
}

/// The workflow's text, and the host that plays it.
fn play(plans: &[Plan], order: usize) -> FakeHost {
    let mut text = String::from("name: Random\nsteps:\n");
    let mut host = FakeHost {
        order,
        ..FakeHost::default()
    };
    let mut before: Vec<String> = Vec::new();
    for (index, plan) in plans.iter().enumerate() {
        let sees: String = before.iter().map(|id| format!("{{{id}.output}}")).collect();
        let action = |id: &str| match plan.kind {
            0 => format!("id: {id}, agent: worker, prompt: 'do {sees}'"),
            1 => format!("id: {id}, run: 'echo {sees}'"),
            2 => format!("id: {id}, ask: 'well? {sees}'"),
            _ => format!("id: {id}, step: tools/one, input: ['{sees}']"),
        };
        let id = format!("s{index}");
        let mut own = vec![id.clone()];
        let mut step = action(&id);
        if plan.kind == 4 {
            own = (0..plan.children)
                .map(|child| format!("s{index}-{child}"))
                .collect();
            let children: Vec<_> = own
                .iter()
                .map(|child| format!("{{ {} }}", action(child)))
                .collect();
            step = format!("id: {id}, parallel: [{}]", children.join(", "));
        }
        // Anything that came before, and the step itself.
        let targets: Vec<_> = before.iter().chain([&id]).collect();
        let then = match plan.failure {
            0 => String::new(),
            1 => ", on-failure: continue".into(),
            _ => {
                let to = targets[plan.back % targets.len()];
                format!(
                    ", on-failure: {{ loop: {{ to: {to}, max: {} }} }}",
                    plan.max
                )
            }
        };
        writeln!(text, "  - {{ {step}{then} }}").unwrap();
        for step in &own {
            for good in &plan.answers {
                let answer = match (good, plan.kind) {
                    (true, _) => Ok(reply("fine", 0)),
                    (false, 1) => Ok(reply("bad", 1)),
                    (false, _) => Err(Error::Other(failure("bad", "it is bad"))),
                };
                host = host.answer(step, answer);
            }
        }
        before.extend(own);
        if plan.kind == 4 {
            before.push(id);
        }
    }
    host.package = Package::new(&text).with_agents(&["worker"]);
    host
}

/// The position in the workflow of a step or of its group.
fn top(step: &str) -> usize {
    step.trim_start_matches('s')
        .split('-')
        .next()
        .and_then(|number| number.parse().ok())
        .expect("an id of ours")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn runs_keep_their_promises(plans in plans(), order in 0..5_usize) {
        let host = play(&plans, order);
        let report = host.package.report();
        prop_assert!(!report.contains("error:"), "{}\n{}", report, host.package.0["workflow.yaml"]);
        let result = host.run();
        let calls = host.calls();

        // Nothing starts while something of another place is not over, gates as well;
        // in a group everything starts before anything is waited for; and a gate comes
        // after its step's work.
        let mut running: BTreeSet<&str> = BTreeSet::new();
        let mut gates: BTreeSet<&str> = BTreeSet::new();
        let mut waiting = false;
        let mut ran = Vec::new();
        for call in &calls {
            if let Some(step) = call.started() {
                let over = running.is_empty() && gates.is_empty();
                prop_assert!(!waiting || over, "{step} starts late");
                let mut others = running.iter().chain(&gates);
                prop_assert!(others.all(|other| top(other) == top(step)), "{step} overtakes");
                if over {
                    ran.push(top(step));
                }
                waiting = false;
                running.insert(step);
            } else if let Some(place) = call.place() {
                let step = place.step.as_str();
                prop_assert!(!running.contains(step), "{step} is asked about too early");
                prop_assert!(gates.insert(step), "{step} has two gates");
            }
            if let Call::Wait(step) = call {
                waiting = true;
                let step = step.as_str();
                prop_assert!(gates.remove(step) || running.remove(step), "{step} is waited for twice");
            }
        }
        prop_assert!(running.is_empty() && gates.is_empty());

        // The order is that of the file, except for going back; and going back has
        // its limit.
        let mut backs: BTreeMap<usize, u32> = BTreeMap::new();
        prop_assert_eq!(ran[0], 0);
        for pair in ran.windows(2) {
            if pair[1] != pair[0] + 1 {
                prop_assert!(pair[1] <= pair[0], "{:?}", ran);
                *backs.entry(pair[0]).or_default() += 1;
            }
        }
        for (from, count) in backs {
            prop_assert!(plans[from].failure == 2 && count <= plans[from].max, "{:?}", ran);
        }

        // It ends at its last step, or says at which one it failed.
        match &result {
            Ok(_) => prop_assert_eq!(ran.last(), Some(&(plans.len() - 1))),
            Err(error) => {
                let last = ran.last().copied().unwrap_or_default();
                let message = details(error).map(|failure| failure.message.clone()).unwrap_or_default();
                prop_assert!(message.starts_with(&format!("the step `s{last}` ")), "{}", message);
                prop_assert!(plans[last].failure != 1, "{}", message);
            }
        }

        // The same answers, the same calls.
        let again = play(&plans, order);
        prop_assert_eq!(again.run(), result);
        prop_assert_eq!(again.calls(), calls);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}|[ \n\\-:{}\\[\\]\"'&*!|>#,a-z]{0,200}") {
        let _ = yaml::parse(&text);
        let _ = Package::new(&text).check();
        let agent = format!("name: x\nsteps: [{{ agent: a }}]\n=== agents/a.md\n{text}");
        let _ = Package::new(&agent).check();
        let _ = Package::default().with_agents(&["a", "b"]).report_of(&format!("script:{text}"));
    }

    /// A good workflow with a few characters changed.
    #[test]
    fn damaged_workflows_are_read_or_refused(
        plans in plans(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), "[ \n\\-:{}\\[\\]\"'&*!|>#,\t\u{0}é$]{0,3}"), 1..6),
    ) {
        let mut text = play(&plans, 0).package.0["workflow.yaml"].clone();
        for (place, new) in damage {
            let places: Vec<_> = text.char_indices().map(|(at, _)| at).collect();
            let Some(&at) = places.get(place.index(places.len().max(1))) else { continue };
            let end = at + text[at..].chars().next().map_or(0, char::len_utf8);
            text.replace_range(at..end, &new);
        }
        let package = Package(BTreeMap::from([("workflow.yaml".to_string(), text)])).with_agents(&["worker"]);
        let findings = package.check();
        for problem in &findings.problems {
            let lines = package.0.get(&problem.path).map_or(0, |text| text.lines().count());
            prop_assert!(problem.line as usize <= lines + 1, "{:?}", problem);
        }
        // What a check lets through can be run.
        let good = findings.problems.iter().all(|problem| !problem.fatal);
        if good && let Err(error) = FakeHost::new(package).run() {
            prop_assert!(!matches!(error, Error::Invalid(_)), "{:?}", error);
        }
    }

    /// The whole language with a few words and characters changed, in any of its files.
    #[test]
    fn the_whole_language_damaged_is_read_or_refused(
        damage in prop::collection::vec((
            any::<prop::sample::Index>(),
            any::<prop::sample::Index>(),
            any::<prop::sample::Index>(),
            "[ \n\\-:{}\\[\\]\"'&*!|>#,0-9a-z]{0,3}",
        ), 1..5),
    ) {
        let (packages, _) = examples();
        let mut package = packages.last().expect("the whole language").clone();
        let paths: Vec<String> = package.0.keys().cloned().collect();
        let words: Vec<String> = package.0["workflow.yaml"]
            .split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_'))
            .filter(|word| !word.is_empty())
            .map(Into::into)
            .collect();
        for (file, place, word, new) in damage {
            // Half of the damage is in the workflow itself.
            let path = match file.index(paths.len() * 2) {
                index if index < paths.len() => &paths[index],
                _ => "workflow.yaml",
            };
            let Some(text) = package.0.get_mut(path) else { continue };
            let old = word.get(&words);
            let found: Vec<_> = text.match_indices(old.as_str()).map(|(at, _)| at).collect();
            if new.is_empty() && !found.is_empty() {
                // A word where another one was.
                let at = *place.get(&found);
                let new = &words[(word.index(words.len()) * 7 + 3) % words.len()];
                text.replace_range(at..at + old.len(), new);
            } else {
                let places: Vec<_> = text.char_indices().map(|(at, _)| at).collect();
                let Some(&at) = places.get(place.index(places.len().max(1))) else { continue };
                let end = at + text[at..].chars().next().map_or(0, char::len_utf8);
                text.replace_range(at..end, &new);
            }
        }
        let findings = package.check();
        for problem in &findings.problems {
            let lines = package.0.get(&problem.path).map(|text| text.lines().count());
            prop_assert!(lines.is_some_and(|lines| problem.line as usize <= lines + 1), "{:?}", problem);
        }
        if findings.problems.iter().all(|problem| !problem.fatal) {
            let outline = findings.outline.expect("a good package has an outline");
            let ids: BTreeSet<_> = outline.steps.iter().map(|step| &step.id).collect();
            prop_assert_eq!(ids.len(), outline.steps.len());
        }
    }

    /// Text, names and braces: what is no placeholder stays as it is, and every
    /// placeholder is found where it stands.
    #[test]
    fn placeholders_are_found_in_place(pieces in prop::collection::vec("[a-z\n{}!.\\\\$ü]{0,6}|\\{!?[a-z]{1,3}(\\.output)?\\}", 0..12)) {
        let text = pieces.concat();
        let template = Template::new(&text, &Source::new(&text, cm_workflow_declarative::problem::Position { line: 1, column: 1 }));
        let mut back = String::new();
        for part in &template.parts {
            match part {
                Part::Text(part) => back.push_str(part),
                Part::Placeholder(placeholder) => {
                    let token = placeholder.token();
                    let line = text.split('\n').nth(placeholder.at.line as usize - 1).unwrap_or_default();
                    let found: String = line.chars().skip(placeholder.at.column as usize - 1).take(token.chars().count()).collect();
                    prop_assert_eq!(&found, &token);
                    back.push_str(&token);
                }
            }
        }
        // Only backslashes that protect a brace are gone.
        prop_assert_eq!(back.replace('\\', ""), text.replace('\\', ""));
    }
}

#[test]
fn hostile_files_are_refused_quickly() {
    let mut bomb = String::from("name: x\na0: &a0 [x, x]\n");
    for level in 1..40 {
        let before = level - 1;
        writeln!(
            bomb,
            "a{level}: &a{level} [*a{before}, *a{before}, *a{before}]"
        )
        .unwrap();
    }
    let files = [
        "[".repeat(500_000),
        "{a: ".repeat(200_000),
        "- ".repeat(400_000),
        "a:\n".repeat(100_000),
        (0..500)
            .map(|depth| format!("{}a:\n", " ".repeat(depth)))
            .collect(),
        bomb,
        format!("name: {}\n", "x".repeat(900_000)),
        format!("name: {}\n", "x".repeat(50_000_000)),
        format!("name: x\nsteps:\n  - ask: \"{}\"\n", "{a}".repeat(300_000)),
        format!(
            "name: x\nsteps:\n  - ask: \"{}\"\n",
            "\\x7Ba}{a}".repeat(100_000)
        ),
        format!(
            "name: x\nsteps:\n  - run: \"{}\"\n",
            "'{date}' {".repeat(90_000)
        ),
        format!(
            "name: x\n{}",
            (0..80_000)
                .map(|key| format!("k{key}: 1\n"))
                .collect::<String>()
        ),
        format!("name: x\nsteps:\n{}", "  - agent: a\n".repeat(70_000)),
        format!(
            "name: x\nsteps:\n{}",
            (0..20_000)
                .map(|id| format!("  - {{id: s{id}, ask: '{{t{id}.output}}'}}\n"))
                .collect::<String>()
        ),
        format!("name: x\nsteps: [{}]", "{".repeat(31)),
        format!("name: {}\n", "&a ".repeat(300_000)),
        format!("? {}\n", "? ".repeat(300_000)),
    ];
    for file in files {
        let start = Instant::now();
        let package = Package(BTreeMap::from([(
            "workflow.yaml".to_string(),
            file.clone(),
        )]));
        let findings = package.check();
        let took = start.elapsed();
        let shown: String = file.chars().take(60).collect();
        assert!(
            findings.problems.iter().any(|problem| problem.fatal),
            "{shown}"
        );
        assert!(took < Duration::from_secs(20), "{took:?}: {shown}");
        eprintln!("{took:?}: {shown:?}");
    }
}

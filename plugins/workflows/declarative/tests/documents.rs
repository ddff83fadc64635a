//! Every example in the documentation, and the packages of this repository:
//! they check without a complaint, meet the JSON Schemas and run.

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use cm_workflow_declarative::yaml::{self, Node, Value};
use jsonschema::Validator;
use support::pages::{examples, page, root};
use support::{FakeHost, Package};

fn schema(name: &str) -> Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schema/{name}.schema.json"));
    let text = std::fs::read_to_string(path).expect("the schema is there");
    jsonschema::validator_for(&serde_json::from_str(&text).expect("JSON")).expect("a schema")
}

/// YAML as an editor would see it.
fn json(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Null => serde_json::Value::Null,
        Value::Scalar {
            text, plain: true, ..
        } => match serde_json::from_str(text) {
            Ok(value @ (serde_json::Value::Number(_) | serde_json::Value::Bool(_))) => value,
            _ => text.clone().into(),
        },
        Value::Scalar { text, .. } => text.clone().into(),
        Value::List(items) => items.iter().map(json).collect(),
        Value::Map { pairs, .. } => pairs
            .iter()
            .map(|(key, node)| (key.text.clone(), json(node)))
            .collect(),
    }
}

/// The front matter of a file of the package.
fn matter(text: &str) -> Option<Node> {
    let text = text.strip_prefix("---\n")?;
    let matter = text.split("\n---").next().unwrap_or_default();
    Some(yaml::parse(matter).expect("YAML"))
}

/// Whether the file is an agent: not a chained prompt, which has fewer keys.
fn is_agent(path: &str) -> bool {
    path.strip_prefix("agents/")
        .is_some_and(|name| !name.contains('/'))
        || path.starts_with("prompts/audit/")
}

/// It checks, meets the schemas, and runs to its end.
fn good(package: Package) {
    assert_eq!(package.check().problems, [], "{}", package.report());
    let workflow = yaml::parse(&package.0["workflow.yaml"]).expect("YAML");
    if let Err(error) = schema("workflow").validate(&json(&workflow)) {
        panic!("{error} at {}", error.instance_path());
    }
    for (path, text) in package.0.iter().filter(|(path, _)| is_agent(path)) {
        if let Some(node) = matter(text) {
            schema("agent")
                .validate(&json(&node))
                .unwrap_or_else(|error| panic!("{path}: {error}"));
        }
    }
    let host = FakeHost::new(package)
        .setting("project_name", "demo")
        .setting("specification", "It is small.")
        .setting("selected_track", "rust")
        .setting("selected_conditions", "auth, jwt")
        .with_file("docs/notes.md", "Nothing yet.")
        .says("architect", "{}")
        .says("ship-it", "ship");
    host.run().expect("it runs");
}

#[test]
fn every_example_in_the_documentation() {
    let (packages, fragments) = examples();
    let sizes: Vec<_> = packages.iter().map(|package| package.0.len()).collect();
    assert_eq!(
        (sizes, fragments.len()),
        (vec![4, 1, 15], 2),
        "an example is not tested"
    );
    let mut packages = packages.into_iter();
    good(packages.next().expect("one").with_agents(&["documenter"]));
    let options = packages.next().expect("another");
    good(options.with_agents(&["planner", "fixer"]));
    packages.for_each(good);
    for fragment in fragments {
        let text = format!("name: Example\nsteps:\n{fragment}");
        let uses = if text.contains("agent: critic") {
            &["critic"][..]
        } else {
            &[]
        };
        good(Package::new(&text).with_agents(uses));
    }
}

/// What is shown of the whole language before it runs.
#[test]
fn the_outline_of_the_whole_language() {
    let (packages, _) = examples();
    let outline = packages.last().and_then(|package| package.check().outline);
    insta::assert_debug_snapshot!(outline.expect("an outline"));
}

/// The keys of a schema's objects.
fn schema_keys(value: &serde_json::Value, keys: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(map) => {
            if let Some(properties) = map.get("properties").and_then(|found| found.as_object()) {
                keys.extend(properties.keys().cloned());
            }
            map.values().for_each(|value| schema_keys(value, keys));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| schema_keys(item, keys)),
        _ => {}
    }
}

/// The keys that a page names in the first column of its tables.
fn documented_keys(page: &str) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    let mut kind = "";
    for line in page.lines() {
        let Some(first) = line
            .strip_prefix("| ")
            .and_then(|row| row.split(" | ").next())
        else {
            if !line.starts_with("|-") {
                kind = "";
            }
            continue;
        };
        match kind {
            "" => kind = first,
            "key" => {
                let codes = first.split('`').skip(1).step_by(2);
                keys.extend(codes.map(|code| code.split(':').next().unwrap_or(code).to_string()));
            }
            _ => {}
        }
    }
    keys
}

/// What the schemas know, the documentation names, and the other way round; and
/// every key is used in an example.
#[test]
fn schemas_and_documentation_know_the_same_keys() {
    let page = page();
    let mut known = BTreeSet::new();
    for name in ["workflow", "agent"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schema/{name}.schema.json"));
        let text = std::fs::read_to_string(path).expect("the schema is there");
        schema_keys(&serde_json::from_str(&text).expect("JSON"), &mut known);
    }
    let documented = documented_keys(&page);
    assert!(
        documented.len() > 30,
        "the tables are not found: {documented:?}"
    );
    let unknown: Vec<_> = documented.difference(&known).collect();
    assert!(unknown.is_empty(), "not in the schemas: {unknown:?}");
    let unnamed: Vec<_> = known
        .iter()
        .filter(|key| !page.contains(&format!("`{key}")) && !page.contains(&format!("{key}:")))
        .collect();
    assert!(unnamed.is_empty(), "not documented: {unnamed:?}");
}

/// Each key of the schemas is read: one in its place is no unknown key.
#[test]
fn the_whole_language_is_in_one_example() {
    let (packages, _) = examples();
    let whole = packages.last().expect("the whole language");
    let mut used = BTreeSet::new();
    for text in whole
        .0
        .iter()
        .filter_map(|(path, text)| match path.as_str() {
            "workflow.yaml" => Some(yaml::parse(text).expect("YAML")),
            path if is_agent(path) => matter(text),
            _ => None,
        })
    {
        keys(&text, &mut used);
    }
    let mut known = BTreeSet::new();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/workflow.schema.json");
    let text = std::fs::read_to_string(path).expect("the schema is there");
    schema_keys(&serde_json::from_str(&text).expect("JSON"), &mut known);
    // The other form of the controller.
    let missing: Vec<_> = known
        .difference(&used)
        .filter(|key| !["component", "config"].contains(&key.as_str()))
        .collect();
    assert!(missing.is_empty(), "no example of {missing:?}");
}

/// The keys of a file.
fn keys(node: &Node, found: &mut BTreeSet<String>) {
    match &node.value {
        Value::Map { pairs, .. } => {
            for (key, node) in pairs {
                found.insert(key.text.clone());
                keys(node, found);
            }
        }
        Value::List(items) => items.iter().for_each(|item| keys(item, found)),
        _ => {}
    }
}

#[test]
fn fix_tests() {
    let directory = root().join("plugins/workflows/fix-tests");
    let mut package = Package::default();
    for name in [
        "workflow.yaml",
        "agents/planner.md",
        "agents/fixer.md",
        "agents/documenter.md",
        "agents/reporter.md",
    ] {
        let text = std::fs::read_to_string(directory.join(name)).expect("the file is there");
        package.0.insert(name.into(), text);
    }
    good(package.clone());
    let host = FakeHost::new(package)
        .exits("before", 1, "2 failed")
        .exits("tests", 1, "1 failed")
        .exits("tests", 0, "0 failed")
        .says("reporter", "the report");
    assert_eq!(host.run(), Ok("the report".into()));
    assert_eq!(
        host.started(),
        [
            "before",
            "planner",
            "fixer",
            "documenter",
            "tests",
            "fixer",
            "tests",
            "reporter"
        ]
    );
    assert!(host.prompts("planner")[0].contains("2 failed"));
    assert!(host.prompts("fixer")[1].contains("1 failed"));
    assert_eq!(
        host.artifacts.borrow()[&("reporter".into(), "report.md".into())],
        "the report"
    );
}

/// The schemas refuse what the check refuses.
#[test]
fn the_schemas_refuse() {
    let workflow = schema("workflow");
    for text in [
        "steps: [{ agent: a }]",
        "name: x",
        "name: x\nsteps: []",
        "name: x\nsteps: [{ agent: a, promt: b }]",
        "name: x\nsteps: [{ agent: a, run: b }]",
        "name: x\nsteps: [{ label: a }]",
        "name: x\nsteps: [{ run: a, id: 1 2 }]",
        "name: x\nsteps: [{ run: a, id: a, on-failure: { loop: { to: a } } }]",
        "name: x\nsteps: [{ run: a, timeout: 10 }]",
        "name: x\nsteps: [{ run: a, retry: 0 }]",
        "name: x\nsteps: [{ step: a }]",
        "name: x\nsteps: [{ run: a, save: ../a }]",
        "name: x\nsteps: [{ parallel: [{ parallel: [{ run: a }] }] }]",
        "name: x\nsteps: [{ parallel: [{ run: a }], timeout: 1s }]",
        "name: x\nmode: fast\nsteps: [{ run: a }]",
        "name: x\nautonomous: yes\nsteps: [{ run: a }]",
        "name: x\ncontroller: { agent: a, component: b }\nsteps: [{ run: a }]",
        "name: x\ntracks: { question: Which?, options: {} }\nsteps: [{ run: a }]",
        "name: x\nconditions: [{ options: { a: A } }]\nsteps: [{ run: a }]",
        "name: x\nfiles: { date: a.md }\nsteps: [{ run: a }]",
        "name: x\nstate: { a: { value: b } }\nsteps: [{ run: a }]",
        "name: x\nproject-name: yes\nsteps: [{ run: a }]",
        "name: x\nsteps: [{ run: a, directives: [loop] }]",
        "name: x\nsteps: [{ run: a, directives: { loop: { to: a } } }]",
        "name: x\nsteps: [{ run: a, directives: { loop: { to: a, steps: 1, max: 1 } } }]",
        "name: x\nsteps: [{ run: a, on-exit: { 300: pause } }]",
        "name: x\nsteps: [{ run: a, on-exit: { 3: skip } }]",
        "name: x\nsteps: [{ run: a, tools: [hammer] }]",
        "name: x\nsteps: [{ agent: a, mcp: [{ only: [b] }] }]",
        "name: x\nsteps: [{ agent: a, interactive: maybe }]",
        "name: x\nsteps: [{ agent: a, schema: [b] }]",
        "name: x\nsteps: [{ approve: a, choices: [b] }]",
        "name: x\nsteps: [{ separator: a, id: b }, { run: a }]",
        "name: x\nstate: [a]\nsteps: [{ run: a }]",
        "name: x\ndefaults: { permissions: all }\nsteps: [{ run: a }]",
        "name: x\nconcurrency: 0\nsteps: [{ run: a }]",
        "name: x\nclasses: { builds: 0 }\nsteps: [{ run: a }]",
        "name: x\nbudget: { warn: 80 }\nsteps: [{ run: a }]",
        "name: x\nbudget: { tokens: 2G }\nsteps: [{ run: a }]",
        "name: x\nfail-fast: maybe\nsteps: [{ run: a }]",
        "name: x\nsteps: [{ run: a, retry: { backoff: 1s } }]",
        "name: x\nsteps: [{ run: a, retry: { attempts: 2, on: [never] } }]",
        "name: x\nsteps: [{ run: a, produces: { attempts: 1 } }]",
        "name: x\nsteps: [{ run: a, needs: [], workspace: shared }]",
        "name: x\nsteps: [{ run: a, needs: { b: c } }]",
        "name: x\nsteps: [{ parallel: [{ run: a, needs: [] }] }]",
        "name: x\nsteps: [{ ask: a, class: b }]",
        "name: x\nsteps: [{ agent: a, engine: b, engines: [c] }]",
        "name: x\nsteps: [{ agent: a, on: limit }]",
        "name: x\nsteps: [{ agent: a, engines: [] }]",
    ] {
        let node = yaml::parse(text).expect("YAML");
        assert!(!workflow.is_valid(&json(&node)), "{text}");
        let findings = Package::new(text).with_agents(&["a"]).check();
        assert!(
            findings.problems.iter().any(|problem| problem.fatal),
            "{text}"
        );
    }
    let agent = schema("agent");
    for text in [
        "modle: x",
        "effort: a lot",
        "permissions: all",
        "timeout: 10",
        "tools: [Read]",
        "schema-retries: 1.5",
        "include: { a: b }",
        "directives: { goto: { max: 1 } }",
        "engines: [a]\non: never",
        "retry: 0",
        "idle-timeout: 5",
        "[a]",
    ] {
        let node = yaml::parse(text).expect("YAML");
        assert!(!agent.is_valid(&json(&node)), "{text}");
        let package = Package::new(&format!(
            "name: x\nsteps: [{{ agent: a }}]\n=== agents/a.md\n---\n{text}\n---\nDo it.\n"
        ));
        assert!(
            package.check().problems.iter().any(|problem| problem.fatal),
            "{text}"
        );
    }
}

//! Every example in the documentation, and the packages of this repository:
//! they check without a complaint, meet the JSON Schemas and run.

mod support;

use std::path::{Path, PathBuf};

use cm_workflow_declarative::yaml::{self, Node, Value};
use jsonschema::Validator;
use support::{FakeHost, Package};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

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

/// It checks, meets the schemas, and runs to its end.
fn good(package: Package) {
    assert_eq!(package.check().problems, [], "{}", package.report());
    let workflow = yaml::parse(&package.0["workflow.yaml"]).expect("YAML");
    if let Err(error) = schema("workflow").validate(&json(&workflow)) {
        panic!("{error} at {}", error.instance_path());
    }
    for (path, text) in &package.0 {
        if let Some(matter) = text
            .strip_prefix("---\n")
            .filter(|_| path.starts_with("agents/"))
        {
            let matter = matter.split("\n---").next().unwrap_or_default();
            let node = yaml::parse(matter).expect("YAML");
            schema("agent")
                .validate(&json(&node))
                .unwrap_or_else(|error| panic!("{path}: {error}"));
        }
    }
    let host = FakeHost::new(package)
        .setting("project_name", "demo")
        .says("ship-it", "ship");
    host.run().expect("it runs");
}

/// The code blocks of a page: what stands after the fence, and the text.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(kind) = line.strip_prefix("```") {
            let text: Vec<_> = lines
                .by_ref()
                .take_while(|line| !line.starts_with("```"))
                .collect();
            blocks.push((kind.to_string(), text.join("\n") + "\n"));
        }
    }
    blocks
}

#[test]
fn every_example_in_the_documentation() {
    let page = std::fs::read_to_string(root().join("docs/workflow.md")).expect("the page is there");
    let mut package = Package::default();
    let mut fragments = Vec::new();
    for (kind, text) in blocks(&page) {
        match kind.split_once(' ') {
            Some(("markdown", path)) => drop(package.0.insert(path.into(), text)),
            None if kind == "yaml" && text.starts_with("name:") => {
                drop(package.0.insert("workflow.yaml".into(), text))
            }
            None if kind == "yaml" => fragments.push(text),
            _ => panic!("what is a block `{kind}`?"),
        }
    }
    assert_eq!(
        (package.0.len(), fragments.len()),
        (4, 2),
        "an example is not tested"
    );
    good(package.with_agents(&["documenter"]));
    for fragment in fragments {
        good(Package::new(&format!("name: Example\nsteps:\n{fragment}")).with_agents(&["critic"]));
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
        "name: x\nmode: manual\nsteps: [{ run: a }]",
        "name: x\nstate: [a]\nsteps: [{ run: a }]",
        "name: x\ndefaults: { permissions: all }\nsteps: [{ run: a }]",
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

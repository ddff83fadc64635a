//! The JSON Schemas and the reader know the same keys, in every mapping of the language.

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use support::Package;

/// A mapping in the schema, and an example of it with `@` where a further key may stand.
struct Place {
    schema: &'static str,
    pointer: &'static str,
    example: &'static str,
}

macro_rules! places {
    ($($schema:literal $pointer:literal: $example:literal)+) => {
        [$(Place { schema: $schema, pointer: $pointer, example: $example }),+]
    };
}

const PLACES: [Place; 36] = places! {
    "workflow" "": "{ name: x, steps: [{ run: a }], @ }"
    "workflow" "/properties/controller/oneOf/1": "{ name: x, mode: autonomous, controller: { agent: a, @ }, steps: [{ run: a }] }"
    "workflow" "/properties/controller/oneOf/2": "{ name: x, mode: autonomous, controller: { component: a, @ }, steps: [{ run: a }] }"
    "workflow" "/properties/tracks": "{ name: x, tracks: { question: q, options: { b: B }, @ }, steps: [{ run: a }] }"
    "workflow" "/properties/tracks/properties/options/additionalProperties/oneOf/1": "{ name: x, tracks: { question: q, options: { b: { @ } } }, steps: [{ run: a }] }"
    "workflow" "/properties/state/additionalProperties/oneOf/1": "{ name: x, state: { s: { value: '1', schema: {}, @ } }, steps: [{ run: a }] }"
    "workflow" "/properties/files/additionalProperties/oneOf/1": "{ name: x, files: { f: { project: a.md, @ } }, steps: [{ run: a }] }"
    "workflow" "/properties/defaults": "{ name: x, defaults: { @ }, steps: [{ run: a }] }"
    "workflow" "/properties/budget": "{ name: x, budget: { usd: 1, @ }, steps: [{ run: a }] }"
    "workflow" "/$defs/server/oneOf/1": "{ name: x, steps: [{ agent: a, mcp: { server: s, @ } }] }"
    "workflow" "/$defs/loop": "{ name: x, steps: [{ agent: a, directives: { loop: { to: a, max: 1, @ } } }] }"
    "workflow" "/$defs/goto/oneOf/1": "{ name: x, steps: [{ agent: a, directives: { goto: { to: a, @ } } }] }"
    "workflow" "/$defs/directives/oneOf/1": "{ name: x, steps: [{ agent: a, directives: { @ } }] }"
    "workflow" "/$defs/on-failure/oneOf/1": "{ name: x, steps: [{ agent: a, on-failure: { @ } }] }"
    "workflow" "/$defs/on-failure/oneOf/1/properties/loop": "{ name: x, steps: [{ agent: a, on-failure: { loop: { to: a, max: 1, @ } } }] }"
    "workflow" "/$defs/on-exit/additionalProperties/oneOf/1": "{ name: x, steps: [{ run: a, on-exit: { 1: { loop: { steps: 1, max: 1 }, @ } } }] }"
    "workflow" "/$defs/on-exit/additionalProperties/oneOf/2": "{ name: x, steps: [{ run: a, on-exit: { 1: { error: b, @ } } }] }"
    "workflow" "/$defs/on-exit/additionalProperties/oneOf/3": "{ name: x, steps: [{ run: a, on-exit: { 1: { goto: a, @ } } }] }"
    "workflow" "/$defs/on-exit/additionalProperties/oneOf/3/properties/goto/oneOf/1": "{ name: x, steps: [{ run: a, on-exit: { 1: { goto: { to: a, @ } } } }] }"
    "workflow" "/$defs/option/oneOf/1": "{ name: x, conditions: [{ question: q, options: { b: { @ } } }], steps: [{ run: a }] }"
    "workflow" "/$defs/group": "{ name: x, conditions: [{ question: q, options: { b: B }, @ }], steps: [{ run: a }] }"
    "workflow" "/$defs/agent-step": "{ name: x, steps: [{ agent: a, @ }] }"
    "workflow" "/$defs/folder-step": "{ name: x, steps: [{ folder: prompts, @ }] }"
    "workflow" "/$defs/run-step": "{ name: x, steps: [{ run: a, @ }] }"
    "workflow" "/$defs/ask-step": "{ name: x, steps: [{ ask: a, @ }] }"
    "workflow" "/$defs/approve-step": "{ name: x, steps: [{ approve: a, @ }] }"
    "workflow" "/$defs/step-step": "{ name: x, steps: [{ step: a/b, @ }] }"
    "workflow" "/$defs/parallel-step": "{ name: x, steps: [{ parallel: [{ run: a }], @ }] }"
    "workflow" "/$defs/separator": "{ name: x, steps: [{ separator: a, @ }, { run: a }] }"
    "workflow" "/$defs/retry/oneOf/1": "{ name: x, steps: [{ run: a, retry: { attempts: 1, @ } }] }"
    "workflow" "/$defs/engines/items/oneOf/1": "{ name: x, steps: [{ agent: a, engines: [{ engine: e, @ }] }] }"
    "workflow" "/$defs/workspace/oneOf/1": "{ name: x, steps: [{ run: a, needs: [], workspace: { @ } }] }"
    "workflow" "/$defs/produces": "{ name: x, steps: [{ run: a, produces: { run: b, @ } }] }"
    "agent" "": "{ @ }"
    "agent" "/$defs/retry/oneOf/1": "{ retry: { attempts: 1, @ } }"
    "agent" "/$defs/engines/items/oneOf/1": "{ engines: [{ engine: e, @ }] }"
};

/// What is the same mapping in both files, and read by the same function.
const SHARED: [&str; 4] = [
    "/$defs/server/oneOf/1",
    "/$defs/loop",
    "/$defs/goto/oneOf/1",
    "/$defs/directives/oneOf/1",
];

fn schema(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schema/{name}.schema.json"));
    let text = std::fs::read_to_string(path).expect("the schema is there");
    serde_json::from_str(&text).expect("JSON")
}

/// Where a schema has mappings, and their keys.
fn mappings(value: &Value, pointer: &str, found: &mut Vec<(String, BTreeSet<String>)>) {
    match value {
        Value::Object(map) => {
            if let Some(Value::Object(properties)) = map.get("properties") {
                found.push((pointer.into(), properties.keys().cloned().collect()));
            }
            for (key, value) in map {
                mappings(value, &format!("{pointer}/{key}"), found);
            }
        }
        Value::Array(items) => {
            for (number, value) in items.iter().enumerate() {
                mappings(value, &format!("{pointer}/{number}"), found);
            }
        }
        _ => {}
    }
}

/// Whether the reader has a use for this key there, whatever it says of its value. (One that
/// the example has already stands there twice then, and that is all that is said.)
fn is_taken(place: &Place, key: &str) -> bool {
    let text = place.example.replace('@', &format!("{key}: 1"));
    let package = match place.schema {
        "agent" => Package::new(&format!(
            "name: x\nsteps: [{{ agent: a }}]\n=== agents/a.md\n---\n{text}\n---\nDo it.\n"
        )),
        _ => Package::new(&text)
            .with_agents(&["a"])
            .with_file("prompts/01-one.md", "Do it."),
    };
    let refusals = [
        format!("has no key `{key}`"),
        format!("`{key}` is not supported yet"),
        "a step cannot have both".into(),
        "a controller is an agent or a component".into(),
        "an exit code tells the workflow one thing".into(),
        "a track has no follow-up questions".into(),
    ];
    let refused = |message: &str| refusals.iter().any(|refusal| message.contains(refusal));
    let problems = package.check().problems;
    !problems.iter().any(|problem| refused(&problem.message))
}

#[test]
fn the_schemas_and_the_reader_know_the_same_keys() {
    let mut all = BTreeSet::from(["nothing-like-it".to_owned()]);
    let mut known = Vec::new();
    for name in ["workflow", "agent"] {
        let mut found = Vec::new();
        mappings(&schema(name), "", &mut found);
        for (pointer, keys) in found {
            all.extend(keys.iter().cloned());
            known.push((name, pointer, keys));
        }
    }
    let mut wrong = Vec::new();
    for (schema, pointer, keys) in &known {
        let found = PLACES
            .iter()
            .find(|place| place.schema == *schema && place.pointer == pointer);
        let Some(place) = found else {
            if *schema == "workflow" || !SHARED.contains(&pointer.as_str()) {
                wrong.push(format!("{schema}{pointer} is not tested"));
            }
            continue;
        };
        for key in &all {
            match (is_taken(place, key), keys.contains(key)) {
                (true, false) => wrong.push(format!("{schema}{pointer} lacks `{key}`")),
                (false, true) => wrong.push(format!("{schema}{pointer}: `{key}` is not read")),
                _ => {}
            }
        }
    }
    assert_eq!(known.len(), PLACES.len() + SHARED.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

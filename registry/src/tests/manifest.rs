use proptest::prelude::*;

use crate::{Kind, Manifest, ManifestError, WorkspaceAccess};

const WHOLE: &str = r#"
[package]
name = "review-and-fix"
version = "0.2.0-beta.1"
description = "Reviews a change and mends it."
license = "MIT"
cm = ">=0.1"

[[components]]
kind = "engine"
name = "mine"
path = "dist/mine.wasm"

[build]
command = "cargo build --release"

[capabilities]
programs = ["git"]
environment = ["OPENAI_API_KEY", "AWS_*"]
network = ["api.example.com", "*.example.org:443"]
workspace = "write"

[dependencies]
claude = "^1"
"#;

fn error(text: &str) -> ManifestError {
    Manifest::parse("cm.toml", text).unwrap_err()
}

#[test]
fn a_whole_manifest() {
    let manifest = Manifest::parse("cm.toml", WHOLE).unwrap();
    assert_eq!(manifest.package.name, "review-and-fix");
    assert_eq!(
        manifest.component(Kind::Engine, "mine").unwrap().path,
        "dist/mine.wasm"
    );
    assert_eq!(manifest.capabilities.workspace, WorkspaceAccess::Write);
    assert_eq!(manifest.dependencies["claude"].to_string(), "^1");
    let again = toml::to_string(&manifest).unwrap();
    assert_eq!(Manifest::parse("cm.toml", &again).unwrap(), manifest);
}

#[test]
fn mistakes_have_a_place_and_a_word_of_help() {
    let head = "[package]\nname = \"a\"\nversion = \"1.0.0\"\n";
    let component = "[[components]]\nkind = \"engine\"\nname = \"x\"\npath = \"x.wasm\"\n";
    for (text, shown, help) in [
        (
            "[package]\nname = \"a\"\nverison = \"1\"\n".to_owned(),
            "cm.toml:3:1: unknown key `verison`, expected one of `name`, `version`, `description`, `license`, `cm`",
            "did you mean `version`?",
        ),
        (
            format!("{head}[capabilities]\nenv = []\n"),
            "cm.toml:5:1: unknown key `env`, expected one of `programs`, `environment`, `network`, `workspace`",
            "did you mean `environment`?",
        ),
        (
            format!("{head}[[components]]\nkind = \"engin\"\n"),
            "cm.toml:5:8: unknown word `engin`, expected one of `engine`, `step`, `controller`, `workflow`",
            "did you mean `engine`?",
        ),
        (
            "[package]\nname = \"A b\"\n".to_owned(),
            "cm.toml:2:8: `A b` is not a name: expected lowercase letters",
            "",
        ),
        (
            "[package]\nname = \"a\"\nversion = \"1.0\"\n".to_owned(),
            "cm.toml:3:11: `1.0` is not a version",
            "",
        ),
        (
            "[package]\nname = \"a\"\nversion = \"1.0.0+b\"\n".to_owned(),
            "cm.toml:3:11: `1.0.0+b` has build metadata",
            "",
        ),
        (
            "[package]\nname = \"a\"\n".to_owned(),
            "cm.toml:1:1: the key `version` is missing",
            "",
        ),
        (
            format!("{head}[[components]]\nkind = \"step\"\nname = \"x\"\npath = \"../x.wasm\"\n"),
            "cm.toml:7:8: `../x.wasm`: a path cannot lead out",
            "",
        ),
        (
            format!("{head}{component}{component}"),
            "there are two components with kind `engine` and name `x`",
            "",
        ),
        (
            format!("{head}[components]\nkind = \"step\"\n"),
            "expected an array of tables: one `[[components]]` for each",
            "",
        ),
        (
            format!("{head}[capabilities]\nenvironment = [\"A\", \"*\"]\n"),
            "`*` is not the name of an environment variable",
            "",
        ),
        (
            format!("{head}[capabilities]\nnetwork = [\"https://x.org\"]\n"),
            "`https://x.org` is not a host without scheme",
            "",
        ),
        (
            format!("{head}[dependencies]\nclaude = \"abc\"\n"),
            "cm.toml:5:10: ",
            "",
        ),
        (
            format!("{head}[dependencies]\n\"../x\" = \"1\"\n"),
            "`../x` is not a name",
            "",
        ),
        ("é = 1 \"\n".to_owned(), "cm.toml:1:", ""),
        (String::new(), "the key `package` is missing", ""),
    ] {
        let error = error(&text);
        assert!(error.to_string().contains(shown), "{text}\n{error}");
        assert_eq!(error.help.as_deref().unwrap_or_default(), help, "{text}");
    }
}

#[test]
fn the_schema_knows_every_key() {
    let schema = Manifest::schema();
    let value: serde_json::Value =
        serde_json::to_value(Manifest::parse("cm.toml", WHOLE).unwrap()).unwrap();
    let top = schema["properties"].as_object().unwrap();
    assert!(
        value
            .as_object()
            .unwrap()
            .keys()
            .all(|key| top.contains_key(key))
    );
    let definitions = schema["$defs"].as_object().unwrap();
    for (part, definition) in [("package", "PackageInfo"), ("capabilities", "Capabilities")] {
        let known = definitions[definition]["properties"].as_object().unwrap();
        assert!(
            value[part]
                .as_object()
                .unwrap()
                .keys()
                .all(|key| known.contains_key(key))
        );
        assert_eq!(definitions[definition]["additionalProperties"], false);
    }
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["required"], serde_json::json!(["package"]));
    assert_eq!(
        definitions["PackageInfo"]["required"],
        serde_json::json!(["name", "version"])
    );
}

proptest! {
    #[test]
    fn any_text_gives_a_manifest_or_a_place(text in ".*") {
        placed(&text)?;
    }

    #[test]
    fn a_broken_manifest_gives_a_place(
        at in 0..WHOLE.len(),
        cut in 0_usize..20,
        put in "[\\[\\]\"'=\n.#a-z0-9é*]{0,6}",
    ) {
        let mut text = WHOLE.to_owned();
        text.replace_range(at..(at + cut).min(WHOLE.len()), &put);
        placed(&text)?;
    }
}

fn placed(text: &str) -> Result<(), TestCaseError> {
    if let Err(error) = Manifest::parse("cm.toml", text) {
        let lines: Vec<_> = text.split('\n').collect();
        let line = lines.get(error.line as usize - 1);
        prop_assert!(line.is_some(), "{error}");
        prop_assert!(
            error.column as usize <= line.unwrap().chars().count() + 1,
            "{error}"
        );
        prop_assert!(
            !error.message.is_empty() && !error.message.contains('\n'),
            "{error}"
        );
    }
    Ok(())
}

//! A `cm.toml` as somebody has written it, with one thing changed.

use toml_edit::{DocumentMut, Item, Table, TableLike, Value};

const TABLE: &str = "dependencies";

/// With one more dependency, or another requirement for it.
pub(super) fn with_dependency(text: &str, name: &str, wanted: &str) -> Result<String, String> {
    change(text, |dependencies| {
        match dependencies.get_mut(name).and_then(Item::as_value_mut) {
            // What is said behind it stays there.
            Some(known) => {
                let mut value = Value::from(wanted);
                *value.decor_mut() = known.decor().clone();
                *known = value;
            }
            None => {
                dependencies.insert(name, toml_edit::value(wanted));
            }
        }
    })
}

/// Without a dependency.
pub(super) fn without_dependency(text: &str, name: &str) -> Result<String, String> {
    change(text, |dependencies| {
        dependencies.remove(name);
    })
}

fn change(text: &str, change: impl FnOnce(&mut dyn TableLike)) -> Result<String, String> {
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
        let message = error.message().trim_end().to_owned();
        message.replace('\n', "; ")
    })?;
    if !document.contains_key(TABLE) {
        let mut table = Table::new();
        // What ends the file stays before what is added to it.
        let end = document.trailing().as_str().unwrap_or_default().to_owned();
        if !document.is_empty() || !end.is_empty() {
            table.decor_mut().set_prefix(format!("{end}\n"));
        }
        document.set_trailing("");
        document.insert(TABLE, Item::Table(table));
    }
    let table = document
        .get_mut(TABLE)
        .and_then(Item::as_table_like_mut)
        .ok_or("its `dependencies` are not a table")?;
    change(table);
    Ok(document.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn with(text: &str, name: &str, wanted: &str) -> String {
        with_dependency(text, name, wanted).unwrap()
    }

    #[test]
    fn nothing_else_changes() {
        let plain = "[package]\nname = \"a\" # mine\n";
        let one = with(plain, "acme/x", "^1");
        assert_eq!(
            one,
            format!("{plain}\n[dependencies]\n\"acme/x\" = \"^1\"\n")
        );
        assert_eq!(with(&one, "acme/x", "^2"), one.replace("^1", "^2"));
        assert_eq!(with("", "b", "^1"), "[dependencies]\nb = \"^1\"\n");
        let ends = format!("{plain}# the end\n");
        let more = format!("{ends}\n[dependencies]\nb = \"^1\"\n");
        assert_eq!(with(&ends, "b", "^1"), more);
        let text = "# all\n[dependencies]\n# first\nb = \"1\" # why\n\n[capabilities]\nb = 2\n";
        let more = "# all\n[dependencies]\n# first\nb = \"1\" # why\nc = \"^1\"\n\n[capabilities]\nb = 2\n";
        assert_eq!(with(text, "c", "^1"), more);
        assert_eq!(with(text, "b", "^2"), text.replace("\"1\"", "\"^2\""));
        assert_eq!(without_dependency(more, "c").unwrap(), text);
        assert_eq!(without_dependency(text, "nobody").unwrap(), text);
    }

    #[test]
    fn every_way_to_write_a_table() {
        for text in [
            "dependencies = { b = \"1\", \"acme/x\" = \"1\" }\n",
            "dependencies.b = \"1\"\ndependencies.\"acme/x\" = \"1\"\n",
            "[dependencies]\n'b' = '1'\n'acme/x' = '1'\n",
            "[dependencies]\r\nb = \"1\"\r\n\"acme/x\" = \"1\"\r\n",
        ] {
            let changed = with(text, "acme/x", "^2");
            let changed = with(&changed, "c", "^3");
            let changed = without_dependency(&changed, "b").unwrap();
            let read: toml::Table = toml::from_str(&changed).unwrap();
            let expected: toml::Table =
                toml::from_str("[dependencies]\n\"acme/x\" = \"^2\"\nc = \"^3\"").unwrap();
            assert_eq!(read, expected, "{changed}");
        }
        for text in ["dependencies = 1\n", "[[dependencies]]\n", "[\n"] {
            assert!(with_dependency(text, "a", "1").is_err(), "{text}");
        }
    }

    proptest! {
        /// Added and taken out again, it is what it was.
        #[test]
        fn there_and_back(
            names in proptest::collection::btree_set("[a-z]{1,6}(/[a-z]{1,6})?", 0..6),
            remark in "[a-z #=\\[\\]\"']{0,30}",
        ) {
            let mut text = format!("# {remark}\n[package]\nname = \"a\" # {remark}\n\n[dependencies]\n");
            for name in &names {
                text += &format!("{name:?} = \"1\" # {remark}\n");
            }
            text += &format!("\n# {remark}\n[capabilities]\n");
            let more = with(&text, "new/one", "^2");
            prop_assert_eq!(more.lines().count(), text.lines().count() + 1);
            prop_assert_eq!(without_dependency(&more, "new/one").unwrap(), text);
        }
    }
}

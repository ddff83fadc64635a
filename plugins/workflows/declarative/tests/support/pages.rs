//! The examples in the documentation.

use std::path::{Path, PathBuf};

use super::Package;

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// The page on workflows.
pub fn page() -> String {
    std::fs::read_to_string(root().join("docs/workflow.md")).expect("the page is there")
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

/// The packages of a page, each from its `workflow.yaml` on, and its fragments.
pub fn examples() -> (Vec<Package>, Vec<String>) {
    let (mut packages, mut fragments) = (Vec::<Package>::new(), Vec::new());
    for (kind, text) in blocks(&page()) {
        match kind.split_once(' ') {
            Some(("markdown" | "json", path)) => {
                let package = packages.last_mut().expect("a workflow comes first");
                package.0.insert(path.into(), text);
            }
            None if kind == "yaml" && text.starts_with("name:") => {
                packages.push(Package::new(&text));
            }
            None if kind == "yaml" => fragments.push(text),
            _ => panic!("what is a block `{kind}`?"),
        }
    }
    (packages, fragments)
}

//! Steps for workflows: functions with a context, through which they reach the run.

wit_bindgen::generate!({
    path: ["wit/types", "wit/flow"],
    world: "cm:flow/steps",
    generate_all,
});

use cm::{
    flow::run::Context,
    types::base::{Error, Failure},
};
use exports::cm::flow::step::{Guest, StepInfo};

struct Steps;

impl Guest for Steps {
    fn describe() -> Vec<StepInfo> {
        vec![StepInfo {
            name: "words".into(),
            description: "Counts the words of its input.".into(),
        }]
    }

    fn run(_context: Context, name: String, input: String) -> Result<String, Error> {
        match name.as_str() {
            "words" => Ok(words(&input).to_string()),
            _ => Err(Error::Missing(Failure {
                code: "no-such-step".into(),
                message: format!("there is no step `{name}`"),
                retry: false,
                retry_after_ms: None,
                details: None,
            })),
        }
    }
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

// The names of the exports are none that a native linker takes.
#[cfg(target_arch = "wasm32")]
export!(Steps);

#[cfg(test)]
mod tests {
    #[test]
    fn words_are_counted() {
        assert_eq!(super::words(" one two\nthree "), 3);
    }
}

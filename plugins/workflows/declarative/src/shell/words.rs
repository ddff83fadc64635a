//! The words of a command, as far as they decide what becomes of a value.

/// Programs that run one of their arguments as code, and the options after
/// which it comes.
const INTERPRETERS: [&str; 12] = [
    "sh", "bash", "dash", "zsh", "ksh", "ash", "python", "python3", "node", "perl", "ruby", "php",
];
/// Programs for which every argument is code, or becomes it.
const EVALUATORS: [&str; 4] = ["eval", "trap", "alias", "ssh"];

/// Programs whose first argument is a script.
const EDITORS: [&str; 4] = ["sed", "awk", "gawk", "mawk"];

/// A command whose words are being read.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// Those that are complete.
    pub(super) done: Vec<String>,
    /// The one that is being read. A zero byte stands for what is not known
    /// before the command runs.
    pub(super) word: String,
}

/// What is wrong, and what to do about it.
pub(super) type Why = (&'static str, &'static str);

impl Words {
    /// Refuses a value where a program would read it as code.
    pub(super) fn refuse_code(&self) -> Result<(), Why> {
        let program = |word: &String| word.rsplit('/').next().unwrap_or_default().to_string();
        let programs: Vec<String> = self.done.iter().map(program).collect();
        if self.done.is_empty() && self.word.is_empty() {
            return Err((
                "would be the name of the program to run",
                "write the command in the workflow; values are for its arguments",
            ));
        }
        if programs
            .iter()
            .any(|word| EVALUATORS.contains(&word.as_str()))
        {
            return Err((
                "would be read as code here",
                "`eval`, `trap`, `alias` and `ssh` run their arguments; give the value to another program",
            ));
        }
        let option = self.done.last().is_some_and(|word| {
            word.starts_with('-') && !word.starts_with("--") && word.ends_with(['c', 'e', 'r'])
                || matches!(word.as_str(), "--eval" | "--execute" | "--print" | "-p")
        });
        if option
            && programs
                .iter()
                .any(|word| INTERPRETERS.contains(&word.as_str()))
        {
            return Err((
                "would be read as code by the program that gets it",
                "hand it over as an argument: sh -c 'echo \"$1\"' sh {name}",
            ));
        }
        let script = programs
            .iter()
            .position(|word| EDITORS.contains(&word.as_str()))
            .is_some_and(|program| {
                let after = &self.done[program + 1..];
                after.iter().all(|word| word.starts_with('-'))
                    && after.last().is_none_or(|word| word != "-v")
            });
        if script {
            return Err((
                "would be part of the script here",
                "`awk` takes values with `-v name={…}`; for `sed` there is no safe way",
            ));
        }
        Ok(())
    }
}

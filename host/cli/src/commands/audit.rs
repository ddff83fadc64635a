use cm_distribution::{
    Registries, Store,
    trust::{Audited, Guard, Severity, Signed, Trust, audit},
};
use console::style;
use schemars::JsonSchema;
use serde::Serialize;

use super::origin;
use crate::{
    arguments::Audit,
    exit::Exit,
    packaging, place,
    trouble::Trouble,
    view::{out, text},
};

/// A version of `cm audit --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Row {
    /// The package.
    name: String,
    /// The version that is installed.
    version: String,
    /// Where it came from.
    source: String,
    /// Who has signed it; none if nobody has, or not who should have.
    #[serde(skip_serializing_if = "Option::is_none")]
    signer: Option<String>,
    /// What is wrong, or could not be found out. Empty if all is well.
    problems: Vec<String>,
    /// What is good to know.
    notes: Vec<String>,
}

pub(crate) fn run(arguments: &Audit) -> Result<Exit, Trouble> {
    let home = packaging::home()?;
    let (trust, store) = (Trust::of(&home), Store::of(&home));
    let registries = Registries::read(&home)?;
    let mut rows = Vec::new();
    let mut unpublished = 0;
    for listed in place::registry()?.list()? {
        let Some(source) = listed.source.clone() else {
            continue;
        };
        match origin::of(&listed, &registries) {
            Ok(Some(origin)) => {
                let guard = Guard::new(&trust, origin.source.as_ref()).with_store(&store);
                let audited = audit(&guard, std::slice::from_ref(&origin.installed));
                rows.extend(audited.iter().map(Row::of));
            }
            Ok(None) => unpublished += 1,
            // A registry that was removed, for example.
            Err(trouble) => rows.push(Row {
                name: listed.name,
                version: listed.version.to_string(),
                source,
                signer: None,
                problems: vec![trouble.to_string()],
                notes: Vec::new(),
            }),
        }
    }
    let bad = rows.iter().filter(|row| !row.problems.is_empty()).count();
    if arguments.json {
        out::json(&rows);
    } else {
        for row in &rows {
            row.show();
        }
        eprintln!("{}", summary(rows.len(), bad, unpublished));
    }
    Ok(if bad == 0 { Exit::Done } else { Exit::Failed })
}

fn summary(looked: usize, bad: usize, unpublished: usize) -> String {
    let mut text = match (looked, bad) {
        (0, _) => "Nothing is installed from a registry".to_owned(),
        (1, 0) => "Looked at 1 version: nothing is wrong".to_owned(),
        (looked, 0) => format!("Looked at {looked} versions: nothing is wrong"),
        (1, _) => "Looked at 1 version, and something is wrong".to_owned(),
        (looked, 1) => format!("Looked at {looked} versions, and something is wrong with 1"),
        (looked, bad) => format!("Looked at {looked} versions, and something is wrong with {bad}"),
    };
    match unpublished {
        0 => {}
        1 => text.push_str("; 1 was not published anywhere"),
        more => text.push_str(&format!("; {more} were not published anywhere")),
    }
    text
}

impl Row {
    fn of(audited: &Audited) -> Self {
        let mut row = Self {
            name: audited.installed.name.to_string(),
            version: audited.installed.version.to_string(),
            source: audited.installed.source.clone(),
            signer: None,
            problems: Vec::new(),
            notes: Vec::new(),
        };
        match &audited.signature {
            Signed::By { signer, .. } => row.signer = Some(signer.to_string()),
            Signed::Not => row.notes.push("nobody has signed it".into()),
            Signed::Accepted => row
                .notes
                .push("you accepted it, whoever has signed it".into()),
            Signed::Refused(why) | Signed::Unknown(why) => row.problems.push(why.clone()),
        }
        if let Some(yanked) = &audited.yanked {
            let doubt = match yanked.verified {
                true => "",
                false => " (by somebody who may publish there: it is not signed)",
            };
            row.problems.push(format!(
                "it was withdrawn on {}{doubt}: {}",
                yanked.at.strftime("%Y-%m-%d"),
                yanked.reason
            ));
        }
        for (advisory, own) in &audited.advisories {
            let text = format!(
                "{} ({}): {}",
                advisory.id,
                word(advisory.severity),
                advisory.title
            );
            match own {
                true => row.problems.push(text),
                // Anybody who may publish there could say so.
                false => row
                    .notes
                    .push(format!("{text}, says one who has not signed it")),
            }
        }
        if let Some(newest) = audited.newer.last() {
            row.notes
                .push(format!("there is {newest}: cm update {}", row.name));
            let lines = audited.widening.iter().flat_map(|it| it.lines());
            row.notes
                .extend(lines.map(|line| format!("with {newest} {line}")));
        }
        // Anybody who may publish there could have sent what is not valid.
        row.notes.extend(audited.faults.clone());
        row.problems.extend(audited.problems.clone());
        row.problems.dedup();
        row
    }

    fn show(&self) {
        let (sign, state) = match self.problems.is_empty() {
            true => (style("✔").green(), "ok"),
            false => (style("✘").red(), "wrong"),
        };
        let signer = match &self.signer {
            Some(signer) => format!(", signed by {signer}"),
            None => String::new(),
        };
        out::line(format!(
            "{sign} {} {}: {state}{}",
            self.name,
            self.version,
            text::one_line(&signer, 200)
        ));
        for problem in &self.problems {
            out::line(format!("    {}", text::one_line(problem, 600)));
        }
        for note in &self.notes {
            out::line(format!(
                "    {} {}",
                style("note:").dim(),
                text::one_line(note, 600)
            ));
        }
    }
}

fn word(severity: Severity) -> String {
    let value = serde_json::to_value(severity).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

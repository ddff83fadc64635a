//! Turns of agents.

use std::borrow::Cow;

use cm_effects::Recorded;
use cm_orchestrator::{Attempt, spoken};
use cm_types::{EngineInfo, Error, Reply, TurnWork};
use tokio::sync::watch;

use crate::{
    Stop,
    attempt::Done,
    floor::Floor,
    grants::{can_offer, has},
    tools::Deciding,
};

/// What an agent is told that was stopped on the way, when nobody has more to say.
const GO_ON: &str = "Go on where you were stopped.";

impl Floor {
    pub(crate) async fn turn(
        &self,
        attempt: &Attempt,
        work: &TurnWork,
        mut stop: watch::Receiver<Stop>,
    ) -> Done {
        let mut recorded = None;
        let result = self.run_turn(attempt, work, &mut stop, &mut recorded).await;
        Done { result, recorded }
    }

    async fn run_turn(
        &self,
        attempt: &Attempt,
        work: &TurnWork,
        stop: &mut watch::Receiver<Stop>,
        recorded: &mut Option<Recorded>,
    ) -> Result<Reply, Error> {
        let engine = self.engine(work).await?;
        can_offer(&engine.info, &work.grants, &attempt.place.step)?;
        let granted = self.grant(attempt, Some(&work.agent), &work.grants, Deciding::Agent)?;
        let person = self.setting("user_name").unwrap_or_default();
        let resumes = self.resumes(&engine.info, attempt);
        let work = gone_on(attempt, work, resumes, &person);
        let result = self
            .play(attempt, &work, &engine, &granted, stop, recorded)
            .await;
        granted.close(result)
    }

    /// Whether a conversation that was stopped on the way can go on: the engine can, and
    /// where it is the host that keeps what was said, the host still has it.
    fn resumes(&self, engine: &EngineInfo, attempt: &Attempt) -> bool {
        let kept_here = engine
            .options
            .iter()
            .any(|(name, value)| name == "memory" && value == "host");
        let mut resumed = attempt.resumed.iter();
        has(engine, "resume")
            && resumed.all(|it| !kept_here || self.previous(&it.session).is_some())
    }
}

/// The work of an attempt: as it was asked for, or, when the one before was stopped on
/// the way, what is left of it. An engine without conversations begins again.
fn gone_on<'work>(
    attempt: &Attempt,
    work: &'work TurnWork,
    resumes: bool,
    person: &str,
) -> Cow<'work, TurnWork> {
    let Some(resumed) = &attempt.resumed else {
        return Cow::Borrowed(work);
    };
    let say = resumed.say.as_ref().map(|say| match person {
        "" => format!("USER: {say}"),
        name => format!("USER ({name}): {say}"),
    });
    let go_on = || match resumed.nudged {
        Some(ms) => format!(
            "You have said nothing for {}, and were interrupted. Go on where you were. If you wait for something that does not come, do without it and say so.",
            spoken(ms)
        ),
        None => GO_ON.to_owned(),
    };
    let mut work = work.clone();
    match (resumes, say) {
        (true, say) => {
            work.session = Some(resumed.session.clone());
            work.prompt = say.unwrap_or_else(go_on);
        }
        (false, Some(say)) => work.prompt = format!("{}\n\n{say}", work.prompt),
        (false, None) => {}
    }
    Cow::Owned(work)
}

#[cfg(test)]
mod tests {
    use cm_orchestrator::Resumed;
    use cm_types::{Placement, Policy, Work};

    use super::*;

    fn told(resumes: bool, say: Option<&str>) -> (Option<String>, String) {
        let work = TurnWork {
            prompt: "Build it.".into(),
            ..TurnWork::default()
        };
        let attempt = Attempt {
            task: 0,
            attempt: 2,
            occurrence: 0,
            idempotency: String::new(),
            place: Placement {
                step: "build".into(),
                parent: None,
                label: None,
            },
            work: Work::Turn(work.clone()),
            policy: Policy::default(),
            resumed: Some(Resumed {
                session: "s1".into(),
                say: say.map(str::to_owned),
                nudged: None,
            }),
        };
        let work = gone_on(&attempt, &work, resumes, "anna").into_owned();
        (work.session, work.prompt)
    }

    #[test]
    fn a_conversation_goes_on() {
        let session = || Some("s1".to_owned());
        assert_eq!(told(true, None), (session(), GO_ON.to_owned()));
        let say = told(true, Some("use sqlite"));
        assert_eq!(say, (session(), "USER (anna): use sqlite".to_owned()));
    }

    #[test]
    fn an_engine_without_conversations_begins_again() {
        assert_eq!(told(false, None), (None, "Build it.".to_owned()));
        let say = told(false, Some("use sqlite"));
        assert_eq!(
            say,
            (None, "Build it.\n\nUSER (anna): use sqlite".to_owned())
        );
    }
}

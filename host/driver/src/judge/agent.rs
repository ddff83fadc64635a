//! A controller that is an agent: it has one conversation, in which it is asked and told.

use std::sync::Arc;

use cm_orchestrator::{Answerer, Attempt, Judgement, Run};
use cm_types::{Decision, Error, Failure, Reply, TurnWork, Work};
use tokio::sync::watch;

use super::protocol;
use crate::{
    Engine, Stop,
    floor::Floor,
    grants::{can_offer, has},
    question::Question,
    tools::{Deciding, Said},
};

/// How often an answer that cannot be used is asked for again.
const AGAIN: usize = 2;

/// One conversation, as far as it is.
struct Conversation<'run> {
    attempt: &'run Attempt,
    turn: &'run TurnWork,
    engine: Arc<Engine>,
    session: Option<String>,
    stop: watch::Receiver<Stop>,
}

impl Floor {
    pub(super) async fn decide_as_agent(
        &self,
        judgement: &Judgement,
        turn: &TurnWork,
        stop: watch::Receiver<Stop>,
    ) -> Result<Decision, Error> {
        let task = judgement.attempt.task;
        let question = self.ledger.look(|run| Question::of(run, task));
        let asked = protocol::question(&judgement.observation, &question);
        let mut conversation = self.conversation(judgement, turn, stop).await?;
        let mut message = asked.clone();
        let mut why = String::new();
        for _ in 0..=AGAIN {
            let (reply, said) = self
                .say(&mut conversation, &message, Some(&question))
                .await?;
            if let Some(decision) = said.decision {
                return Ok(decision);
            }
            match protocol::parse(&reply.text, &question) {
                Ok(decision) => return Ok(decision),
                Err(wrong) => why = wrong,
            }
            message = protocol::again(&why, &question);
            if conversation.session.is_none() {
                message = format!("{asked}\n\n{message}");
            }
        }
        let message = format!(
            "the controller `{}` gave {} answers that are no decision; of the last one: {why}",
            turn.agent,
            AGAIN + 1
        );
        Err(Error::Invalid(Failure::new("controller-unclear", message)))
    }

    pub(super) async fn talk_to_agent(
        &self,
        judgement: &Judgement,
        turn: &TurnWork,
        stop: watch::Receiver<Stop>,
    ) -> Result<Reply, Error> {
        let mut conversation = self.conversation(judgement, turn, stop).await?;
        let message = protocol::talk(&judgement.observation);
        let (reply, _) = self.say(&mut conversation, &message, None).await?;
        Ok(Reply {
            text: reply.text,
            session: reply.session,
            ..Reply::default()
        })
    }

    async fn conversation<'run>(
        &self,
        judgement: &'run Judgement,
        turn: &'run TurnWork,
        stop: watch::Receiver<Stop>,
    ) -> Result<Conversation<'run>, Error> {
        let engine = self.engine(turn).await?;
        can_offer(&engine.info, &turn.grants, &judgement.attempt.place.step)?;
        let resumes = has(&engine.info, "resume");
        let session = judgement.session.clone().filter(|_| resumes);
        if let Some(session) = &session {
            self.recall(session);
        }
        Ok(Conversation {
            attempt: &judgement.attempt,
            turn,
            engine,
            session,
            stop,
        })
    }

    /// One turn of the conversation; `question` is what is to be decided in it.
    async fn say(
        &self,
        conversation: &mut Conversation<'_>,
        message: &str,
        question: Option<&Question>,
    ) -> Result<(Reply, Said), Error> {
        let spoken = self.speak(conversation, message, question).await;
        let lost = |error: &Error| {
            let failure = error.failure();
            failure.is_some_and(|failure| failure.code == "unknown-session")
        };
        match spoken {
            // The engine has forgotten the conversation: it begins again.
            Err(error) if conversation.session.is_some() && lost(&error) => {
                conversation.session = None;
                self.speak(conversation, message, question).await
            }
            spoken => spoken,
        }
    }

    async fn speak(
        &self,
        conversation: &mut Conversation<'_>,
        message: &str,
        question: Option<&Question>,
    ) -> Result<(Reply, Said), Error> {
        if *conversation.stop.borrow() > Stop::No {
            return Err(Error::Cancelled);
        }
        let (turn, engine) = (conversation.turn, &conversation.engine);
        let features = |feature: &str| has(&engine.info, feature);
        let mut work = turn.clone();
        work.prompt = match &conversation.session {
            Some(_) => message.to_owned(),
            None => protocol::first(&turn.prompt, message),
        };
        work.session.clone_from(&conversation.session);
        work.schema = question
            .filter(|_| features("schema"))
            .map(Question::schema);
        // How the run goes on is what it is asked: it says so and gives no directives.
        work.grants.directives.clear();
        work.grants
            .tools
            .retain(|tool| tool != "decide" && tool != "give_directive");
        let deciding = match question.filter(|_| features("mcp")) {
            Some(question) => Deciding::Controller(question.clone()),
            None => Deciding::Agent,
        };
        let attempt = self.controller_attempt(conversation.attempt, &work);
        let granted = self.grant(&attempt, Some(&turn.agent), &work.grants, deciding)?;
        let mut recorded = None;
        let result = self
            .play(
                &attempt,
                &work,
                engine,
                &granted,
                &mut conversation.stop,
                &mut recorded,
            )
            .await;
        let keeping = self.keeping();
        self.keep(attempt.task, recorded).await;
        drop(keeping);
        let said = granted.said();
        let reply = result?;
        self.remember(attempt.task, &reply);
        if has(&conversation.engine.info, "resume") {
            conversation.session = reply.session.clone().or(conversation.session.take());
        }
        Ok((reply, said))
    }

    /// The question's attempt, as an attempt of the controller's: no other turn of it has
    /// the same number.
    fn controller_attempt(&self, attempt: &Attempt, work: &TurnWork) -> Attempt {
        let occurrence = self.bench.turn(self.ledger.look(turns_before));
        let number = attempt
            .attempt
            .saturating_mul(4096)
            .saturating_add(occurrence);
        Attempt {
            attempt: number,
            occurrence,
            work: Work::Turn(work.clone()),
            ..attempt.clone()
        }
    }
}

/// How many turns the controller has had, as far as the journal tells.
fn turns_before(run: &Run) -> u32 {
    let by_controller = |reply: &Reply| {
        let from = reply.options.iter().find(|(name, _)| name == "from");
        from.is_some_and(|(_, from)| from == "controller")
    };
    let had_one = run.tasks.iter().filter(|task| match &task.work {
        Work::Talk(_) => task.result().is_some(),
        Work::Question(_) => {
            let gave_back = matches!(&task.assigned, Some((Answerer::Person, Some(_))));
            let decided = task.result().and_then(|result| result.as_ref().ok());
            gave_back || decided.is_some_and(by_controller)
        }
        _ => false,
    });
    u32::try_from(had_one.count()).unwrap_or(u32::MAX)
}
